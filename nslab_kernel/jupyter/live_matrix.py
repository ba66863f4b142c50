"""The matrix while it fills: a widget that goes when the result comes."""

import time
from collections.abc import Callable
from typing import Any

import anywidget
from traitlets import Dict, Int, Unicode

from nslab_kernel.display.html import page, paragraph, picture
from nslab_kernel.jupyter.live_part import chart_of, module, show_state
from nslab_kernel.jupyter.look import lang, sheet
from nslab_kernel.jupyter.output import Output, notebook_shell, widget_view
from nslab_kernel.language import translate as _
from nslab_kernel.model.matrix import MatrixResult
from nslab_kernel.scene.matrix_scene import matrix_scene

FIRST_S = 0.25
"""What is over sooner needs no progress."""
EACH_S = 0.2


class MatrixPart(anywidget.AnyWidget):
    """How far a matrix is, and what is known of it."""

    _esm = module("live_matrix.js")
    _css = sheet()
    lang = Unicode().tag(sync=True)
    name = Unicode().tag(sync=True)
    done = Int().tag(sync=True)
    total = Int().tag(sync=True)
    words = Unicode().tag(sync=True)
    chart = Dict().tag(sync=True)


class Filling:
    """Shows how far a matrix is, where there is a notebook to show it in.

    Where no widget runs, the first progress is seen until the result comes. An interrupt leaves what is known.
    """

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()
        self._output = Output()
        self._part: MatrixPart | None = None

    def __call__(self, known: Callable[[], MatrixResult], total: int) -> None:
        """Show what is known, a few times a second."""
        now = time.monotonic()
        if now - self._start < FIRST_S or now - self._last < EACH_S or not notebook_shell():
            return
        self._last = now
        result = known()
        self._known = result, total
        if self._part:
            show_state(self._part, _state(result, total))
            return
        self._part = MatrixPart(lang=lang(), name=_("Who reaches whom"), **_state(result, total))
        self._output.show({**widget_view(self._part.model_id), **_still(_progress(result, total), result)})

    def end(self, whole: bool) -> None:
        """Take it away, for the result comes; or leave what is known, for it does not."""
        if self._part is None:
            return
        result, total = self._known
        words = _("Interrupted at {count} of {total}.").format(count=len(result.directions), total=total)
        self._output.update({"text/html": "", "text/plain": ""} if whole else _still(words, result))
        self._part.close()


def _state(result: MatrixResult, total: int) -> dict[str, Any]:
    return {
        "done": len(result.directions),
        "total": total,
        "words": _progress(result, total),
        "chart": chart_of(matrix_scene(result)),
    }


def _progress(result: MatrixResult, total: int) -> str:
    return _("{count} of {total}").format(count=len(result.directions), total=total)


def _still(words: str, result: MatrixResult) -> dict[str, str]:
    return {"text/html": page([paragraph(words), picture(matrix_scene(result), words)]), "text/plain": words}
