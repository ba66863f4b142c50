"""A ping that runs in its output and is stopped at any time."""

import asyncio
import threading
from collections.abc import Generator
from typing import Any

from traitlets import Bool, Dict, Unicode

from nslab_kernel.display.html import command_line, page, paragraph, ping_page
from nslab_kernel.display.sentences import ping_sentences
from nslab_kernel.display.text import command_text, ping_text, plain
from nslab_kernel.errors import LabError
from nslab_kernel.jupyter import live_topology
from nslab_kernel.jupyter.live_part import LivePart, chart_of, module, show_state, wait_for
from nslab_kernel.language import translate as _
from nslab_kernel.model.journey import REPLY, REQUEST
from nslab_kernel.model.network import End
from nslab_kernel.model.results import PingResult
from nslab_kernel.probe.journey import journey
from nslab_kernel.probe.running_ping import RunningPing, command_of
from nslab_kernel.scene.alt_text import in_ms
from nslab_kernel.scene.ping_scene import ping_scene

_LOOK_S = 0.5
"""How long is looked for the way of the packets, to show them in the live picture."""


class LivePing(LivePart[PingResult]):
    """One ping: `await` it, `.stop()` it, `.start()` it anew; `.result` is what is known."""

    _esm = module("live_ping.js")
    running = Bool().tag(sync=True)
    chart = Dict().tag(sync=True)
    said = Unicode().tag(sync=True)
    facts = Unicode().tag(sync=True)
    text = Unicode().tag(sync=True)
    command = Unicode().tag(sync=True)

    def __init__(self, dst: str, netns: str | None, count: int, interval_s: float, timeout_s: float) -> None:
        self._order = dst, netns, count, interval_s, timeout_s
        command = command_of(*self._order)
        self._ping: RunningPing | None = None
        self._ways: tuple[tuple[End, ...], ...] = ()
        self._lost = False
        self._seen = 0
        self._looking = threading.Lock()
        super().__init__(words=_words(), command=command)
        self.start()

    @property
    def result(self) -> PingResult:
        """What is known so far, or in the end."""
        assert self._ping
        return self._ping.result

    def now(self) -> PingResult:
        """Return what is known so far."""
        return self.result

    def looks(self, what: PingResult) -> tuple[str, str]:
        """Return a result with its picture."""
        if self.running and not what.sent:
            words = _("It runs; nothing has come back so far.")
            return page([command_line(what.command), paragraph(words)]), f"{command_text(what.command)}\n\n{words}"
        return ping_page(what, ping_scene(what) if what.sent else None), ping_text(what)

    def in_console(self) -> str:
        """Return how to look at it, to end it and to wait for it."""
        return _("In a console keep it, p = ping_live(...): print(p) says what is known, p.stop() ends it.")

    def start(self) -> None:
        """Ping anew; while one runs it does nothing.

        Raises:
            NoNamespace: The namespace is gone.
            MissingProgram: `ping` is not installed.
        """
        with self._turns:
            if self.running:
                return
            self._seen = 0
            self.running = True
            try:
                self._ping = RunningPing(*self._order, self._tell)
            except LabError:
                self.running = False
                raise

    def stop(self) -> PingResult:
        """End the ping, and return what is known."""
        self.rest()
        return self.result

    def rest(self) -> None:
        """End the ping with its last page."""
        if self._ping:
            self._ping.stop()

    def do(self, what: str, message: dict[str, Any]) -> None:
        """Start or stop."""
        if what == "start":
            try:
                self.start()
            except LabError as error:
                self.facts = str(error)
        elif what == "stop":
            self.stop()

    def __await__(self) -> Generator[Any, None, PingResult]:
        return self._end().__await__()

    async def _end(self) -> PingResult:
        try:
            if self._ping:
                await wait_for(asyncio.ensure_future(asyncio.to_thread(self._ping.wait)))
        except asyncio.CancelledError:
            self.stop()
            raise
        return self.result

    def _tell(self, result: PingResult, running: bool) -> None:
        """Show what is known; called by the thread that reads."""
        show_state(self, {**_state(result), "running": running})
        if result.sent > self._seen and running:
            self._seen = result.sent
            self._show_packet(result.sent in result.seqs)

    def _show_packet(self, came_back: bool) -> None:
        """Let the live pictures show the packet's way, looked for when it is new or differs."""
        pictures = live_topology.followed()
        if pictures and (not self._ways or self._lost == came_back) and not self._looking.locked():
            threading.Thread(target=self._find_way, args=(not came_back,), name="nslab-way", daemon=True).start()
        elif self._lost != came_back:
            for picture in pictures:
                picture.fly(self._ways, self._lost)

    def _find_way(self, lost: bool) -> None:
        with self._looking:
            found = _look(*self._order[:2])
            # A cable that does not carry lets nothing out: it is lost where it began.
            self._ways, self._lost = found or tuple(way[:1] for way in self._ways[:1]), lost


def _look(dst: str, netns: str | None) -> tuple[tuple[End, ...], ...]:
    """Return the interfaces on the way there, and on the way back."""
    try:
        found = journey(dst, netns, timeout_s=_LOOK_S)
    except LabError:
        return ()
    asked = tuple(dict.fromkeys(one.at for one in found.sightings))
    ways = [tuple(dict.fromkeys(one.at for one in found.sightings if one.kind == kind)) for kind in (REQUEST, REPLY)]
    return tuple(way for way in ways if way) or ((asked,) if asked else ())


def _state(result: PingResult) -> dict[str, Any]:
    scene = ping_scene(result)
    return {
        "chart": {**chart_of(scene), "description": scene.description},
        "said": plain(ping_sentences(result)) if result.sent else "",
        "facts": _facts(result),
        "text": result.text,
    }


def _facts(result: PingResult) -> str:
    """Return loss and times as one line."""
    if not result.sent:
        return result.reason
    loss = _("{sent} sent, {lost} lost ({share} %)").format(
        sent=result.sent, lost=result.lost, share=f"{100 * result.lost / result.sent:.0f}"
    )
    if not result.rtt_ms:
        return loss
    times = _("least {least}, median {median}, most {most} ms").format(
        least=in_ms(min(result.rtt_ms)),
        median=in_ms(result.median_ms),
        most=in_ms(max(result.rtt_ms)),
    )
    return f"{loss}; {times}"


def _words() -> dict[str, str]:
    return {
        "name": _("Ping, live"),
        "start": _("Start"),
        "stop": _("Stop"),
        "text": _("What ping writes"),
        "started": _("It runs."),
        "stopped": _("It has ended."),
        "cue": _("It goes on: scroll sideways."),
    }
