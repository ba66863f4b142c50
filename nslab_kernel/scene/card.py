"""What is on a stack's card: a dot a room, names of those that differ."""

from collections.abc import Iterator

from nslab_kernel.language import translate as _
from nslab_kernel.language import translate_plural
from nslab_kernel.scene.shapes import Box, Dot, Rect, Shape, Text, text_width
from nslab_kernel.scene.things import Member, Socket

IN_LINE = 5
MOST_DOTS = 25
MOST_NAMES = 4
LEFT = 24
ACROSS, DOWN = 26, 17
DOTS = {"up": "full", "wait": "half", "down": "hollow", "gone": "hollow"}
TOKENS = {"up": "up", "wait": "wait", "down": "line", "gone": "hair"}


def card_lines(socket: Socket) -> list[tuple[Member | None, str]]:
    """Return the lines below the dots: those that differ, or that all are alike."""
    strange = sorted((m for m in socket.members if m.differs), key=lambda member: not member.mark)
    lines: list[tuple[Member | None, str]] = [(member, member.name) for member in strange[:MOST_NAMES]]
    if len(strange) > MOST_NAMES:
        lines.append((None, _("and {count} more").format(count=len(strange) - MOST_NAMES)))
    if not strange:
        words = _("all {count} {state}").format(count=len(socket.members), state=_state(socket.members[0]))
        lines.append((None, words))
    return lines


def card_size(socket: Socket) -> tuple[float, float]:
    """Return how wide and how high a card must be."""
    wide = [text_width(words, 12, bold=True) + _word_width(member) for member, words in card_lines(socket)]
    wide.append(text_width(socket.word, 11, bold=True))
    high = DOWN * (_dot_rows(socket) + len(card_lines(socket)) + bool(socket.word)) + 8
    return max(IN_LINE * ACROSS + 4, LEFT + max(wide) + 8), high


def card_shapes(box: Box, socket: Socket) -> Iterator[Shape]:
    """Yield a card's dots and words, and what can be pressed, if it can."""
    for i, member in enumerate(socket.members if len(socket.members) <= MOST_DOTS else ()):
        x, y = box.x + 13 + ACROSS * (i % IN_LINE), box.y + 10 + DOWN * (i // IN_LINE)
        yield Dot(x, y, 5, TOKENS[member.look], DOTS[member.look])
        if member.mark and member.differs:
            yield Rect(Box(x - 8, y - 8, 16, 16), 8, None, "new", 2, part="halo")
    y = box.y + DOWN * _dot_rows(socket) + 16
    for named, words in card_lines(socket):
        yield from _name(box.x, y, named, words) if named else [Text(box.x + 8, y, words, 11, "ink2", bold=True)]
        y += DOWN
    if socket.word:
        yield Text(box.x + 8, y, socket.word, 11, "pkt", bold=True)


def _name(x: float, y: float, member: Member, words: str) -> Iterator[Shape]:
    yield Dot(x + 13, y - 4, 4.5, TOKENS[member.look], DOTS[member.look])
    name = Text(x + LEFT, y, _sign(member) + words, 12, "new" if member.mark else "ink", mono=True, bold=True)
    yield name
    token = {"down": "ink2", "gone": "ink2"}.get(member.look, member.look)
    yield Text(name.box.right + 8, y, member.word, 11, token, mono=True)


def ports_words(socket: Socket) -> tuple[str, str]:
    """Return what is written on the ports of a stack: how many, and how many are up."""
    count, up = len(socket.members), sum(member.look == "up" for member in socket.members)
    number = translate_plural("{count} port", "{count} ports", count).format(count=count)
    return number, _("all UP") if up == count else _("{up} UP").format(up=up)


def _state(member: Member) -> str:
    return _("empty") if member.word == "lo" else member.word


def _sign(member: Member) -> str:
    return {"came": "+ ", "changed": "~ ", "gone": "− "}.get(member.mark, "")


def _word_width(member: Member | None) -> float:
    return text_width("+ " + member.word, 11, mono=True) + 16 if member else 0


def _dot_rows(socket: Socket) -> int:
    count = len(socket.members)
    return -(-count // IN_LINE) if count <= MOST_DOTS else 0
