"""The live picture in parts that a page moves one by one."""

from collections.abc import Iterable, Iterator
from typing import Any

from nslab_kernel.display.svg import element
from nslab_kernel.language import language, speaking
from nslab_kernel.language import translate as _
from nslab_kernel.model.difference import difference
from nslab_kernel.model.lookup import link_at
from nslab_kernel.model.network import End, Network
from nslab_kernel.scene.alt_text import describe_link, describe_stack
from nslab_kernel.scene.diagram import InterfaceBox, NamespaceBox, range_of
from nslab_kernel.scene.layout.cable_paths import cables_of
from nslab_kernel.scene.layout.vertical import Placement
from nslab_kernel.scene.shapes import Point
from nslab_kernel.scene.stack import BUNDLE
from nslab_kernel.scene.topology_scene import interface_part, namespace_part, parts_of, place_network
from nslab_kernel.spelling import visible

TITLE_HEIGHT = 32
LOSS_APART = 22
"""How far from the interface a lost packet is drawn on its cable, in pixels: outside the namespace's box."""


class LiveDiagram:
    """Draws one network after the other; parts that stay in the picture keep their places."""

    def __init__(self) -> None:
        self._hint: Placement | None = None
        self.opened = ""
        """The one stack that is expanded into its namespaces; empty for none."""

    def open(self, stack: str) -> None:
        """Expand a stack, and collapse the one that was expanded; an empty or the same name only collapses."""
        self.opened = "" if stack == self.opened else stack

    def draw(self, network: Network, before: Network | None) -> dict[str, Any]:
        """Return the picture of a network in parts; differences from an earlier network are marked."""
        with speaking(language()):  # looks the language up once instead of for each of a thousand words
            changes = difference(before, network) if before is not None else None
            self._hint = placed = place_network(network, before, changes, self._hint, self.opened)
            self.opened = self.opened if placed.order.diagram.opened else ""
            return _picture(placed, network, self.opened)

    def packet_route(self, ends: Iterable[End], lost: bool = False) -> list[Point]:
        """Return the points that a packet passes; an empty list if an interface is not in the picture.

        An interface in a stack is replaced by the stack. The way of a lost packet ends on the cable of the last
        interface, beside the box, where no text is drawn.
        """
        placed, points, last = self._hint, list[Point](), None
        if placed is None:
            return points
        cables = {(c.one.end, c.other.end): c.points for c in cables_of(placed)}
        stacked = dict(_stacked(placed))
        for end in ends:
            outer = stacked.get(end, stacked.get(End(end.netns, ""), end))
            if outer not in placed.interfaces:
                return []
            if outer == last:
                continue
            box = placed.interfaces.get(end, placed.interfaces[outer])
            points += cables.get((last, outer), cables.get((outer, last), ())[::-1]) if last else ()
            points.append(Point(box.middle, box.y + box.height / 2))
            last = outer
        if lost and last:
            paths = [path for (one, _other), path in cables.items() if one == last]
            paths += [path[::-1] for (_one, other), path in cables.items() if other == last]
            cross = _beside(paths[0]) if paths else Point(box.right, points[-1].y)
            points = [*(point for point in points[:-1] if point not in [path[0] for path in paths]), cross]
        return points


def _beside(cable: tuple[Point, ...]) -> Point:
    """Return the point on a cable that is `LOSS_APART` from its beginning."""
    one, other = cable[:2]
    share = min(0.5, LOSS_APART / (abs(one.x - other.x) + abs(one.y - other.y) or 1))
    return Point(one.x + share * (other.x - one.x), one.y + share * (other.y - one.y))


def _stacked(placed: Placement) -> Iterator[tuple[End, End]]:
    """Yield each member of a stack with the stack; a namespace is an End without an interface."""
    diagram = placed.order.diagram
    for end, interface in diagram.interfaces.items():
        for member in interface.members:
            is_namespace = diagram.namespaces[end.netns].kind == "stack"
            yield (End(member.name, "") if is_namespace else End(end.netns, member.name)), end


def _picture(placed: Placement, network: Network, opened: str) -> dict[str, Any]:
    diagram = placed.order.diagram
    boxes = {**diagram.namespaces, **diagram.opened}
    drawn: dict[str, list[str]] = {}
    for part, shapes in parts_of(placed):
        drawn.setdefault(part, []).extend(map(element, shapes))
    rows = sorted(placed.namespaces.items(), key=lambda item: (item[1].y, item[1].x))
    return {
        "width": placed.width,
        "height": placed.height,
        "between": "".join(drawn.get("", ())),
        "marked": any("nl-halo" in part or "nl-badge" in part for parts in drawn.values() for part in parts),
        "opened": _opened(opened, list(diagram.opened)),
        "namespaces": [_namespace_part(boxes[name], placed, drawn, network) for name, _box in rows],
    }


def _opened(key: str, names: list[str]) -> dict[str, str]:
    if not key:
        return {}
    shut = _("Close {names}").format(names=range_of(names))
    return {"id": namespace_part(key), "first": namespace_part(names[0]), "label": visible(shut)}


def _namespace_part(
    namespace: NamespaceBox, placed: Placement, drawn: dict[str, list[str]], network: Network
) -> dict[str, Any]:
    box, stack = placed.namespaces[namespace.name], namespace.kind == "stack"
    closed = stack and not namespace.interfaces[0].inside
    interfaces = sorted(namespace.interfaces, key=lambda one: placed.interfaces[one.end][1::-1])
    return {
        "id": namespace_part(namespace.name),
        "svg": "".join(drawn.get(namespace_part(namespace.name), ())),
        # An expanded stack is only a frame: its members are selected instead.
        "label": "" if stack and not closed else visible(_namespace_label(namespace)),
        "box": tuple(box) if stack else (box.x, placed.levels[namespace.name].title_bar, box.width, TITLE_HEIGHT),
        "origin": (box.x, box.y),
        "opens": namespace.name if closed else "",
        "interfaces": [_interface_part(interface, stack, placed, drawn, network) for interface in interfaces],
    }


def _interface_part(
    interface: InterfaceBox, stack: bool, placed: Placement, drawn: dict[str, list[str]], network: Network
) -> dict[str, Any]:
    box = placed.interfaces[interface.end]
    return {
        "id": interface_part(interface.end),
        "svg": "".join(drawn.get(interface_part(interface.end), ())),
        # A stack is selected as a whole.
        "label": "" if stack else visible(_interface_label(interface, network)),
        "peer": _peer(interface),
        "box": tuple(box),
        "origin": (box.x, box.y),
        "opens": interface.peer.netns if interface.kind == BUNDLE and interface.peer else "",
    }


def _peer(interface: InterfaceBox) -> str:
    if not interface.peer:
        return ""
    return namespace_part(interface.peer.netns) if interface.kind == BUNDLE else interface_part(interface.peer)


def _namespace_label(namespace: NamespaceBox) -> str:
    if namespace.kind == "unnamed":
        return _("a namespace without a name")
    if namespace.kind == "stack":
        return describe_stack(namespace)
    lo = _("lo {state}").format(state="UP" if namespace.lo == "up" else "DOWN")
    return f"{namespace.title}, {lo}"


def _interface_label(interface: InterfaceBox, network: Network) -> str:
    if interface.members:
        return _("{count} ports of {bridge}").format(count=len(interface.members), bridge=interface.master)
    link = link_at(interface.end, network)
    return describe_link(interface.end.netns, link) if link else interface.end.ifname  # the interface was removed
