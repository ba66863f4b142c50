"""The live picture with a time line: the network as it was, too."""

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
    """The live picture, which can also be one of earlier: of the network as it was after a step of this session."""

    time_line = Dict().tag(sync=True)
    """The marks of the steps, which of them is looked at, and that in words."""
    outcome = Dict().tag(sync=True)
    """Of going back to one of them: in a sentence, and what could not be done as HTML."""

    def __init__(self) -> None:
        self._telling_time = threading.RLock()
        self._outcome_at = 0
        """The newest mark when somebody went back: what came of it is news until the next."""
        self._time_line = TimeLine(self._tell_of_time_line)
        super().__init__()
        self.words = {**self.words, **_words()}
        self._tell_of_time_line()

    def handle(self, kind: str, message: dict[str, Any]) -> None:
        """Look back, or go back; else as the picture does."""
        if kind in _STEPPING:
            number = message.get("number")
            if type(number) is int:  # step_lock is waited for: other messages go on
                threading.Thread(target=_STEPPING[kind], args=(self, number), name="nslab-time", daemon=True).start()
        else:
            super().handle(kind, message)

    def show_packet(self, routes: Iterable[tuple[End, ...]], lost: bool) -> None:
        """Show a packet travelling, unless the picture is one of earlier."""
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
        """Show the network as it was after a step; 0 is as it is now."""
        self._time_line.look_back(number)
        self.outcome = {}
        self._show_when()

    def _go_back(self, number: int) -> None:
        """Take the network to where it was after a step, as one step more."""
        said, html = self._time_line.go_back(number)
        self._show_when()
        self._outcome_at, self.outcome = self._time_line.newest, {"said": said, "html": html}

    def _show_when(self) -> None:
        self._draw()
        self._tell_of_time_line()
        if self._selected:
            self._show_details()

    def _tell_of_time_line(self) -> None:
        with self._telling_time:  # its own: for that of the steps a step may wait
            was_past = self._time_line.network is not None
            self.time_line = self._time_line.state()
            if self._outcome_at != self._time_line.newest:  # another step came: it is no longer news
                self.outcome = {}
        if was_past and self._time_line.network is None:  # that step was undone
            self._draw()


_STEPPING = {"look-back": LiveHistory._look_back, "go-back": LiveHistory._go_back}
"""What takes a step's number, by the message."""


def _words() -> dict[str, str]:
    return {
        "steps": _("Steps of this session"),
        "ours": _("Step {number}: {said}"),
        "back": _("Back to here"),
        "now": _("As it is now"),
    }
