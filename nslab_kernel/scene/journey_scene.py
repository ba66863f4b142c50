"""A packet's journey as a sequence diagram."""

import re
from collections.abc import Iterator
from dataclasses import replace

from nslab_kernel.language import language
from nslab_kernel.language import translate as _
from nslab_kernel.model.journey_result import (
    ANSWER,
    ASK,
    ERROR,
    FORWARDED,
    REPLY,
    REQUEST,
    SOURCE,
    Journey,
    Sighting,
    Step,
)
from nslab_kernel.model.lookup import interfaces_with_addr, link_at
from nslab_kernel.model.network import HOST, End
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.shapes import LESSON_WIDTH, Box, Dot, Line, Point, Rect, Shape, Text, cross, text_width
from nslab_kernel.scene.words import joint, located, title

LEFT = 76
TOP = 72
ROW = 38
APART, MIN_GAP = 24, 118
BAND = 14
"""The distance from the wall of a namespace's band to the widest label of its lifelines, in pixels."""
ARROWS = {
    ASK: ("ink2", 1.75, (4, 3), True), ANSWER: ("ink2", 1.75, (4, 3), True), REQUEST: ("pkt", 2.5, (), True),
    REPLY: ("pkt", 2.5, (9, 3), False), ERROR: ("bad", 2.0, (9, 3), False),
}  # fmt: skip
"""The arrow of each kind of packet: colour, width, dashes, whether its head is filled."""
HEAD = 14.0
STUB = 64.0
_PIECE = re.compile(r"(?:[\u2e80-\uffef]|[^\s\u2e80-\uffef]+)[，。：；、）]*\s*")
"""A piece that stays in one line: a Chinese character, or a word, each with the punctuation behind it."""


def journey_scene(journey: Journey, cause: str) -> Scene:
    """Draw where a packet went, from top to bottom; times are microseconds since the first packet.

    Args:
        journey: The journey.
        cause: Why there was no answer, as a sentence; empty where it is unknown.
    """
    drawing = _Drawing(journey, cause)
    shapes = (*drawing.shapes(),)
    return Scene(drawing.width, drawing.height, shapes, describe_journey(journey, cause), language())


def describe_journey(journey: Journey, cause: str) -> str:
    """Return the text alternative, in the learner's language: a sentence for each step, then the cause."""
    parts = []
    for step in journey.steps:
        words = _("{time} µs, {start} to {end}: {words}.") if step.is_packet else _("{time} µs, in {netns}: {words}.")
        said = step.words if step.is_packet else f"{note_words(step, journey)} {step.before} → {step.after}"
        facts = {"start": _at(step.start), "end": _at(step.end), "netns": title(step.start.netns)}
        parts.append(words.format(time=f"{step.time_us:.0f}", words=said, **facts))
    if last := journey.last:
        parts.append(_("Seen last at {place}: {words}.").format(place=_at(last.at), words=last_words(last, journey)))
    return joint(".").join([*parts, *([cause] if cause else [])])


def note_words(step: Step, journey: Journey) -> str:
    """Return what happened to a packet inside a namespace."""
    if step.kind == FORWARDED:
        return _("forwarded, ttl")
    later = journey.steps[journey.steps.index(step) :]
    back = next((one.kind for one in later if one.is_packet), REQUEST) == REPLY
    if step.kind == SOURCE:
        return _("source put back") if back else _("source address rewritten")
    return _("destination put back") if back else _("destination address rewritten")


def last_words(last: Sighting, journey: Journey) -> str:
    """Return in few words what it means that a packet was last seen at this place."""
    if last.kind == ASK:
        return _("nobody answers")
    if last.kind == REPLY:
        return _("the reply was not seen again")
    is_there = any(end.netns == last.at.netns for end in interfaces_with_addr(last.dst, journey.network))
    if last.direction == "in" and is_there:
        return _("the request arrived, no reply was seen")
    return _("the request was not seen again")


def _at(end: End) -> str:
    return located(end.ifname, end.netns)


class _Drawing:
    """The coordinates of the lifelines, bands and rows."""

    def __init__(self, journey: Journey, cause: str) -> None:
        self.journey = journey
        self.x: dict[End, float] = {}
        self.bands: dict[str, tuple[float, float]] = {}
        self._stand()
        self.width = max(LESSON_WIDTH, max((right for _left, right in self.bands.values()), default=0) + 16)
        self.rows = [*self._rows()]
        self.outcome = [*self._outcome_texts(cause)]
        self.height = TOP + 36 + sum(height for height, _steps in self.rows) + (28 + 17 * len(self.outcome))

    def shapes(self) -> Iterator[Shape]:
        """Yield all from back to front."""
        for netns, (left, right) in self.bands.items():
            yield Rect(
                Box(left, 4, right - left, self.height - 12),
                10,
                "host" if netns == HOST else "namespace",
                "line",
                1.75 if netns == HOST else 1.25,
                part=f"namespace {netns}",
            )
            yield Text((left + right) / 2, 24, title(netns), 13, bold=True, anchor="middle")
        for end, x in self.x.items():
            yield Text(x, 41, end.ifname, 11, "ink2", mono=True, anchor="middle")
            yield Text(x, 56, self._addr(end), 11, "ink2", mono=True, anchor="middle")
            yield Line((Point(x, TOP - 6), Point(x, self.height - 16)), "hair", 2)
        y = float(TOP)
        for height, steps in self.rows:
            y += height
            yield from self._packet(steps[0], y) if steps[0].is_packet else self._note(steps, y - height + 8)
        if self.journey.last:
            yield from self._last(self.journey.last.at, y + ROW - 8)

    def _stand(self) -> None:
        """Set the x of every lifeline and the band of every namespace."""
        right: float = LEFT - BAND
        before: End | None = None
        for end in self.journey.stops:
            words = (end.ifname, self._addr(end), "255.255.255.255")
            half = max(text_width(each, 11, mono=True) for each in words) / 2
            if before is None or before.netns != end.netns:
                left = right + (APART if before else 0)
                need = self.x[before] + self._label_width(before, end) if before else 0
                self.x[end] = max(left + BAND + half, need)
                aside = max(half, text_width(title(end.netns), 13, bold=True) / 2) + BAND
                self.bands[end.netns] = (self.x[end] - aside, self.x[end] + aside)
            else:
                self.x[end] = max(self.x[before] + MIN_GAP, self.x[before] + self._label_width(before, end))
                self.bands[end.netns] = (self.bands[end.netns][0], self.x[end] + half + BAND)
            right, before = self.bands[end.netns][1], end

    def _label_width(self, one: End, other: End) -> float:
        """Return the least distance of two lifelines for the labels on the arrows between them."""
        words = [s.words for s in self.journey.steps if {s.start, s.end} == {one, other}]
        return max((text_width(each, 11, mono=True, bold=True) for each in words), default=0) + 2 * HEAD + 12

    def _addr(self, end: End) -> str:
        link, is_ipv6 = link_at(end, self.journey.network), ":" in self.journey.dst
        given = [addr.partition("/")[0] for addr in (link.addresses if link else ()) if (":" in addr) == is_ipv6]
        return given[0] if given else ""

    def _rows(self) -> Iterator[tuple[float, list[Step]]]:
        """Yield each row's height and steps: notes of one namespace at one moment share a row."""
        notes: list[Step] = []
        for step in self.journey.steps:
            if notes and (step.is_packet or step.start.netns != notes[0].start.netns):
                yield 16 + 34.0 * len(notes), notes
                notes = []
            if step.is_packet:
                yield ROW, [step]
            else:
                notes.append(step)

    def _packet(self, step: Step, y: float) -> Iterator[Shape]:
        yield Text(LEFT - 24, y + 4, _time(step.time_us), 11, "ink2", mono=True, anchor="end")
        token, width, dash, filled = ARROWS[step.kind]
        start, end = self.x[step.start], self.x[step.end]
        bold = step.kind in (REQUEST, REPLY)
        if step.start == step.end:
            yield from self._apart(step, start, y)
            return
        side = 1 if end > start else -1
        tip = end - 3 * side
        yield Dot(start, y, 3.5, token)
        yield Line((Point(start + 5 * side, y), Point(tip - HEAD * side, y)), token, width, dash, part=step.kind)
        yield _head(tip, y, side, token, filled)
        ink = "ink" if bold else token
        words = Text((start + end) / 2, y - 7, step.words, 11, ink, mono=True, bold=bold, anchor="middle")
        yield Rect(words.box.grown(1), 3, "paper", part="label")  # hides walls behind the words
        yield words

    def _apart(self, step: Step, x: float, y: float) -> Iterator[Shape]:
        """Draw a packet over lo, which returns to the same lifeline, or one that was not seen to arrive."""
        token, width, dash, filled = ARROWS[step.kind]
        yield Dot(x, y - 6, 3.5, token)
        if step.start.ifname == "lo":
            points = (Point(x + 5, y - 6), Point(x + 40, y - 6), Point(x + 40, y + 8), Point(x + HEAD + 3, y + 8))
            yield Line(points, token, width, dash, 6, part=step.kind)
            yield _head(x + 3, y + 8, -1, token, filled)
        else:
            yield Line((Point(x + 5, y - 6), Point(x + STUB, y - 6)), token, width, dash, part=step.kind)
        yield Text(x + 46, y - 10, step.words, 11, "ink", mono=True, bold=True)

    def _note(self, steps: list[Step], y: float) -> Iterator[Shape]:
        left, right = self.bands[steps[0].start.netns]
        lines = [(note_words(step, self.journey), f"{step.before} → {step.after}") for step in steps]
        width = max(max(text_width(a, 11), text_width(b, 11, mono=True, bold=True)) for a, b in lines) + 16
        box = Box((left + right - width) / 2, y, width, 8 + 34.0 * len(lines))
        yield Rect(box, 6, "paper", "hair", 1, part="note")
        for number, (what, how) in enumerate(lines):
            yield Text(box.middle, y + 17 + 34 * number, what, 11, "ink2", anchor="middle")
            yield Text(box.middle, y + 33 + 34 * number, how, 11, mono=True, bold=True, anchor="middle")

    def _outcome_texts(self, cause: str) -> Iterator[Text]:
        """Yield the lines about the place where the packet was seen last: what it means, why, and what Linux says."""
        last, proof = self.journey.last, self.journey.proof
        if not last:
            return
        widest = self.width - 36
        yield Text(0, 0, last_words(last, self.journey), 12, "bad", bold=True)
        yield from (Text(0, 0, line, 11) for line in _lines(cause, widest))
        said = Text(0, 0, proof.text if proof and cause else "", 11, "ink2", mono=True)
        if said.words not in cause and said.box.width < widest:
            yield said

    def _last(self, at: End, y: float) -> Iterator[Shape]:
        x = self._x_of(at)
        if x is None:
            return
        yield Dot(x, y, 10, "bad", "hollow", "paper", part="loss")
        yield from cross(x, y, 4, 2.5)
        width = max(line.box.width for line in self.outcome) + 20
        left = min(max(LEFT - 60, x - width / 2), self.width - width - 8) if width < self.width - 24 else 8
        box = Box(left, y + 14, width, 9 + 17 * len(self.outcome))
        yield Rect(box, 6, "paper", "hair", 1, part="note")
        for number, line in enumerate(self.outcome, 1):
            yield replace(line, x=box.x + 10, y=box.y + 17 * number)

    def _x_of(self, at: End) -> float | None:
        """Return the x of the lifeline of an interface or its bridge; `None` where neither has one."""
        if at in self.x:
            return self.x[at]
        link = self.journey.network.end(at)
        return self.x.get(End(at.netns, link.master or ""))


def _head(x: float, y: float, side: int, token: str, filled: bool) -> Line:
    points = (Point(x, y), Point(x - 11 * side, y - 5.5), Point(x - 11 * side, y + 5.5), Point(x, y))
    return Line(points, token, 1.75, fill=token if filled else "paper", part="head")


def _time(time_us: float) -> str:
    if time_us >= 10_000:
        return f"{time_us / 1000:.0f} ms"
    return "0 µs" if time_us == 0 else f"{time_us:.0f}"


def _lines(words: str, width: float) -> list[str]:
    """Return words in lines of at most `width` pixels, as far as no single piece is wider."""
    lines = [""]
    for piece in _PIECE.findall(words):
        if text_width(lines[-1] + piece.rstrip(), 11) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines if line]
