"""The still picture that is seen where no widget runs."""

from collections.abc import Callable

from nslab_kernel.jupyter.output import Output, notebook_shell

_STYLE = (
    "<style>.jp-OutputArea:has(.nl-live)>.jp-OutputArea-child:has(.nl-still),"
    ".jp-OutputArea:has(.nl-still):not(:has(.nl-live))>.jp-OutputArea-child:has(>.jupyter-widgets)"
    "{display:none}</style>"
)
"""One of the two is shown: the live part where it runs, the picture where it does not."""

Looks = Callable[[], tuple[str, str]]
"""Returns HTML and plain text."""


class Still:
    """An output of its own below the live part, kept up to date after each cell.

    Args:
        looks: Says how it looks now.
    """

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self._shown: tuple[str, str] | None = None
        self._output = Output()

    def show(self) -> None:
        """Put it below the cell that runs."""
        if shell := notebook_shell():
            self._shown = self._looks()
            self._output.show(_data(self._shown))
            shell.events.register("post_run_cell", self.refresh)

    def refresh(self, *_result: object) -> None:
        """Show what is there now, if that is something else."""
        if self._shown is not None and (looks := self._looks()) != self._shown:
            self._shown = looks
            self._output.show(_data(looks))

    def leave(self) -> None:
        """Keep it as it is from now on."""
        if self._shown is not None and (shell := notebook_shell()):
            self._shown = None
            shell.events.unregister("post_run_cell", self.refresh)


def _data(looks: tuple[str, str]) -> dict[str, str]:
    html, text = looks
    return {"text/html": f'<div class="nl-still">{html}{_STYLE}</div>', "text/plain": text}
