"""Who reaches whom: the value that `ping_matrix` returns."""

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import NamedTuple


class Party(NamedTuple):
    """An address that the matrix pings from and to."""

    netns: str
    """The namespace; the host is `"host"`."""
    ifname: str
    addr: str
    """Without the prefix length."""

    @property
    def family(self) -> int:
        """4 or 6."""
        return 6 if ":" in self.addr else 4


@dataclass(frozen=True, slots=True)
class Direction:
    """The result of one echo request from one address to another."""

    source: Party
    target: Party
    rtt_ms: float | None = None
    """Milliseconds to the reply; `None` without one."""
    errno: int = 0
    """The error number with which the sender's own kernel refused to send; 0 if it sent."""
    said: str = ""
    """The text of `errno`, a router's error, or the failed neighbour entry as in `ip neigh`; else empty."""

    @property
    def reached(self) -> bool:
        """Whether the reply came."""
        return self.rtt_ms is not None

    @property
    def table_full(self) -> bool:
        """Whether the machine's neighbour table was full, so that nothing is known about this direction."""
        return self.errno == errno.ENOBUFS


@dataclass(frozen=True)
class MatrixResult:
    """The results of one echo request from every address to every other of its family in another namespace."""

    parties: tuple[Party, ...]
    directions: tuple[Direction, ...]
    """Sorted by source, then by target, in the order of `parties`."""

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
        """The median round-trip time in milliseconds; `None` without a reply."""
        times = [one.rtt_ms for one in self.directions if one.rtt_ms is not None]
        return median(times) if times else None

    @property
    def one_way(self) -> tuple[tuple[Direction, Direction], ...]:
        """The pairs of opposite directions of which only one works; each pair starts with the working one."""
        pairs = ((one, self._opposite(one)) for one in self.directions if one.reached)
        return tuple((one, back) for one, back in pairs if back and not back.reached)

    def is_one_way(self, direction: Direction) -> bool:
        """Return whether only one works of this direction and its opposite."""
        back = self._opposite(direction)
        return back is not None and direction.reached != back.reached

    def _opposite(self, direction: Direction) -> Direction | None:
        return self.cells.get((direction.target, direction.source))

    def __bool__(self) -> bool:
        """Whether every direction works."""
        return self.reached == len(self.directions)

    def __repr__(self) -> str:
        return f"<MatrixResult {len(self.parties)} addresses: {self.reached} of {len(self.directions)} directions work>"
