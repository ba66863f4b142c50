"""Cable paths: the points of each cable, around all boxes.

The last step of Sugiyama's layered drawing, with orthogonal lines: a cable that cannot be straight gets a channel of
its own between two rows, as in the left-edge algorithm of channel routing (Hashimoto and Stevens, 1971).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from nslab_kernel.model.network import End
from nslab_kernel.scene.diagram import InterfaceBox
from nslab_kernel.scene.layout.crossings import OPPOSITE, SIDES, UPPER
from nslab_kernel.scene.layout.vertical import CHANNEL, Placement, channels, vertical_cables
from nslab_kernel.scene.shapes import Box, Point

ASIDE = 12
"""Pixels from an interface's middle to where its cable leaves, if another cable runs on the same vertical line."""


@dataclass(frozen=True)
class Cable:
    """A veth pair and its path."""

    one: InterfaceBox
    other: InterfaceBox
    points: tuple[Point, ...]
    walls: tuple[Point, ...] = ()
    """The points where it crosses the walls of namespaces."""


def cables_of(placed: Placement) -> list[Cable]:
    """Return all cables, each from interface to interface."""
    found = [*_adjacent_paths(placed), *_internal_paths(placed)]
    for far in SIDES:
        found += [
            *_vertical_paths(placed, far),
            *_channel_paths(placed, far, OPPOSITE[far]),
            *_channel_paths(placed, far, far),
        ]
    return found


def _adjacent_paths(placed: Placement) -> Iterator[Cable]:
    for ends in placed.order.cables("adjacent"):
        left, right = sorted(ends, key=placed.x_of)
        points = _straight(placed, left, right)
        y = points[0].y
        walls = (Point(placed.namespaces[left.netns].right, y), Point(placed.namespaces[right.netns].x, y))
        yield _cable(placed, left, right, points, walls)


def _internal_paths(placed: Placement) -> Iterator[Cable]:
    for ends in placed.order.cables("internal"):
        left, right = sorted(ends, key=placed.x_of)
        side = placed.order.side_of[left]
        along = sorted(placed.order.inner(left.netns, side), key=lambda each: _span(placed, each))
        if ends in along:
            wall = _edge(placed.interfaces[ends[0]], side)
            y = _beyond(wall, side, CHANNEL * (along.index(ends) + 0.5))
            yield _cable(placed, left, right, _u_path(placed, left, right, side, y))
        else:
            yield _cable(placed, left, right, _straight(placed, left, right))


def _vertical_paths(placed: Placement, facing: str) -> Iterator[Cable]:
    cables = vertical_cables(placed.order, facing)
    channel = _bent(placed, cables)
    taken = {round(placed.x_of(leaf)) for _, leaf in channel}
    near = OPPOSITE[facing]
    for high, leaf in cables:
        to = placed.x_of(leaf)
        x = placed.x_of(high) if (high, leaf) in channel else to
        if (high, leaf) in channel and round(x) in taken:
            x += ASIDE if to > x else -ASIDE
        wall = _wall(placed, high, facing)
        start, end = Point(x, _edge(placed.interfaces[high], facing)), Point(to, _edge(placed.interfaces[leaf], near))
        y = _beyond(wall, facing, CHANNEL * (channel.get((high, leaf), 0) + 1))
        turns = (Point(x, y), Point(to, y)) if (high, leaf) in channel else ()
        walls = Point(x, wall), Point(to, _wall(placed, leaf, near))
        yield _cable(placed, high, leaf, (start, *turns, end), walls)


def _bent(placed: Placement, cables: list[tuple[End, End]]) -> dict[tuple[End, End], int]:
    """Return the number of the channel of each cable that bends, so that none crosses without need."""
    at = {ends: (placed.x_of(ends[0]), placed.x_of(ends[1])) for ends in cables}
    right = sorted((ends for ends, (x, to) in at.items() if x < to - 0.5), key=lambda ends: -at[ends][0])
    left = sorted((ends for ends, (x, to) in at.items() if x > to + 0.5), key=lambda ends: at[ends][0])
    return {ends: i for i, ends in enumerate([*right, *left])}


def _channel_paths(placed: Placement, far: str, side: str) -> Iterator[Cable]:
    cables = sorted(channels(placed.order, far, side), key=lambda ends: _span(placed, ends))
    for i, ends in enumerate(cables):
        left, right = sorted(ends, key=placed.x_of)
        wall = _wall(placed, left, side)
        y = _beyond(wall, side, CHANNEL * (i + 1) - (CHANNEL / 4 if side == far else 0))
        points = _u_path(placed, left, right, side, y)
        walls = (Point(placed.x_of(left), wall), Point(placed.x_of(right), wall))
        yield _cable(placed, left, right, points, walls)


def _u_path(placed: Placement, left: End, right: End, side: str, y: float) -> tuple[Point, ...]:
    x, to = placed.x_of(left), placed.x_of(right)
    ends = _edge(placed.interfaces[left], side), _edge(placed.interfaces[right], side)
    return Point(x, ends[0]), Point(x, y), Point(to, y), Point(to, ends[1])


def _cable(placed: Placement, one: End, other: End, points: tuple[Point, ...], walls: tuple[Point, ...] = ()) -> Cable:
    interfaces = placed.order.diagram.interfaces
    return Cable(interfaces[one], interfaces[other], points, walls)


def _span(placed: Placement, ends: tuple[End, End]) -> tuple[float, float]:
    xs = sorted(placed.x_of(end) for end in ends)
    return round(xs[1] - xs[0], 6), round(xs[0], 6)


def _straight(placed: Placement, left: End, right: End) -> tuple[Point, Point]:
    """Return the ends of a straight horizontal cable: its y is the middle of the interface with the smaller height."""
    one, other = placed.interfaces[left], placed.interfaces[right]
    box = min((one, other), key=lambda each: each.height)
    y = box.y + box.height / 2
    return Point(one.right, y), Point(other.x, y)


def _edge(box: Box, side: str) -> float:
    return box.y if side == UPPER else box.bottom


def _wall(placed: Placement, end: End, side: str) -> float:
    return _edge(placed.namespaces[end.netns], side)


def _beyond(y: float, side: str, by: float) -> float:
    return y - by if side == UPPER else y + by
