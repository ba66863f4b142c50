"""Timeouts and retries of a matrix's directions."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

Key = tuple[int, int]
"""A direction: the numbers of its source and its target."""

TIMEOUT_S = 3.5
"""Linux asks for a neighbour three times, a second apart, before it says that the host is unreachable: arp(7)."""
_RETRY_S = 3.2
"""A direction silent for so long is retried: its error may have been rate-limited."""
_RATE_LIMIT_S = 2.1
"""Linux sends one error a second to one target (icmp(7), `icmp_ratelimit`), and counts "no route" twice."""
_MAX_ASKS = 5
_LATE_S = 0.2


@dataclass(slots=True)
class _Pending:
    deadline: float
    retry_at: float
    asks: int = 1


class PendingReplies:
    """The directions that were sent and have no result yet.

    Args:
        timeout_s: Seconds to wait for each.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._pending: dict[Key, _Pending] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def __contains__(self, key: Key) -> bool:
        return key in self._pending

    def begin(self, key: Key) -> None:
        """Wait from now on for a direction that was asked."""
        now = time.monotonic()
        self._pending[key] = _Pending(now + self._timeout_s, now + _RETRY_S)

    def end(self, key: Key) -> None:
        """Wait no longer: something is known."""
        self._pending.pop(key, None)

    def seconds_left(self) -> float:
        """Return the seconds until the first has been waited for long enough."""
        return max(0.0, min(one.deadline for one in self._pending.values()) - time.monotonic())

    def expired(self) -> list[Key]:
        """Return those that have been waited for long enough."""
        now = time.monotonic()
        return [key for key, one in self._pending.items() if one.deadline <= now]

    def due_for_retry(self) -> list[Key]:
        """Return those that should be asked again now."""
        now = time.monotonic()
        return [key for key, one in self._may_retry() if one.retry_at <= now]

    def retried(self, key: Key) -> None:
        """Note that a direction was retried; its deadline stays."""
        one = self._pending[key]
        one.asks, one.retry_at = one.asks + 1, time.monotonic() + _RETRY_S

    def retry_soon(self, source: int, took_s: float) -> None:
        """Retry a source's silent directions soon: a router has just used up its rate of errors to it.

        Args:
            source: Its number.
            took_s: Seconds that the router's error took: so long each is waited for.
        """
        retry_at = time.monotonic() + _RATE_LIMIT_S
        for key, one in self._may_retry():
            if key[0] == source and self._timeout_s > _RATE_LIMIT_S:
                one.retry_at = min(one.retry_at, retry_at)
                one.deadline = max(one.deadline, one.retry_at + took_s + _LATE_S)

    def _may_retry(self) -> Iterator[tuple[Key, _Pending]]:
        return ((key, one) for key, one in self._pending.items() if one.asks < _MAX_ASKS)
