"""Serializes steps, each of them uninterrupted."""

import contextlib
import os
import threading
from collections.abc import Iterator

from nslab_kernel.interrupts import check_interrupt, uninterrupted

_POLL_S = 0.05
_lock = threading.RLock()


@contextlib.contextmanager
def step_lock() -> Iterator[None]:
    """Exclude other threads' steps, and defer an interrupt until this one is done.

    Raises:
        KeyboardInterrupt: The learner interrupted while another thread's change was waited for, or during the block.
    """
    with uninterrupted():
        while not _lock.acquire(timeout=_POLL_S):
            check_interrupt()
        try:
            yield
        finally:
            _lock.release()


def _reset_after_fork() -> None:
    """A fork copies no threads, so the child could never acquire a held lock."""
    global _lock
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_reset_after_fork)
