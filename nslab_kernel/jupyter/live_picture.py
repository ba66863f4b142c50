"""A picture in parts, so that each can be pointed at and kept."""

from collections.abc import Iterable
from typing import Any, cast

from nslab_kernel.display.svg import HATCH, element
from nslab_kernel.language import translate as _
from nslab_kernel.model.network import End, Network
from nslab_kernel.scene.place import Placement
from nslab_kernel.scene.route import cables_of
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.shapes import Box, Dot, Line, Point, Rect, Shape
from nslab_kernel.scene.things import Room
from nslab_kernel.scene.topology import topology_scene
from nslab_kernel.scene.words import describe_link

PLATE = 32
AROUND = 22
"""A mark and its tag stand so far outside of what they mark."""


class Pictures:
    """Draws one network after the other, things in their places."""

    def __init__(self) -> None:
        self._hint: Placement | None = None

    def draw(self, network: Network, before: Network | None) -> tuple[Scene, dict[str, Any]]:
        """Return the picture, whole and in parts.

        Args:
            network: What there is.
            before: What there was; what is different is marked.
        """
        scene = topology_scene(network, before, self._hint)
        self._hint = placed = cast(Placement, scene.placement)
        return scene, _parts(scene, placed, network)

    def way(self, ends: Iterable[End]) -> list[Point]:
        """Return the points of a way from interface to interface; none where one of them is not in the picture."""
        placed, points = self._hint, list[Point]()
        if placed is None:
            return points
        cables = {(c.one.end, c.other.end): c.points for c in cables_of(placed)}
        for end in ends:
            if end not in placed.sockets:
                return []
            box = placed.sockets[end]
            here = Point(box.middle, box.y + box.height / 2)
            last = _last(points, placed)
            points += cables.get((last, end), cables.get((end, last), ())[::-1]) if last else ()
            points.append(here)
        return points


def socket_id(end: End) -> str:
    """Return how the page calls an interface."""
    return f"socket {end.netns}/{end.ifname}"


def _last(points: list[Point], placed: Placement) -> End | None:
    for end, box in placed.sockets.items():
        if points and points[-1] == (box.middle, box.y + box.height / 2):
            return end
    return None


def _parts(scene: Scene, placed: Placement, network: Network) -> dict[str, Any]:
    boxes = {f"room {name}": box for name, box in placed.rooms.items()}
    sockets = {socket_id(end): box for end, box in placed.sockets.items()}
    drawn: dict[str, list[str]] = {"": [], **{name: [] for name in (*boxes, *sockets)}}
    for shape in scene.shapes:
        drawn[_owner(shape, boxes, sockets)].append(element(shape))
    rooms = placed.order.things.rooms
    return {
        "width": scene.width,
        "height": scene.height,
        "description": scene.description,
        "hatch": HATCH,
        "between": "".join(drawn[""]),
        "marked": any("nl-halo" in part or "nl-tag" in part for parts in drawn.values() for part in parts),
        "rooms": [
            {
                "id": f"room {name}",
                "svg": "".join(drawn[f"room {name}"]),
                "label": _room_label(rooms[name]),
                "box": (box.x, placed.plates[name], box.width, PLATE),
                "at": (box.x, box.y),
                "sockets": [
                    {
                        "id": socket_id(socket.end),
                        "svg": "".join(drawn[socket_id(socket.end)]),
                        "label": _socket_label(socket.end, network),
                        "peer": socket_id(socket.peer) if socket.peer else "",
                        "box": tuple(placed.sockets[socket.end]),
                        "at": tuple(placed.sockets[socket.end][:2]),
                    }
                    for socket in sorted(rooms[name].sockets, key=lambda one: placed.sockets[one.end][1::-1])
                ],
            }
            for name, box in sorted(placed.rooms.items(), key=lambda item: (item[1].y, item[1].x))
        ],
    }


def _room_label(room: Room) -> str:
    if room.kind == "unnamed":
        return _("a namespace without a name")
    lo = _("lo {state}").format(state="UP" if room.lo == "up" else "DOWN")
    return f"{room.title}, {lo}"


def _socket_label(end: End, network: Network) -> str:
    try:
        return describe_link(end.netns, network.end(end))
    except KeyError:  # a stack, or what is gone
        return end.ifname


def _owner(shape: Shape, rooms: dict[str, Box], sockets: dict[str, Box]) -> str:
    """Return what a shape belongs to: the socket it lies on, else the room, else nothing: a cable."""
    if getattr(shape, "part", "") in rooms or getattr(shape, "part", "") in sockets:
        return str(shape.part)  # type: ignore[union-attr]
    if getattr(shape, "part", "").split(" ")[0] in ("cable", "grommet", "plug", "pill"):
        return ""
    box = _box(shape)
    for found, around in ((sockets, 8), (sockets, AROUND), (rooms, 12), (rooms, AROUND)):
        for name, outer in found.items():
            if _is_within(box, outer.grown(around)):
                return name
    return ""


def _box(shape: Shape) -> Box:
    match shape:
        case Line():
            xs, ys = [point.x for point in shape.points], [point.y for point in shape.points]
            return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
        case Dot():
            return Box(shape.x, shape.y, 0, 0)
        case Rect():
            return shape.box
    return shape.box


def _is_within(inner: Box, outer: Box) -> bool:
    return outer.x <= inner.x and outer.y <= inner.y and inner.right <= outer.right and inner.bottom <= outer.bottom
