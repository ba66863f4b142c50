"""What stands beside what: rows, banks, and how many cables cross.

The spine is a wide band; the other rooms stand in a row below it, some in a row above. A room has two banks of sockets:
`upper` along its upper wall, `lower` along its lower one; the near bank is the one that faces the spine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

from nslab_kernel.model.network import End
from nslab_kernel.scene.things import Things

UPPER, LOWER = "upper", "lower"
BANKS = (UPPER, LOWER)
ABOVE, BELOW = "above", "below"
FREE = ""
"""A slot that nothing stands in."""


@dataclass(frozen=True)
class Order:
    """Who stands where, before any measure."""

    things: Things
    spine: str | None
    """The room that the others hang on."""
    above: tuple[str, ...]
    below: tuple[str, ...]
    banks: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """By room and bank: names of sockets from left to right. A bridge with ports is not among them: its ports are."""

    def row_of(self, room: str) -> tuple[str, ...]:
        """Return the row that a room stands in; empty for the spine and for a folded room."""
        return self.below if room in self.below else self.above if room in self.above else ()

    def near(self, room: str) -> str:
        """Return which bank of a room faces the spine."""
        return LOWER if room in self.above else UPPER

    @cached_property
    def bank_of(self) -> dict[End, str]:
        """The bank of each socket."""
        return {End(room, name): bank for (room, bank), names in self.banks.items() for name in names if name}

    def slots(self, row: tuple[str, ...], bank: str) -> list[End]:
        """Return all slots of a row's rooms in one bank, from left to right; free ones too."""
        return [End(room, name) for room in row for name in self.banks.get((room, bank), ())]

    @cached_property
    def kinds(self) -> dict[tuple[End, End], str]:
        """How each cable runs.

        `drop` from the spine into a row, `side` between neighbours, `lane` within a row along a wall, `inside` a room,
        `stray` where none of these will do.
        """
        return {(a.end, b.end): self._kind(a.end, b.end) for a, b in self.things.cables}

    def _kind(self, one: End, other: End) -> str:
        banks = self.bank_of.get(one), self.bank_of.get(other)
        if None in banks:
            return "stray"
        if one.netns == other.netns:
            return "inside" if banks[0] == banks[1] else "stray"
        if self.spine in (one.netns, other.netns):
            return self._drop(one, other) if one.netns == self.spine else self._drop(other, one)
        if self.row_of(one.netns) != self.row_of(other.netns) or banks[0] != banks[1]:
            return "stray"
        return "side" if self.is_side(one, other) else "lane"

    def _drop(self, spine: End, leaf: End) -> str:
        facing = UPPER if leaf.netns in self.above else LOWER
        right = self.bank_of[spine] == facing and self.bank_of[leaf] == self.near(leaf.netns)
        return "drop" if right else "stray"

    def is_side(self, one: End, other: End) -> bool:
        """Whether a straight cable from side wall to side wall joins two sockets of neighbouring rooms."""
        row = self.row_of(one.netns)
        left, right = sorted((one, other), key=lambda end: row.index(end.netns))
        if row.index(right.netns) - row.index(left.netns) != 1:
            return False
        bank = self.bank_of[left]
        return self.banks[left.netns, bank][-1] == left.ifname and self.banks[right.netns, bank][0] == right.ifname

    @cached_property
    def crossings(self) -> int:
        """How many cables cross; a stray one counts a hundred."""
        stray = sum(100 for kind in self.kinds.values() if kind == "stray")
        return stray + sum(self._row_crossings(side) for side in (ABOVE, BELOW)) + self._inner_crossings()

    def _row_crossings(self, side: str) -> int:
        row = self.above if side == ABOVE else self.below
        near, far = (LOWER, UPPER) if side == ABOVE else (UPPER, LOWER)
        at = {end: i for i, end in enumerate(self.slots(row, near)) if end.ifname}
        far_at = {end: i for i, end in enumerate(self.slots(row, far)) if end.ifname}
        spine = {End(self.spine or "", n): i for i, n in enumerate(self.banks.get((self.spine or "", far), ()))}
        drops, lanes, far_lanes = [], [], []
        for (one, other), kind in self.kinds.items():
            if kind == "drop" and (one in at or other in at):
                leaf, high = (one, other) if one in at else (other, one)
                drops.append((spine[high], at[leaf]))
            elif kind == "lane" and one in at:
                lanes.append(_span(at[one], at[other]))
            elif kind == "lane" and one in far_at:
                far_lanes.append(_span(far_at[one], far_at[other]))
        over = sum(low < leaf < high for low, high in lanes for _, leaf in drops)
        return _inversions(drops) + over + interleaved(lanes) + interleaved(far_lanes)

    def _inner_crossings(self) -> int:
        found = 0
        for (room, bank), names in self.banks.items():
            at = {End(room, name): i for i, name in enumerate(names) if name}
            inside = list(self.inner(room, bank).values())
            leaving = [at[e] for ends, kind in self.kinds.items() if kind in ("drop", "lane") for e in ends if e in at]
            found += interleaved(inside) + sum(low < slot < high for low, high in inside for slot in leaving)
        return found

    @cached_property
    def key(self) -> tuple[int, int]:
        """What is to be as small as can be: crossings, then the length of all lanes, outside and inside of rooms."""
        spans = [self.span(ends) for ends, kind in self.kinds.items() if kind == "lane"]
        spans += [span for room, bank in self.banks for span in self.inner(room, bank).values()]
        return self.crossings, sum(high - low for low, high in spans)

    def inner(self, room: str, bank: str) -> dict[tuple[End, End], tuple[int, int]]:
        """Return the cables between sockets of a room that are not neighbours, with the numbers of their slots."""
        names = self.banks.get((room, bank), ())
        pairs = [
            e for e, kind in self.kinds.items() if kind == "inside" and e[0].netns == room and e[0].ifname in names
        ]
        spans = {ends: _span(names.index(ends[0].ifname), names.index(ends[1].ifname)) for ends in pairs}
        return {ends: span for ends, span in spans.items() if span[1] - span[0] > 1}

    def span(self, ends: tuple[End, End]) -> tuple[int, int]:
        """Return the numbers, within the row, of the two rooms that a cable joins."""
        row = self.row_of(ends[0].netns)
        return _span(row.index(ends[0].netns), row.index(ends[1].netns))


def _span(one: int, other: int) -> tuple[int, int]:
    return min(one, other), max(one, other)


def _inversions(drops: list[tuple[int, int]]) -> int:
    return sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in combinations(drops, 2))


def interleaved(spans: list[tuple[int, int]]) -> int:
    """Return how many pairs of spans overlap without one lying in the other."""
    return sum(a[0] < b[0] < a[1] < b[1] or b[0] < a[0] < b[1] < a[1] for a, b in combinations(spans, 2))
