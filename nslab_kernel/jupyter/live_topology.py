"""The picture that follows the network and answers clicks."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from traitlets import Dict, Unicode

from nslab_kernel.display.bundle import html_of
from nslab_kernel.display.sentences import all_sentences
from nslab_kernel.display.shown_network import network_page, network_text
from nslab_kernel.display.text import plain
from nslab_kernel.errors import LabError
from nslab_kernel.jupyter.live_details import Action, Details, details_of
from nslab_kernel.jupyter.live_diagram import LiveDiagram
from nslab_kernel.jupyter.live_widget import RunningWidget, wait_for
from nslab_kernel.jupyter.shared_watch import shared_watch, watch_error
from nslab_kernel.language import translate as _
from nslab_kernel.model.network import End, Network
from nslab_kernel.model.results import Change, Topology
from nslab_kernel.network import history
from nslab_kernel.network.snapshot import snapshot
from nslab_kernel.scene.topology_scene import topology_scene

MARKED_S = 6
"""Seconds for which a change stays marked."""
MOST_SAID = 4
SPOKEN_S = 1
"""Seconds: a page announces at most one change in this time to a screen reader."""

_newest: "LiveTopology | None" = None
"""The picture displayed last: of the pictures that no page has opened yet, only this one follows the network."""
_still: tuple[Network, tuple[str, str]] | None = None
"""The last network that was drawn without marks, and its HTML and text; several widgets share it."""


class LiveTopology(RunningWidget[Network]):
    """The lab as a picture that follows every change, whoever makes it; `await` it for the next change."""

    picture = Dict().tag(sync=True)
    """The picture in parts and the change in words, in one message, so that both are shown together."""
    details = Dict().tag(sync=True)
    """The selected part: title, HTML, actions, HTML of the last action's result."""
    failure = Unicode().tag(sync=True)
    """Why the picture no longer follows the network, as HTML; empty while it does."""

    def __init__(self) -> None:
        self._diagram = LiveDiagram()
        self._network = snapshot()
        self._past: deque[tuple[float, Network]] = deque()
        """The time of each recent change, and the network before it."""
        self._selected = self._result = ""
        self._drawing, self._details_lock = threading.Lock(), threading.Lock()
        self._actions: tuple[Action, ...] = ()
        self._waiting: deque[Future[Topology]] = deque()
        self._said = ""
        super().__init__(kind="topology", picture=self._drawn(None), words=_words())

    def current(self) -> Network:
        """Return the network as it is now."""
        return snapshot()

    def rendered(self, value: Network) -> tuple[str, str]:
        """Return a network without marks, as HTML and as plain text."""
        global _still
        still = _still
        if still is None or still[0] != value:
            _still = still = value, (network_page(value, topology_scene(value)), network_text(value))
        return still[1]

    def in_console(self) -> str:
        """Return a sentence on how to look again, and how to wait for a change, in a console."""
        return _("In a console topology() says how it is then, and await topology_live() waits for the next change.")

    def resume(self) -> None:
        """Follow the network from now on."""
        self.failure = ""
        shared_watch.join(self)

    def pause(self) -> None:
        """Stop following the network, and cancel all waiting for its next change."""
        shared_watch.leave(self)
        for future in [*self._take_waiting()]:
            future.cancel()

    def _ipython_display_(self) -> None:
        global _newest
        super()._ipython_display_()
        before, _newest = _newest, self
        if before and before is not self:
            before._stop_awaiting_page()

    def _is_wanted(self) -> bool:
        """Return whether a page shows the picture or may open it, or a cell awaits it."""
        return bool(self._pages or self._awaits_page or self._waiting)

    def __await__(self) -> Generator[Any, None, Topology]:
        """Wait for the next change; an interrupt ends the waiting, not the picture."""
        future = Future[Topology]()
        self._waiting.append(future)
        self.resume()
        return wait_for(asyncio.wrap_future(future)).__await__()

    def handle(self, kind: str, message: dict[str, Any]) -> None:
        """Select a part, run one of its actions, open or close a stack, or remove old marks."""
        if kind == "select":
            self._select(str(message.get("id", "")))
        elif kind == "run":
            self._run(str(message.get("line", "")))
        elif kind == "open-stack":
            self._open_stack(str(message.get("id", "")))
        elif kind == "unmark":
            self._unmark()
        else:
            super().handle(kind, message)

    def show_packet(self, routes: Iterable[tuple[End, ...]], lost: bool) -> None:
        """Show a request and its reply travelling from interface to interface, or lost at the last of them."""
        passed = list(routes)
        points = [self._diagram.packet_route(route, lost and route is passed[-1]) for route in passed]
        if points and all(points):
            self.send({"type": "packet", "routes": points, "lost": lost})

    def follow(self) -> None:
        """Draw the new network; called by the thread that watches it."""
        with self._drawing:
            before, self._network = self._network, shared_watch.network or self._network
            if not Change("", before, self._network).difference:
                return
            if history.is_concealed():
                self._past.clear()
                self._said = ""
            else:
                self._past.append((time.monotonic(), before))
                self._describe_change(before)
        self._draw()
        for future in self._take_waiting():
            if future.set_running_or_notify_cancel():
                future.set_result(Topology(self._network))
        if self._selected:
            self._show_details()
        shared_watch.leave(self, unless=self._is_wanted)

    def fail(self, error: Exception) -> None:
        """Show why the picture no longer follows the network, and raise the error in cells that await it."""
        explained = watch_error(error)
        self.failure = html_of(explained)
        for future in self._take_waiting():
            if future.set_running_or_notify_cancel():
                future.set_exception(explained)

    def _take_waiting(self) -> Iterator[Future[Topology]]:
        """Remove the waiting futures one by one, because another thread may add one at any moment."""
        with suppress(IndexError):
            while True:
                yield self._waiting.popleft()

    def _describe_change(self, before: Network) -> None:
        """Describe all changes of the last `SPOKEN_S`; if nothing is left to say of them together, the last change."""
        lately = next((old for at, old in self._past if at > time.monotonic() - SPOKEN_S), before)
        for since in (lately, before):
            if sentences := all_sentences(Change("", since, self._network)):
                self._said = plain(sentences[:MOST_SAID])
                return

    def _draw(self) -> None:
        with self._drawing:  # the last of several threads shows the newest network
            while self._past and self._past[0][0] < time.monotonic() - MARKED_S:
                self._past.popleft()
            self.picture = self._drawn(self._past[0][1] if self._past else None)

    def _drawn(self, before: Network | None) -> dict[str, Any]:
        return {**self._diagram.draw(self._network, before), "said": self._said}

    def _open_stack(self, stack: str) -> None:
        """Expand a stack, and collapse the one that was expanded; if that is the same, only collapse it."""
        with self._drawing:
            self._diagram.open(stack)
        self._draw()

    def _unmark(self) -> None:
        if self.picture["marked"]:  # else another page has asked for it already
            self._draw()
        self._fallback.refresh()

    def _select(self, item: str) -> None:
        self._selected, self._result = item, ""
        self._show_details()

    def _show_details(self) -> None:
        with self._details_lock:  # the last of several threads shows the newest network
            found = self._details()
            self._actions = found.actions
            self.details = {
                "id": self._selected,
                "title": found.title,
                "html": found.html,
                "result": self._result,
                "actions": [(label, call.line) for label, call in found.actions],
            }

    def _details(self) -> Details:
        return details_of(self._selected, self._network)

    def _run(self, line: str) -> None:
        """Run the action that the learner saw, if it is still offered."""
        action = next((call for _label, call in self._actions if call.line == line), None)
        if action:
            try:
                self._result = html_of(action.run())
            except LabError as error:
                self._result = html_of(error)
            self._show_details()


def _words() -> dict[str, str]:
    return {
        "name": _("The network, live"),
        "help": _("Arrow keys go from one to the next, Enter shows more, Escape closes, + and - zoom, 0 shows all."),
        "larger": _("Larger"),
        "smaller": _("Smaller"),
        "whole": _("Show all"),
        "close": _("Close"),
        "cue": _("It goes on: scroll sideways."),
        "shown": _("Each by itself now."),
        "stacked": _("As one stack again."),
        "request": _("request →"),
        "reply": _("← reply"),
        "lost": _("lost here"),
    }
