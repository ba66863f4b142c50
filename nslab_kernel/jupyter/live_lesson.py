"""The lesson as a panel: the live picture, and the steps below it."""

import threading
from typing import Any

from ipylab import JupyterFrontEnd
from sidecar import Sidecar
from traitlets import Bool, Dict, Int, Unicode

from nslab_kernel.display.bundle import html_of, plain_text
from nslab_kernel.display.shown_guidance import lesson_check_page, step_facts_page
from nslab_kernel.errors import LabError
from nslab_kernel.faults.break_it import is_to_find
from nslab_kernel.jupyter.cell_output import notebook_shell, widget_view
from nslab_kernel.jupyter.live_history import LiveHistory
from nslab_kernel.jupyter.ping_goals import PingGoals
from nslab_kernel.jupyter.shared_watch import shared_watch
from nslab_kernel.language import tidy
from nslab_kernel.language import translate as _
from nslab_kernel.lessons import check, progress, ticking
from nslab_kernel.lessons.lesson import Lesson
from nslab_kernel.lessons.standing import standing
from nslab_kernel.linux.lab import SANDBOX, lab
from nslab_kernel.model.guidance import Hint, StepCheck
from nslab_kernel.model.network import Network


class LiveLesson(LiveHistory):
    """The live picture with the steps of a lesson below it.

    JupyterLab docks it at the right edge as soon as `Sidecar` is made, and again when the page is reloaded, because
    both models live in the notebook kernel. A front end that does not know `Sidecar` shows only the view in the cell.
    """

    lesson = Dict().tag(sync=True)
    """Title, progress, and each step with its state; `said` is a sentence about the steps ticked last."""
    about = Dict().tag(sync=True)
    """The step that is open: its facts and the last hint as HTML, and whether there are more hints."""
    docked = Bool(False).tag(sync=True)
    """Whether a page shows the lesson at its edge; the cell then only says so."""

    lab_number = Int().tag(sync=True)
    """The number of this lab for `nslab enter --lab`; 0 outside a sandbox."""
    dock = Unicode().tag(sync=True)
    """The model id of the `Sidecar`, so that a page can close it when the notebook kernel no longer can."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self._steps: tuple[StepCheck, ...] = ()
        """The steps with their state as last sent to the pages."""
        self._is_secret = False
        """Whether the learner is still to find a fault that `break_it()` made."""
        self._step = ""
        self._hint: Hint | None = None
        self._docked_pages: set[str] = set()
        self._dock: Sidecar | None = None
        self._telling = threading.RLock()
        self._pings = PingGoals(lesson)
        self._app: JupyterFrontEnd | None = None
        super().__init__()
        self.kind = "lesson"
        self.words = {**self.words, **_words()}
        self.lab_number = lab().netns if lab().kind == SANDBOX else 0
        self._tell()
        progress.watch(self._tell)

    def rendered(self, value: Network) -> tuple[str, str]:
        """Return a network, and below it the progress of the lesson, as HTML and as plain text."""
        html, text = super().rendered(value)
        found = standing(self._lesson, value)
        return html + lesson_check_page(found), f"{text}\n\n{plain_text(found)}"

    def in_console(self) -> str:
        """Return a sentence on how to go on in a console."""
        return _("In a console check() says how far you are, and hint() helps.")

    def resume(self) -> None:
        """Follow the network from now on, and try the steps that only a ping can tick."""
        super().resume()
        self._pings.start()

    def pause(self) -> None:
        """Stop following the network, and trying the steps that only a ping can tick."""
        self._pings.stop()
        super().pause()

    def follow(self) -> None:
        """Tick the steps whose goals the new network meets, then draw it."""
        if network := shared_watch.network:
            ticking.look(network)
        super().follow()
        self._tell()

    def handle(self, kind: str, message: dict[str, Any]) -> None:
        """Open or close a step, give a hint, dock, or run a command; leave other messages to the live picture."""
        if kind == "step":
            step = str(message.get("id", ""))
            self._step, self._hint = "" if step == self._step else step, None
            self._tell_about()
        elif kind == "hint":
            self._give_hint(str(message.get("id", "")))
        elif kind == "docked":
            self._docked_pages.add(str(message.get("page", "")))
            self.docked = True
        elif kind == "dock":
            self._open_dock()
        elif kind == "command":
            self._command(message.get("name"), message.get("arguments"))
        else:
            super().handle(kind, message)

    def _ipython_display_(self) -> None:
        super()._ipython_display_()
        if notebook_shell():
            self._open_dock()

    def _on_page_close(self, page: str) -> None:
        self._docked_pages.discard(page)
        self.docked = bool(self._docked_pages)
        super()._on_page_close(page)

    def _open_dock(self) -> None:
        """Open the panel at the edge; close an earlier one, so that the panel is seen even if that was folded away."""
        if self._dock:
            self._dock.close()
        title = _(self._lesson.title)
        self._dock = Sidecar(title=f"{self._lesson.number} {title}")
        view = {"output_type": "display_data", "data": widget_view(self.model_id), "metadata": {}}
        self._dock.outputs = (view,)
        self.dock = self._dock.model_id

    def _command(self, name: Any, arguments: Any) -> None:
        """Run one of JupyterLab's commands through ipylab: JupyterLab offers them to its extensions only."""
        if name not in _COMMANDS or not isinstance(arguments, dict):
            return
        if self._app is None:
            self._app = JupyterFrontEnd()
        self._app.commands.execute(name, arguments)

    def _give_hint(self, step: str) -> None:
        try:
            self._hint = check.hint(step)
        except LabError:  # no such step, or a step for looking only
            return
        self._tell_about()

    def _tell(self) -> None:
        """Send the pages the progress of the lesson, and a sentence about the steps ticked since the last message."""
        with self._telling:
            network = shared_watch.network or self._network
            found = standing(self._lesson, network)
            before, self._steps = self._steps, found.steps
            is_secret = is_to_find(network)
            if before != found.steps or is_secret != self._is_secret:
                self._is_secret = is_secret
                self.lesson = {
                    "title": f"{found.number} {found.title}",
                    "progress": _("{done} of {count} steps").format(done=found.done, count=found.count),
                    "done": found.done,
                    "count": found.count,
                    "said": _newly(before, found.steps) or self.lesson.get("said", ""),
                    "steps": [_row(step, is_secret) for step in found.steps],
                }
                self.lost = _lost(found.steps)
                if not is_secret:
                    self._tell_about()

    def _tell_about(self) -> None:
        with self._telling:
            found = next((one for one in self._steps if one.step == self._step), None)
            if found is None:
                self.about = {"id": ""}
                return
            hint = html_of(self._hint) if self._hint else ""
            is_to_do = bool(found.facts) and not found.passed
            is_more = is_to_do and (self._hint is None or self._hint.number < self._hint.of)
            self.about = {"id": found.step, "html": step_facts_page(found), "hint": hint, "more": is_more}


_COMMANDS = ("terminal:open", "application:move-widget")


def _row(step: StepCheck, is_secret: bool) -> dict[str, str]:
    """Return a step as a page shows it, with its state for the style and in words.

    Args:
        step: The step and the state of its facts.
        is_secret: Whether to hide that a goal no longer holds, because it would tell what `break_it()` broke.
    """
    when = step.reached
    if not step.facts:
        state, spoken = "look", _("for looking")
    elif not when:
        state, spoken = "open", _("open")
    else:
        state, spoken = "done", _("done at {time}").format(time=when)
        if not step.passed and not is_secret:
            state, lost = "lost", _("(no longer so)")
            when, spoken = tidy(f"{when} {lost}"), tidy(f"{spoken} {lost}")
    return {"id": step.step, "title": step.title, "state": state, "when": when, "spoken": spoken}


def _newly(before: tuple[StepCheck, ...], found: tuple[StepCheck, ...]) -> str:
    """Return a sentence for each step that was ticked between two states."""
    return " ".join(
        _("Step {step} is done: {title}.").format(step=now.step, title=now.title)
        for was, now in zip(before, found, strict=False)
        if now.reached and not was.reached
    )


def _lost(steps: tuple[StepCheck, ...]) -> str:
    """Return how to go on after the notebook kernel was restarted or shut down."""
    asking = [step for step in steps if step.facts]
    next_one = next((step for step in asking if not step.reached), asking[-1])
    return _(
        "The notebook kernel was restarted or shut down, and the network went with it. Run the first two cells again: "
        "this opens the lesson anew. Then {line} takes you to where you were."
    ).format(line=f'goto("{next_one.step}")')


def _words() -> dict[str, str]:
    return {
        "hint": _("A hint"),
        "there": _("The lesson stands at the right edge of the window."),
        "show": _("Show it"),
        "terminal": _("Terminal in this lab"),
        "refused": _("JupyterLab opens no terminal here. In a terminal of your own:"),
    }
