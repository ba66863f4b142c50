"""Who reaches whom: the value that `ping_matrix` returns."""

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import NamedTuple


class Party(NamedTuple):
    """An address that takes part."""

    netns: str
    """The host is `host`."""
    ifname: str
    addr: str
    """Without its length."""

    @property
    def family(self) -> int:
        """4 or 6."""
        return 6 if ":" in self.addr else 4


@dataclass(frozen=True, slots=True)
class Direction:
    """What came of one echo request from one address to another."""

    source: Party
    target: Party
    rtt_ms: float | None = None
    """Milliseconds to the reply; `None` without one."""
    errno: int = 0
    """With which error the sender's own Linux refused to send; 0 where it sent."""
    said: str = ""
    """The words for `errno`, what a router on the way answered, or a neighbour's state, as `ip neigh` has it."""

    @property
    def reached(self) -> bool:
        """Whether the reply came."""
        return self.rtt_ms is not None

    @property
    def table_full(self) -> bool:
        """Whether the machine's neighbour table had no place left, so that nothing is known of this direction."""
        return self.errno == errno.ENOBUFS


@dataclass(frozen=True)
class MatrixResult:
    """Every address to every other of its family in another namespace, one echo request each."""

    parties: tuple[Party, ...]
    directions: tuple[Direction, ...]
    """In the order of the parties, sources first."""

    @cached_property
    def cells(self) -> Mapping[tuple[Party, Party], Direction]:
        """Each direction by its source and target."""
        return {(one.source, one.target): one for one in self.directions}

    @property
    def reached(self) -> int:
        """How many directions work."""
        return sum(one.reached for one in self.directions)

    @property
    def median_ms(self) -> float | None:
        """The middle round-trip time in milliseconds; `None` without a reply."""
        times = [one.rtt_ms for one in self.directions if one.rtt_ms is not None]
        return median(times) if times else None

    @property
    def one_way(self) -> tuple[tuple[Direction, Direction], ...]:
        """The pairs of which only one direction works, that one first."""
        pairs = ((one, self._back(one)) for one in self.directions if one.reached)
        return tuple((one, back) for one, back in pairs if back and not back.reached)

    def is_one_way(self, direction: Direction) -> bool:
        """Return whether of a direction and its opposite only one works."""
        back = self._back(direction)
        return back is not None and direction.reached != back.reached

    def _back(self, direction: Direction) -> Direction | None:
        return self.cells.get((direction.target, direction.source))

    def __bool__(self) -> bool:
        """Whether every direction works."""
        return self.reached == len(self.directions)

    def __repr__(self) -> str:
        return f"<MatrixResult {len(self.parties)} addresses: {self.reached} of {len(self.directions)} directions work>"
