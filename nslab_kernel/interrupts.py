"""Delays interrupts (stop button, Ctrl+C) until a change is complete.

Python may raise KeyboardInterrupt between any two bytecode instructions: between creating a file and mounting on it, or
between a change and its record. `uninterrupted` delays it; `interruptible` lets it through where that would take long.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_interrupt_pending = False
"""Whether an interrupt has come and is delayed."""
_is_interruptible = False


@contextlib.contextmanager
def uninterrupted() -> Iterator[bool]:
    """Delay an interrupt until the end of the block; in a nested block, until the outer one lets it through or ends.

    Yields:
        whether this is the outermost block of the main thread: it may use `interruptible` while it changes nothing.
    """
    global _interrupt_pending, _is_interruptible
    if _delays_interrupts():
        was_interruptible, _is_interruptible = _is_interruptible, False
        try:
            yield False
        finally:
            _is_interruptible = was_interruptible
            if _is_interruptible:
                check_interrupt()
        return
    before = signal.getsignal(signal.SIGINT)
    # Python handles signals in the main thread only; with SIGINT ignored there are no interrupts.
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield False
        return
    _interrupt_pending = False
    signal.signal(signal.SIGINT, _handle_sigint)
    try:
        yield True
    finally:
        signal.signal(signal.SIGINT, before)
        if _interrupt_pending:
            signal.raise_signal(signal.SIGINT)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Within an `uninterrupted` block, let interrupts through at once, also one that is delayed.

    Raises:
        KeyboardInterrupt: The learner interrupted.
    """
    global _is_interruptible
    if not _delays_interrupts():
        yield
        return
    before, _is_interruptible = _is_interruptible, True
    try:
        check_interrupt()
        yield
    finally:
        _is_interruptible = before


def is_interrupted() -> bool:
    """Return whether an interrupt of this thread is delayed."""
    return _interrupt_pending and _delays_interrupts()


def check_interrupt() -> None:
    """Raise a delayed interrupt, if there is one.

    Raises:
        KeyboardInterrupt: The learner interrupted.
    """
    global _interrupt_pending
    if is_interrupted():
        _interrupt_pending = False
        raise KeyboardInterrupt


def _delays_interrupts() -> bool:
    """Return whether this is the main thread, which gets the interrupts, within an `uninterrupted` block."""
    return threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is _handle_sigint


def _handle_sigint(_number: int, _frame: FrameType | None) -> None:
    global _interrupt_pending
    if _is_interruptible:
        raise KeyboardInterrupt
    _interrupt_pending = True
