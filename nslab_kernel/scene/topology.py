"""A Network as shapes, with what changed marked."""

from collections.abc import Iterable, Iterator
from functools import partial

from nslab_kernel.language import language
from nslab_kernel.model.difference import difference
from nslab_kernel.model.network import End, Network
from nslab_kernel.scene.across import is_folded, pill_of
from nslab_kernel.scene.cable import cable_shapes
from nslab_kernel.scene.card import card_shapes
from nslab_kernel.scene.face import NAME_AT, TEXT_AT, Words, face, note_lines, plate_notes, strip_words, tag_words
from nslab_kernel.scene.order import UPPER
from nslab_kernel.scene.place import NOTE, Placement, place
from nslab_kernel.scene.read import things_of
from nslab_kernel.scene.route import cables_of
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.shapes import Box, Dot, Line, Point, Rect, Shape, Text, text_width
from nslab_kernel.scene.stack import collapse
from nslab_kernel.scene.things import Room, Socket
from nslab_kernel.scene.words import describe
from nslab_kernel.spelling import distinct

BORDERS: dict[str, tuple[str, float, tuple[float, ...]]] = {
    "up": ("up", 2, ()),
    "wait": ("wait", 2, (10, 3)),
    "down": ("line", 1.5, (4, 3)),
    "gone": ("line", 1.25, (1.5, 4)),
}
"""A socket's border by its look: token, width, dashes."""
DOTS = {"up": "full", "wait": "half", "down": "hollow"}
NOTE_BASELINE = 15
HALO = 4
TAG_WORDS = 140
"""A box narrower than this has a mark's sign without its word."""


def topology_scene(
    network: Network, before: Network | None = None, hint: Placement | None = None, opened: str | None = None
) -> Scene:
    """Draw a network: a room for each namespace, a socket for each interface, a cable for each veth pair.

    Args:
        network: What there is.
        before: What there was; what is different is marked.
        hint: The last picture's `placement`: what is still there keeps its place.
        opened: The stack that is shown room by room, or nothing; `None` where none can be opened.
    """
    again = partial(topology_scene, network, before, hint, opened)
    changes = difference(before, network) if before is not None else None
    things = collapse(things_of(network, before, changes, hint.order.things if hint else None), opened)
    if before is not None and hint is None:
        hint = place(collapse(things_of(before), opened))
    if changes is not None and hint is not None:
        hint = hint.renamed({old: new for old, new in changes.links_moved if old.netns == new.netns})
    placed = place(things, hint)
    owned = [(owner, shape) for owner, shapes in parts_of(placed) for shape in shapes]
    owners, shapes = tuple(owner for owner, _shape in owned), tuple(shape for _owner, shape in owned)
    words = describe(network, changes, things)
    return Scene(placed.width, placed.height, shapes, words, language(), placed, again, owners)


def shapes_of(placed: Placement) -> Iterator[Shape]:
    """Yield all that stands in a picture, from back to front."""
    for _owner, shapes in parts_of(placed):
        yield from shapes


def parts_of(placed: Placement) -> Iterator[tuple[str, Iterable[Shape]]]:
    """Yield all shapes, from back to front, and what they are part of."""
    things = placed.order.things
    for room in things.rooms.values():
        yield room_part(room.name), _room(placed, room)
    yield "", cable_shapes(cables_of(placed), lambda one: pill_of(placed.order, one))
    for socket in things.sockets.values():
        if socket.is_strip:
            yield socket_part(socket.end), _strip(placed, socket)
    for socket in things.sockets.values():
        if not socket.is_strip:
            yield socket_part(socket.end), _one(placed, socket)
    for socket in things.sockets.values():
        yield socket_part(socket.end), _mark(placed.sockets[socket.end], socket.mark, 6)
    for room in things.rooms.values():
        yield room_part(room.name), _mark(placed.rooms[room.name], room.mark, 10, room.mark == "gone")


def _one(placed: Placement, socket: Socket) -> Iterator[Shape]:
    box, things = placed.sockets[socket.end], placed.order.things
    if things.rooms[socket.end.netns].kind == "stack":
        return card_shapes(box, socket)
    return _socket(box, socket, face(socket, placed.compact, socket.end in things.groups))


def _room(placed: Placement, room: Room) -> Iterator[Shape]:
    box, y = placed.rooms[room.name], placed.plates[room.name]
    unknown = room.kind == "unnamed" or room.mark == "gone"
    host = room.kind == "host"
    for aside in (6, 3) if room.kind == "stack" else ():
        yield Rect(Box(box.x + aside, box.y + aside, box.width, box.height), 10, "room", "line", 1, part="edge")
    yield Rect(
        box,
        10,
        None if unknown else "host" if host else "room",
        "line",
        1.75 if host else 1.25,
        (2, 4) if unknown else (),
        part=room_part(room.name),
    )
    yield from _glyph(room, box.x + 12, y)
    token = "ink2" if unknown else "ink"
    title = Text(box.x + NAME_AT, y + 22, room.title, 13, token, bold=True)
    yield title
    x = title.box.right + 8
    for words in plate_notes(room, is_folded(placed.order, room.name), room.name == placed.order.spine):
        yield _written(words, x, y + 22)
        x += words.width + 8
    if not unknown and room.kind != "stack":
        yield from _lo(room, box.right - 34, y + 17.5)
    for i, note in enumerate(room.notes):
        y = placed.notes[room.name] + NOTE_BASELINE + NOTE * i
        for words in note_lines(note, placed.compact):
            yield _written(words, box.x + words.at, y)


def _lo(room: Room, x: float, y: float) -> Iterator[Shape]:
    """The ring beside the name: `lo` is no socket, for no cable ever leads there."""
    yield Dot(x, y, 4.5, "up" if room.lo == "up" else "line", DOTS[room.lo])
    yield Text(x + 8, y + 4.5, "lo", 11, "ink2", mono=True)
    if room.lo_mark:
        yield Rect(Box(x - 9, y - 9, 36, 18), 9, None, "new", 2.5, part="halo")
        yield from _tag(x - 14, y - 8.5, room.lo_mark, worded=True)


def _glyph(room: Room, x: float, y: float) -> Iterator[Shape]:
    if room.kind == "host":
        yield Rect(Box(x, y + 11, 14, 9), 0, None, "line", 1.25)
        yield Line((Point(x + 4, y + 23), Point(x + 10, y + 23)), "line", 1.25)
        yield Line((Point(x + 7, y + 20), Point(x + 7, y + 23)), "line", 1.25)
    elif room.kind == "router":
        for side, level in ((1, y + 14), (-1, y + 21)):
            tip = x + 7 + 6 * side
            yield Line((Point(x + 7 - 6 * side, level), Point(tip, level)), "line", 1.25)
            yield Line(
                (Point(tip - 3 * side, level - 3), Point(tip, level), Point(tip - 3 * side, level + 3)), "line", 1.25
            )
    elif room.container:
        yield Rect(Box(x, y + 12, 14, 11), 0, None, "line", 1.25)
        for slat in (x + 14 / 3, x + 28 / 3):
            yield Line((Point(slat, y + 12), Point(slat, y + 23)), "line", 1.25)
    else:
        yield Rect(Box(x, y + 12, 14, 11), 1, None, "line", 1.25, (3, 2))


def _socket(box: Box, socket: Socket, lines: tuple[Words, ...]) -> Iterator[Shape]:
    token, width, dash = BORDERS[socket.look]
    gone = socket.look == "gone"
    yield Rect(box, 6, None if gone else "chip", token, width, dash, part=socket_part(socket.end))
    if not gone:
        yield Dot(box.x + 13, box.y + 16, 5, token, DOTS[socket.look])
    y = box.y + 20
    for i, words in enumerate(lines):
        yield _written(words, box.x + words.at, y)
        y += 16 if i == 0 else 17


def _strip(placed: Placement, socket: Socket) -> Iterator[Shape]:
    box = placed.sockets[socket.end]
    gone = socket.look == "gone"
    for port in placed.order.things.ports.get(socket.end, ()):
        yield from _pegs(box, placed.sockets[port.end], placed.order.bank_of[port.end])
    border = BORDERS["gone"] if gone else ("pkt", 1.5, ())
    yield Rect(box, 6, None if gone else "pktt", *border, part=socket_part(socket.end))
    if not gone:
        yield Dot(box.x + 13, box.y + 15, 5, BORDERS[socket.look][0], DOTS[socket.look])
    x = box.x + TEXT_AT
    *left, right = strip_words(socket)
    for words in left if left else [right]:
        yield _written(words, x, box.y + 19.5)
        x += words.width + 10
    if left:
        yield _written(right, box.right - 10 - right.width, box.y + 19.5)


def room_part(name: str) -> str:
    """Return what a picture calls a room."""
    return f"room {distinct(name)}"


def socket_part(end: End) -> str:
    """Return what a picture calls a socket."""
    return f"socket {distinct(end.netns)}/{distinct(end.ifname)}"


def _pegs(strip: Box, port: Box, bank: str) -> Iterator[Shape]:
    high, low = (port.bottom, strip.y) if bank == UPPER else (strip.bottom, port.y)
    for x in (port.middle - 12, port.middle + 12):
        yield Line((Point(x, high), Point(x, low)), "pkt", 4)


def _written(words: Words, x: float, y: float) -> Text:
    return Text(x, y, words.words, words.size, words.token, words.mono, words.bold)


def _mark(box: Box, mark: str, radius: float, room: bool = False) -> Iterator[Shape]:
    if not mark:
        return
    if mark != "gone":
        yield Rect(box.grown(HALO), radius + 3, None, "new", 2.5, part="halo")
        box = box.grown(HALO)
    yield from _tag(box.right - 6, box.y - 9, mark, worded=box.width >= TAG_WORDS)


def _tag(right: float, y: float, mark: str, worded: bool) -> Iterator[Shape]:
    """Say what happened, ending at `right`; the words fill their pill."""
    words = tag_words(mark) if worded else tag_words(mark)[0]
    width = max(17, text_width(words, 11, bold=True) + 14)
    box = Box(right - width, y, width, 17)
    if mark == "gone":
        yield Rect(box, 8.5, "paper", "line", 1, (2, 2), part="tag")
    else:
        yield Rect(box, 8.5, "new", part="tag")
    yield Text(box.middle, y + 12.5, words, 11, "ink2" if mark == "gone" else "paper", bold=True, anchor="middle")
