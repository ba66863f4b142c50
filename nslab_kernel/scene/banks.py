"""Which socket stands beside which: by where its cable leads."""

from dataclasses import replace
from statistics import fmean

from nslab_kernel.model.naming import natural
from nslab_kernel.model.network import End
from nslab_kernel.scene.order import BANKS, FREE, Order

LAST = 10_000.0
"""Of what leads nowhere: it stands at the end."""
SAME_ROW = 5_000.0
"""Of what leads to another room of the row: the nearer, the further to that side."""


def banked(order: Order, seats: dict[End, str], hint: Order | None = None) -> Order:
    """Return the order with every bank sorted.

    Args:
        order: Spine and rows.
        seats: The bank of each socket.
        hint: The last picture's order: what is still there keeps its place.
    """
    banks = _Banks(order, seats, hint)
    for _ in range(1 if hint else 2):
        for room in order.things.rooms:
            for bank in BANKS:
                banks.sort(room, bank)
    return replace(order, banks={key: tuple(names) for key, names in banks.names.items() if names})


class _Banks:
    """The banks while they are being sorted: rows and spine settle in turns."""

    def __init__(self, order: Order, seats: dict[End, str], hint: Order | None) -> None:
        self.order = order
        self.things = order.things
        self.seats = seats
        self.old = hint.banks if hint else {}
        self.names: dict[tuple[str, str], list[str]] = {}
        for end in sorted(seats, key=lambda end: natural(end.ifname)):
            self.names.setdefault((end.netns, seats[end]), []).append(end.ifname)

    def sort(self, room: str, bank: str) -> None:
        """Sort one bank; the ports of a bridge stay together."""
        old = self.old.get((room, bank), ())
        names = [name for name in self.names.get((room, bank), ()) if name]
        near = bool(self.order.row_of(room)) and bank == self.order.near(room)
        if not old and len(names) < 2:
            self.names[room, bank] = names or [FREE] * near
            return
        ranks = {name: self._rank(End(room, name), old) for name in names}
        groups: dict[str, list[str]] = {}
        for name in sorted(names, key=ranks.__getitem__):
            groups.setdefault(self.things.groups.get(End(room, name), f"{name}/"), []).append(name)

        def rank(members: list[str]) -> tuple[int, float, tuple[tuple[int, str], ...]]:
            first = ranks[members[0]]
            scores = [ranks[name][1] for name in members if ranks[name][1] < LAST] or [LAST]
            return (first[0], fmean(scores), first[2])

        ordered = [name for members in sorted(groups.values(), key=rank) for name in members]
        self.names[room, bank] = self._with_free(room, ordered, old) if near else ordered

    def _with_free(self, room: str, names: list[str], old: tuple[str, ...]) -> list[str]:
        """Return the names with those slots kept free that something left; newcomers take them where they may."""
        if not old or [name for name in names if name in old] != [name for name in old if name in names]:
            return names
        slots = [name if name in names else FREE for name in old]
        for name in names:
            if name not in old:
                groups = [self.things.groups.get(End(room, slot)) for slot in slots]
                seat, is_free = _seat(slots, groups, self.things.groups.get(End(room, name)))
                slots[seat : seat + is_free] = [name]
        return slots or [FREE]

    def _rank(self, end: End, old: tuple[str, ...]) -> tuple[int, float, tuple[tuple[int, str], ...]]:
        if end.ifname in old:
            return old.index(end.ifname), 0, ()
        return len(old), self._score(end), natural(end.ifname)

    def _score(self, end: End) -> float:
        """Return a number that grows from left to right with the place that the socket's cable leads to."""
        spine = self.order.spine
        peer = self.things.sockets[end].peer
        if peer is None or peer not in self.seats:
            return LAST if end.netns == spine else 0
        if peer.netns == end.netns:
            return self._score_inside(end, peer)
        if end.netns == spine:
            row = self.order.row_of(peer.netns)
            return 100 * row.index(peer.netns) + self._index(peer) if row else LAST
        return self._index(peer) if peer.netns == spine else self._score_in_row(end, peer)

    def _score_inside(self, end: End, peer: End) -> float:
        """A cable's end stands beside the bridge that the other end hangs on, if there is one."""
        group = self.things.groups.get(peer)
        ports = self.things.ports[End(peer.netns, group)] if group else []
        mates = [port.end for port in ports if port.peer and port.peer.netns != end.netns]
        return fmean(self._score(mate) for mate in mates) + 0.1 if mates else LAST

    def _score_in_row(self, end: End, peer: End) -> float:
        row = self.order.row_of(end.netns)
        if peer.netns not in row:
            return 0
        steps = row.index(peer.netns) - row.index(end.netns)
        return (SAME_ROW - 100 * abs(steps) - self.things.twins[end]) * (1 if steps > 0 else -1)

    def _index(self, end: End) -> int:
        return self.names[end.netns, self.seats[end]].index(end.ifname)


def _seat(slots: list[str], groups: list[str | None], group: str | None) -> tuple[int, bool]:
    """Return where a newcomer of a group goes, and whether that slot is free: else it is put in there.

    A port goes to its bridge's other ports, into a slot among them or right after them; nothing else goes between them.
    """
    spans = {each: [i for i, other in enumerate(groups) if other == each] for each in groups if each}
    if group in spans:
        first, last = spans[group][0], spans[group][-1]
        free = [i for i in range(first, min(last + 2, len(slots))) if slots[i] == FREE]
        return (free[0], True) if free else (last + 1, False)
    taken = {i for span in spans.values() for i in range(span[0], span[-1])}
    free = [i for i, name in enumerate(slots) if name == FREE and i not in taken]
    return (free[0], True) if free else (len(slots), False)
