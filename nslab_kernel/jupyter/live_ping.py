"""A ping that runs in its output and can be stopped at any time."""

import asyncio
from collections.abc import Generator
from typing import Any

from traitlets import Bool, Dict, Unicode

from nslab_kernel.display.html import command_line, page, paragraph
from nslab_kernel.display.sentences import ping_sentences
from nslab_kernel.display.shown_results import ping_page, ping_text
from nslab_kernel.display.text import command_text, plain
from nslab_kernel.errors import LabError
from nslab_kernel.jupyter.live_widget import RunningWidget, chart_of, wait_for
from nslab_kernel.jupyter.ping_route import PingRoute
from nslab_kernel.language import translate as _
from nslab_kernel.model.results import PingResult
from nslab_kernel.probe.running_ping import RunningPing, asked_ping
from nslab_kernel.scene.ping_scene import ping_scene
from nslab_kernel.scene.words import in_ms, joint


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
        self._route = PingRoute(self._asked)
        self._seen = 0
        """How many requests were shown in the live pictures."""
        super().__init__(kind="ping", words=_words(), command=self._asked.command)
        self.start()

    @property
    def result(self) -> PingResult:
        """The replies so far; at the end, all of them."""
        assert self._ping
        return self._ping.result

    def current(self) -> PingResult:
        """Return the replies so far."""
        return self.result

    def rendered(self, value: PingResult) -> tuple[str, str]:
        """Return a result with its picture, as HTML and as plain text."""
        if self.running and not value.sent:
            words = _("It runs; nothing has come back so far.")
            return page([command_line(value.command), paragraph(words)]), f"{command_text(value.command)}\n\n{words}"
        return ping_page(value), ping_text(value)

    def in_console(self) -> str:
        """Return a sentence on how to look at the ping and to end it in a console."""
        return _("In a console keep it, p = ping_live(...): print(p) says what is known, p.stop() ends it.")

    def start(self) -> None:
        """Start a new ping; no effect while one runs.

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
        """Start or stop the ping; leave other messages to the base class."""
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
            self._route.show(result.sent in result.seqs)


def _state(result: PingResult) -> dict[str, Any]:
    return {
        "chart": chart_of(ping_scene(result)),
        "said": plain(ping_sentences(result)) if result.sent else "",
        "facts": _facts(result),
        "text": result.text,
    }


def _facts(result: PingResult) -> str:
    """Return packet loss and round-trip times as one line; before the first request, the result's reason."""
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
