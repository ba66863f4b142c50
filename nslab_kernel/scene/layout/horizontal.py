"""Coordinates from left to right, by minimum-distance constraints.

The x step of Sugiyama's layered drawing. Every wall, interface and bridge bar is a variable, each gap a constraint "at
least so far to the right of". The leftmost solution is the longest path from the left edge in that acyclic graph, as in
the coordinate assignment of VLSI compaction; see Eades, Lin and Tamassia, "An algorithm for drawing a hierarchical
graph" (1996). A cable is vertical where its two ends share one variable; which cables may do so together is the
heaviest increasing subsequence of their ends.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from nslab_kernel.model.network import End
from nslab_kernel.scene.diagram import InterfaceBox, subnet_of
from nslab_kernel.scene.labels import MIN_WIDTH, bridge_bar_width, interface_labels, labels_width, title_bar_width
from nslab_kernel.scene.layout.crossings import FREE, OPPOSITE, SIDES, Order
from nslab_kernel.scene.layout.ranks import is_lesson
from nslab_kernel.scene.shapes import Box, text_width
from nslab_kernel.scene.stack_card import card_size

MARGIN = 8
LESSON_WIDTH = 464
CABLE_GAP = {True: 96, False: 56}
"""Between namespaces that a cable joins: in a lesson, in a compact picture."""
NEIGHBOUR_GAP = {True: 16, False: 8}
"""Between other neighbours: in full, or ends of two cables inside one namespace; in a compact picture."""
NARROW_GAP = 20
"""Between all namespaces where another picture is to fit beside this one."""

Slot = tuple[str, int]
"""A namespace of a row, and the number of a slot in its near side."""


class Minimum(NamedTuple):
    """Boxes of another picture: here the same things stand no further left and are no smaller."""

    namespaces: Mapping[str, Box] = MappingProxyType({})
    interfaces: Mapping[End, Box] = MappingProxyType({})


class DistanceConstraints:
    """x positions from minimum-distance constraints."""

    def __init__(self) -> None:
        self._shared: dict[Hashable, Hashable] = {}
        self._before: dict[Hashable, list[tuple[Hashable, float]]] = {}

    def share(self, one: Hashable, other: Hashable) -> None:
        """Make two keys share one position; call before `apart`."""
        self._shared[one] = other

    def apart(self, left: Hashable, right: Hashable, distance: float) -> None:
        """Put `right` at least `distance` pixels to the right of `left`."""
        left, right = self._shared.get(left, left), self._shared.get(right, right)
        self._before.setdefault(right, []).append((left, distance))

    def solve(self) -> dict[Hashable, float]:
        """Return the leftmost position of each key, in pixels: its longest path from the left edge.

        Raises:
            graphlib.CycleError: The constraints contradict each other.
        """
        graph = {key: [left for left, _distance in before] for key, before in self._before.items()}
        at: dict[Hashable, float] = {}
        for key in TopologicalSorter(graph).static_order():
            at[key] = max((at[left] + distance for left, distance in self._before.get(key, ())), default=0.0)
        return at | {one: at[other] for one, other in self._shared.items()}


def heaviest_increasing_pairs(pairs: list[tuple[int, int, float]]) -> list[tuple[int, int]]:
    """Return the pairs of greatest total weight in which both numbers grow (longest increasing subsequence).

    Args:
        pairs: First number, second number, weight; sorted by the first.
    """
    best: list[tuple[float, int | None]] = []
    for i, (first, second, weight) in enumerate(pairs):
        before = [j for j in range(i) if pairs[j][0] < first and pairs[j][1] < second]
        last = max(before, key=lambda j: best[j][0], default=None)
        best.append((weight + (best[last][0] if last is not None else 0), last))
    here = max(range(len(best)), key=lambda i: best[i][0], default=None)
    chosen = []
    while here is not None:
        chosen.append(pairs[here][:2])
        here = best[here][1]
    return chosen[::-1]


@dataclass
class HorizontalLayout:
    """The solved x positions of a picture; made by `horizontal_layout`."""

    order: Order
    alignment: Mapping[End, Slot]
    compact: bool
    at: Mapping[Hashable, float]
    min_widths: Mapping[str, float]
    widths: Mapping[tuple[str, str], float]

    @property
    def width(self) -> float:
        """How wide the picture is."""
        return self.at["right", ""] + MARGIN

    def walls(self, name: str) -> tuple[float, float]:
        """Return the x of a namespace's left and right wall, as close to its content as `min_widths` allows."""
        left, right = self.at["left", name], self.at["right", name]
        if name == self.order.hub or name not in self.order.above + self.order.below:
            return self.at["left", ""], self.at["right", ""]
        starts = [right - self.min_widths[name]]
        for side in SIDES:
            if slots := self.order.sides.get((name, side)):
                width = slot_width(self.order, self.widths, End(name, slots[0]), side)
                starts.append(self.at[name, side, 0] - width / 2 - pad(self.compact))
            bars = (end for end, _span in bridge_bar_spans(self.order, name, side))
            starts += [self.at["bar left", end] - pad(self.compact) for end in bars]
        return max(left, min(starts)), right

    def x_of(self, end: End) -> float:
        """Return the x of an interface's middle."""
        side = self.order.side_of[end]
        return self.at[end.netns, side, self.order.sides[end.netns, side].index(end.ifname)]


def pad(compact: bool) -> float:
    """Return the distance from a wall to an interface."""
    return 8 if compact else 12


def align(order: Order, hint: Mapping[End, Slot]) -> dict[End, Slot]:
    """Return which slot of a row each interface of the hub stands straight above or below.

    Keep existing alignments. Otherwise draw a cable vertically where nothing conflicts. In a lesson the remaining
    interfaces of the hub stand over free slots, so that they move straight down into a namespace later.
    """
    found: dict[End, Slot] = {}
    for facing in SIDES:
        near = OPPOSITE[facing]
        slots = [(netns, i) for netns in order.row(facing) for i in range(len(order.sides.get((netns, near), ())))]
        number = {slot: i for i, slot in enumerate(slots)}
        names = order.sides.get((order.hub or "", facing), ())
        wanted = {k: slot for k, name in enumerate(names) if (slot := _target(order, hint, name, number)) is not None}
        pairs = dict(heaviest_increasing_pairs([(k, number[slot], 1) for k, slot in wanted.items()]))
        if is_lesson(order.diagram):
            pairs |= _over_free(order, len(names), order.slots(order.row(facing), near), pairs)
        found |= {End(order.hub or "", names[k]): slots[i] for k, i in pairs.items()}
    return found


def _target(order: Order, hint: Mapping[End, Slot], name: str, number: Mapping[Slot, int]) -> Slot | None:
    end = End(order.hub or "", name)
    if (slot := hint.get(end)) in number:
        return slot
    peer = order.diagram.interfaces[end].peer
    if peer is None or peer not in order.side_of or peer.netns == end.netns:
        return None
    slot = (peer.netns, order.sides[peer.netns, order.side_of[peer]].index(peer.ifname))
    return slot if slot in number and order.side_of[peer] == order.near(peer.netns) else None


def _over_free(order: Order, count: int, slots: list[End], pairs: dict[int, int]) -> dict[int, int]:
    """Return a free slot, by its number, for each of so many that is not aligned yet; their order is kept."""
    taken = {end for ends in order.cables("vertical") for end in ends}
    free = [i for i, slot in enumerate(slots) if slot not in taken]
    found: dict[int, int] = {}
    last = -1
    for k in range(count):
        if k in pairs:
            last = pairs[k]
            continue
        until = min((i for j, i in pairs.items() if j > k), default=len(slots))
        here = next((i for i in free if last < i < until and i not in pairs.values()), None)
        if here is not None:
            found[k] = last = here
    return found


def horizontal_layout(order: Order, alignment: Mapping[End, Slot], compact: bool, minimum: Minimum) -> HorizontalLayout:
    """Return all x positions.

    Args:
        order: What stands beside what.
        alignment: From `align`: which interfaces of the hub share their x with a slot.
        compact: Draw interfaces small.
        minimum: Boxes that those of this picture are to match, if they can.
    """
    frame = DistanceConstraints()
    for end, (netns, i) in alignment.items():
        side = order.side_of[end]
        frame.share((end.netns, side, order.sides[end.netns, side].index(end.ifname)), (netns, order.near(netns), i))
    widths = _widths(order, compact, minimum)
    min_widths = {name: _min_width(order, name, widths, compact, minimum) for name in order.diagram.namespaces}
    frame.apart("", ("left", ""), MARGIN)
    frame.apart(("left", ""), ("right", ""), 0 if order.diagram.narrow else LESSON_WIDTH - 2 * MARGIN)
    for name in order.diagram.namespaces:
        left, right = ("left", name), ("right", name)
        frame.apart(("left", ""), left, 0)
        frame.apart(right, ("right", ""), 0)
        frame.apart(left, right, min_widths[name])
        for side in SIDES:
            for near, far, distance in _side_distances(order, name, side, widths, compact):
                frame.apart(near, far, distance)
    for row in (order.above, order.below):
        for one, other in pairwise(row):
            frame.apart(("right", one), ("left", other), _gap(order, one, other, compact))
    for key, distance in _positions_in(order, minimum):
        frame.apart("", key, distance)
    return HorizontalLayout(order, alignment, compact, frame.solve(), min_widths, widths)


def _positions_in(order: Order, minimum: Minimum) -> Iterator[tuple[Hashable, float]]:
    """Yield where the walls, interfaces and bridge bars of the other picture stand."""
    for name in order.diagram.namespaces:
        if box := minimum.namespaces.get(name):
            yield ("left", name), box.x
            yield ("right", name), box.right
    for end, side in order.side_of.items():
        if end in minimum.interfaces:
            yield (end.netns, side, order.sides[end.netns, side].index(end.ifname)), minimum.interfaces[end].middle
    for end in order.diagram.ports:
        if box := minimum.interfaces.get(end):
            yield ("bar left", end), box.x
            yield ("bar right", end), box.right


def _widths(order: Order, compact: bool, minimum: Minimum) -> dict[tuple[str, str], float]:
    """Return how wide the interfaces on each side of a namespace are: equal along a row."""
    found: dict[tuple[str, str], float] = {}
    for row in (order.above, order.below, (order.hub,) if order.hub else ()):
        for side in SIDES:
            ends = [end for end in order.slots(row, side) if end.ifname and not _has_own_width(order, end)]
            widths = [_interface_width(order, end, compact) for end in ends]
            widths += [minimum.interfaces[end].width for end in ends if end in minimum.interfaces]
            found |= {(netns, side): max(widths, default=MIN_WIDTH[compact]) for netns in row}
    return found


def _interface_width(order: Order, end: End, compact: bool) -> float:
    interface = order.diagram.interfaces[end]
    if order.diagram.namespaces[end.netns].kind == "stack":
        return card_size(interface)[0]
    width = labels_width(interface_labels(interface, compact, end in order.diagram.groups), compact)
    label = cable_label_of(order, interface)
    return max(width, text_width(label, 11, mono=True) + 14) if label else width


def slot_width(order: Order, widths: Mapping[tuple[str, str], float], slot: End, side: str) -> float:
    """Return how wide a slot is: interfaces of a side are equal, but for bridges without ports and an opened stack."""
    if not slot.ifname or not _has_own_width(order, slot):
        return widths[slot.netns, side]
    interface = order.diagram.interfaces[slot]
    return bridge_bar_width(interface) if interface.is_bridge else card_size(interface)[0]


def _has_own_width(order: Order, end: End) -> bool:
    interface = order.diagram.interfaces[end]
    return interface.is_bridge or bool(interface.inside)


def cable_label_of(order: Order, interface: InterfaceBox) -> str | None:
    """Return what is written on an interface's cable: how many it stands for, or the subnet, at a router."""
    if interface.members:
        return f"{len(interface.members)} ×"
    peer = order.diagram.interfaces.get(interface.peer) if interface.peer else None
    if peer is None or "router" not in (order.diagram.namespaces[end.netns].kind for end in (interface.end, peer.end)):
        return None
    return subnet_of(interface, peer) if interface.state_style == peer.state_style else None


def _min_width(
    order: Order, name: str, widths: Mapping[tuple[str, str], float], compact: bool, minimum: Minimum
) -> float:
    slot = widths.get((name, order.near(name)), 0) + 2 * pad(compact)
    title = title_bar_width(order.diagram.namespaces[name], is_folded(order, name), name == order.hub, compact)
    return max(slot, title, minimum.namespaces[name].width if name in minimum.namespaces else 0)


def is_folded(order: Order, name: str) -> bool:
    """Whether only the title bar of a namespace is drawn."""
    return name in order.diagram.namespaces and name not in (order.hub, *order.above, *order.below)


def _side_distances(
    order: Order, netns: str, side: str, widths: Mapping[tuple[str, str], float], compact: bool
) -> Iterator[tuple[Hashable, Hashable, float]]:
    """Yield the distances along one side, from wall to wall."""
    wall, end = ("left", netns), ("right", netns)
    names = order.sides.get((netns, side), ())
    if not names:
        return
    wide = [slot_width(order, widths, End(netns, name), side) / 2 for name in names]
    gaps = [_slot_gap(order, End(netns, one), End(netns, other), compact) for one, other in pairwise(names)]
    yield wall, (netns, side, 0), pad(compact) + wide[0]
    yield (netns, side, len(names) - 1), end, pad(compact) + wide[-1]
    for i, gap in enumerate(gaps):
        yield (netns, side, i), (netns, side, i + 1), wide[i] + gap + wide[i + 1]
    spans = dict(bridge_bar_spans(order, netns, side))
    for bridge, (first, last) in spans.items():
        left, right = ("bar left", bridge), ("bar right", bridge)
        before = (netns, side, first - 1) if first else wall
        after = (netns, side, last + 1) if last + 1 < len(names) else end
        yield before, left, gaps[first - 1] + wide[first - 1] if first else pad(compact)
        yield left, (netns, side, first), wide[first]
        yield (netns, side, last), right, wide[last]
        yield right, after, gaps[last] + wide[last + 1] if after != end else pad(compact)
        yield left, right, bridge_bar_width(order.diagram.interfaces[bridge])
    for (one, (_, last)), (other, (first, _)) in pairwise(sorted(spans.items(), key=lambda item: item[1])):
        if first == last + 1:
            yield ("bar right", one), ("bar left", other), gaps[last]


def bridge_bar_spans(order: Order, netns: str, side: str) -> Iterator[tuple[End, tuple[int, int]]]:
    """Yield each bridge that has ports on a side, with the slots of its first and last port."""
    names = order.sides.get((netns, side), ())
    for bridge, ports in order.diagram.ports.items():
        slots = [names.index(port.end.ifname) for port in ports if port.end.ifname in names]
        if bridge.netns == netns and slots:
            yield bridge, (min(slots), max(slots))


def _slot_gap(order: Order, one: End, other: End, compact: bool) -> float:
    joined = {(one, other), (other, one)} & set(order.kinds)
    if joined and one.ifname != FREE:
        return CABLE_GAP[not compact] + 2 * pad(compact)
    inside = {end for ends in order.cables("internal") for end in ends}
    return NEIGHBOUR_GAP[not compact or {one, other} <= inside]


def _gap(order: Order, one: str, other: str, compact: bool) -> float:
    cables = [ends for ends in order.cables("adjacent") if {end.netns for end in ends} == {one, other}]
    labels = [cable_label_of(order, order.diagram.interfaces[ends[0]]) or "" for ends in cables]
    for_label = max((text_width(label, 11, mono=True) + 14 + 24 for label in labels if label), default=0)
    # Of two containers nobody makes a cable: their engine joins them by its bridge.
    are_containers = all(order.diagram.namespaces[name].container for name in (one, other))
    may_come = is_lesson(order.diagram) and not are_containers
    wide = CABLE_GAP[not compact] if cables or may_come else NEIGHBOUR_GAP[not compact]
    return max(NARROW_GAP if order.diagram.narrow else wide, for_label)
