"""The matrix while it fills: an output that goes when the result comes."""

import time

from nslab_kernel.display.page import page, paragraph, picture
from nslab_kernel.jupyter.output import Output
from nslab_kernel.language import translate as _
from nslab_kernel.model.matrix import MatrixResult
from nslab_kernel.scene.grid import matrix_scene

FIRST_S = 0.25
"""What is over sooner needs no progress."""
EACH_S = 0.2


class Filling:
    """Shows how far a matrix is, where there is a notebook to show it in."""

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()
        self._output = Output()

    def __call__(self, result: MatrixResult, total: int) -> None:
        """Show what is known, a few times a second."""
        now = time.monotonic()
        if now - self._start < FIRST_S or (self._output.is_shown and now - self._last < EACH_S):
            return
        self._last = now
        words = _("{count} of {total}").format(count=len(result.directions), total=total)
        html = page([f'<div role="status">{paragraph(words)}</div>', picture(matrix_scene(result))])
        self._output.show({"text/html": html, "text/plain": words})

    def end(self) -> None:
        """Take it away."""
        if self._output.is_shown:
            self._output.show({"text/html": "", "text/plain": ""})
