"""From things to an order with as few crossings as can be."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice, permutations, product

from nslab_kernel.model.network import End
from nslab_kernel.scene.banks import banked
from nslab_kernel.scene.order import LOWER, UPPER, Order, interleaved
from nslab_kernel.scene.rows import leaves_of, rows_of, spine_of
from nslab_kernel.scene.things import Socket, Things

FEW = 5
"""Of so few rooms every order is looked at."""
TRIES = 150
"""How many orders are looked at, so that a picture of a tangle does not take seconds."""


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
    order = _improved(_with_banks(Order(things, spine, above, below)), _other_rows)
    if order.crossings and len(above + below) <= FEW:
        order = min(_all_rows(order), key=lambda each: each.key)
    return _improved(order, _other_banks)


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
    """Return the order with every socket in a bank: all in the near one, but lanes where they cross least."""
    seats = _first_banks(order)
    order = banked(order, seats, hint)
    far = _far_lanes(order, hint)
    return banked(order, seats | far, hint) if far else order


def _far_lanes(order: Order, hint: Order | None) -> dict[End, str]:
    """Return the ends of lanes that run along the far wall: shortest first, each where it crosses less."""
    spans: dict[str, list[tuple[int, int]]] = {UPPER: [], LOWER: []}
    found: dict[End, str] = {}
    rooms = {room for ends, kind in order.kinds.items() if kind == "drop" for room in (ends[0].netns, ends[1].netns)}
    for one, other in sorted((ends for ends, kind in order.kinds.items() if kind == "lane"), key=order.span):
        row, span = order.row_of(one.netns), order.span((one, other))
        near, far = order.near(one.netns), LOWER if order.near(one.netns) == UPPER else UPPER
        costs = {bank: interleaved([*spans[bank], span]) for bank in (near, far)}
        costs[near] += sum(room in rooms for room in row[span[0] + 1 : span[1]])
        fixed = one in order.things.groups or other in order.things.groups
        kept = hint.bank_of.get(one) if hint and hint.bank_of.get(one) == hint.bank_of.get(other) else None
        bank = near if fixed else kept or min((near, far), key=costs.__getitem__)
        spans[bank].append(span)
        if bank == far:
            found |= {one: far, other: far}
    return found


def _first_banks(order: Order) -> dict[End, str]:
    things, banks = order.things, {}
    for room in things.rooms.values():
        for socket in room.sockets:
            if socket.end in things.ports:
                continue
            banks[socket.end] = _facing(order, socket) if room.name == order.spine else order.near(room.name)
    return banks


def _facing(order: Order, socket: Socket) -> str:
    """Return which bank of the spine a socket belongs to: a bridge's ports stay together, and what they join inside."""
    groups = order.things.groups
    inside = socket.peer if socket.peer and socket.peer.netns == socket.end.netns else None
    group = groups.get(socket.end) or (groups.get(inside) if inside else None)
    siblings = order.things.ports[End(socket.end.netns, group)] if group else [socket]
    return UPPER if any(each.peer and each.peer.netns in order.above for each in siblings) else LOWER


def _improved(order: Order, others: Callable[[Order], Iterator[Order]]) -> Order:
    """Return the order that one small step after another leads to; stop where no cable crosses or turns."""
    left = TRIES
    better: Order | None = order
    while better and order.key > (0, 0):
        tries = list(islice(others(order), left))
        better = next((each for each in tries if each.key < order.key), None)
        left -= tries.index(better) + 1 if better else 0
        order = better or order
    return order


def _other_rows(order: Order) -> Iterator[Order]:
    """Yield what comes of moving one room along its row."""
    for above, below in [
        *((row, order.below) for row in _moves(order.above)),
        *((order.above, row) for row in _moves(order.below)),
    ]:
        yield _with_banks(replace(order, banks={}, above=above, below=below))


def _other_banks(order: Order) -> Iterator[Order]:
    """Yield what comes of moving one socket, or one bridge with its ports, where a cable runs inside along the wall."""
    for (room, bank), names in order.banks.items():
        if not order.inner(room, bank):
            continue
        groups = [order.things.groups.get(End(room, name), f"{name}/") for name in names]
        for moved in _moves(tuple(dict.fromkeys(groups))):
            kept = sorted(range(len(names)), key=lambda i: moved.index(groups[i]))
            yield replace(order, banks={**order.banks, (room, bank): tuple(names[i] for i in kept)})
        for moved in _moves(names):
            if [order.things.groups.get(End(room, name), f"{name}/") for name in moved] == groups:
                yield replace(order, banks={**order.banks, (room, bank): moved})


def _all_rows(order: Order) -> Iterator[Order]:
    for above, below in product(permutations(order.above), permutations(order.below)):
        yield _with_banks(replace(order, banks={}, above=above, below=below))


def _moves(row: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the row with one room moved elsewhere."""
    for i, name in enumerate(row):
        rest = row[:i] + row[i + 1 :]
        yield from ((*rest[:j], name, *rest[j:]) for j in range(len(row)) if j != i)
