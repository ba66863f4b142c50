"""How long directions of a matrix are waited for, and asked again."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

Key = tuple[int, int]
"""A direction: the numbers of its source and its target."""

TIMEOUT_S = 3.5
"""Linux asks for a neighbour three times, a second apart, before it says that the host is unreachable: arp(7)."""
_AGAIN_S = 3.2
"""A direction that is silent for so long is asked again: its error may be one of those that were not sent."""
_SPARING_S = 2.1
"""Linux sends one error a second to one target (icmp(7), `icmp_ratelimit`), and counts "no route" twice."""
_ASKS = 5
_LATE_S = 0.2


@dataclass(slots=True)
class _Wait:
    deadline: float
    again_at: float
    asks: int = 1


class Patience:
    """The directions that were asked and of which nothing is known yet.

    Args:
        timeout_s: Seconds to wait for each.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._waits: dict[Key, _Wait] = {}

    def __len__(self) -> int:
        return len(self._waits)

    def __contains__(self, key: Key) -> bool:
        return key in self._waits

    def begin(self, key: Key) -> None:
        """Wait from now on for a direction that was asked."""
        now = time.monotonic()
        self._waits[key] = _Wait(now + self._timeout_s, now + _AGAIN_S)

    def end(self, key: Key) -> None:
        """Wait no longer: something is known."""
        self._waits.pop(key, None)

    def left_s(self) -> float:
        """Return the seconds until the first has been waited for long enough."""
        return max(0.0, min(wait.deadline for wait in self._waits.values()) - time.monotonic())

    def over(self) -> list[Key]:
        """Return those that have been waited for long enough."""
        now = time.monotonic()
        return [key for key, wait in self._waits.items() if wait.deadline <= now]

    def to_ask_again(self) -> list[Key]:
        """Return those that should be asked again now."""
        now = time.monotonic()
        return [key for key, wait in self._open() if wait.again_at <= now]

    def begin_again(self, key: Key) -> None:
        """Note that a direction was asked again; it is waited for no longer than before."""
        wait = self._waits[key]
        wait.asks, wait.again_at = wait.asks + 1, time.monotonic() + _AGAIN_S

    def spare(self, source: int, took_s: float) -> None:
        """Let a source's silent directions be asked again, for a router has just spent one of its few errors on it.

        Args:
            source: Its number.
            took_s: Seconds that the router's error took: so long each is waited for.
        """
        again_at = time.monotonic() + _SPARING_S
        for key, wait in self._open():
            if key[0] == source and self._timeout_s > _SPARING_S:
                wait.again_at = min(wait.again_at, again_at)
                wait.deadline = max(wait.deadline, wait.again_at + took_s + _LATE_S)

    def _open(self) -> Iterator[tuple[Key, _Wait]]:
        return ((key, wait) for key, wait in self._waits.items() if wait.asks < _ASKS)
