"""The buttons of a question, and what came beside the guess."""

from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, Button, Layout, VBox

from nslab_kernel.display.bundle import bundle
from nslab_kernel.display.guidance_text import lettered
from nslab_kernel.display.html_guidance import guess_page, question_page
from nslab_kernel.display.sentences import change_sentences, ping_sentences
from nslab_kernel.display.text import plain
from nslab_kernel.errors import LabError
from nslab_kernel.jupyter.cell_output import Output, notebook_shell, widget_view
from nslab_kernel.lessons import prediction
from nslab_kernel.model.guidance import Prediction
from nslab_kernel.model.results import Change, PingResult


class QuestionButtons:
    """The buttons of one question, and below them what was guessed and what came."""

    def __init__(self, asked: Prediction) -> None:
        self._asked = asked
        self._said = HTML(question_page(asked))
        self._buttons = [self._button(letter, answer) for letter, answer in lettered(asked)]
        self._box = VBox([self._said, *self._buttons])

    def show(self) -> None:
        """Show it below the running cell; where no widget runs, the question stands there with its answer folded."""
        Output().show({**bundle(self._asked), **widget_view(self._box.model_id)})

    def _button(self, letter: str, answer: str) -> Button:
        button = Button(description=f"({letter}) {answer}", layout=Layout(width="fit-content", max_width="100%"))
        button.on_click(lambda _button: self._guess(letter))
        return button

    def _guess(self, letter: str) -> None:
        """Keep the guess, and wait for the next cell."""
        self._asked = prediction.predict(self._asked.step, letter)
        self._box.children = [self._said]
        self._said.value = guess_page(self._asked)
        notebook_shell().events.register("post_run_cell", self._after_cell)

    def _after_cell(self, ran: Any) -> None:
        notebook_shell().events.unregister("post_run_cell", self._after_cell)
        self._said.value = guess_page(self._asked, _brought(ran), is_over=True)


def _brought(ran: Any) -> str:
    """Return in words what a cell has brought; empty where its output says it best."""
    error = ran.error_before_exec or ran.error_in_exec
    if error:
        return error.what if isinstance(error, LabError) else ""
    words: dict[type, Callable[[Any], tuple[str, ...]]] = {PingResult: ping_sentences, Change: change_sentences}
    sentences = words.get(type(ran.result))
    return plain(sentences(ran.result)) if sentences else ""
