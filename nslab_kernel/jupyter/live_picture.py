"""A picture in parts, so that each can be pointed at and kept."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from nslab_kernel.display.svg import element
from nslab_kernel.language import language, speaking
from nslab_kernel.language import translate as _
from nslab_kernel.model.network import End, Network
from nslab_kernel.scene.alt_text import describe_link, describe_stack
from nslab_kernel.scene.diagram import InterfaceBox, NamespaceBox, range_of
from nslab_kernel.scene.layout.cable_paths import cables_of
from nslab_kernel.scene.layout.vertical import Placement
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.shapes import Point
from nslab_kernel.scene.stack import BUNDLE
from nslab_kernel.scene.topology_scene import interface_part, namespace_part, topology_scene
from nslab_kernel.spelling import visible

PLATE = 32


class Pictures:
    """Draws one network after the other, diagram in their places."""

    def __init__(self) -> None:
        self._hint: Placement | None = None
        self.opened = ""
        """The stack that is shown room by room; at most one is."""

    def open(self, stack: str) -> None:
        """Show a stack room by room, or none; what was open is a stack again, in its place."""
        if self._hint:
            self._hint = self._hint.exchanged(*_exchange(self._hint, self.opened, stack))
        self.opened = stack

    def draw(self, network: Network, before: Network | None) -> dict[str, Any]:
        """Return the picture in parts.

        Args:
            network: What there is.
            before: What there was; what is different is marked.
        """
        with speaking(language()):  # which it is need not be found out for each of a thousand words
            scene = topology_scene(network, before, self._hint, self.opened)
            self._hint = placed = cast(Placement, scene.placement)
            self.opened = self.opened if placed.order.diagram.opened else ""
            return _parts(scene, placed, network, self.opened)

    def way(self, ends: Iterable[End]) -> list[Point]:
        """Return the points of a way from interface to interface; none where one of them is not in the picture.

        What is in a stack leads to the stack.
        """
        placed, points, last = self._hint, list[Point](), None
        if placed is None:
            return points
        cables = {(c.one.end, c.other.end): c.points for c in cables_of(placed)}
        stacked = dict(_stacked(placed))
        for end in (stacked.get(end, stacked.get(End(end.netns, ""), end)) for end in ends):
            if end not in placed.interfaces:
                return []
            if end == last:
                continue
            box = placed.interfaces[end]
            points += cables.get((last, end), cables.get((end, last), ())[::-1]) if last else ()
            points.append(Point(box.middle, box.y + box.height / 2))
            last = end
        return points


def _exchange(
    placed: Placement, shut: str, opened: str
) -> tuple[dict[str, tuple[str, ...]], dict[End, tuple[str, ...]]]:
    """Return the rooms, and the sockets of the hub, that take the places of others, by those."""
    diagram, hub = placed.order.diagram, placed.order.hub or ""
    rooms: dict[str, tuple[str, ...]] = dict.fromkeys(diagram.opened, ())
    peers = [socket.peer for name in diagram.opened for socket in diagram.namespaces[name].interfaces if socket.peer]
    sockets: dict[End, tuple[str, ...]] = dict.fromkeys(peers, ())
    rooms |= dict.fromkeys(diagram.opened[:1], (shut,))
    sockets |= dict.fromkeys(peers[:1], (f"{shut}/{BUNDLE}",))
    if opened in diagram.namespaces:
        rooms[opened] = _members(diagram.interfaces[End(opened, BUNDLE)])
    if (bundle := End(hub, f"{opened}/{BUNDLE}")) in diagram.interfaces:
        sockets[bundle] = _members(diagram.interfaces[bundle])
    return rooms, sockets


def _members(stack: InterfaceBox) -> tuple[str, ...]:
    return tuple(member.name for member in stack.members)


def _stacked(placed: Placement) -> Iterator[tuple[End, End]]:
    """Yield what each stack stands for: ports by their names, rooms with whatever is in them."""
    diagram = placed.order.diagram
    for end, socket in diagram.interfaces.items():
        for member in socket.members:
            is_room = diagram.namespaces[end.netns].kind == "stack"
            yield (End(member.name, "") if is_room else End(end.netns, member.name)), end


def _parts(scene: Scene, placed: Placement, network: Network, opened: str) -> dict[str, Any]:
    diagram = placed.order.diagram
    drawn: dict[str, list[str]] = {}
    for owner, shape in zip(scene.owners, scene.shapes, strict=True):
        drawn.setdefault(owner, []).append(element(shape))
    rows = sorted(placed.namespaces.items(), key=lambda item: (item[1].y, item[1].x))
    return {
        "width": scene.width,
        "height": scene.height,
        "between": "".join(drawn.get("", ())),
        "marked": any("nl-halo" in part or "nl-badge" in part for parts in drawn.values() for part in parts),
        "opened": _opened(opened, diagram.opened),
        "rooms": [_room_part(diagram.namespaces[name], placed, drawn, network) for name, _box in rows],
    }


def _opened(key: str, names: tuple[str, ...]) -> dict[str, str]:
    if not key:
        return {}
    shut = _("Close {names}").format(names=range_of(list(names)))
    return {"id": namespace_part(key), "first": namespace_part(names[0]), "label": visible(shut)}


def _room_part(room: NamespaceBox, placed: Placement, drawn: dict[str, list[str]], network: Network) -> dict[str, Any]:
    box, stack = placed.namespaces[room.name], room.kind == "stack"
    sockets = sorted(room.interfaces, key=lambda one: placed.interfaces[one.end][1::-1])
    return {
        "id": namespace_part(room.name),
        "svg": "".join(drawn.get(namespace_part(room.name), ())),
        "label": visible(describe_stack(room) if stack else _room_label(room)),
        "box": tuple(box) if stack else (box.x, placed.levels[room.name].title_bar, box.width, PLATE),
        "at": (box.x, box.y),
        "opens": room.name if stack else "",
        "sockets": [_socket_part(socket, stack, placed, drawn, network) for socket in sockets],
    }


def _socket_part(
    socket: InterfaceBox, stack: bool, placed: Placement, drawn: dict[str, list[str]], network: Network
) -> dict[str, Any]:
    box = placed.interfaces[socket.end]
    return {
        "id": interface_part(socket.end),
        "svg": "".join(drawn.get(interface_part(socket.end), ())),
        # The card of a stack is one thing with its room.
        "label": "" if stack else visible(_socket_label(socket, network)),
        "peer": _peer(socket),
        "box": tuple(box),
        "at": (box.x, box.y),
        "opens": socket.peer.netns if socket.kind == BUNDLE and socket.peer else "",
    }


def _peer(socket: InterfaceBox) -> str:
    if not socket.peer:
        return ""
    return namespace_part(socket.peer.netns) if socket.kind == BUNDLE else interface_part(socket.peer)


def _room_label(room: NamespaceBox) -> str:
    if room.kind == "unnamed":
        return _("a namespace without a name")
    lo = _("lo {state}").format(state="UP" if room.lo == "up" else "DOWN")
    return f"{room.title}, {lo}"


def _socket_label(socket: InterfaceBox, network: Network) -> str:
    if socket.members:
        return _("{count} ports of {bridge}").format(count=len(socket.members), bridge=socket.master)
    try:
        return describe_link(socket.end.netns, network.end(socket.end))
    except KeyError:  # what is gone
        return socket.end.ifname
