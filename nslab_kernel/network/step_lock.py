"""The lock that serialises steps and defers interrupts."""

import contextlib
import os
import threading
from collections.abc import Iterator

from nslab_kernel.interrupts import check_interrupt, uninterrupted

_POLL_S = 0.05
"""Seconds between two checks for an interrupt while waiting for the lock."""
_lock = threading.RLock()


@contextlib.contextmanager
def step_lock() -> Iterator[None]:
    """Exclude other threads' steps, and defer an interrupt until the block is done.

    Raises:
        KeyboardInterrupt: The learner interrupted while this thread waited for another's step, or during the block.
    """
    with uninterrupted():
        while not _lock.acquire(timeout=_POLL_S):
            check_interrupt()
        try:
            yield
        finally:
            _lock.release()


def _reset_after_fork() -> None:
    """Make a new lock in a forked child: without the thread that holds the old one, nothing would release that."""
    global _lock
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_reset_after_fork)
