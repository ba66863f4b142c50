"""Cables as shapes: each half is drawn in the state of its own end."""

from collections.abc import Callable, Iterator
from itertools import pairwise

from nslab_kernel.scene.diagram import InterfaceBox
from nslab_kernel.scene.layout.cable_paths import Cable
from nslab_kernel.scene.shapes import Box, Dot, Line, Point, Rect, Shape, Text, text_width
from nslab_kernel.scene.state_style import GONE

CORNER = 8
BREAK = 5
"""Half of the gap, in pixels, between two halves in different states."""


def cable_shapes(cables: list[Cable], cable_label: Callable[[InterfaceBox], str | None]) -> Iterator[Shape]:
    """Yield all cables, then the marks where they meet walls (grommets) and interfaces (plugs), then their labels."""
    for cable in cables:
        yield from _halves(cable)
    for cable in cables:
        if cable.one.members:
            sleeves = [Box(x - 9, y - 4, 18, 8) for x, y in cable.walls]
            yield from (Rect(sleeve, 4, "paper", "line", 1.25, part="grommet") for sleeve in sleeves)
            continue
        yield from (Dot(x, y, 4, "line", "hollow", "paper", part="grommet") for x, y in cable.walls)
        for interface, point in ((cable.one, cable.points[0]), (cable.other, cable.points[-1])):
            if interface.state.kind != "gone":
                yield Rect(Box(point.x - 4, point.y - 4, 8, 8), 2, interface.state.style.token, part="plug")
    for cable in cables:
        if words := cable_label(cable.one):
            yield from _cable_label(cable, words)


def _halves(cable: Cable) -> Iterator[Shape]:
    name = f"cable {cable.one.end.netns}/{cable.one.end.ifname}"
    kinds = {cable.one.state.kind, cable.other.state.kind}
    if len(kinds) == 1 or "gone" in kinds:
        style = GONE.style if "gone" in kinds else cable.one.state.style
        if cable.one.members:
            yield from _bundle((*cable.points[:-1], cable.walls[-1]), style.token, style.cable[1], name)
            return
        yield Line(cable.points, style.token, *style.cable, CORNER, part=name)
        return
    middle, along = _middle(cable.points)
    for interface, points in (
        (cable.one, _cut(cable.points, middle, along, -1)),
        (cable.other, _cut(tuple(reversed(cable.points)), middle, along, 1)),
    ):
        style = interface.state.style
        yield Line(points, style.token, *style.cable, CORNER, part=name)
    yield from _break_mark(middle, along)


def _bundle(points: tuple[Point, ...], token: str, dash: tuple[float, ...], name: str) -> Iterator[Shape]:
    """Yield three parallel lines, which stand for many cables."""
    for aside in (-5, 0, 5):
        shifted = tuple(Point(x + aside, y) for x, y in points)
        yield Line(shifted, token, 2, dash, CORNER, part=name)


def _middle(points: tuple[Point, ...]) -> tuple[Point, Point]:
    """Return the middle of the longest straight piece, and its direction."""
    one, other = max(pairwise(points), key=lambda ends: abs(ends[0].x - ends[1].x) + abs(ends[0].y - ends[1].y))
    length = abs(one.x - other.x) + abs(one.y - other.y) or 1
    direction = Point((other.x - one.x) / length, (other.y - one.y) / length)
    return Point((one.x + other.x) / 2, (one.y + other.y) / 2), direction


def _cut(points: tuple[Point, ...], middle: Point, along: Point, sign: int) -> tuple[Point, ...]:
    """Return the points from the start to `BREAK` pixels before the middle."""
    end = Point(middle.x + sign * BREAK * along.x, middle.y + sign * BREAK * along.y)
    kept = []
    for one, other in pairwise(points):
        kept.append(one)
        across, down = sorted((one.x, other.x)), sorted((one.y, other.y))
        if across[0] <= middle.x <= across[1] and down[0] <= middle.y <= down[1]:
            break
    return (*kept, end)


def _break_mark(at: Point, along: Point) -> Iterator[Shape]:
    """Yield two slanted strokes across the cable."""
    for shift in (-2, 2):
        x, y = at.x + shift * along.x, at.y + shift * along.y
        slant = Point(3 - abs(along.y), 5) if along.x else Point(6, 2.5)
        yield Line((Point(x - slant.x, y + slant.y), Point(x + slant.x, y - slant.y)), "ink2", 1.25, part="break")


def _cable_label(cable: Cable, words: str) -> Iterator[Shape]:
    """Yield the label on a cable: in its middle, or before the far namespace if the cable bends on its way there."""
    *_, turn, end = cable.points
    wall = cable.walls[-1]
    if len(cable.points) == 2 or cable.walls[0].y == wall.y:
        at, _along = _middle((cable.walls[0], wall) if len(cable.points) == 2 else cable.points)
    else:
        at = Point(end.x, (turn.y + wall.y) / 2)
    width = text_width(words, 11, mono=True) + 14
    yield Rect(Box(at.x - width / 2, at.y - 9, width, 18), 9, "paper", "hair", part="cable-label")
    yield Text(at.x, at.y + 4, words, 11, "ink", mono=True, anchor="middle")
