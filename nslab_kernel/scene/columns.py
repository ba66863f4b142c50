"""Places on a line, as far left as all distances allow."""

from collections import defaultdict, deque
from collections.abc import Hashable


class Columns:
    """Places on a line, told by how far one is at least to the right of another."""

    def __init__(self) -> None:
        self._same: dict[Hashable, Hashable] = {}
        self._after: dict[Hashable, list[tuple[Hashable, float]]] = defaultdict(list)

    def join(self, one: Hashable, other: Hashable) -> None:
        """Let two names mean one place. To be said before any distance."""
        self._same[one] = other

    def apart(self, left: Hashable, right: Hashable, distance: float) -> None:
        """Let `right` stand at least so far to the right of `left`."""
        self._after[self._name(left)].append((self._name(right), distance))

    def solve(self, start: Hashable, at: float) -> "Places":
        """Return the leftmost places for all, with `start` at `at`.

        Raises:
            ValueError: The distances contradict each other.
        """
        start = self._name(start)
        at_least: dict[Hashable, float] = defaultdict(lambda: at, {start: at})
        waiting = deque([start, *self._after])
        rounds = 0
        while waiting:
            left = waiting.popleft()
            rounds += 1
            if rounds > 10_000 + 50 * len(self._after) ** 2:
                raise ValueError("the distances contradict each other")
            for right, distance in self._after.get(left, ()):
                if at_least[left] + distance > at_least[right] + 1e-6:
                    at_least[right] = at_least[left] + distance
                    waiting.append(right)
        return Places(at_least, self._same)

    def _name(self, name: Hashable) -> Hashable:
        return self._same.get(name, name)


class Places(dict[Hashable, float]):
    """The solution: a place for each name."""

    def __init__(self, at: dict[Hashable, float], same: dict[Hashable, Hashable]) -> None:
        super().__init__(at)
        self._same = same

    def __getitem__(self, name: Hashable) -> float:
        return super().__getitem__(self._same.get(name, name))


def rising(pairs: list[tuple[int, int, float]]) -> list[tuple[int, int]]:
    """Return the weightiest choice of pairs in which both numbers grow.

    Args:
        pairs: First number, second number, weight; sorted by the first.
    """
    best: list[tuple[float, int | None]] = []
    for i, (first, second, weight) in enumerate(pairs):
        before = [j for j in range(i) if pairs[j][0] < first and pairs[j][1] < second]
        last = max(before, key=lambda j: best[j][0], default=None)
        best.append((weight + (best[last][0] if last is not None else 0), last))
    here = max(range(len(best)), key=lambda i: best[i][0], default=None)
    chosen = []
    while here is not None:
        chosen.append(pairs[here][:2])
        here = best[here][1]
    return chosen[::-1]
