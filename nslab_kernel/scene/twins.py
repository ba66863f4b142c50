"""Two pictures in which what corresponds has the same place.

All of both is laid out at once: where one has something that the other has not, the other leaves the place free.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nslab_kernel.model.network import End, Network
from nslab_kernel.scene.order import ABOVE, BANKS, BELOW, FREE, Order
from nslab_kernel.scene.place import WIDEST, Placement, bends, lanes, place
from nslab_kernel.scene.read import things_of
from nslab_kernel.scene.stack import collapse
from nslab_kernel.scene.things import Socket, Things

APART = "/"
"""Behind the name of what only the right one has, where the left one has the name for another: no name has it."""


@dataclass(frozen=True)
class Twins:
    """Where everything stands, on the left and on the right."""

    left: Placement
    right: Placement


def place_twins(left: Network, right: Network, rooms: tuple[tuple[str, str], ...]) -> Twins:
    """Return both placements.

    Args:
        left: What is drawn on the left.
        right: On the right.
        rooms: Which of its namespaces correspond.
    """
    one, other = collapse(things_of(left)), collapse(things_of(right))
    names = _rooms(one, other, rooms)
    called = _names_of(one, other, names, _pairs(one, other, names))
    whole = _union(one, other, names, called)
    for narrow in (True, False):
        placed = place(replace(whole, narrow=narrow))
        if not narrow or placed.width <= WIDEST / 2:
            sides = (one.slim(), other.slim()) if placed.compact else (one, other)
            same = {name: name for name in one.rooms}, {end: end for end in one.sockets}
            halves = Twins(_half(placed, sides[0], *same), _half(placed, sides[1], names, called))
            if _is_whole(halves.left, placed) and _is_whole(halves.right, placed):
                return halves
    # What one has forbids a cable of the other: each as it stands best.
    return Twins(place(one), place(other))


def _rooms(one: Things, other: Things, rooms: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return what each room on the right is called among all."""
    wanted = {theirs: ours for ours, theirs in rooms if ours in one.rooms and theirs in other.rooms}
    found = {}
    for name in other.rooms:
        same = name in one.rooms and name not in wanted.values()
        found[name] = wanted.get(name) or (name if same or name not in one.rooms else f"{name}{APART}")
    return found


def _pairs(one: Things, other: Things, names: Mapping[str, str]) -> dict[End, End]:
    """Return for sockets on the right which one on the left they correspond to: by cable, by name, then in order."""
    found: dict[End, End] = {}
    rooms = [(one.rooms[ours], other.rooms[theirs]) for theirs, ours in names.items() if ours in one.rooms]
    for ours, theirs in sorted(rooms, key=lambda pair: len(pair[0].sockets)):
        for corresponds in (_by_cable, _by_name, _by_order):
            for socket in theirs.sockets:
                free = [each for each in ours.sockets if each.end not in found.values()]
                alike = [each for each in free if each.is_strip == socket.is_strip and corresponds(each, socket, found)]
                if socket.end not in found and alike:
                    found[socket.end] = alike[0].end
    return found


def _by_cable(ours: Socket, theirs: Socket, found: Mapping[End, End]) -> bool:
    return theirs.peer is not None and ours.peer is not None and found.get(theirs.peer) == ours.peer


def _by_name(ours: Socket, theirs: Socket, found: Mapping[End, End]) -> bool:
    return ours.end.ifname == theirs.end.ifname


def _by_order(ours: Socket, theirs: Socket, found: Mapping[End, End]) -> bool:
    return True


def _names_of(one: Things, other: Things, names: Mapping[str, str], sockets: Mapping[End, End]) -> dict[End, End]:
    """Return what each socket on the right is called among all."""
    found = dict(sockets)
    for end in other.sockets:
        if end not in found:
            room = names[end.netns]
            taken = End(room, end.ifname) in one.sockets
            found[end] = End(room, f"{end.ifname}{APART}" if taken else end.ifname)
    return found


def _union(one: Things, other: Things, names: Mapping[str, str], called: Mapping[End, End]) -> Things:
    """Return all of both: the left one's names and cables, and those of the right one where they are free."""
    ours, theirs = one.sockets, {called[end]: socket for end, socket in other.sockets.items()}
    peers = {socket.end: other.end for ends in one.cables for socket, other in (ends, ends[::-1])}
    for a, b in other.cables:
        if not {called[a.end], called[b.end]} & peers.keys():
            peers |= {called[a.end]: called[b.end], called[b.end]: called[a.end]}

    def socket(end: End) -> Socket:
        twin = theirs.get(end)
        master = called.get(End(twin.end.netns, twin.master)) if twin and twin.master else None
        both = [each for each in (ours.get(end), twin) if each]
        # A port stands lower than others, and is measured as one: the port is the first of both.
        found, *others = sorted(both, key=lambda each: not each.master)
        name = found.master if found is ours.get(end) else master and master.ifname
        return replace(found, end=end, peer=peers.get(end), master=name, twin=others[0] if others else None)

    ends = [*ours, *(end for end in theirs if end not in ours)]
    rooms = dict(one.rooms)
    for name, room in other.rooms.items():
        key = names[name]
        rooms[key] = replace(rooms[key], twin=room) if key in rooms else replace(room, name=key)
    sockets = {name: tuple(socket(end) for end in ends if end.netns == name) for name in rooms}
    return Things({name: replace(room, sockets=sockets[name]) for name, room in rooms.items()})


def _half(placed: Placement, things: Things, names: Mapping[str, str], called: Mapping[End, End]) -> Placement:
    """Return the placement of one of both: its own names, and free slots where it has nothing."""
    rooms = {key: name for name, key in names.items()}
    own = {key: end.ifname for end, key in called.items()}
    whole = placed.order
    order = Order(
        things,
        rooms.get(whole.spine or ""),
        tuple(rooms[key] for key in whole.above if key in rooms),
        tuple(rooms[key] for key in whole.below if key in rooms),
        {
            (rooms[key], bank): tuple(own.get(End(key, slot), FREE) for slot in slots)
            for (key, bank), slots in whole.banks.items()
            if key in rooms
        },
    )
    return replace(
        placed,
        order=order,
        columns={},
        rooms={name: placed.rooms[key] for name, key in names.items()},
        sockets={end: placed.sockets[key] for end, key in called.items()},
        plates={name: placed.plates[key] for name, key in names.items()},
        notes={name: placed.notes[key] for name, key in names.items()},
    )


def _is_whole(half: Placement, placed: Placement) -> bool:
    """Whether each cable and each peg of a half has its way, in the space that was measured for all."""
    order, whole = half.order, placed.order
    sides = [(side, bank) for side in (ABOVE, BELOW) for bank in BANKS]
    lanes_fit = all(lanes(order, side, bank) <= lanes(whole, side, bank) for side, bank in sides)
    bends_fit = all(bends(order, side, half.x_of) <= bends(whole, side, placed.x_of) for side in (ABOVE, BELOW))
    inside_fits = _most_inside(order) <= _most_inside(whole)
    bridges = [(half.sockets[end], half.sockets[End(end.netns, name)]) for end, name in order.things.groups.items()]
    pegs_fit = all(bridge.x <= port.middle <= bridge.right for port, bridge in bridges)
    return lanes_fit and bends_fit and inside_fits and pegs_fit and "stray" not in order.kinds.values()


def _most_inside(order: Order) -> int:
    return max((len(order.inner(room, bank)) for room, bank in order.banks), default=0)
