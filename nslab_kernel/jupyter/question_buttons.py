"""The buttons of a question, and the outcome beside the guess."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from IPython.display import display
from ipywidgets import HTML, Button, Layout, VBox

from nslab_kernel.display import shown_guidance
from nslab_kernel.display.sentences import ping_sentences, short_sentences
from nslab_kernel.display.text import plain
from nslab_kernel.errors import LabError
from nslab_kernel.jupyter.cell_output import notebook_shell, widget_view
from nslab_kernel.jupyter.static_fallback import StaticFallback
from nslab_kernel.lessons import prediction
from nslab_kernel.model.guidance import Prediction
from nslab_kernel.model.results import Change, PingResult

_CLOSE = "2px 2px -24px"
"""A CSS margin that removes the space below an output, because the answers follow directly."""


@dataclass(frozen=True)
class _State:
    """The state of a question."""

    asked: Prediction
    is_over: bool = False
    """Whether the cell that brings the answer has run."""
    brought: str = ""
    """The result of that cell, in words."""

    @property
    def is_told(self) -> bool:
        """Whether the answer is shown: the learner has guessed and the cell has run, in either order."""
        return self.is_over and self.asked.guess is not None


class QuestionButtons:
    """The buttons of one question, and below them the guess and the outcome.

    A guess may be changed until the next cell has run; then the answer is shown. Without a guess the answer is folded,
    and the buttons stay. Nothing waits for a guess: "Run All" goes on.
    """

    def __init__(self, asked: Prediction) -> None:
        self._state = _State(asked)
        self._is_asking = True
        """Whether the cell that asks has not ended yet."""
        self._question = HTML(shown_guidance.question_page(asked), layout=Layout(margin=_CLOSE))
        self._buttons = {letter: self._button(letter, answer) for letter, answer in shown_guidance.lettered(asked)}
        self._below = HTML()
        self._box = VBox([self._question, *self._buttons.values(), self._below])
        self._box.add_class("nl-question")
        self._still = StaticFallback(lambda: self._state, _rendered)

    def show(self) -> None:
        """Show the buttons below the running cell; where widgets do not run, the question with its answer folded."""
        display(widget_view(self._box.model_id), raw=True)
        self._still.show()
        notebook_shell().events.register("post_run_cell", self._after_cell)

    def _button(self, letter: str, answer: str) -> Button:
        button = Button(description=f"({letter}) {answer}", layout=Layout(width="fit-content", max_width="100%"))
        button.on_click(lambda _button: self._guess(letter))
        return button

    def _guess(self, letter: str) -> None:
        for each, button in self._buttons.items():
            button.icon = "check" if each == letter else ""
        self._tell(replace(self._state, asked=prediction.predict(self._state.asked.step, letter)))

    def _after_cell(self, ran: Any) -> None:
        if self._is_asking:
            self._is_asking = False
            return
        notebook_shell().events.unregister("post_run_cell", self._after_cell)
        self._tell(replace(self._state, is_over=True, brought=_brought(ran)))

    def _tell(self, state: _State) -> None:
        self._state = state
        self._below.value = shown_guidance.below_question_page(state.asked, state.brought, state.is_over)
        if state.is_told:
            self._box.children = (self._question, self._below)
            self._still.leave()
        self._still.refresh()


def _rendered(state: _State) -> tuple[str, str]:
    """Return a question without its buttons, as HTML and as plain text."""
    asked = state.asked if state.is_told else prediction.predict(state.asked.step)
    return shown_guidance.prediction_page(asked, state.brought), shown_guidance.prediction_text(asked)


def _brought(ran: Any) -> str:
    """Return a cell's result or error in words; empty where there are none but its output."""
    error = ran.error_before_exec or ran.error_in_exec
    if error:
        return error.what if isinstance(error, LabError) else ""
    words: dict[type, Callable[[Any], tuple[str, ...]]] = {PingResult: ping_sentences, Change: short_sentences}
    sentences = words.get(type(ran.result))
    return plain(sentences(ran.result)) if sentences else ""
