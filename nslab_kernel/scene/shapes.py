"""The shapes of all pictures: rectangle, line, dot, text.

Colours are names of palette tokens (`ink`, `up`, `wait`, ...); `display.palette` has their values.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from math import fsum
from typing import NamedTuple, TypeAlias

from nslab_kernel.spelling import visible

PAGE_WIDTH = 744
"""The width of a page in pixels, and the greatest width of a picture, if its content allows it."""
LESSON_WIDTH = 464
"""The space beside a lesson in pixels, and the least width of most pictures."""
FAINT = 0.45
"""The opacity of a faint line."""


class Point(NamedTuple):
    """A place, in pixels from the top left corner."""

    x: float
    y: float


class Box(NamedTuple):
    """A rectangular area, in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """The x halfway between its left and right edge."""
        return self.x + self.width / 2

    def grown(self, by: float) -> "Box":
        """Return the box enlarged by `by` pixels on each side."""
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle with round corners."""

    box: Box
    radius: float = 0
    fill: str | None = None
    stroke: str | None = None
    width: float = 1
    dash: tuple[float, ...] = ()
    hatched: bool = False
    strength: float = 1
    """The opacity of the fill, 0 to 1."""
    part: str = ""
    """Its CSS class: `namespace`, `interface`, `cable-label`, `badge`, ...; the text after a space is a name."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of straight pieces, with rounded corners."""

    points: tuple[Point, ...]
    stroke: str
    width: float = 1
    dash: tuple[float, ...] = ()
    corner: float = 0
    faint: bool = False
    fill: str | None = None
    """The colour of the area that it encloses, where its last point is its first."""
    part: str = ""

    @property
    def bends(self) -> Iterator[tuple[Point, Point, Point]]:
        """The start of each corner's rounding, the corner, and the end; short pieces of the line make it smaller."""
        for before, here, after in zip(self.points, self.points[1:], self.points[2:], strict=False):
            yield _towards(here, before, self.corner), here, _towards(here, after, self.corner)


@dataclass(frozen=True, slots=True)
class Dot:
    """A disc: `full`, `half` (the left half filled) or `hollow`."""

    x: float
    y: float
    radius: float
    token: str
    filling: str = "full"
    fill: str | None = None
    """The colour inside the ring of a `hollow` or `half` dot; `None` for none."""
    part: str = ""

    @property
    def ring(self) -> tuple[float, float]:
        """The radius and the line width of the ring around a dot that is not `full`."""
        return self.radius - 0.5, min(1.75, self.radius / 2.8)


@dataclass(frozen=True, slots=True)
class Text:
    """One line of words; `y` is the baseline."""

    x: float
    y: float
    words: str
    size: float = 11
    token: str = "ink"
    mono: bool = False
    bold: bool = False
    anchor: str = "start"
    """Which part of the words is at `x`: `start`, `middle` or `end`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", visible(self.words))

    @property
    def box(self) -> Box:
        """The area that the words cover at most."""
        width = text_width(self.words, self.size, self.mono, self.bold)
        left = {"start": self.x, "middle": self.x - width / 2, "end": self.x - width}[self.anchor]
        return Box(left, self.y - 0.8 * self.size, width, self.size)


Shape: TypeAlias = Rect | Line | Dot | Text


def cross(x: float, y: float, size: float, width: float) -> tuple[Line, Line]:
    """Return a cross of two strokes around a point, for what went wrong; its arms reach `size` pixels to each side."""
    return (
        Line((Point(x - size, y - size), Point(x + size, y + size)), "bad", width),
        Line((Point(x - size, y + size), Point(x + size, y - size)), "bad", width),
    )


def _towards(here: Point, there: Point, by: float) -> Point:
    """Return the point at distance `by` from here towards there, at most halfway."""
    length = ((there.x - here.x) ** 2 + (there.y - here.y) ** 2) ** 0.5
    share = min(by, length / 2) / length if length else 0
    return Point(here.x + (there.x - here.x) * share, here.y + (there.y - here.y) * share)


def text_width(words: str, size: float, mono: bool = False, bold: bool = False) -> float:
    """Return how wide words are at most, in pixels.

    Checked in DejaVu and Noto CJK, the widest fonts that a learner on Linux is likely to have.
    """
    narrow = 0.61 if mono else 0.66 if bold else 0.57
    return size * fsum(1.0 if _is_wide(letter) else narrow for letter in visible(words))


def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF" or letter in "…—×▸→←"
