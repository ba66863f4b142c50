"""What is written on a socket and on a plate, and its size."""

from dataclasses import dataclass, replace

from nslab_kernel.language import translate as _
from nslab_kernel.scene.card import ports_words
from nslab_kernel.scene.shapes import text_width
from nslab_kernel.scene.things import Note, Room, Socket, is_link_local

TEXT_AT = 24
"""Where the words on a socket start, from its left edge."""
COMPACT_AT = 8
"""Where long ones start in a compact socket."""
UNDER_NAME = 72
"""As wide as words may be to stand under the name there."""
NAME_AT = 32
"""Where a room's name starts, from its left wall."""
NOTES_AT = {False: NAME_AT, True: 12}
"""Where a room's notes start: in full, with their signs; compact, behind them."""
HEIGHTS = (43, 43, 62)
"""Of a socket with one, two and three lines."""
FURTHER = 17
LEAST = {False: 152, True: 96}
"""How wide a socket is at least: in full, and compact."""
PLATE = 32
STRIP = 30
LO = 46
"""What the ring and its `lo` take at the right of a plate."""


@dataclass(frozen=True)
class Words:
    """One line on a socket."""

    words: str
    size: float = 12
    token: str = "ink"
    mono: bool = True
    bold: bool = False
    at: float = TEXT_AT
    """Where it starts, from the left edge."""

    @property
    def width(self) -> float:
        """How wide it is at most."""
        return text_width(self.words, self.size, self.mono, self.bold)


def face(socket: Socket, compact: bool, port: bool) -> tuple[Words, ...]:
    """Return the lines on a socket: name, state, addresses.

    Args:
        socket: The interface.
        compact: Leave out the word `UP` where there is an address.
        port: It hangs on a bridge, so that it needs no address.
    """
    if socket.members:
        number, how = ports_words(socket)
        return (Words(number, bold=True, mono=False), Words(how, 11, "ink2", mono=False))
    if socket.look == "gone":
        return (Words(socket.end.ifname, token="ink2", bold=False),)
    state = Words(socket.word, 11, {"down": "ink2"}.get(socket.look, socket.look))
    if socket.kind not in ("veth", "bridge", ""):
        state = Words(f"{socket.word}  {socket.kind}", 11, state.token)
    addresses = addresses_of(socket, port)
    short = compact and socket.look == "up" and bool(shown(socket)) and socket.kind == "veth"
    lines = (*(() if short else (state,)), *addresses)
    if compact:
        small = [replace(line, size=11) for line in lines]
        lines = tuple(replace(line, at=COMPACT_AT) if line.width > UNDER_NAME else line for line in small)
    return (Words(socket.end.ifname, bold=True), *lines)


def shown(socket: Socket) -> list[str]:
    """Return the addresses that a picture shows: those that somebody gave."""
    return [addr for addr in socket.addresses if not is_link_local(addr)]


def addresses_of(socket: Socket, port: bool) -> tuple[Words, ...]:
    """Return the lines about addresses."""
    if found := shown(socket):
        return tuple(Words(addr) for addr in found)
    if port:
        return ()
    words = _("only link-local") if socket.addresses else _("no address yet")
    return (Words(words, 11, "ink2", mono=False),)


def face_width(lines: tuple[Words, ...], compact: bool) -> float:
    """Return how wide a socket must be for its lines."""
    return max(LEAST[compact], *(line.at + line.width + 8 for line in lines))


def face_height(lines: tuple[Words, ...]) -> float:
    """Return how high a socket must be for its lines."""
    return HEIGHTS[min(len(lines), 3) - 1] + FURTHER * max(0, len(lines) - 3)


def strip_words(socket: Socket) -> tuple[Words, ...]:
    """Return what is written along a strip: name, state where it is not UP, addresses."""
    name = Words(socket.end.ifname, bold=socket.look != "gone", token="ink2" if socket.look == "gone" else "ink")
    if socket.look == "gone":
        return (name,)
    state = Words(socket.word, 11, {"down": "ink2"}.get(socket.look, socket.look))
    states = () if socket.look == "up" else (state,)
    kind = Words(_("bridge"), 11, "ink2", mono=False)
    return (name, *states, *(Words(addr) for addr in shown(socket)), kind)


def strip_width(socket: Socket) -> float:
    """Return how wide a strip must be for its words."""
    return TEXT_AT + sum(words.width + 10 for words in strip_words(socket)) + 4


def plate_notes(room: Room, folded: bool, spine: bool) -> tuple[Words, ...]:
    """Return what stands behind the name on a plate."""
    found = [Words(room.image, 11, "ink2")] if room.image else []
    found += [Words(_("router"), 11, "ink2", mono=False)] if room.kind == "router" else []
    if room.forwards and (spine or room.kind != "router"):
        found.append(Words("ip_forward = 1", 11, "ink2"))
    return (*found, *([Words(_("only lo"), 11, "ink2", mono=False)] if folded else []))


def plate_width(room: Room, folded: bool, spine: bool, compact: bool) -> float:
    """Return how wide a room must be for its plate and its notes."""
    title = text_width(room.title, 13, bold=True)
    notes = sum(8 + words.width for words in plate_notes(room, folded, spine))
    mark = text_width(tag_words(room.lo_mark), 11, bold=True) + 34 if room.lo_mark else 0
    plate = NAME_AT + title + notes + 12 + mark + (0 if room.kind in ("unnamed", "stack") else LO)
    return max([plate, *(_note_width(note, compact) for note in room.notes)])


def _note_width(note: Note, compact: bool) -> float:
    words = note.words if compact else "+ " + note.words
    return NOTES_AT[compact] + text_width(words, 11, mono=True) + (8 if compact else 12)


def note_lines(note: Note, compact: bool) -> tuple[Words, ...]:
    """Return what is written for a note: its sign, then its words."""
    sign = {"came": "+ ", "gone": "− "}.get(note.mark, "")
    shade, bold = {"came": "new"}.get(note.mark, "ink2"), note.mark == "came"
    if not compact:
        return (Words(sign + note.words, 11, shade, bold=bold, at=NAME_AT),)
    signs = (Words(sign.strip(), 11, shade, bold=bold, at=3),) if sign else ()
    return (*signs, Words(note.words, 11, shade, bold=bold, at=NOTES_AT[True]))


def tag_words(mark: str) -> str:
    """Return what a mark says."""
    return {"came": _("+ new"), "changed": _("~ changed"), "gone": _("− gone")}[mark]
