"""Progress of a long build, reported to a display."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

AFTER_S = 1.0
"""Seconds until a build shows a progress bar; shorter builds show none."""
Show = Callable[[int, int], None]
"""Called with the number of operations done and their total; the last call has both equal."""
_show: Show | None = None


@dataclass
class Bar:
    """The progress of one build."""

    of: int
    started: float
    shown: bool = False

    def move(self, done: int) -> None:
        """Report how many operations are done."""
        if _show and (self.shown or time.monotonic() - self.started > AFTER_S):
            self.shown = True
            _show(done, self.of)


def set_display(show: Show | None) -> None:
    """Set the function that displays progress bars; `None` displays none."""
    global _show
    _show = show


@contextmanager
def bar(of: int) -> Iterator[Bar]:
    """Report the progress of a build of `of` operations; a visible bar is completed at the end, also after an error."""
    new = Bar(of, time.monotonic())
    try:
        yield new
    finally:
        if new.shown and _show:
            _show(of, of)
