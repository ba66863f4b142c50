"""A ping that runs in its output and can be stopped at any time."""

import asyncio
import threading
from collections.abc import Generator
from typing import Any

from traitlets import Bool, Dict, Unicode

from nslab_kernel.display.html import command_line, page, paragraph
from nslab_kernel.display.sentences import ping_sentences
from nslab_kernel.display.shown_results import ping_page, ping_text
from nslab_kernel.display.text import command_text, plain
from nslab_kernel.errors import LabError
from nslab_kernel.jupyter.live_widget import RunningWidget, chart_of, wait_for
from nslab_kernel.jupyter.shared_watch import shared_watch
from nslab_kernel.language import translate as _
from nslab_kernel.model.journey_result import REPLY, REQUEST
from nslab_kernel.model.network import End
from nslab_kernel.model.results import PingResult
from nslab_kernel.probe.journey import follow
from nslab_kernel.probe.running_ping import RunningPing, asked_ping
from nslab_kernel.scene.ping_scene import ping_scene
from nslab_kernel.scene.words import in_ms, joint

_JOURNEY_S = 0.5
"""How long to look for the packets' route, to show them in the live picture."""


class LivePing(RunningWidget[PingResult]):
    """One ping: `await` it, `.stop()` it, `.start()` it anew; `.result` has the replies so far."""

    running = Bool().tag(sync=True)
    chart = Dict().tag(sync=True)
    said = Unicode().tag(sync=True)
    facts = Unicode().tag(sync=True)
    text = Unicode().tag(sync=True)
    command = Unicode().tag(sync=True)

    def __init__(self, dst: str, netns: str | None, count: int, interval_s: float, timeout_s: float) -> None:
        self._asked = asked_ping(dst, netns, count, interval_s, timeout_s)
        self._ping: RunningPing | None = None
        self._routes: tuple[tuple[End, ...], ...] = ()
        self._lost = False
        self._seen = 0
        self._tracing = threading.Lock()
        super().__init__(kind="ping", words=_words(), command=self._asked.command)
        self.start()

    @property
    def result(self) -> PingResult:
        """The replies so far, or at the end."""
        assert self._ping
        return self._ping.result

    def current(self) -> PingResult:
        """Return the replies so far."""
        return self.result

    def rendered(self, value: PingResult) -> tuple[str, str]:
        """Return a result with its picture."""
        if self.running and not value.sent:
            words = _("It runs; nothing has come back so far.")
            return page([command_line(value.command), paragraph(words)]), f"{command_text(value.command)}\n\n{words}"
        return ping_page(value), ping_text(value)

    def in_console(self) -> str:
        """Return how to look at it, to end it and to wait for it."""
        return _("In a console keep it, p = ping_live(...): print(p) says what is known, p.stop() ends it.")

    def start(self) -> None:
        """Ping anew; no effect while one runs.

        Raises:
            NoNamespace: The namespace is gone.
            MissingProgram: `ping` is not installed.
        """
        with self._lock:
            if self.running:
                return
            self._seen = 0
            self.running = True
            try:
                self._ping = RunningPing(self._asked, self._show)
            except LabError:
                self.running = False
                raise

    def stop(self) -> PingResult:
        """End the ping, and return its result."""
        self.pause()
        return self.result

    def pause(self) -> None:
        """End the ping."""
        if self._ping:
            self._ping.stop()

    def handle(self, kind: str, message: dict[str, Any]) -> None:
        """Start or stop."""
        if kind == "start":
            try:
                self.start()
            except LabError as error:
                self.facts = str(error)
        elif kind == "stop":
            self.stop()
        else:
            super().handle(kind, message)

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

    def _show(self, result: PingResult, running: bool) -> None:
        """Show the replies so far; called by the thread that reads them."""
        self.update(**_state(result), running=running)
        if result.sent > self._seen and running:
            self._seen = result.sent
            self._show_packet(result.sent in result.seqs)

    def _show_packet(self, came_back: bool) -> None:
        """Show a packet in the live pictures; trace its route if that is unknown or packets now end elsewhere."""
        pictures = shared_watch.followers
        if pictures and (not self._routes or self._lost == came_back) and not self._tracing.locked():
            threading.Thread(target=self._trace, args=(not came_back,), name="nslab-trace", daemon=True).start()
        elif self._lost != came_back:
            for picture in pictures:
                picture.show_packet(self._routes, self._lost)

    def _trace(self, lost: bool) -> None:
        with self._tracing:
            found = _routes(self._asked)
            # Nothing is seen to leave an interface without carrier: the packet is lost there.
            self._routes, self._lost = found or tuple(route[:1] for route in self._routes[:1]), lost


def _routes(asked: PingResult) -> tuple[tuple[End, ...], ...]:
    """Return the interfaces that the request passes, and those that the reply passes."""
    try:
        found = follow(asked.dst, asked.netns, None, _JOURNEY_S, "")
    except LabError:
        return ()
    passed = tuple(dict.fromkeys(one.at for one in found.sightings))
    routes = [tuple(dict.fromkeys(one.at for one in found.sightings if one.kind == kind)) for kind in (REQUEST, REPLY)]
    return tuple(route for route in routes if route) or ((passed,) if passed else ())


def _state(result: PingResult) -> dict[str, Any]:
    return {
        "chart": chart_of(ping_scene(result)),
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
    return joint(";").join((loss, times))


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
