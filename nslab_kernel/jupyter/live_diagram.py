"""The live picture in parts that a page moves one by one."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from nslab_kernel.display.svg import element
from nslab_kernel.language import language, speaking
from nslab_kernel.language import translate as _
from nslab_kernel.model.network import End, Network
from nslab_kernel.scene.place import Placement
from nslab_kernel.scene.route import cables_of
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.shapes import Point
from nslab_kernel.scene.stack import BUNDLE
from nslab_kernel.scene.things import Room, Socket, range_of
from nslab_kernel.scene.topology import room_part, socket_part, topology_scene
from nslab_kernel.scene.words import describe_link, describe_stack
from nslab_kernel.spelling import visible

TITLE_HEIGHT = 32


class LiveDiagram:
    """Draws one network after the other; what stays in the picture keeps its place."""

    def __init__(self) -> None:
        self._hint: Placement | None = None
        self.opened = ""
        """The stack that is expanded into its namespaces; at most one is."""

    def open(self, stack: str) -> None:
        """Expand a stack, or none; the one that was expanded is a stack again, in its place."""
        if self._hint:
            self._hint = self._hint.exchanged(*_exchange(self._hint, self.opened, stack))
        self.opened = stack

    def draw(self, network: Network, before: Network | None) -> dict[str, Any]:
        """Return the picture in parts.

        Args:
            network: The network to show.
            before: An earlier network; differences from it are marked.
        """
        with speaking(language()):  # looks the language up once instead of for each of a thousand words
            scene = topology_scene(network, before, self._hint, self.opened)
            self._hint = placed = cast(Placement, scene.placement)
            self.opened = self.opened if placed.order.things.opened else ""
            return _parts(scene, placed, network, self.opened)

    def packet_route(self, ends: Iterable[End]) -> list[Point]:
        """Return the points that a packet passes from interface to interface; none if one is not in the picture.

        An interface in a stack is replaced by the stack.
        """
        placed, points, last = self._hint, list[Point](), None
        if placed is None:
            return points
        cables = {(c.one.end, c.other.end): c.points for c in cables_of(placed)}
        stacked = dict(_stacked(placed))
        for end in (stacked.get(end, stacked.get(End(end.netns, ""), end)) for end in ends):
            if end not in placed.sockets:
                return []
            if end == last:
                continue
            box = placed.sockets[end]
            points += cables.get((last, end), cables.get((end, last), ())[::-1]) if last else ()
            points.append(Point(box.middle, box.y + box.height / 2))
            last = end
        return points


def _exchange(
    placed: Placement, shut: str, opened: str
) -> tuple[dict[str, tuple[str, ...]], dict[End, tuple[str, ...]]]:
    """Return which boxes, and which cards of the hub, take the places of the old ones, by these."""
    things, spine = placed.order.things, placed.order.spine or ""
    rooms: dict[str, tuple[str, ...]] = dict.fromkeys(things.opened, ())
    peers = [socket.peer for name in things.opened for socket in things.rooms[name].sockets if socket.peer]
    sockets: dict[End, tuple[str, ...]] = dict.fromkeys(peers, ())
    rooms |= dict.fromkeys(things.opened[:1], (shut,))
    sockets |= dict.fromkeys(peers[:1], (f"{shut}/{BUNDLE}",))
    if opened in things.rooms:
        rooms[opened] = _members(things.sockets[End(opened, BUNDLE)])
    if (bundle := End(spine, f"{opened}/{BUNDLE}")) in things.sockets:
        sockets[bundle] = _members(things.sockets[bundle])
    return rooms, sockets


def _members(stack: Socket) -> tuple[str, ...]:
    return tuple(member.name for member in stack.members)


def _stacked(placed: Placement) -> Iterator[tuple[End, End]]:
    """Yield the members of each stack and their stack: a port by its name, a namespace with all its interfaces."""
    things = placed.order.things
    for end, socket in things.sockets.items():
        for member in socket.members:
            is_room = things.rooms[end.netns].kind == "stack"
            yield (End(member.name, "") if is_room else End(end.netns, member.name)), end


def _parts(scene: Scene, placed: Placement, network: Network, opened: str) -> dict[str, Any]:
    things = placed.order.things
    drawn: dict[str, list[str]] = {}
    for owner, shape in zip(scene.owners, scene.shapes, strict=True):
        drawn.setdefault(owner, []).append(element(shape))
    rows = sorted(placed.rooms.items(), key=lambda item: (item[1].y, item[1].x))
    return {
        "width": scene.width,
        "height": scene.height,
        "between": "".join(drawn.get("", ())),
        "marked": any("nl-halo" in part or "nl-tag" in part for parts in drawn.values() for part in parts),
        "opened": _opened(opened, things.opened),
        "namespaces": [_namespace_part(things.rooms[name], placed, drawn, network) for name, _box in rows],
    }


def _opened(key: str, names: tuple[str, ...]) -> dict[str, str]:
    if not key:
        return {}
    shut = _("Close {names}").format(names=range_of(list(names)))
    return {"id": room_part(key), "first": room_part(names[0]), "label": visible(shut)}


def _namespace_part(room: Room, placed: Placement, drawn: dict[str, list[str]], network: Network) -> dict[str, Any]:
    box, stack = placed.rooms[room.name], room.kind == "stack"
    sockets = sorted(room.sockets, key=lambda one: placed.sockets[one.end][1::-1])
    return {
        "id": room_part(room.name),
        "svg": "".join(drawn.get(room_part(room.name), ())),
        "label": visible(describe_stack(room) if stack else _namespace_label(room)),
        "box": tuple(box) if stack else (box.x, placed.plates[room.name], box.width, TITLE_HEIGHT),
        "origin": (box.x, box.y),
        "opens": room.name if stack else "",
        "interfaces": [_interface_part(socket, stack, placed, drawn, network) for socket in sockets],
    }


def _interface_part(
    socket: Socket, stack: bool, placed: Placement, drawn: dict[str, list[str]], network: Network
) -> dict[str, Any]:
    box = placed.sockets[socket.end]
    return {
        "id": socket_part(socket.end),
        "svg": "".join(drawn.get(socket_part(socket.end), ())),
        # A stack is selected as a whole.
        "label": "" if stack else visible(_interface_label(socket, network)),
        "peer": _peer(socket),
        "box": tuple(box),
        "origin": (box.x, box.y),
        "opens": socket.peer.netns if socket.kind == BUNDLE and socket.peer else "",
    }


def _peer(socket: Socket) -> str:
    if not socket.peer:
        return ""
    return room_part(socket.peer.netns) if socket.kind == BUNDLE else socket_part(socket.peer)


def _namespace_label(room: Room) -> str:
    if room.kind == "unnamed":
        return _("a namespace without a name")
    lo = _("lo {state}").format(state="UP" if room.lo == "up" else "DOWN")
    return f"{room.title}, {lo}"


def _interface_label(socket: Socket, network: Network) -> str:
    if socket.members:
        return _("{count} ports of {bridge}").format(count=len(socket.members), bridge=socket.master)
    try:
        return describe_link(socket.end.netns, network.end(socket.end))
    except KeyError:  # it was removed
        return socket.end.ifname
