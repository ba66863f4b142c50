"""Timeouts and retries of a ping matrix's directions."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

Key = tuple[int, int]
"""A direction: the indices of its source and its target among the parties."""

TIMEOUT_S = 3.5
"""Linux asks for a neighbour three times, a second apart, before it says that the host is unreachable: arp(7)."""
_RETRY_S = 3.2
"""A direction without an answer is asked again after so many seconds: its error may have been rate-limited."""
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
        timeout_s: Seconds to wait for each of them.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._pending: dict[Key, _Pending] = {}

    def __len__(self) -> int:
        return len(self._pending)

    def __contains__(self, key: Key) -> bool:
        return key in self._pending

    def begin(self, key: Key) -> None:
        """Start to wait for a direction whose request was sent."""
        now = time.monotonic()
        self._pending[key] = _Pending(now + self._timeout_s, now + _RETRY_S)

    def end(self, key: Key) -> None:
        """Stop waiting for a direction: it has a result."""
        self._pending.pop(key, None)

    def seconds_left(self) -> float:
        """Return the seconds until the first deadline."""
        return max(0.0, min(one.deadline for one in self._pending.values()) - time.monotonic())

    def expired(self) -> list[Key]:
        """Return the directions whose deadline has passed."""
        now = time.monotonic()
        return [key for key, one in self._pending.items() if one.deadline <= now]

    def due_for_retry(self) -> list[Key]:
        """Return the directions to ask again now."""
        now = time.monotonic()
        return [key for key, one in self._may_retry() if one.retry_at <= now]

    def retried(self, key: Key) -> None:
        """Note that a direction was retried; its deadline stays."""
        one = self._pending[key]
        one.asks, one.retry_at = one.asks + 1, time.monotonic() + _RETRY_S

    def retry_soon(self, source: int, took_s: float) -> None:
        """Ask a source's directions without an answer again soon: a router reached its limit of errors to this source.

        Args:
            source: Its index among the parties.
            took_s: Seconds from the request to the router's error: each retry is given as long.
        """
        retry_at = time.monotonic() + _RATE_LIMIT_S
        for key, one in self._may_retry():
            if key[0] == source and self._timeout_s > _RATE_LIMIT_S:
                one.retry_at = min(one.retry_at, retry_at)
                one.deadline = max(one.deadline, one.retry_at + took_s + _LATE_S)

    def _may_retry(self) -> Iterator[tuple[Key, _Pending]]:
        return ((key, one) for key, one in self._pending.items() if one.asks < _MAX_ASKS)
