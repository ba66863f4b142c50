"""How far a long change is: told to whoever shows it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

AFTER_S = 1.0
"""What takes no longer is not worth a bar."""
Show = Callable[[int, int], None]
"""Is told how many of how many are done; the last time, that all are."""
_show: Show | None = None


@dataclass
class Bar:
    """The progress of one change."""

    of: int
    started: float
    shown: bool = False

    def move(self, done: int) -> None:
        """Tell that so many are done."""
        if _show and (self.shown or time.monotonic() - self.started > AFTER_S):
            self.shown = True
            _show(done, self.of)


def set_display(show: Show | None) -> None:
    """Name what shows bars; `None` shows none."""
    global _show
    _show = show


@contextmanager
def bar(of: int) -> Iterator[Bar]:
    """Begin a change of so many parts; at its end, also an early one, a bar that was shown is told so."""
    new = Bar(of, time.monotonic())
    try:
        yield new
    finally:
        if new.shown and _show:
            _show(of, of)
