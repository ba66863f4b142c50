"""Progress of a long build, reported to a display."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

AFTER_S = 1.0
"""Shorter builds show no bar."""
Show = Callable[[int, int], None]
"""Called with done and total; at last with both equal."""
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
    """Set what shows bars; `None` for none."""
    global _show
    _show = show


@contextmanager
def bar(of: int) -> Iterator[Bar]:
    """Report a build of so many parts; when it ends, also early, a visible bar is completed."""
    new = Bar(of, time.monotonic())
    try:
        yield new
    finally:
        if new.shown and _show:
            _show(of, of)
