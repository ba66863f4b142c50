"""Which way each cable runs: through no box, in a lane of its own."""

from collections.abc import Iterator
from dataclasses import dataclass

from nslab_kernel.model.network import End
from nslab_kernel.scene.order import ABOVE, BELOW, LOWER, UPPER
from nslab_kernel.scene.place import LANE, Placement, drops
from nslab_kernel.scene.shapes import Box, Point
from nslab_kernel.scene.things import Socket

ASIDE = 12
"""How far beside the middle a cable leaves a socket where another one would run in the same line."""


@dataclass(frozen=True)
class Cable:
    """A veth pair with its way."""

    one: Socket
    other: Socket
    points: tuple[Point, ...]
    walls: tuple[Point, ...] = ()
    """Where it passes a room's wall: the places of the grommets."""


def cables_of(placed: Placement) -> list[Cable]:
    """Return all cables, each from socket to socket."""
    found = [*_sides(placed), *_inside(placed)]
    for side in (ABOVE, BELOW):
        found += [*_drops(placed, side), *_lanes(placed, side, near=True), *_lanes(placed, side, near=False)]
    return found


def _sides(placed: Placement) -> Iterator[Cable]:
    for (one, other), kind in placed.order.kinds.items():
        if kind == "side":
            left, right = sorted((one, other), key=placed.x_of)
            y = _level(placed, left, right)
            walls = (Point(placed.rooms[left.netns].right, y), Point(placed.rooms[right.netns].x, y))
            ends = Point(placed.sockets[left].right, y), Point(placed.sockets[right].x, y)
            yield _cable(placed, left, right, ends, walls)


def _inside(placed: Placement) -> Iterator[Cable]:
    for (one, other), kind in placed.order.kinds.items():
        if kind != "inside":
            continue
        left, right = sorted((one, other), key=placed.x_of)
        bank = placed.order.bank_of[one]
        along = sorted(placed.order.inner(one.netns, bank), key=lambda ends: _span(placed, ends))
        if (one, other) in along:
            wall = _edge(placed.sockets[one], bank)
            y = _beyond(wall, bank, LANE * (along.index((one, other)) + 0.5))
            yield _cable(placed, left, right, _way(placed, left, right, bank, y))
        else:
            y = _level(placed, left, right)
            yield _cable(placed, left, right, (Point(placed.sockets[left].right, y), Point(placed.sockets[right].x, y)))


def _drops(placed: Placement, side: str) -> Iterator[Cable]:
    ways = drops(placed.order, side)
    lane = _bent(placed, ways)
    columns = {round(placed.x_of(leaf)) for _, leaf in lane}
    facing, near = (UPPER, LOWER) if side == ABOVE else (LOWER, UPPER)
    for high, leaf in ways:
        to = placed.x_of(leaf)
        x = placed.x_of(high) if (high, leaf) in lane else to
        if (high, leaf) in lane and round(x) in columns:
            x += ASIDE if to > x else -ASIDE
        wall = _wall(placed, high, facing)
        start, end = Point(x, _edge(placed.sockets[high], facing)), Point(to, _edge(placed.sockets[leaf], near))
        y = _beyond(wall, facing, LANE * (lane.get((high, leaf), 0) + 1))
        turns = (Point(x, y), Point(to, y)) if (high, leaf) in lane else ()
        walls = Point(x, wall), Point(to, _wall(placed, leaf, near))
        yield _cable(placed, high, leaf, (start, *turns, end), walls)


def _bent(placed: Placement, ways: list[tuple[End, End]]) -> dict[tuple[End, End], int]:
    """Return the lane of each cable that does not fall straight, so that none crosses without need."""
    at = {ends: (placed.x_of(ends[0]), placed.x_of(ends[1])) for ends in ways}
    right = sorted((ends for ends, (x, to) in at.items() if x < to - 0.5), key=lambda ends: -at[ends][0])
    left = sorted((ends for ends, (x, to) in at.items() if x > to + 0.5), key=lambda ends: at[ends][0])
    return {ends: i for i, ends in enumerate([*right, *left])}


def _lanes(placed: Placement, side: str, near: bool) -> Iterator[Cable]:
    order = placed.order
    row = order.above if side == ABOVE else order.below
    bank = {(ABOVE, True): LOWER, (ABOVE, False): UPPER, (BELOW, True): UPPER, (BELOW, False): LOWER}[side, near]
    ways = [ends for ends, kind in order.kinds.items() if kind == "lane"]
    ways = [ends for ends in ways if ends[0].netns in row and order.bank_of[ends[0]] == bank]
    ways.sort(key=lambda ends: _span(placed, ends))
    for i, (one, other) in enumerate(ways):
        left, right = sorted((one, other), key=placed.x_of)
        wall = _wall(placed, left, bank)
        points = _way(placed, left, right, bank, _beyond(wall, bank, LANE * (i + 1) - (LANE / 4 if not near else 0)))
        walls = (Point(placed.x_of(left), wall), Point(placed.x_of(right), wall))
        yield _cable(placed, left, right, points, walls)


def _way(placed: Placement, left: End, right: End, bank: str, y: float) -> tuple[Point, ...]:
    x, to = placed.x_of(left), placed.x_of(right)
    ends = _edge(placed.sockets[left], bank), _edge(placed.sockets[right], bank)
    return Point(x, ends[0]), Point(x, y), Point(to, y), Point(to, ends[1])


def _cable(placed: Placement, one: End, other: End, points: tuple[Point, ...], walls: tuple[Point, ...] = ()) -> Cable:
    sockets = placed.order.things.sockets
    return Cable(sockets[one], sockets[other], points, walls)


def _span(placed: Placement, ends: tuple[End, End]) -> tuple[float, float]:
    xs = sorted(placed.x_of(end) for end in ends)
    return xs[1] - xs[0], xs[0]


def _level(placed: Placement, one: End, other: End) -> float:
    """Return the height at which a straight cable meets both sockets: the middle of the smaller one, from the wall."""
    box = min((placed.sockets[one], placed.sockets[other]), key=lambda each: each.height)
    return box.y + box.height / 2


def _edge(box: Box, bank: str) -> float:
    return box.y if bank == UPPER else box.bottom


def _wall(placed: Placement, end: End, bank: str) -> float:
    return _edge(placed.rooms[end.netns], bank)


def _beyond(y: float, bank: str, by: float) -> float:
    return y - by if bank == UPPER else y + by
