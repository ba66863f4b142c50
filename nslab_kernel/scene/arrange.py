"""From things to an order: the spine, the rows, the banks, with as few crossings as can be."""

from collections.abc import Iterator
from dataclasses import replace

from nslab_kernel.model.network import End
from nslab_kernel.scene.order import BANKS, FREE, LOWER, UPPER, Order, group_of, ports_of
from nslab_kernel.scene.rows import leaves_of, natural, rows_of, spine_of
from nslab_kernel.scene.things import Room, Socket, Things


def arrange(things: Things, hint: Order | None = None) -> Order:
    """Return the order of a picture.

    Args:
        things: What is to be drawn.
        hint: The last picture's order; what is still there keeps its place, unless that costs a crossing.
    """
    fresh = _fresh(things)
    if hint is None:
        return fresh
    kept = _kept(things, hint)
    return kept if kept.crossings <= fresh.crossings else fresh


def _fresh(things: Things) -> Order:
    spine = spine_of(things)
    above, below = rows_of(things, spine)
    return _improved(_with_banks(Order(things, spine, above, below)))


def _kept(things: Things, hint: Order) -> Order:
    spine = spine_of(things)
    if spine != hint.spine:
        return _fresh(things)
    above = tuple(name for name in hint.above if name in things.rooms and name != spine)
    below = tuple(name for name in hint.below if name in things.rooms and name != spine)
    for name in leaves_of(things, spine):
        if name not in above + below:
            below, above = (below, (*above, name)) if _joins(things, name, above) else ((*below, name), above)
    return _with_banks(Order(things, spine, above, below), hint)


def _joins(things: Things, name: str, row: tuple[str, ...]) -> bool:
    return any(s.peer and s.peer.netns in row for s in things.rooms[name].sockets)


def _with_banks(order: Order, hint: Order | None = None) -> Order:
    """Return the order with every socket in a bank: all in the near one, then each lane on its best side."""
    order = _sorted(order, _first_banks(order), hint)
    if hint:
        seats = {end: bank for end, bank in hint.bank_of.items() if end in order.bank_of and end.netns != order.spine}
        order = _sorted(order, order.bank_of | seats, hint)
    for ends, kind in sorted(order.kinds.items()):
        if kind == "lane" and not any(group_of(order.things.sockets[end], order.things) for end in ends):
            far = LOWER if order.near(ends[0].netns) == UPPER else UPPER
            other = _sorted(order, order.bank_of | dict.fromkeys(ends, far), hint)
            order = min(order, other, key=lambda each: each.crossings)
    return order


def _first_banks(order: Order) -> dict[End, str]:
    things, banks = order.things, {}
    for room in things.rooms.values():
        for socket in room.sockets:
            if socket.is_strip and any(ports_of(socket, things)):
                continue
            banks[socket.end] = _facing(order, socket) if room.name == order.spine else order.near(room.name)
    return banks


def _facing(order: Order, socket: Socket) -> str:
    """Return which bank of the spine a socket belongs to: a bridge's ports stay together."""
    group = group_of(socket, order.things)
    siblings = [s for s in order.things.rooms[socket.end.netns].sockets if group and group_of(s, order.things) == group]
    return UPPER if any(s.peer and s.peer.netns in order.above for s in siblings or [socket]) else LOWER


def _sorted(order: Order, seats: dict[End, str], hint: Order | None) -> Order:
    """Return the order with these seats, each bank sorted by where its cables lead; rows and spine settle in turns."""
    order = replace(order, banks=_named(order.things, seats))
    for _ in range(3):
        for room in order.things.rooms.values():
            banks = {(room.name, bank): _bank(order, room, bank, hint) for bank in BANKS}
            order = replace(order, banks=dict(order.banks) | {key: names for key, names in banks.items() if names})
    return order


def _named(things: Things, seats: dict[End, str]) -> dict[tuple[str, str], tuple[str, ...]]:
    banks: dict[tuple[str, str], tuple[str, ...]] = {}
    for end in sorted(seats, key=lambda end: natural(end.ifname)):
        banks[end.netns, seats[end]] = (*banks.get((end.netns, seats[end]), ()), end.ifname)
    return banks


def _bank(order: Order, room: Room, bank: str, hint: Order | None) -> tuple[str, ...]:
    names = [name for name in order.banks.get((room.name, bank), ()) if name]
    old = list(hint.banks.get((room.name, bank), ())) if hint else []
    score = {name: _score(order, End(room.name, name)) for name in names}
    groups: dict[str, list[str]] = {}
    for name in names:
        group = group_of(order.things.sockets[End(room.name, name)], order.things)
        groups.setdefault(group or f"{name}/", []).append(name)

    def rank(members: list[str]) -> tuple[int, float, tuple[tuple[int, str], ...]]:
        kept = [old.index(name) for name in members if name in old]
        mean = sum(score[name] for name in members) / len(members)
        return (min(kept), 0, ()) if kept else (len(old), mean, natural(members[0]))

    for members in groups.values():
        members.sort(key=lambda name: rank([name]))
    ordered = [name for members in sorted(groups.values(), key=rank) for name in members]
    if order.row_of(room.name) and bank == order.near(room.name):
        ordered = _with_free(ordered, old)
    return tuple(ordered)


def _with_free(names: list[str], old: list[str]) -> list[str]:
    """Return the names with those slots kept free that something left; a newcomer takes the first free one."""
    if any(name in names for name in old) and [n for n in names if n in old] != [n for n in old if n in names]:
        return names
    newcomers = [name for name in names if name not in old]
    slots = [name if name in names else newcomers.pop(0) if newcomers else FREE for name in old]
    return [*slots, *newcomers] or [FREE]


def _score(order: Order, end: End) -> float:
    """Return a number that grows from left to right with the place that the socket's cable leads to."""
    socket = order.things.sockets[end]
    peer = socket.peer if socket.peer in order.things.sockets else None
    if peer is None or peer not in order.bank_of:
        return 10_000 if end.netns == order.spine else 0
    if peer.netns == end.netns:
        return _score_inside(order, socket, order.things.sockets[peer])
    if end.netns == order.spine:
        row = order.row_of(peer.netns)
        return 100 * row.index(peer.netns) + _index(order, peer) if peer.netns in row else 10_000
    if peer.netns == order.spine:
        return _index(order, peer)
    return _score_in_row(order, end, peer)


def _score_inside(order: Order, socket: Socket, peer: Socket) -> float:
    """Both ends of a cable inside a room get the same number, beside what one of them hangs on."""
    group = group_of(peer, order.things) or group_of(socket, order.things)
    if group is None or group_of(socket, order.things):
        return 10_000
    mates = [s for s in ports_of(order.things.sockets[End(peer.end.netns, group)], order.things) if s != peer]
    return sum(_score(order, mate.end) for mate in mates) / len(mates) + 0.1 if mates else 10_000


def _score_in_row(order: Order, end: End, peer: End) -> float:
    row = order.row_of(end.netns)
    if peer.netns not in row:
        return 0
    steps = row.index(peer.netns) - row.index(end.netns)
    cables = sorted(ends for ends in order.kinds if {e.netns for e in ends} == {end.netns, peer.netns})
    twin = next(i for i, ends in enumerate(cables) if end in ends)
    away = 5_000 if abs(steps) == 1 else 4_000 - 100 * abs(steps)
    return (away - twin) * (1 if steps > 0 else -1)


def _index(order: Order, end: End) -> int:
    return order.banks[end.netns, order.bank_of[end]].index(end.ifname)


def _improved(order: Order) -> Order:
    """Return the best order that moving one room after another leads to; stop where no cable crosses or turns."""
    while order.key > (0, 0):
        better = min(_neighbours(order), key=lambda each: each.key, default=order)
        if better.key >= order.key:
            return order
        order = better
    return order


def _neighbours(order: Order) -> Iterator[Order]:
    for above, below in [
        *((row, order.below) for row in _moves(order.above)),
        *((order.above, row) for row in _moves(order.below)),
    ]:
        yield _with_banks(replace(order, banks={}, above=above, below=below))


def _moves(row: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the row with one room moved elsewhere."""
    for i, name in enumerate(row):
        rest = row[:i] + row[i + 1 :]
        yield from ((*rest[:j], name, *rest[j:]) for j in range(len(row)) if j != i)
