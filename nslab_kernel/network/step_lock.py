"""One change after the other, each of them whole."""

import contextlib
import os
import threading
from collections.abc import Iterator

from nslab_kernel.interrupts import check_interrupt, uninterrupted

_POLL_S = 0.05
_lock = threading.RLock()


@contextlib.contextmanager
def step_lock() -> Iterator[None]:
    """Hold off what other threads would change or remember, and let an interrupt wait until this is done.

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
    """A fork copies no thread: nobody in the child would release it."""
    global _lock
    _lock = threading.RLock()


os.register_at_fork(after_in_child=_reset_after_fork)
