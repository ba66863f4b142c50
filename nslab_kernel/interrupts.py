"""Delays interrupts (stop button, Ctrl+C) until a change is complete.

Python may raise KeyboardInterrupt between any two bytecode instructions: between creating a file and mounting on it, or
between a change and its record. `uninterrupted` delays it; `interruptible` lets it through where that would take long.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_came = False
"""Whether an interrupt has come and is delayed."""
_let_in = False


@contextlib.contextmanager
def uninterrupted() -> Iterator[bool]:
    """Delay an interrupt until the end of the block; in a nested block, until the outer one lets it through or ends.

    Yields:
        whether this is the outermost block of the main thread: it may use `interruptible` while it changes nothing.
    """
    global _came, _let_in
    if _is_here():
        was_let_in, _let_in = _let_in, False
        try:
            yield False
        finally:
            _let_in = was_let_in
            if _let_in:
                check_interrupt()
        return
    before = signal.getsignal(signal.SIGINT)
    # Python handles signals in the main thread only; with SIGINT ignored there are no interrupts.
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield False
        return
    _came = False
    signal.signal(signal.SIGINT, _note)
    try:
        yield True
    finally:
        signal.signal(signal.SIGINT, before)
        if _came:
            signal.raise_signal(signal.SIGINT)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Within an `uninterrupted` block, let interrupts through at once, also one that is delayed.

    Raises:
        KeyboardInterrupt: The learner interrupted.
    """
    global _let_in
    if not _is_here():
        yield
        return
    before, _let_in = _let_in, True
    try:
        check_interrupt()
        yield
    finally:
        _let_in = before


def is_interrupted() -> bool:
    """Return whether an interrupt of this thread is delayed."""
    return _came and _is_here()


def check_interrupt() -> None:
    """Raise a delayed interrupt, if there is one.

    Raises:
        KeyboardInterrupt: The learner interrupted.
    """
    global _came
    if is_interrupted():
        _came = False
        raise KeyboardInterrupt


def _is_here() -> bool:
    """Return whether this is the main thread, which gets the interrupts, within an `uninterrupted` block."""
    return threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is _note


def _note(_number: int, _frame: FrameType | None) -> None:
    global _came
    if _let_in:
        raise KeyboardInterrupt
    _came = True
