"""Who reaches whom, as a grid: a cell for each direction."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass, replace

from nslab_kernel.language import language
from nslab_kernel.language import translate as _
from nslab_kernel.model.matrix_result import Direction, MatrixResult, Party
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.shapes import LESSON_WIDTH, PAGE_WIDTH, Box, Line, Point, Rect, Shape, Text, cross, text_width
from nslab_kernel.scene.words import joint, title

GAP = 3
HEAD = 52
LEGEND = 18
STRENGTHS = ((1, 0.18), (2, 0.30), (5, 0.42))
"""Up to how many times the median a cell has which opacity; slower ones have `STRONGEST`."""
STRONGEST = 0.54
MARGIN = 16
CORNER = 15
MIN_CELL = 96
"""The least width of a cell in a grid of `LARGE` cells, in pixels."""


@dataclass(frozen=True)
class Size:
    """How large cells are drawn."""

    width: float
    height: float
    named: bool
    """Whether columns have names; else they have the numbers of the rows."""
    worded: bool
    """Whether cells have words."""


LARGE, MIDDLE, SMALL = Size(128, 46, True, True), Size(66, 26, False, True), Size(16, 16, False, False)
MOST_LARGE, MOST_MIDDLE = 6, 40


def matrix_scene(result: MatrixResult) -> Scene:
    """Draw who reaches whom: a row for each source address, a column for each target.

    Args:
        result: All directions, or those that are known so far.
    """
    grid = _Grid(result)
    return Scene(grid.width, grid.height, (*grid.shapes(),), describe_matrix(result), language())


def failed_cells(result: MatrixResult) -> tuple[tuple[Direction, Box], ...]:
    """Return each direction that does not work, and where the grid shows it."""
    grid = _Grid(result)
    at = {party: number for number, party in enumerate(result.parties)}
    return tuple((one, grid.box(at[one.source], at[one.target])) for one in result.directions if not one.reached)


def describe_matrix(result: MatrixResult) -> str:
    """Return the text alternative, in the learner's language: which directions fail."""
    parts = [_("{count} of {total} directions work.").format(count=result.reached, total=len(result.directions))]
    for one in result.directions[:400]:
        if not one.reached:
            words = _("{source} to {target}: {what}.")
            parts.append(words.format(source=label(one.source), target=label(one.target), what=word_of(one)))
    return joint(".").join(parts)


def label(party: Party) -> str:
    """Return an address with its namespace."""
    return f"{title(party.netns)} {party.addr}"


def word_of(direction: Direction) -> str:
    """Return a direction's result, as short as a cell needs it."""
    if direction.rtt_ms is not None:
        return f"{direction.rtt_ms:.3f} ms"
    if direction.table_full:
        return _("table full")
    if direction.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return _("unreachable")
    return _("refused") if direction.errno else _("no reply")


class _Grid:
    """The grid's measures and parts."""

    def __init__(self, result: MatrixResult) -> None:
        self.result, self.parties = result, result.parties
        count = len(self.parties)
        self.size = LARGE if count <= MOST_LARGE else MIDDLE if count <= MOST_MIDDLE else SMALL
        rows = [self._row_words(number) for number in range(count)]
        self.left = MARGIN + max((text_width(words, 12, bold=True) for words in rows), default=0) + 12
        if self.size.named:
            addrs = max((text_width(party.addr, 11, mono=True) for party in self.parties), default=0)
            self.left = max(120.0, self.left, MARGIN + addrs + 12)
            self.size = replace(self.size, width=self._fitting(addrs))
        self.width = max(LESSON_WIDTH, self.left + count * (self.size.width + GAP) + MARGIN)
        self.legend = self._legend()
        self.height = HEAD + count * (self.size.height + GAP) + 12 + LEGEND * len(self.legend) + 8

    def _fitting(self, addrs: float) -> float:
        """Return a cell width at which the picture fits a page, but at least the width of the names above."""
        names = max((text_width(title(party.netns), 13, bold=True) for party in self.parties), default=0)
        fitting = (PAGE_WIDTH - MARGIN - self.left) / max(1, len(self.parties)) - GAP
        return max(MIN_CELL, names + GAP, addrs + GAP, min(LARGE.width, fitting))

    def shapes(self) -> Iterator[Shape]:
        """Yield all from back to front."""
        yield Text(self.left - 12, 22, _("to →"), 11, "ink2", anchor="end")
        yield Text(self.left - 12, 42, _("from ↓"), 11, "ink2", anchor="end")
        for number, party in enumerate(self.parties):
            yield from self._heads(number, party)
        for row, source in enumerate(self.parties):
            for column, target in enumerate(self.parties):
                yield from self._cell(self.box(row, column), source, target)
        y = HEAD + len(self.parties) * (self.size.height + GAP) + 22
        for number, words in enumerate(self.legend):
            if number == 0:
                yield _corner(Point(MARGIN + 12, y - 11), 12)
            yield Text(MARGIN + (20 if number == 0 else 0), y, words, 11, "ink2")
            y += LEGEND

    def box(self, row: int, column: int) -> Box:
        """Return the place of a cell."""
        size = self.size
        return Box(self.left + column * (size.width + GAP), HEAD + row * (size.height + GAP), size.width, size.height)

    def _row_words(self, number: int) -> str:
        party = self.parties[number]
        return title(party.netns) if self.size.named else f"{number + 1}  {label(party)}"

    def _heads(self, number: int, party: Party) -> Iterator[Shape]:
        box = self.box(number, number)
        if self.size.named:
            yield Text(box.middle, 22, title(party.netns), 13, bold=True, anchor="middle")
            yield Text(box.middle, 40, party.addr, 11, "ink2", mono=True, anchor="middle")
        elif self.size.worded or number % 5 == 4 or number == 0:
            yield Text(box.middle, 42, str(number + 1), 11, bold=True, anchor="middle")
        y = box.y + box.height / 2 + 4
        if self.size.named:
            yield Text(self.left - 12, y + 9, party.addr, 11, "ink2", mono=True, anchor="end")
            y -= 7
        yield Text(self.left - 12, y, self._row_words(number), 12, bold=True, anchor="end")

    def _cell(self, box: Box, source: Party, target: Party) -> Iterator[Shape]:
        direction = self.result.cells.get((source, target))
        words = 12 if self.size.named else 11
        middle = Point(box.middle, box.y + box.height / 2 + 4)
        if direction is None:
            yield Rect(box, 4, "namespace", part="blank")
            if self.size.worded:
                blank = self._blank(source, target)
                yield Text(middle.x, middle.y, blank, 11, "ink2", anchor="middle")
            return
        if direction.reached:
            yield Rect(box, 4, "pkt", strength=self._strength(direction), part="reached")
            time = word_of(direction) if self.size.named else f"{direction.rtt_ms:.3f}"
            token = "ink"
        else:
            refused = bool(direction.errno)
            part = "refused" if refused else "silent"
            yield Rect(box, 4, None if refused else "badt", hatched=refused, part=part)
            time, token = word_of(direction), "bad"
        if self.size.worded:
            text = Text(middle.x, middle.y, time, words, token, direction.reached, True, "middle")
            yield from self._written(text, direction)
        elif not direction.reached:
            yield from cross(box.middle, box.y + box.height / 2, 3, 2.5)
        if self.result.is_one_way(direction):
            yield _corner(Point(box.right, box.y), min(CORNER, box.height / 2))

    def _blank(self, source: Party, target: Party) -> str:
        """Return the words in a cell without a result: the same namespace, another family, or not known yet."""
        own = {(party.netns, party.addr) for party in self.parties}
        if (source.netns, target.addr) in own or (target.netns, source.addr) in own or source.netns == target.netns:
            return _("itself")
        return "" if source.family != target.family else "…"

    def _written(self, text: Text, direction: Direction) -> Iterator[Shape]:
        if direction.errno:
            yield Rect(text.box.grown(3), 2, "paper")
        elif not direction.reached and self.size.named:
            yield from cross(text.box.x - 9, text.y - 4, 4.5, 2.5)
        yield text

    def _strength(self, direction: Direction) -> float:
        share = (direction.rtt_ms or 0) / (self.result.median_ms or 1)
        return next((strength for most, strength in STRENGTHS if share <= most), STRONGEST)

    def _legend(self) -> list[str]:
        return [
            _("works one way only"),
            _("times in ms; deeper blue: slower than the median"),
            _("no reply: sent, nothing came back"),
            _("hatched: the sender's own kernel did not send"),
        ]


def _corner(at: Point, size: float) -> Line:
    """Return a triangle whose upper right corner is `at`, the mark of a pair that works one way only."""
    points = (Point(at.x - size, at.y), at, Point(at.x, at.y + size), Point(at.x - size, at.y))
    return Line(points, "ink", 0, fill="ink", part="corner")
