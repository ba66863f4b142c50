"""The still picture that is seen where no widget runs."""

from collections.abc import Callable
from typing import Generic, TypeVar

from nslab_kernel.display.bundle import bundle
from nslab_kernel.jupyter.output import Output, notebook_shell
from nslab_kernel.jupyter.trouble import trouble

T = TypeVar("T")

_STYLE = (
    "<style>.jp-OutputArea-child:has(.nl-live)+.jp-OutputArea-child:has(.nl-still),"
    ".jp-OutputArea-child:has(>.jupyter-widgets):not(:has(.nl-live)):has(+.jp-OutputArea-child .nl-still)"
    "{display:none}</style>"
)
"""Of the two neighbours one is shown: the live part where it runs, the picture below it where it does not."""


class Still(Generic[T]):
    """An output of its own right below the live part, kept up to date after each cell until it is left.

    Args:
        now: Returns what there is to show; it is called after each cell, and has to be quick.
        looks: Draws that as HTML and as plain text; it is called only for what is different.
    """

    def __init__(self, now: Callable[[], T], looks: Callable[[T], tuple[str, str]]) -> None:
        self._now, self._looks = now, looks
        self._shown: T | None = None
        self._is_kept = False
        self._output = Output()

    def show(self) -> None:
        """Put it below the cell that runs, and keep it up to date."""
        if notebook_shell():
            self._shown = self._now()
            self._output.show(_data(*self._looks(self._shown)))
            self.keep()

    def keep(self) -> None:
        """Keep it up to date from now on, where it was shown; again does no harm."""
        if self._shown is not None and not self._is_kept and (shell := notebook_shell()):
            self._is_kept = True
            shell.events.register("post_run_cell", self._after_cell)

    def refresh(self) -> None:
        """Show what there is now, if that is something else."""
        if self._shown is not None and (now := self._now()) != self._shown:
            self._shown = now
            self._output.update(_data(*self._looks(now)))

    def leave(self) -> None:
        """Show what there is now, and keep it so; again does no harm."""
        if self._is_kept and (shell := notebook_shell()):
            self._is_kept = False
            shell.events.unregister("post_run_cell", self._after_cell)
            self.refresh()

    def _after_cell(self, _result: object) -> None:
        try:
            self.refresh()
        except Exception as error:  # it would be raised below every cell from now on
            self._shown = None
            self.leave()
            told = bundle(trouble(error))
            self._output.update(_data(str(told["text/html"]), str(told["text/plain"])))


def _data(html: str, text: str) -> dict[str, str]:
    return {"text/html": f'<div class="nl-still">{html}{_STYLE}</div>', "text/plain": text}
