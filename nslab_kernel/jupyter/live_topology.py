"""The picture that follows the network, and can be asked."""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from traitlets import Dict, Unicode

from nslab_kernel.display.bundle import bundle
from nslab_kernel.display.html import network_page
from nslab_kernel.display.sentences import all_sentences
from nslab_kernel.display.text import network_text, plain
from nslab_kernel.errors import LabError
from nslab_kernel.jupyter.live_card import Action, card_of
from nslab_kernel.jupyter.live_part import LivePart, module, wait_for
from nslab_kernel.jupyter.live_picture import Pictures
from nslab_kernel.jupyter.shared_watch import shared_watch
from nslab_kernel.jupyter.trouble import trouble
from nslab_kernel.language import translate as _
from nslab_kernel.model.network import End, Network
from nslab_kernel.model.results import Change, Topology
from nslab_kernel.network.snapshot import snapshot
from nslab_kernel.scene.topology_scene import topology_scene

MARKED_S = 6
"""So long a change stays marked."""
MOST_SAID = 4
SPOKEN_S = 1
"""A page speaks at most so often."""

_newest: "LiveTopology | None" = None
"""The one that was shown last: of those that no page has told of yet only it is kept alive."""


def followed() -> "list[LiveTopology]":
    """Return those that follow the network now: packets can be shown in them."""
    return [one for one in shared_watch.followers if isinstance(one, LiveTopology)]


class LiveTopology(LivePart[Network]):
    """The lab as a picture that follows every change, whoever makes it; `await` it for the next change."""

    _esm = module("live_view.js", "live_flights.js", "live_topology.js")
    picture = Dict().tag(sync=True)
    """The picture in parts, and what changed in words, in one message: what is seen and what is said are one."""
    card = Dict().tag(sync=True)
    """About what is selected: title, HTML, actions, HTML of what the last action gave."""
    trouble = Unicode().tag(sync=True)
    """Why it follows no longer, as HTML; empty while it does."""

    def __init__(self) -> None:
        self._pictures = Pictures()
        self._network = snapshot()
        self._past: deque[tuple[float, Network]] = deque()
        """When something changed, and what there was before."""
        self._selected = self._given = ""
        self._drawing, self._card_turns = threading.Lock(), threading.Lock()
        self._actions: tuple[Action, ...] = ()
        self._awaiting: deque[Future[Topology]] = deque()
        self._said = ""
        super().__init__(picture=self._drawn(None), words=_words())

    def now(self) -> Network:
        """Return the network as it is at this moment."""
        return snapshot()

    def looks(self, what: Network) -> tuple[str, str]:
        """Return a network without marks."""
        return _looks(what)

    def in_console(self) -> str:
        """Return how to look again, and how to wait for a change."""
        return _("In a console topology() says how it is then, and await topology_live() waits for the next change.")

    def begin(self) -> None:
        """Follow the network from now on."""
        self.trouble = ""
        shared_watch.join(self)

    def rest(self) -> None:
        """Follow it no longer."""
        shared_watch.leave(self)
        for future in [*self._waiters()]:
            future.cancel()

    def _ipython_display_(self) -> None:
        global _newest
        super()._ipython_display_()
        before, _newest = _newest, self
        if before and before is not self:
            before._expect_no_page()

    def _is_wanted(self) -> bool:
        """Whether somebody looks, may look soon, or waits."""
        return bool(self._pages or self._is_expected or self._awaiting)

    def __await__(self) -> Generator[Any, None, Topology]:
        """Wait for the next change; an interrupt ends the waiting, and the picture goes on."""
        future = Future[Topology]()
        self._awaiting.append(future)
        self.begin()
        return wait_for(asyncio.wrap_future(future)).__await__()

    def do(self, what: str, message: dict[str, Any]) -> None:
        """Select something, run one of its actions, open or close a stack, or let old marks go."""
        if what == "select":
            self._select(str(message.get("id", "")))
        elif what == "act":
            self._act(str(message.get("line", "")))
        elif what == "stack":
            self._open(str(message.get("id", "")))
        elif what == "settle":
            self._settle()

    def fly(self, ways: Iterable[tuple[End, ...]], lost: bool) -> None:
        """Show a packet on its way, and its reply on the way back, or where it is lost.

        Args:
            ways: The interfaces on the way there, and on the way back.
            lost: Whether the last of them is where it was seen last.
        """
        points = [self._pictures.way(way) for way in ways]
        if points and all(points):
            self.send({"what": "fly", "ways": points, "lost": lost})

    def follow(self) -> None:
        """Draw the new network; called by the thread that watches."""
        with self._drawing:
            before, self._network = self._network, shared_watch.network or self._network
            if not Change("", before, self._network).difference:
                return
            self._past.append((time.monotonic(), before))
            self._say(before)
        self._draw()
        for future in self._waiters():
            if future.set_running_or_notify_cancel():
                future.set_result(Topology(self._network))
        if self._selected:
            self._show_card()
        shared_watch.leave(self, unless=self._is_wanted)

    def fail(self, error: Exception) -> None:
        """Say why it follows no longer; whoever waits is told too."""
        told = trouble(error)
        self.trouble = str(bundle(told)["text/html"])
        for future in self._waiters():
            if future.set_running_or_notify_cancel():
                future.set_exception(told)

    def _waiters(self) -> Iterator[Future[Topology]]:
        """Take away those who wait now, one by one: another may come in another thread at any moment."""
        with suppress(IndexError):
            while True:
                yield self._awaiting.popleft()

    def _say(self, before: Network) -> None:
        """Say what has changed in the last second, for so often is it spoken; else what changed last."""
        lately = next((old for at, old in self._past if at > time.monotonic() - SPOKEN_S), before)
        for since in (lately, before):
            if sentences := all_sentences(Change("", since, self._network)):
                self._said = plain(sentences[:MOST_SAID])
                return

    def _draw(self) -> None:
        with self._drawing:  # whoever comes last shows the newest network
            while self._past and self._past[0][0] < time.monotonic() - MARKED_S:
                self._past.popleft()
            self.picture = self._drawn(self._past[0][1] if self._past else None)

    def _drawn(self, before: Network | None) -> dict[str, Any]:
        return {**self._pictures.draw(self._network, before), "said": self._said}

    def _open(self, stack: str) -> None:
        """Show a stack room by room, and the one that was open as a stack again."""
        with self._drawing:
            self._pictures.open(stack)
        self._draw()

    def _settle(self) -> None:
        if self.picture["marked"]:  # another page may have said so before
            self._draw()
        self._still.refresh()

    def _select(self, item: str) -> None:
        self._selected, self._given = item, ""
        self._show_card()

    def _show_card(self) -> None:
        with self._card_turns:  # whoever comes last shows the newest network
            found = card_of(self._selected, self._network)
            self._actions = found.actions
            self.card = {
                "id": self._selected,
                "title": found.title,
                "html": found.html,
                "given": self._given,
                "actions": [(action.label, action.line) for action in found.actions],
            }

    def _act(self, line: str) -> None:
        """Run what the learner saw; by now the card may offer something else in its place."""
        action = next((action for action in self._actions if action.line == line), None)
        if action:
            self._given = _page(action.run)
            self._show_card()


_drawn: tuple[Network, tuple[str, str]] | None = None
"""What was drawn last as a still picture: several show the same network."""


def _looks(network: Network) -> tuple[str, str]:
    global _drawn
    drawn = _drawn
    if drawn is None or drawn[0] != network:
        html = network_page(network, topology_scene(network))
        _drawn = drawn = network, (html, network_text(network))
    return drawn[1]


def _page(run: Callable[[], object]) -> str:
    try:
        return str(bundle(run())["text/html"])
    except LabError as error:
        return str(bundle(error)["text/html"])


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
