"""Coordinates from left to right, by minimum-distance constraints.

The x step of Sugiyama's layered drawing. Every wall, interface and bridge bar is a variable, each gap a constraint on
the least distance of two of them. The leftmost solution is the longest path from the left edge in that acyclic graph,
as in the coordinate assignment of VLSI compaction; see Eades, Lin and Tamassia, "An algorithm for drawing a
hierarchical graph" (1996). A cable is vertical where its two ends share one variable; the cables for which this is
possible together are the heaviest increasing subsequence of their ends.
"""

from collections.abc import Hashable, Iterator, Mapping
from graphlib import TopologicalSorter
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from nslab_kernel.model.network import End
from nslab_kernel.scene.labels import MEASURES, bridge_bar_width, interface_labels, labels_width, title_bar_width
from nslab_kernel.scene.layout.crossings import FREE, OPPOSITE, SIDES, Order
from nslab_kernel.scene.shapes import LESSON_WIDTH, Box, text_width
from nslab_kernel.scene.stack_card import card_size

MARGIN = 8
NARROW_GAP = 20
"""Pixels between neighbouring namespaces where another picture is to fit beside this one."""

Slot = tuple[str, int]
"""A namespace of a row, and the number of a slot in its near side."""


class Minimum(NamedTuple):
    """Boxes of another picture: in this one, the same things are no further left and no smaller."""

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


class HorizontalLayout:
    """The x positions of a picture.

    Args:
        order: The order of namespaces and interfaces.
        alignment: From `align`: which interfaces of the hub share their x with a slot.
        compact: Draw interfaces small.
        minimum: Boxes of another picture that this picture is to match.
    """

    def __init__(self, order: Order, alignment: Mapping[End, Slot], compact: bool, minimum: Minimum) -> None:
        self.order = order
        self.diagram = order.diagram
        self.alignment = alignment
        self.compact, self.measures = compact, MEASURES[compact]
        self.minimum = minimum
        self.widths = self._side_widths()
        self.min_widths = {name: self._min_width(name) for name in self.diagram.namespaces}
        self.at = self._positions()

    @property
    def width(self) -> float:
        """How wide the picture is."""
        return self.at["right", ""] + MARGIN

    def walls(self, name: str) -> tuple[float, float]:
        """Return the x of a namespace's left and right wall, as close to its content as `min_widths` allows."""
        left, right = self.at["left", name], self.at["right", name]
        if name == self.order.hub or self.order.is_folded(name):
            return self.at["left", ""], self.at["right", ""]
        starts = [right - self.min_widths[name]]
        for side in SIDES:
            if names := self.order.on_side(name, side):
                width = self.slot_width(End(name, names[0]), side)
                starts.append(self.at[name, side, 0] - width / 2 - self.measures.pad)
            bars = (end for end, _span in self.order.bar_spans(name, side))
            starts += [self.at["bar left", end] - self.measures.pad for end in bars]
        return max(left, min(starts)), right

    def x_of(self, end: End) -> float:
        """Return the x of an interface's middle."""
        return self.at[self._key(end)]

    def slot_width(self, slot: End, side: str) -> float:
        """Return the width of a slot: equal along a side, except for bridges without ports and an opened stack."""
        if not slot.ifname or not self._has_own_width(slot):
            return self.widths[slot.netns, side]
        interface = self.diagram.interfaces[slot]
        return bridge_bar_width(interface) if interface.is_bridge else card_size(interface)[0]

    def _positions(self) -> dict[Hashable, float]:
        """Return the x of every wall, slot and end of a bridge bar."""
        order, diagram, frame = self.order, self.diagram, DistanceConstraints()
        for end, (netns, i) in self.alignment.items():
            frame.share(self._key(end), (netns, order.near(netns), i))
        frame.apart("", ("left", ""), MARGIN)
        frame.apart(("left", ""), ("right", ""), 0 if diagram.narrow else LESSON_WIDTH - 2 * MARGIN)
        for name in diagram.namespaces:
            left, right = ("left", name), ("right", name)
            frame.apart(("left", ""), left, 0)
            frame.apart(right, ("right", ""), 0)
            frame.apart(left, right, self.min_widths[name])
            for side in SIDES:
                for near, far, distance in self._side_distances(name, side):
                    frame.apart(near, far, distance)
        for row in (order.above, order.below):
            for one, other in pairwise(row):
                frame.apart(("right", one), ("left", other), self._gap(one, other))
        for key, distance in self._least_positions():
            frame.apart("", key, distance)
        return frame.solve()

    def _key(self, end: End) -> tuple[str, str, int]:
        """Return the key of an interface's x, which is its slot's."""
        return end.netns, self.order.side_of[end], self.order.slot_of(end)

    def _least_positions(self) -> Iterator[tuple[Hashable, float]]:
        """Yield the x of walls, interfaces and bridge bars in the picture to match."""
        namespaces, interfaces = self.minimum
        for name in self.diagram.namespaces:
            if box := namespaces.get(name):
                yield ("left", name), box.x
                yield ("right", name), box.right
        for end in self.order.side_of:
            if end in interfaces:
                yield self._key(end), interfaces[end].middle
        for end in self.diagram.ports:
            if box := interfaces.get(end):
                yield ("bar left", end), box.x
                yield ("bar right", end), box.right

    def _side_widths(self) -> dict[tuple[str, str], float]:
        """Return how wide the interfaces on each side of a namespace are: equal along a row."""
        order, found = self.order, dict[tuple[str, str], float]()
        for row in (order.above, order.below, (order.hub,) if order.hub else ()):
            for side in SIDES:
                ends = [end for end in order.slots(row, side) if end.ifname and not self._has_own_width(end)]
                widths = [self._interface_width(end) for end in ends]
                widths += [self.minimum.interfaces[end].width for end in ends if end in self.minimum.interfaces]
                found |= {(netns, side): max(widths, default=self.measures.width) for netns in row}
        return found

    def _interface_width(self, end: End) -> float:
        interface = self.diagram.interfaces[end]
        if self.diagram.namespaces[end.netns].kind == "stack":
            return card_size(interface)[0]
        width = labels_width(interface_labels(interface, self.compact, end in self.diagram.groups), self.compact)
        label = self.diagram.cable_label(interface)
        return max(width, text_width(label, 11, mono=True) + 14) if label else width

    def _has_own_width(self, end: End) -> bool:
        interface = self.diagram.interfaces[end]
        return interface.is_bridge or bool(interface.inside)

    def _min_width(self, name: str) -> float:
        order, least = self.order, self.minimum.namespaces
        slot = self.widths.get((name, order.near(name)), 0) + 2 * self.measures.pad
        title = title_bar_width(self.diagram.namespaces[name], order.is_folded(name), name == order.hub, self.compact)
        return max(slot, title, least[name].width if name in least else 0)

    def _side_distances(self, netns: str, side: str) -> Iterator[tuple[Hashable, Hashable, float]]:
        """Yield the distances along one side, from wall to wall."""
        wall, end, pad = ("left", netns), ("right", netns), self.measures.pad
        names = self.order.on_side(netns, side)
        if not names:
            return
        wide = [self.slot_width(End(netns, name), side) / 2 for name in names]
        gaps = [self._slot_gap(End(netns, one), End(netns, other)) for one, other in pairwise(names)]
        yield wall, (netns, side, 0), pad + wide[0]
        yield (netns, side, len(names) - 1), end, pad + wide[-1]
        for i, gap in enumerate(gaps):
            yield (netns, side, i), (netns, side, i + 1), wide[i] + gap + wide[i + 1]
        spans = dict(self.order.bar_spans(netns, side))
        for bridge, (first, last) in spans.items():
            left, right = ("bar left", bridge), ("bar right", bridge)
            before = (netns, side, first - 1) if first else wall
            after = (netns, side, last + 1) if last + 1 < len(names) else end
            yield before, left, gaps[first - 1] + wide[first - 1] if first else pad
            yield left, (netns, side, first), wide[first]
            yield (netns, side, last), right, wide[last]
            yield right, after, gaps[last] + wide[last + 1] if after != end else pad
            yield left, right, bridge_bar_width(self.diagram.interfaces[bridge])
        for (one, (_, last)), (other, (first, _)) in pairwise(sorted(spans.items(), key=lambda item: item[1])):
            if first == last + 1:
                yield ("bar right", one), ("bar left", other), gaps[last]

    def _slot_gap(self, one: End, other: End) -> float:
        joined = {(one, other), (other, one)} & set(self.order.kinds)
        if joined and one.ifname != FREE:
            return self.measures.cable_gap + 2 * self.measures.pad
        inside = {end for ends in self.order.cables("internal") for end in ends}
        # The ends of two cables inside one namespace keep the gap of a full-size picture.
        return MEASURES[self.compact and not {one, other} <= inside].neighbour_gap

    def _gap(self, one: str, other: str) -> float:
        diagram, measures = self.diagram, self.measures
        cables = [ends for ends in self.order.cables("adjacent") if {end.netns for end in ends} == {one, other}]
        labels = [diagram.cable_label(diagram.interfaces[ends[0]]) or "" for ends in cables]
        for_label = max((text_width(label, 11, mono=True) + 14 + 24 for label in labels if label), default=0)
        # Nobody adds a cable between two containers: their engine joins them by its bridge.
        are_containers = all(diagram.namespaces[name].container for name in (one, other))
        may_come = diagram.is_lesson and not are_containers
        wide = measures.cable_gap if cables or may_come else measures.neighbour_gap
        return max(NARROW_GAP if diagram.narrow else wide, for_label)


def align(order: Order, hint: Mapping[End, Slot]) -> dict[End, Slot]:
    """Return the slot of a row that each interface of the hub is straight above or below.

    Existing alignments are kept; other cables are vertical where nothing conflicts. In a lesson the remaining
    interfaces of the hub are in line with free slots, so that they move straight into a namespace later.
    """
    found: dict[End, Slot] = {}
    for facing in SIDES:
        near = OPPOSITE[facing]
        slots = [(netns, i) for netns in order.row(facing) for i in range(len(order.on_side(netns, near)))]
        number = {slot: i for i, slot in enumerate(slots)}
        names = order.on_side(order.hub, facing)
        wanted = {k: slot for k, name in enumerate(names) if (slot := _target(order, hint, name, number)) is not None}
        pairs = dict(heaviest_increasing_pairs([(k, number[slot], 1) for k, slot in wanted.items()]))
        if order.diagram.is_lesson:
            pairs |= _over_free(order, len(names), order.slots(order.row(facing), near), pairs)
        found |= {End(order.hub, names[k]): slots[i] for k, i in pairs.items()}
    return found


def _target(order: Order, hint: Mapping[End, Slot], name: str, number: Mapping[Slot, int]) -> Slot | None:
    end = End(order.hub, name)
    if (slot := hint.get(end)) in number:
        return slot
    peer = order.diagram.interfaces[end].peer
    if peer is None or peer not in order.side_of or peer.netns == end.netns:
        return None
    slot = (peer.netns, order.slot_of(peer))
    return slot if slot in number and order.side_of[peer] == order.near(peer.netns) else None


def _over_free(order: Order, count: int, slots: list[End], pairs: dict[int, int]) -> dict[int, int]:
    """Return the number of a free slot for each of `count` interfaces that is not aligned yet, in their order."""
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
