"""Crossing minimisation: the order of namespaces and interfaces.

The third step of Sugiyama's layered drawing (Sugiyama, Tagawa and Toda 1981): for each row, find an order in which few
cables cross. Here an interface is placed by the barycenter of the ends that its cable leads to; then single namespaces
and interfaces are moved while that removes a crossing (greedy switching). Pictures are small: for up to `FEW`
namespaces, every order of the rows is tried.

A namespace has interfaces on two sides: `upper` along its upper wall, `lower` along its lower one. Its near side faces
the hub, its far side does not.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations, islice, permutations, product
from statistics import fmean

from nslab_kernel.model.naming import natural
from nslab_kernel.model.network import End
from nslab_kernel.scene.diagram import Diagram, InterfaceBox
from nslab_kernel.scene.layout.ranks import leaves_of, rows_of

UPPER, LOWER = "upper", "lower"
SIDES = (UPPER, LOWER)
OPPOSITE = {UPPER: LOWER, LOWER: UPPER}
FREE = ""
"""The name in a slot that is kept empty."""
FEW = 5
"""The most namespaces for which every order of the rows is tried."""
TRIES = 150
"""The most orders that one greedy search tries, so that a tangled picture takes less than a second."""
LAST = 10_000.0
"""The score of an interface without a cable, which puts it at the right end."""
SAME_ROW = 5_000.0
"""The base score for a cable to a namespace of the same row: the nearer that is, the closer to its wall."""


@dataclass(frozen=True)
class Order:
    """The order of namespaces and interfaces, without coordinates."""

    diagram: Diagram
    hub: str
    """The namespace between the two rows, `Diagram.hub`; may be empty."""
    above: tuple[str, ...]
    below: tuple[str, ...]
    sides: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """By namespace and side: the interfaces from left to right; in place of a bridge with ports, its ports."""
    wrapped: bool = False
    """Whether the namespaces on one bridge may be in both rows: then the bridge has ports on both sides of the hub."""

    def on_side(self, netns: str, side: str) -> tuple[str, ...]:
        """Return the interfaces on a side of a namespace, from left to right; `FREE` for a slot that is kept empty."""
        return self.sides.get((netns, side), ())

    def slot_of(self, end: End) -> int:
        """Return the number of an interface's slot in its side, from the left."""
        return self.on_side(end.netns, self.side_of[end]).index(end.ifname)

    def is_folded(self, name: str) -> bool:
        """Whether only the title bar of a namespace is drawn."""
        return name in self.diagram.namespaces and name not in (self.hub, *self.above, *self.below)

    def bar_spans(self, netns: str, side: str) -> Iterator[tuple[End, tuple[int, int]]]:
        """Yield each bridge that has ports on a side, with the slots of its first and last port."""
        names = self.on_side(netns, side)
        for bridge, ports in self.diagram.ports.items():
            slots = [names.index(port.end.ifname) for port in ports if port.end.ifname in names]
            if bridge.netns == netns and slots:
                yield bridge, (min(slots), max(slots))

    def row(self, side: str) -> tuple[str, ...]:
        """Return the row on a side of the hub; the row's far side has the same name."""
        return self.above if side == UPPER else self.below

    def row_of(self, netns: str) -> tuple[str, ...]:
        """Return the row that a namespace is in; empty for the hub and for a folded namespace."""
        return self.below if netns in self.below else self.above if netns in self.above else ()

    def near(self, netns: str) -> str:
        """Return which side of a namespace faces the hub."""
        return LOWER if netns in self.above else UPPER

    @cached_property
    def side_of(self) -> dict[End, str]:
        """The side of each interface."""
        return {End(netns, name): side for (netns, side), names in self.sides.items() for name in names if name}

    @cached_property
    def two_sided(self) -> list[End]:
        """The bridges with ports on both sides of their namespace."""
        ports = self.diagram.ports
        return [bridge for bridge in ports if len({self.side_of.get(port.end) for port in ports[bridge]}) > 1]

    def slots(self, row: tuple[str, ...], side: str) -> list[End]:
        """Return all slots of a row's namespaces in one side, from left to right; free ones too."""
        return [End(netns, name) for netns in row for name in self.on_side(netns, side)]

    @cached_property
    def kinds(self) -> dict[tuple[End, End], str]:
        """How each cable runs.

        `vertical` from the hub into a row, `adjacent` between neighbours, `channel` along a row, `internal` within a
        namespace, `unroutable` if none of these is possible.
        """
        return {(a.end, b.end): self._kind(a.end, b.end) for a, b in self.diagram.cables}

    def cables(self, kind: str) -> list[tuple[End, End]]:
        """Return the cables of a kind."""
        return [ends for ends, each in self.kinds.items() if each == kind]

    def _kind(self, one: End, other: End) -> str:
        sides = self.side_of.get(one), self.side_of.get(other)
        if None in sides:
            return "unroutable"
        if one.netns == other.netns:
            return "internal" if sides[0] == sides[1] else "unroutable"
        if self.hub in (one.netns, other.netns):
            return self._vertical(one, other) if one.netns == self.hub else self._vertical(other, one)
        if self.row_of(one.netns) != self.row_of(other.netns) or sides[0] != sides[1]:
            return "unroutable"
        return "adjacent" if self.is_adjacent(one, other) else "channel"

    def _vertical(self, hub: End, leaf: End) -> str:
        near = self.near(leaf.netns)
        return "vertical" if (self.side_of[hub], self.side_of[leaf]) == (OPPOSITE[near], near) else "unroutable"

    def is_adjacent(self, one: End, other: End) -> bool:
        """Whether a straight horizontal cable can join two interfaces of neighbouring namespaces."""
        row = self.row_of(one.netns)
        left, right = sorted((one, other), key=lambda end: row.index(end.netns))
        if row.index(right.netns) - row.index(left.netns) != 1:
            return False
        side = self.side_of[left]
        return self.sides[left.netns, side][-1] == left.ifname and self.sides[right.netns, side][0] == right.ifname

    @cached_property
    def crossings(self) -> int:
        """How many cables cross; an unroutable one counts as a hundred."""
        stray = 100 * len(self.cables("unroutable"))
        return stray + sum(map(self._row_crossings, SIDES)) + self._inner_crossings()

    def _row_crossings(self, far: str) -> int:
        row, near = self.row(far), OPPOSITE[far]
        at = {end: i for i, end in enumerate(self.slots(row, near)) if end.ifname}
        far_at = {end: i for i, end in enumerate(self.slots(row, far)) if end.ifname}
        hub = {End(self.hub, name): i for i, name in enumerate(self.on_side(self.hub, far))}
        vertical_cables, channels, far_channels = [], [], []
        for (one, other), kind in self.kinds.items():
            if kind == "vertical" and (one in at or other in at):
                leaf, high = (one, other) if one in at else (other, one)
                vertical_cables.append((hub[high], at[leaf]))
            elif kind == "channel" and one in at:
                channels.append(_span(at[one], at[other]))
            elif kind == "channel" and one in far_at:
                far_channels.append(_span(far_at[one], far_at[other]))
        over = sum(low < leaf < high for low, high in channels for _, leaf in vertical_cables)
        return _inversions(vertical_cables) + over + interleaved(channels) + interleaved(far_channels)

    def _inner_crossings(self) -> int:
        found = 0
        for (netns, side), names in self.sides.items():
            at = {End(netns, name): i for i, name in enumerate(names) if name}
            inside = list(self.inner(netns, side).values())
            out = (*self.cables("vertical"), *self.cables("channel"))
            leaving = [at[end] for ends in out for end in ends if end in at]
            found += interleaved(inside) + sum(low < slot < high for low, high in inside for slot in leaving)
        return found

    @cached_property
    def key(self) -> tuple[int, int]:
        """The measure to minimise: crossings, then the length of all channels, outside and inside namespaces."""
        spans = [self.span(ends) for ends in self.cables("channel")]
        spans += [span for netns, side in self.sides for span in self.inner(netns, side).values()]
        return self.crossings, sum(high - low for low, high in spans)

    def inner(self, netns: str, side: str) -> dict[tuple[End, End], tuple[int, int]]:
        """Return the cables between interfaces of one side that are not neighbours, with the numbers of their slots."""
        names = self.on_side(netns, side)
        pairs = [ends for ends in self.cables("internal") if ends[0].netns == netns and ends[0].ifname in names]
        spans = {ends: _span(names.index(ends[0].ifname), names.index(ends[1].ifname)) for ends in pairs}
        return {ends: span for ends, span in spans.items() if span[1] - span[0] > 1}

    def span(self, ends: tuple[End, End]) -> tuple[int, int]:
        """Return the numbers, within the row, of the two namespaces that a cable joins."""
        row = self.row_of(ends[0].netns)
        return _span(row.index(ends[0].netns), row.index(ends[1].netns))


def _span(one: int, other: int) -> tuple[int, int]:
    return min(one, other), max(one, other)


def _inversions(vertical_cables: list[tuple[int, int]]) -> int:
    return sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in combinations(vertical_cables, 2))


def interleaved(spans: list[tuple[int, int]]) -> int:
    """Return how many pairs of spans overlap without one lying in the other."""
    return sum(a[0] < b[0] < a[1] < b[1] or b[0] < a[0] < b[1] < a[1] for a, b in combinations(spans, 2))


def arrange(diagram: Diagram, hint: Order | None = None, wrapped: bool = False) -> Order:
    """Return the best order that is found.

    Args:
        diagram: The content of the picture.
        hint: The last picture's order; it is kept for what is still there, unless that costs a crossing.
        wrapped: Whether the namespaces on one bridge may be in both rows.
    """
    fresh = _fresh(diagram, wrapped)
    if hint is None or hint.hub != fresh.hub or hint.wrapped != wrapped:
        return fresh
    kept = _kept(diagram, hint)
    same = kept.crossings <= fresh.crossings and len(kept.two_sided) <= len(fresh.two_sided)
    return kept if same else fresh


def _fresh(diagram: Diagram, wrapped: bool) -> Order:
    above, below = rows_of(diagram, wrapped)
    order = _improved(_with_sides(Order(diagram, diagram.hub, above, below, wrapped=wrapped)), _other_rows)
    if order.crossings and len(above + below) <= FEW:
        order = min(_all_rows(order), key=lambda each: each.key)
    return _improved(order, _other_sides)


def _kept(diagram: Diagram, hint: Order) -> Order:
    hub = hint.hub
    above = tuple(name for name in hint.above if name in diagram.namespaces and name != hub)
    below = tuple(name for name in hint.below if name in diagram.namespaces and name != hub)
    for name in leaves_of(diagram):
        if name not in above + below:
            up = (hint.wrapped and len(above) < len(below)) or _joins(diagram, name, above)
            below, above = (below, (*above, name)) if up else ((*below, name), above)
    return _with_sides(Order(diagram, hub, above, below, wrapped=hint.wrapped), hint)


def _joins(diagram: Diagram, name: str, row: tuple[str, ...]) -> bool:
    return any(s.peer and s.peer.netns in row for s in diagram.namespaces[name].interfaces)


def _with_sides(order: Order, hint: Order | None = None) -> Order:
    """Return the order with a side for every interface: the near one, for a channel the one with fewer crossings."""
    sides_wanted = _first_sides(order)
    order = _with_sorted_sides(order, sides_wanted, hint)
    far = _far_channels(order, hint)
    return _with_sorted_sides(order, sides_wanted | far, hint) if far else order


def _far_channels(order: Order, hint: Order | None) -> dict[End, str]:
    """Return the ends of the channels on the far side; the shortest first, each gets the side with fewer crossings."""
    spans: dict[str, list[tuple[int, int]]] = {UPPER: [], LOWER: []}
    found: dict[End, str] = {}
    namespaces = {end.netns for ends in order.cables("vertical") for end in ends}
    for one, other in sorted(order.cables("channel"), key=order.span):
        row, span = order.row_of(one.netns), order.span((one, other))
        near = order.near(one.netns)
        far = OPPOSITE[near]
        costs = {side: interleaved([*spans[side], span]) for side in (near, far)}
        costs[near] += sum(netns in namespaces for netns in row[span[0] + 1 : span[1]])
        fixed = one in order.diagram.groups or other in order.diagram.groups
        kept = hint.side_of.get(one) if hint and hint.side_of.get(one) == hint.side_of.get(other) else None
        side = near if fixed else kept or min((near, far), key=costs.__getitem__)
        spans[side].append(span)
        if side == far:
            found |= {one: far, other: far}
    return found


def _first_sides(order: Order) -> dict[End, str]:
    diagram, sides = order.diagram, {}
    for netns in diagram.namespaces.values():
        for interface in netns.interfaces:
            if interface.end in diagram.ports:
                continue
            sides[interface.end] = _facing(order, interface) if netns.name == order.hub else order.near(netns.name)
    return sides


def _facing(order: Order, interface: InterfaceBox) -> str:
    """Return the side of the hub for an interface; the ports of a bridge, and their peers inside the hub, share one.

    Where rows are wrapped, each port faces the row that its cable leads to.
    """
    groups = order.diagram.groups
    if order.wrapped and interface.peer and (row := order.row_of(interface.peer.netns)):
        return UPPER if row is order.above else LOWER
    inside = interface.peer if interface.peer and interface.peer.netns == interface.end.netns else None
    group = groups.get(interface.end) or (groups.get(inside) if inside else None)
    siblings = order.diagram.ports[End(interface.end.netns, group)] if group else [interface]
    return UPPER if any(each.peer and each.peer.netns in order.above for each in siblings) else LOWER


def _improved(order: Order, others: Callable[[Order], Iterator[Order]]) -> Order:
    """Return the order after greedy steps, each of them to an order with a smaller `key`."""
    left = TRIES
    better: Order | None = order
    while better and order.key > (0, 0):
        tries = list(islice(others(order), left))
        better = next((each for each in tries if each.key < order.key), None)
        left -= tries.index(better) + 1 if better else 0
        order = better or order
    return order


def _other_rows(order: Order) -> Iterator[Order]:
    """Yield the orders with one namespace moved along its row."""
    yield from (_with_rows(order, row, order.below) for row in _moves(order.above))
    yield from (_with_rows(order, order.above, row) for row in _moves(order.below))


def _other_sides(order: Order) -> Iterator[Order]:
    """Yield the orders with one interface, or one bridge with its ports, moved along a side with internal channels."""
    for (netns, side), names in order.sides.items():
        if not order.inner(netns, side):
            continue
        groups = [order.diagram.groups.get(End(netns, name), f"{name}/") for name in names]
        for moved in _moves(tuple(dict.fromkeys(groups))):
            kept = sorted(range(len(names)), key=lambda i: moved.index(groups[i]))
            yield replace(order, sides={**order.sides, (netns, side): tuple(names[i] for i in kept)})
        for moved in _moves(names):
            if [order.diagram.groups.get(End(netns, name), f"{name}/") for name in moved] == groups:
                yield replace(order, sides={**order.sides, (netns, side): moved})


def _all_rows(order: Order) -> Iterator[Order]:
    for above, below in product(permutations(order.above), permutations(order.below)):
        yield _with_rows(order, above, below)


def _with_rows(order: Order, above: tuple[str, ...], below: tuple[str, ...]) -> Order:
    return _with_sides(replace(order, sides={}, above=above, below=below))


def _moves(row: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the row with one member moved."""
    for i, name in enumerate(row):
        rest = row[:i] + row[i + 1 :]
        yield from ((*rest[:j], name, *rest[j:]) for j in range(len(row)) if j != i)


def _with_sorted_sides(order: Order, sides_wanted: dict[End, str], hint: Order | None = None) -> Order:
    """Return the order with every side sorted; interfaces that are in `hint` keep their order there."""
    sides = _SideSorter(order, sides_wanted, hint)
    for _ in range(1 if hint else 2):
        for netns in order.diagram.namespaces:
            for side in SIDES:
                sides.sort(netns, side)
    return replace(order, sides={key: tuple(names) for key, names in sides.names.items() if names})


class _SideSorter:
    """Sorts the sides in turns, because a barycenter depends on the order of the other sides."""

    def __init__(self, order: Order, sides_wanted: dict[End, str], hint: Order | None) -> None:
        self.order = order
        self.diagram = order.diagram
        self.sides_wanted = sides_wanted
        self.old = hint.sides if hint else {}
        self.names: dict[tuple[str, str], list[str]] = {}
        for end in sorted(sides_wanted, key=lambda end: natural(end.ifname)):
            self.names.setdefault((end.netns, sides_wanted[end]), []).append(end.ifname)

    def sort(self, netns: str, side: str) -> None:
        """Sort one side by barycenter; the ports of a bridge stay together."""
        old = self.old.get((netns, side), ())
        names = [name for name in self.names.get((netns, side), ()) if name]
        near = bool(self.order.row_of(netns)) and side == self.order.near(netns)
        if not old and len(names) < 2:
            self.names[netns, side] = names or [FREE] * near
            return
        ranks = {name: self._rank(End(netns, name), old) for name in names}
        groups: dict[str, list[str]] = {}
        for name in sorted(names, key=ranks.__getitem__):
            groups.setdefault(self.diagram.groups.get(End(netns, name), f"{name}/"), []).append(name)

        def rank(members: list[str]) -> tuple[int, float, tuple[tuple[int, str], ...]]:
            first = ranks[members[0]]
            scores = [ranks[name][1] for name in members if ranks[name][1] < LAST] or [LAST]
            return (first[0], fmean(scores), first[2])

        ordered = [name for members in sorted(groups.values(), key=rank) for name in members]
        self.names[netns, side] = self._with_free(netns, ordered, old) if near else ordered

    def _with_free(self, netns: str, names: list[str], old: tuple[str, ...]) -> list[str]:
        """Return the names, with a free slot for each removed interface; a new one takes a free slot if it may."""
        if not old or [name for name in names if name in old] != [name for name in old if name in names]:
            return names
        slots = [name if name in names else FREE for name in old]
        for name in names:
            if name not in old:
                groups = [self.diagram.groups.get(End(netns, slot)) for slot in slots]
                slot, is_free = _slot_for(slots, groups, self.diagram.groups.get(End(netns, name)))
                slots[slot : slot + is_free] = [name]
        return slots or [FREE]

    def _rank(self, end: End, old: tuple[str, ...]) -> tuple[int, float, tuple[tuple[int, str], ...]]:
        if end.ifname in old:
            return old.index(end.ifname), 0, ()
        return len(old), self._score(end), natural(end.ifname)

    def _score(self, end: End) -> float:
        """Return the barycenter: a number that grows from left to right with the position of the cable's other end."""
        hub = self.order.hub
        peer = self.diagram.interfaces[end].peer
        if peer is None or peer not in self.sides_wanted:
            return LAST if end.netns == hub else 0
        if peer.netns == end.netns:
            return self._score_inside(end, peer)
        if end.netns == hub:
            row = self.order.row_of(peer.netns)
            return 100 * row.index(peer.netns) + self._index(peer) if row else LAST
        return self._index(peer) if peer.netns == hub else self._score_in_row(end, peer)

    def _score_inside(self, end: End, peer: End) -> float:
        """Return the score that puts the end of an internal cable beside the bridge of which its peer is a port."""
        group = self.diagram.groups.get(peer)
        ports = self.diagram.ports[End(peer.netns, group)] if group else []
        mates = [port.end for port in ports if port.peer and port.peer.netns != end.netns]
        return fmean(self._score(mate) for mate in mates) + 0.1 if mates else LAST

    def _score_in_row(self, end: End, peer: End) -> float:
        row = self.order.row_of(end.netns)
        if peer.netns not in row:
            return 0
        steps = row.index(peer.netns) - row.index(end.netns)
        return (SAME_ROW - 100 * abs(steps) - self.diagram.parallel_index[end]) * (1 if steps > 0 else -1)

    def _index(self, end: End) -> int:
        return self.names[end.netns, self.sides_wanted[end]].index(end.ifname)


def _slot_for(slots: list[str], groups: list[str | None], group: str | None) -> tuple[int, bool]:
    """Return the slot for a new interface of a group, and whether it is free; else the interface is inserted there.

    A port goes between or right after the other ports of its bridge; nothing else may stand between these.
    """
    spans = {each: [i for i, other in enumerate(groups) if other == each] for each in groups if each}
    if group in spans:
        first, last = spans[group][0], spans[group][-1]
        free = [i for i in range(first, min(last + 2, len(slots))) if slots[i] == FREE]
        return (free[0], True) if free else (last + 1, False)
    taken = {i for span in spans.values() for i in range(span[0], span[-1])}
    free = [i for i, name in enumerate(slots) if name == FREE and i not in taken]
    return (free[0], True) if free else (len(slots), False)
