"""The progress of a ping matrix; the result then takes its place."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from IPython.display import DisplayHandle
from traitlets import Dict, Int, Unicode

from nslab_kernel.display.html import page, paragraph, picture
from nslab_kernel.jupyter.cell_output import notebook_shell, widget_view
from nslab_kernel.jupyter.live_widget import LiveWidget, chart_of
from nslab_kernel.language import translate as _
from nslab_kernel.model.matrix_result import MatrixResult
from nslab_kernel.scene.matrix_scene import matrix_scene

FIRST_S = 0.25
"""Seconds until progress is shown; a matrix that takes less time shows none."""
EACH_S = 0.2


class LiveMatrix(LiveWidget):
    """The progress of a matrix, and its grid so far."""

    done = Int().tag(sync=True)
    total = Int().tag(sync=True)
    progress = Unicode().tag(sync=True)
    chart = Dict().tag(sync=True)


class MatrixProgress(AbstractContextManager["MatrixProgress"]):
    """Shows the progress of a matrix while it fills; in a plain console it shows nothing.

    Where widgets do not run, the first progress is seen until the result is there. After an interrupt a static picture
    of the last progress stays.
    """

    def __init__(self) -> None:
        self._next = time.monotonic() + FIRST_S
        self._output = DisplayHandle()
        self._widget: LiveMatrix | None = None

    def __call__(self, known: Callable[[], MatrixResult], total: int) -> None:
        """Show what `known` returns, at most once in `EACH_S`; `total` is the number of directions."""
        now = time.monotonic()
        if now < self._next or not notebook_shell():
            return
        self._next = now + EACH_S
        result = known()
        self._known = result, total
        state = _state(result, total)
        if self._widget:
            self._widget.update(**state)
            return
        self._widget = LiveMatrix(kind="matrix", words={"name": _("Who reaches whom")}, **state)
        static = _static(state["progress"], result)
        self._output.display({**widget_view(self._widget.model_id), **static}, raw=True)

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        """Remove the widget; after an error leave a static picture, because no result will come."""
        if self._widget is None:
            return
        result, total = self._known
        words = _("Interrupted at {count} of {total}.").format(count=len(result.directions), total=total)
        self._output.update(_static(words, result) if kind else {"text/html": "", "text/plain": ""}, raw=True)
        self._widget.close()


def _state(result: MatrixResult, total: int) -> dict[str, Any]:
    done = len(result.directions)
    progress = _("{count} of {total}").format(count=done, total=total)
    return {"done": done, "total": total, "progress": progress, "chart": chart_of(matrix_scene(result))}


def _static(words: str, result: MatrixResult) -> dict[str, str]:
    return {"text/html": page([paragraph(words), picture(matrix_scene(result), words)]), "text/plain": words}
