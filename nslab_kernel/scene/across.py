"""Where everything stands from left to right."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from nslab_kernel.model.network import End
from nslab_kernel.scene.card import card_size
from nslab_kernel.scene.columns import Columns, Places, rising
from nslab_kernel.scene.face import LEAST, face, face_width, plate_width, strip_width
from nslab_kernel.scene.order import BANKS, FREE, LOWER, UPPER, Order
from nslab_kernel.scene.rows import is_lesson
from nslab_kernel.scene.shapes import text_width
from nslab_kernel.scene.things import Socket, subnet_of

MARGIN = 8
LESSON_WIDTH = 464
CABLE_GAP = {True: 96, False: 56}
"""Between rooms that a cable joins: in a lesson, in a compact picture."""
ROOM_GAP = {True: 16, False: 8}
"""Between other rooms: in full, in a compact picture."""
NARROW_GAP = 20
"""Between all rooms where another picture is to fit beside this one."""

Slot = tuple[str, int]
"""A room of a row, and the number of a slot in its near bank."""


@dataclass
class Across:
    """The picture's measures from left to right; made by `across`."""

    order: Order
    columns: Mapping[End, Slot]
    compact: bool
    at: Places
    widths: dict[tuple[str, str], float] = field(default_factory=dict)

    def room(self, name: str) -> tuple[float, float]:
        """Return a room's left and right wall; it is no wider than it must be."""
        left, right = self.at["left", name], self.at["right", name]
        if name == self.order.spine or name not in self.order.above + self.order.below:
            return self.at["left", ""], self.at["right", ""]
        starts = [right - self.at["least", name]]
        for bank in BANKS:
            if names := self.order.banks.get((name, bank)):
                starts.append(self.at[name, bank, 0] - self.width(End(name, names[0]), bank) / 2 - pad(self.compact))
            starts += [self.at["strip left", end] - pad(self.compact) for end, _ in strip_spans(self.order, name, bank)]
        return max(left, min(starts)), right

    def x_of(self, end: End) -> float:
        """Return where a socket's middle is."""
        bank = self.order.bank_of[end]
        return self.at[end.netns, bank, self.order.banks[end.netns, bank].index(end.ifname)]

    def width(self, slot: End, bank: str) -> float:
        """Return how wide a slot is."""
        return slot_width(self.order, self.widths, slot, bank)


def pad(compact: bool) -> float:
    """Return the distance from a wall to a socket."""
    return 8 if compact else 12


def align(order: Order, hint: Mapping[End, Slot]) -> dict[End, Slot]:
    """Return which slot of a row each socket of the spine stands in line with.

    What stood in line with a slot still does; a cable falls straight where no other forbids it; in a lesson the rest
    stand over free slots, so that they fall straight once they move.
    """
    found: dict[End, Slot] = {}
    for facing, row in ((UPPER, order.above), (LOWER, order.below)):
        near = LOWER if facing == UPPER else UPPER
        slots = [(room, i) for room in row for i, _ in enumerate(order.banks.get((room, near), ()))]
        number = {slot: i for i, slot in enumerate(slots)}
        names = order.banks.get((order.spine or "", facing), ())
        wanted = {k: slot for k, name in enumerate(names) if (slot := _target(order, hint, name, number)) is not None}
        pairs = dict(rising([(k, number[slot], 1) for k, slot in wanted.items()]))
        if is_lesson(order.things):
            pairs |= _over_free(order, names, slots, pairs)
        found |= {End(order.spine or "", names[k]): slots[i] for k, i in pairs.items()}
    return found


def _target(order: Order, hint: Mapping[End, Slot], name: str, number: Mapping[Slot, int]) -> Slot | None:
    end = End(order.spine or "", name)
    if (slot := hint.get(end)) in number:
        return slot
    peer = order.things.sockets[end].peer
    if peer is None or peer not in order.bank_of or peer.netns == end.netns:
        return None
    slot = (peer.netns, order.banks[peer.netns, order.bank_of[peer]].index(peer.ifname))
    return slot if slot in number and order.bank_of[peer] == order.near(peer.netns) else None


def _over_free(order: Order, names: tuple[str, ...], slots: list[Slot], pairs: dict[int, int]) -> dict[int, int]:
    """Return a slot, by its number, for each name that has none yet; order is kept."""
    fallen = {ends for ends, kind in order.kinds.items() if kind == "drop"}
    taken = {end for ends in fallen for end in ends}
    free = [i for i, (room, k) in enumerate(slots) if End(room, _name_at(order, room, k)) not in taken]
    found: dict[int, int] = {}
    last = -1
    for k in range(len(names)):
        if k in pairs:
            last = pairs[k]
            continue
        until = min((i for j, i in pairs.items() if j > k), default=len(slots))
        here = next((i for i in free if last < i < until and i not in pairs.values()), None)
        if here is not None:
            found[k] = last = here
    return found


def _name_at(order: Order, room: str, k: int) -> str:
    return order.banks[room, order.near(room)][k]


def across(order: Order, columns: Mapping[End, Slot], compact: bool) -> Across:
    """Measure a picture from left to right."""
    frame = Columns()
    for end, (room, i) in columns.items():
        bank = order.bank_of[end]
        frame.join((end.netns, bank, order.banks[end.netns, bank].index(end.ifname)), (room, order.near(room), i))
    widths = _widths(order, compact)
    least = {name: _least(order, name, widths, compact) for name in order.things.rooms}
    frame.apart("", ("left", ""), MARGIN)
    frame.apart(("left", ""), ("right", ""), 0 if order.things.narrow else LESSON_WIDTH - 2 * MARGIN)
    for name in order.things.rooms:
        _room_wide(frame, order, name, widths, compact, least[name])
    for row in (order.above, order.below):
        for one, other in pairwise(row):
            frame.apart(("right", one), ("left", other), _gap(order, one, other, compact))
    at = frame.solve("", 0)
    for name, width in least.items():
        at["least", name] = width
    return Across(order, columns, compact, at, widths)


def _widths(order: Order, compact: bool) -> dict[tuple[str, str], float]:
    """Return how wide the sockets of each room's bank are: equal along a row."""
    found: dict[tuple[str, str], float] = {}
    for row in (order.above, order.below, (order.spine,) if order.spine else ()):
        for bank in BANKS:
            ends = [end for end in order.slots(row, bank) if end.ifname and not order.things.sockets[end].is_strip]
            width = max((_socket_width(order, end, compact) for end in ends), default=LEAST[compact])
            found |= {(room, bank): width for room in row}
    return found


def _socket_width(order: Order, end: End, compact: bool) -> float:
    socket = order.things.sockets[end]
    if order.things.rooms[end.netns].kind == "stack":
        return card_size(socket)[0]
    group = socket.end in order.things.groups
    width = max(face_width(face(each, compact, group and bool(each.master)), compact) for each in socket.here)
    pill = pill_of(order, socket)
    return max(width, text_width(pill, 11, mono=True) + 14) if pill else width


def slot_width(order: Order, widths: Mapping[tuple[str, str], float], slot: End, bank: str) -> float:
    """Return how wide a slot is: sockets of a bank are equal, a bridge without ports is as wide as its words."""
    socket = order.things.sockets.get(slot)
    return _strip_width(socket) if socket and socket.is_strip else widths[slot.netns, bank]


def _strip_width(socket: Socket) -> float:
    return max(map(strip_width, socket.here))


def pill_of(order: Order, socket: Socket) -> str | None:
    """Return what is written on a socket's cable: how many it stands for, or the subnet, at a router."""
    if socket.members:
        return f"{len(socket.members)} ×"
    peer = order.things.sockets.get(socket.peer) if socket.peer else None
    if peer is None or "router" not in (order.things.rooms[end.netns].kind for end in (socket.end, peer.end)):
        return None
    return subnet_of(socket, peer) if socket.look == peer.look else None


def _least(order: Order, name: str, widths: Mapping[tuple[str, str], float], compact: bool) -> float:
    room = order.things.rooms[name]
    slot = widths.get((name, order.near(name)), 0) + 2 * pad(compact)
    folded, spine = is_folded(order, name), name == order.spine
    return max(slot, *(plate_width(each, folded, spine, compact) for each in room.here))


def is_folded(order: Order, name: str) -> bool:
    """Whether a room is a plate only."""
    return name != order.spine and name not in order.above + order.below


def _room_wide(
    frame: Columns, order: Order, name: str, widths: Mapping[tuple[str, str], float], compact: bool, least: float
) -> None:
    left, right = ("left", name), ("right", name)
    frame.apart(("left", ""), left, 0)
    frame.apart(right, ("right", ""), 0)
    frame.apart(left, right, least)
    for bank in BANKS:
        for near, far, distance in _bank_wide(order, name, bank, widths, compact):
            frame.apart(left if near is None else near, right if far is None else far, distance)


def _bank_wide(
    order: Order, room: str, bank: str, widths: Mapping[tuple[str, str], float], compact: bool
) -> Iterator[tuple[Hashable, Hashable, float]]:
    """Yield the distances in one bank; `None` is the room's wall."""
    names = order.banks.get((room, bank), ())
    if not names:
        return
    wide = [slot_width(order, widths, End(room, name), bank) / 2 for name in names]
    gaps = [_slot_gap(order, End(room, one), End(room, other), compact) for one, other in pairwise(names)]
    yield None, (room, bank, 0), pad(compact) + wide[0]
    yield (room, bank, len(names) - 1), None, pad(compact) + wide[-1]
    for i, gap in enumerate(gaps):
        yield (room, bank, i), (room, bank, i + 1), wide[i] + gap + wide[i + 1]
    spans = dict(strip_spans(order, room, bank))
    for bridge, (first, last) in spans.items():
        left, right = ("strip left", bridge), ("strip right", bridge)
        before = (room, bank, first - 1) if first else None
        after = (room, bank, last + 1) if last + 1 < len(names) else None
        yield before, left, gaps[first - 1] + wide[first - 1] if first else pad(compact)
        yield left, (room, bank, first), wide[first]
        yield (room, bank, last), right, wide[last]
        yield right, after, gaps[last] + wide[last + 1] if after else pad(compact)
        yield left, right, _strip_width(order.things.sockets[bridge])
    for (one, (_, last)), (other, (first, _)) in pairwise(sorted(spans.items(), key=lambda item: item[1])):
        if first == last + 1:
            yield ("strip right", one), ("strip left", other), gaps[last]


def strip_spans(order: Order, room: str, bank: str) -> Iterator[tuple[End, tuple[int, int]]]:
    """Yield each bridge of a bank with the numbers of its first and last port."""
    names = order.banks.get((room, bank), ())
    for socket in order.things.rooms[room].sockets:
        if socket.is_strip:
            ports = [names.index(p.end.ifname) for p in order.things.ports.get(socket.end, ()) if p.end.ifname in names]
            if ports:
                yield socket.end, (min(ports), max(ports))


def _slot_gap(order: Order, one: End, other: End, compact: bool) -> float:
    joined = {(one, other), (other, one)} & set(order.kinds)
    if joined and one.ifname != FREE:
        return CABLE_GAP[not compact] + 2 * pad(compact)
    return ROOM_GAP[not compact]


def _gap(order: Order, one: str, other: str, compact: bool) -> float:
    sides = [ends for ends, kind in order.kinds.items() if kind == "side" and {e.netns for e in ends} == {one, other}]
    pills = [pill_of(order, order.things.sockets[ends[0]]) or "" for ends in sides]
    for_pill = max((text_width(pill, 11, mono=True) + 14 + 24 for pill in pills if pill), default=0)
    wide = CABLE_GAP[not compact] if sides or is_lesson(order.things) else ROOM_GAP[not compact]
    return max(NARROW_GAP if order.things.narrow else wide, for_pill)
