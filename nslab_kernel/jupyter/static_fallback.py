"""The static picture that is seen where widgets do not run."""

from collections.abc import Callable
from typing import Generic, TypeVar

from IPython.display import DisplayHandle

from nslab_kernel.display.bundle import bundle
from nslab_kernel.jupyter.cell_output import notebook_shell
from nslab_kernel.jupyter.shared_watch import watch_error

T = TypeVar("T")

_RUNS = ":has(.nl-live,.nl-question)"
_STYLE = (
    f"<style>.jp-OutputArea-child{_RUNS}+.jp-OutputArea-child:has(.nl-fallback),"
    f".jp-OutputArea-child:has(>.jupyter-widgets):not({_RUNS}):has(+.jp-OutputArea-child .nl-fallback)"
    "{display:none}</style>"
)
"""Shows one of two adjacent outputs: the widget where it runs, else the static picture below it."""


class StaticFallback(Generic[T]):
    """An output below a widget, updated after each cell until `leave` is called.

    Args:
        current: Returns the value to show; called after each cell, so it has to be quick.
        rendered: Returns a value as HTML and as plain text; called only for a value that differs from the last one.
    """

    def __init__(self, current: Callable[[], T], rendered: Callable[[T], tuple[str, str]]) -> None:
        self._current, self._rendered = current, rendered
        self._shown: T | None = None
        self._is_kept = False
        self._output = DisplayHandle()

    def show(self) -> None:
        """Show the output at the end of the running cell, and update it from now on."""
        if notebook_shell():
            self._shown = self._current()
            self._output.display(static_data(*self._rendered(self._shown)), raw=True)
            self.keep()

    def keep(self) -> None:
        """Update the output after each cell, if it was shown; no effect if it is updated already."""
        if self._shown is not None and not self._is_kept and (shell := notebook_shell()):
            self._is_kept = True
            shell.events.register("post_run_cell", self._after_cell)

    def refresh(self) -> None:
        """Update the output now, if the value differs."""
        if self._shown is not None and (value := self._current()) != self._shown:
            self._shown = value
            self._output.update(static_data(*self._rendered(value)), raw=True)

    def leave(self) -> None:
        """Update the output for the last time; no effect if it is not updated after each cell."""
        if self._is_kept and (shell := notebook_shell()):
            self._is_kept = False
            shell.events.unregister("post_run_cell", self._after_cell)
            self.refresh()

    def _after_cell(self, _result: object) -> None:
        try:
            self.refresh()
        except Exception as error:  # IPython would print it below each later cell
            self._shown = None
            self.leave()
            explained = bundle(watch_error(error))
            self._output.update(static_data(str(explained["text/html"]), str(explained["text/plain"])), raw=True)


def static_data(html: str, text: str) -> dict[str, str]:
    """Return the MIME bundle that is seen in place of the widget above it where that does not run."""
    return {"text/html": f'<div class="nl-fallback">{html}{_STYLE}</div>', "text/plain": text}
