"""Where things stand, and stay: every room, socket and strip as a box."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from nslab_kernel.model.network import HOST, End
from nslab_kernel.scene.across import MARGIN, Across, Slot, across, align, is_folded, pad, pill_of, strip_spans
from nslab_kernel.scene.arrange import arrange
from nslab_kernel.scene.card import card_size
from nslab_kernel.scene.face import PLATE, STRIP, face, face_height
from nslab_kernel.scene.order import ABOVE, BANKS, BELOW, LOWER, UPPER, Order
from nslab_kernel.scene.shapes import Box
from nslab_kernel.scene.things import Things

WIDEST = 744
"""A picture's natural width is at most this, where that can be."""
ROW_COMPACT = 4
"""A row with more rooms has compact sockets."""
FOLDED = 36
PEG = 12
LANE = 16
NOTE = 17
CORRIDOR = 32
PILL_ROOM = 36
TAG = 8
"""What a mark needs above a room at the very top."""


@dataclass(frozen=True)
class Placement:
    """Where things stand; hand it to the next picture as its hint, so that what stays keeps its place."""

    order: Order
    columns: Mapping[End, Slot]
    compact: bool
    width: float
    height: float
    rooms: Mapping[str, Box]
    sockets: Mapping[End, Box]
    """Sockets, and the strips of bridges."""
    plates: Mapping[str, float]
    """The upper edge of each room's nameplate."""
    notes: Mapping[str, float]
    """The upper edge of each room's notes."""

    def x_of(self, end: End) -> float:
        """Return where a socket's middle is."""
        return self.sockets[end].middle

    def renamed(self, names: Mapping[End, End]) -> "Placement":
        """Return the same placement, in which some sockets have another name."""
        banks = {
            (room, bank): tuple(names.get(End(room, name), End(room, name)).ifname for name in slots)
            for (room, bank), slots in self.order.banks.items()
        }
        columns = {names.get(end, end): slot for end, slot in self.columns.items()}
        return replace(self, order=replace(self.order, banks=banks), columns=columns)

    def exchanged(self, rooms: Mapping[str, tuple[str, ...]], sockets: Mapping[End, tuple[str, ...]]) -> "Placement":
        """Return the same placement, in which other rooms and sockets stand where some stood: many for one, or none."""
        rows = [
            tuple(new for name in row for new in rooms.get(name, (name,)))
            for row in (self.order.above, self.order.below)
        ]
        banks = {
            (room, bank): tuple(new for name in names for new in sockets.get(End(room, name), (name,)))
            for (room, bank), names in self.order.banks.items()
        }
        columns = {end: slot for end, slot in self.columns.items() if slot[0] not in rooms}
        return replace(self, order=replace(self.order, above=rows[0], below=rows[1], banks=banks), columns=columns)

    def columns_in(self, order: Order) -> dict[End, Slot]:
        """Return the columns for another order: a slot is where that stands now which stood in it."""

        def now(room: str, i: int) -> Slot:
            name = self.order.banks[room, self.order.near(room)][i]
            names = order.banks.get((room, order.near(room)), ())
            return room, names.index(name) if name and name in names else i

        return {end: now(*slot) for end, slot in self.columns.items()}


def place(things: Things, hint: Placement | None = None) -> Placement:
    """Return where everything stands.

    Args:
        things: What is to be drawn.
        hint: The last picture's placement.
    """
    if hint and not (hint.rooms.keys() & things.rooms.keys()) - {HOST}:
        hint = None
    order = arrange(things, hint.order if hint else None)
    columns = align(order, hint.columns_in(order) if hint else {})
    crowded = max(len(order.above), len(order.below)) > ROW_COMPACT or (hint is not None and hint.compact)
    wide = across(order, columns, compact=False)
    if crowded or things.narrow or wide.at["right", ""] + MARGIN > WIDEST:
        wide = across(replace(order, things=things.slim()), columns, compact=True)
    return _Pile(wide).placement()


class _Pile:
    """Floors laid one below the other: folded rooms, the row above, the spine, the row below."""

    def __init__(self, wide: Across) -> None:
        self.wide = wide
        self.order = wide.order
        self.things = wide.order.things
        self.rooms: dict[str, Box] = {}
        self.sockets: dict[End, Box] = {}
        self.plates: dict[str, float] = {}
        self.notes: dict[str, float] = {}

    def placement(self) -> Placement:
        """Lay all floors."""
        order = self.order
        top = self._folded(MARGIN) + LANE * lanes(order, ABOVE, UPPER)
        highest = order.above or ((order.spine,) if order.spine else order.below)
        y = top + (TAG if top == MARGIN and any(self.things.rooms[name].mark for name in highest) else 0)
        y = self._floor(order.above, y)
        y += self._gap(ABOVE) if order.above else 0
        y = self._floor((order.spine,) if order.spine else (), y)
        y += self._gap(BELOW) if order.below else 0
        y = self._floor(order.below, y)
        y += LANE * lanes(order, BELOW, LOWER) + MARGIN
        width = self.wide.at["right", ""] + MARGIN
        found = self.rooms, self.sockets, self.plates, self.notes
        return Placement(order, self.wide.columns, self.wide.compact, width, y, *found)

    def _folded(self, y: float) -> float:
        for name in self.things.rooms:
            if is_folded(self.order, name):
                left, right = self.wide.room(name)
                high = FOLDED + NOTE * self._notes(name)
                self.rooms[name] = Box(left, y, right - left, high)
                self.plates[name], self.notes[name] = y + 2, y + PLATE
                y += high + 20
        return y

    def _gap(self, side: str) -> float:
        """Return the height of the corridor between a row and the spine."""
        order = self.order
        count = lanes(order, side, LOWER if side == ABOVE else UPPER) + bends(order, side, self.wide.x_of)
        if not order.spine:
            return LANE * count + (LANE if side == ABOVE and order.below else 0)
        ends = [self.things.sockets[high] for high, _leaf in drops(order, side)]
        pills = any(pill_of(order, socket) for socket in ends)
        return CORRIDOR + LANE * max(0, count - 1) + (PILL_ROOM if pills else 0)

    def _floor(self, rooms: tuple[str, ...], y: float) -> float:
        if not rooms:
            return y
        top, plate_first = y, rooms[0] not in self.order.below
        depths = {bank: max(self._depth(room, bank) for room in rooms) for bank in BANKS}
        note_room = max(map(self._notes, rooms)) * NOTE
        if depths[UPPER]:
            y += self._edge(rooms, UPPER)
        upper = y
        y += depths[UPPER]
        notes, y = (y + PLATE, y) if plate_first else (y, y + note_room)
        y += pad(self.wide.compact) if depths[UPPER] else 0
        plate = y
        notes = plate + PLATE if plate_first else notes
        y += PLATE + (note_room + 8 if note_room and plate_first else 0) + (6 if depths[LOWER] else 0)
        lower = y
        y += depths[LOWER] + (self._edge(rooms, LOWER) if depths[LOWER] else 0)
        for room in rooms:
            left, right = self.wide.room(room)
            self.rooms[room] = Box(left, top, right - left, y - top)
            self.plates[room], self.notes[room] = plate, notes
            self._bank(room, UPPER, upper, depths[UPPER])
            self._bank(room, LOWER, lower, depths[LOWER])
        return y

    def _edge(self, rooms: tuple[str, ...], bank: str) -> float:
        """Return the distance from the wall to the sockets: more where cables run along the wall inside."""
        inside = max(len(self.order.inner(room, bank)) for room in rooms)
        return pad(self.wide.compact) + LANE * inside

    def _depth(self, room: str, bank: str) -> float:
        """Return how deep a bank is; an empty room keeps a slot, so that nothing jumps when the first socket comes."""
        order, least = self.order, 43 if self.wide.compact else 62
        names = order.banks.get((room, bank), ())
        ports = [self._height(End(room, name)) for name in names if name and self._group(End(room, name))]
        others = [self._height(End(room, name)) for name in names if name and not self._group(End(room, name))]
        keeps = bank == (LOWER if room == order.spine and not order.above else order.near(room))
        deep = [max(ports) + PEG + STRIP] if ports else []
        return max(deep + others + ([least] if names or keeps else []), default=0)

    def _bank(self, room: str, bank: str, y: float, depth: float) -> None:
        """Put a bank's sockets along the wall and its strips at the inner edge."""
        order = self.order
        inner_edge = y + depth - STRIP if bank == UPPER else y
        for i, name in enumerate(order.banks.get((room, bank), ())):
            if not name:
                continue
            end = End(room, name)
            width, high = self.wide.width(end, bank), self._height(end)
            left = self.wide.at[room, bank, i] - width / 2
            outer = y if bank == UPPER else y + depth - high
            strip = self.things.sockets[end].is_strip
            self.sockets[end] = Box(left, inner_edge if strip else outer, width, high)
        for end, _ in strip_spans(order, room, bank):
            left, right = self.wide.at["strip left", end], self.wide.at["strip right", end]
            self.sockets[end] = Box(left, inner_edge, right - left, STRIP)

    def _height(self, end: End) -> float:
        socket = self.things.sockets[end]
        if socket.is_strip:
            return STRIP
        if self.things.rooms[end.netns].kind == "stack":
            return card_size(socket)[1]
        ports = {each: self._group(end) and bool(each.master) for each in socket.here}
        return max(face_height(face(each, self.wide.compact, port)) for each, port in ports.items())

    def _notes(self, room: str) -> int:
        return max(len(each.notes) for each in self.things.rooms[room].here)

    def _group(self, end: End) -> bool:
        return end in self.things.groups


def drops(order: Order, side: str) -> list[tuple[End, End]]:
    """Return the cables from the spine into a row: spine's end, row's end."""
    row = order.above if side == ABOVE else order.below
    found = [ends for ends, kind in order.kinds.items() if kind == "drop"]
    turned = [(one, other) if one.netns == order.spine else (other, one) for one, other in found]
    return [(high, leaf) for high, leaf in turned if leaf.netns in row]


def bends(order: Order, side: str, x_of: Callable[[End], float]) -> int:
    """Return how many cables from the spine do not fall straight, where a socket's middle is at `x_of`."""
    return sum(abs(x_of(high) - x_of(leaf)) > 0.5 for high, leaf in drops(order, side))


def lanes(order: Order, side: str, bank: str) -> int:
    """Return how many cables run along a row on one side of it."""
    row = order.above if side == ABOVE else order.below
    ways = [ends[0] for ends, kind in order.kinds.items() if kind == "lane"]
    return sum(end.netns in row and order.bank_of[end] == bank for end in ways)
