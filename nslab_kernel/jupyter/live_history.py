"""The live picture with a time line, which shows earlier networks."""

import threading
from collections.abc import Iterable
from typing import Any

from traitlets import Dict

from nslab_kernel.jupyter.live_details import Details, past_details_of
from nslab_kernel.jupyter.live_topology import LiveTopology
from nslab_kernel.jupyter.time_line import TimeLine
from nslab_kernel.language import translate as _
from nslab_kernel.model.network import End, Network


class LiveHistory(LiveTopology):
    """The live picture, which can also show the network as it was after an earlier step of this session."""

    time_line = Dict().tag(sync=True)
    """The marks of the steps, the number of the step that is shown, and that step in words."""
    outcome = Dict().tag(sync=True)
    """The result of going back to a step: a sentence, and as HTML what could not be done."""

    def __init__(self) -> None:
        self._telling_time = threading.RLock()
        self._outcome_at = 0
        """The number of the newest step after going back; `outcome` is cleared when another step comes."""
        self._time_line = TimeLine(self._tell_of_time_line)
        super().__init__()
        self.words = {**self.words, **_words()}
        self._tell_of_time_line()

    def handle(self, kind: str, message: dict[str, Any]) -> None:
        """Show an earlier network, or go back to it; leave other messages to the live picture."""
        if kind in _STEPPING:
            number = message.get("number")
            if type(number) is int:  # in a thread: it waits for step_lock, and other messages shall not
                threading.Thread(target=_STEPPING[kind], args=(self, number), name="nslab-time", daemon=True).start()
        else:
            super().handle(kind, message)

    def show_packet(self, routes: Iterable[tuple[End, ...]], lost: bool) -> None:
        """Show a packet travelling, unless an earlier network is shown."""
        if self._time_line.network is None:
            super().show_packet(routes, lost)

    def _drawn(self, before: Network | None) -> dict[str, Any]:
        past = self._time_line.network
        if past is None:
            return super()._drawn(before)
        return {**self._diagram.draw(past, None), "said": self._said}

    def _details(self) -> Details:
        past = self._time_line.network
        return super()._details() if past is None else past_details_of(self._selected, past)

    def _look_back(self, number: int) -> None:
        """Show the network as it was after a step; 0 is the present network."""
        self._time_line.look_back(number)
        self.outcome = {}
        self._show_when()

    def _go_back(self, number: int) -> None:
        """Change the network to what it was after a step; this is one more step."""
        said, html = self._time_line.go_back(number)
        self._show_when()
        self._outcome_at, self.outcome = self._time_line.newest, {"said": said, "html": html}

    def _show_when(self) -> None:
        self._draw()
        self._tell_of_time_line()
        if self._selected:
            self._show_details()

    def _tell_of_time_line(self) -> None:
        with self._telling_time:  # not LiveLesson's: a step may wait for that and hold step_lock, which state() takes
            was_past = self._time_line.network is not None
            self.time_line = self._time_line.state()
            if self._outcome_at != self._time_line.newest:  # another step came after going back
                self.outcome = {}
        if was_past and self._time_line.network is None:  # the step that was shown has been undone
            self._draw()


_STEPPING = {"look-back": LiveHistory._look_back, "go-back": LiveHistory._go_back}
"""The method that handles a message with a step's number, by the kind of message."""


def _words() -> dict[str, str]:
    return {
        "steps": _("Steps of this session"),
        "ours": _("Step {number}: {said}"),
        "back": _("Back to here"),
        "now": _("As it is now"),
    }
