"""Interrupts that wait until a change is whole: the stop button, Ctrl+C.

Python lets an interrupt come between any two of its steps: also between making a file and mounting on it, and between a
change and the note of it. So it waits; where waiting would take long, it is let in.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_came = False
"""Whether an interrupt waits."""
_let_in = False


@contextlib.contextmanager
def uninterrupted() -> Iterator[bool]:
    """Let an interrupt wait until the end of the block; within another such block, until the end of that.

    Yields:
        whether this is the outer block: then it may let interrupts in where it changes nothing.
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
    # Interrupts come to the first thread; who ignores them has none.
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
    """Within an `uninterrupted` block: let an interrupt in at once, also one that waits.

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
    """Return whether an interrupt waits in this thread."""
    return _came and _is_here()


def check_interrupt() -> None:
    """Let in an interrupt that waits.

    Raises:
        KeyboardInterrupt: The learner interrupted.
    """
    global _came
    if is_interrupted():
        _came = False
        raise KeyboardInterrupt


def _is_here() -> bool:
    """Return whether this is the thread that interrupts come to, and it is within an `uninterrupted` block."""
    return threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is _note


def _note(_number: int, _frame: FrameType | None) -> None:
    global _came
    if _let_in:
        raise KeyboardInterrupt
    _came = True
