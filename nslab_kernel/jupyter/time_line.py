"""The steps of a session as marks, and the network after a step."""

import threading
from collections.abc import Callable
from typing import Any

from nslab_kernel.display.bundle import html_of
from nslab_kernel.display.html import paragraph
from nslab_kernel.errors import LabError
from nslab_kernel.language import translate as _
from nslab_kernel.language import translate_plural
from nslab_kernel.model.network import Network
from nslab_kernel.network import history
from nslab_kernel.network.history import StoredStep
from nslab_kernel.network.step_lock import step_lock
from nslab_kernel.spelling import visible_command
from nslab_kernel.steps.whole_lab import build

MOST_MARKS = 100
_WAIT_S = 0.1
"""Seconds until pages are told of a step, so that many steps in a row are told together."""


class TimeLine:
    """The steps of a session, and the step whose network is shown; only that network is kept.

    Args:
        changed: Called in a thread of its own after steps were remembered or forgotten.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.number = 0
        """The number of the step that is shown; 0 is the present network."""
        self.network: Network | None = None
        """The network after that step; `None` is the present one."""
        self.newest = 0
        """The number of the last step; 0 where there is none."""
        self._changed = changed
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        history.watch_steps(self._on_steps)

    def look_back(self, number: int) -> None:
        """Show the network as it was after a step; the present one if the step is not remembered."""
        with step_lock():
            network = history.network_after(number)
        self.number, self.network = (number, network) if network else (0, None)

    def go_back(self, number: int) -> tuple[str, str]:
        """Change the network to what it was after a step, as one more step, and show the present network.

        Returns:
            The outcome in a sentence, and as HTML what could not be done.
        """
        with step_lock():
            self.look_at_now()
            target = history.network_after(number)
            mark = next((mark for mark in history.marks() if mark.number == number), None)
            if target is None or mark is None:
                return "", ""
            try:
                change = build(target)
            except LabError as error:
                return error.what, html_of(error)
        words = _("The network is again as it was after: {step}. undo() takes this back.").format(step=said(mark))
        return words, "".join(map(paragraph, change.left_out))

    def look_at_now(self) -> None:
        """Show the present network."""
        self.number, self.network = 0, None

    def state(self) -> dict[str, Any]:
        """Return what a page shows: the latest marks, how many earlier steps there are, and the step that is shown."""
        with step_lock():
            marks = history.marks()
        self.newest = marks[-1].number if marks else 0
        shown = next((mark for mark in marks if mark.number == self.number), None)
        if self.number and not shown:  # the step that was shown has been undone
            self.look_at_now()
        left_out = max(0, len(marks) - MOST_MARKS)
        words = translate_plural("{count} earlier step", "{count} earlier steps", left_out).format(count=left_out)
        return {
            "marks": [{"number": one.number, "said": said(one), "ours": one.is_ours} for one in marks[-MOST_MARKS:]],
            "earlier": words if left_out else "",
            "number": self.number,
            "then": _("As it was after: {step}").format(step=said(shown)) if shown else "",
        }

    def _on_steps(self) -> None:
        with self._lock:
            if self._timer is None:
                self._timer = threading.Timer(_WAIT_S, self._tell)
                self._timer.daemon = True
                self._timer.start()

    def _tell(self) -> None:
        with self._lock:
            self._timer = None
        self._changed()


def said(mark: StoredStep) -> str:
    """Return what a step did, in one line."""
    if not mark.is_ours:
        return _("done by other means")
    first, *more = mark.command.splitlines() or ["build()"]
    shown = visible_command(first)
    if not more:
        return shown
    rest = translate_plural("and {count} more line", "and {count} more lines", len(more)).format(count=len(more))
    return f"{shown} … {rest}"
