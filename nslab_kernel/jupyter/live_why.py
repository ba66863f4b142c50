"""Runs `why` at one press: below a failed ping, or in a red cell."""

import threading
from collections.abc import Iterable
from typing import Any

from IPython.display import display
from traitlets import Dict, List

from nslab_kernel.display.bundle import html_of
from nslab_kernel.display.phrases import call_line
from nslab_kernel.display.sentences_diagnosis import diagnosis_sentences
from nslab_kernel.display.shown_probes import matrix_halves
from nslab_kernel.display.text import plain
from nslab_kernel.doctor.why import why
from nslab_kernel.errors import LabError
from nslab_kernel.jupyter.cell_output import widget_view
from nslab_kernel.jupyter.live_widget import LiveWidget, chart_of
from nslab_kernel.jupyter.static_fallback import static_data
from nslab_kernel.language import translate as _
from nslab_kernel.model.matrix_result import MatrixResult
from nslab_kernel.model.naming import netns_of
from nslab_kernel.model.results import PingResult
from nslab_kernel.scene.matrix_scene import failed_cells, label, matrix_scene, word_of

MOST_CELLS = 1600
"""How many cells can be pressed at most: those of a 40 × 40 grid, the largest whose cells show words."""

_Question = tuple[str, str | None]
"""A destination address, and the namespace that sends; `None` is the host."""


class LiveWhy(LiveWidget):
    """Runs `why` when a page asks for it, and shows the diagnosis below."""

    questions: List[dict[str, Any]] = List().tag(sync=True)
    """The line `why(...)` of each question that can be asked; in a grid also the box and the label of its cell."""
    grid = Dict().tag(sync=True)
    """The picture of the matrix, and the HTML above and below it; empty where there is only a button."""
    answer = Dict().tag(sync=True)
    """The last question's number, whether `why` still runs, and the diagnosis as HTML and in a sentence."""

    def __init__(self, questions: Iterable[_Question], cells: list[dict[str, Any]], grid: dict[str, Any]) -> None:
        self._questions = tuple(questions)
        shown = [{"line": call_line("why", *asked), **cell} for asked, cell in zip(self._questions, cells, strict=True)]
        super().__init__(kind="why", words=_words(), questions=shown, grid=grid)

    def handle(self, kind: str, message: dict[str, Any]) -> None:
        """Run `why` in a thread of its own: it may take seconds, and other messages shall not wait for it."""
        number = message.get("id")
        if kind != "ask" or number not in range(len(self._questions)) or self.answer.get("busy"):
            return
        self.answer = {"id": number, "busy": True, "html": "", "said": _("Asking …")}
        threading.Thread(target=self._ask, args=(number,), name="nslab-why", daemon=True).start()

    def _ask(self, number: int) -> None:
        try:
            found = why(*self._questions[number])
            html, said = html_of(found), plain(diagnosis_sentences(found))
        except (LabError, OSError) as error:
            explained = error if isinstance(error, LabError) else LabError(str(error))
            html, said = html_of(explained), explained.what
        self.answer = {"id": number, "busy": False, "html": html, "said": said}


def offer_why(result: PingResult | MatrixResult) -> None:
    """Show below the running cell a button or a grid that runs `why`, if a ping had no reply."""
    widget = _of_ping(result) if isinstance(result, PingResult) else _of_matrix(result)
    if widget:
        display({**widget_view(widget.model_id), "text/plain": ""}, static_data("", ""), raw=True)


def _of_ping(result: PingResult) -> LiveWhy | None:
    return None if result or not result.is_plain else LiveWhy([(result.dst, result.netns)], [{}], {})


def _of_matrix(result: MatrixResult) -> LiveWhy | None:
    failed = failed_cells(result)[:MOST_CELLS]
    if not failed:
        return None
    above, below = matrix_halves(result)
    grid = {**chart_of(matrix_scene(result)), "above": above, "below": below}
    cells = [
        {"box": tuple(box), "label": f"{label(one.source)} → {label(one.target)}: {word_of(one)}"}
        for one, box in failed
    ]
    return LiveWhy([(one.target.addr, netns_of(one.source.netns)) for one, _box in failed], cells, grid)


def _words() -> dict[str, str]:
    return {
        "why": _("Why?"),
        "press": _("Press a red square to see why."),
        "name": _("Who reaches whom"),
        "cue": _("It goes on: scroll sideways."),
        "help": _("Arrow keys go from one red square to the next, Enter asks why."),
    }
