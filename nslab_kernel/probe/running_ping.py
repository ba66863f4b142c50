"""A ping that runs in the background and can be stopped at any time."""

import io
import os
import shlex
import signal
import threading
from collections.abc import Callable

from nslab_kernel.linux.command import start
from nslab_kernel.linux.lab import require_lab
from nslab_kernel.model.results import PingResult
from nslab_kernel.network.record import attach_command, fill, require_namespace
from nslab_kernel.probe.ping import check_requests, ended, not_yet_sent, parse_output

_TEMPLATE = "ping -O -c {count} -i {interval_s} -W {timeout_s} {dst}"
_TRY = 'ping_live("192.168.1.2", netns="test1")'
_STOP_GRACE_S = 0.15
"""Seconds that ping has to print its summary after SIGINT."""


class RunningPing:
    """The real `ping`, whose output a thread reads.

    Args:
        asked: From `asked_ping`.
        on_news: Called in that thread after each line, with the result so far and whether the ping still runs.

    Raises:
        NoNamespace: The namespace is gone.
        MissingProgram: `ping` is not installed.
    """

    def __init__(self, asked: PingResult, on_news: Callable[[PingResult, bool], None]) -> None:
        with attach_command(asked.command):
            require_namespace(asked.netns)
            self._program = start(shlex.split(asked.command))
        self._result, self._on_news = asked, on_news
        self._ended = threading.Event()
        self._exit_lock = threading.Lock()
        self._thread = threading.Thread(target=self._read, name="nslab-ping", daemon=True)
        self._thread.start()

    @property
    def result(self) -> PingResult:
        """The result so far."""
        return self._result

    @property
    def running(self) -> bool:
        """Whether the ping still runs."""
        return not self._ended.is_set()

    def wait(self) -> None:
        """Wait until the ping has ended and `on_news` was called for the last time."""
        self._thread.join()

    def stop(self) -> None:
        """End the ping, and wait for its summary; may be repeated."""
        self._signal(signal.SIGINT)
        if not self._ended.wait(_STOP_GRACE_S):
            self._signal(signal.SIGKILL)
        self.wait()

    def _signal(self, number: signal.Signals) -> None:
        with self._exit_lock:
            if self._program.returncode is None:
                os.killpg(self._program.pid, number)

    def _read(self) -> None:
        assert self._program.stdout
        text = ""
        with io.TextIOWrapper(self._program.stdout, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                text += line
                self._report(parse_output(self._result, text))
        os.waitid(os.P_PID, self._program.pid, os.WEXITED | os.WNOWAIT)
        with self._exit_lock:
            status = self._program.wait()
        try:
            self._result = ended(self._result, status if status >= 0 else 128 - status)
        finally:
            self._ended.set()
            self._report(self._result)

    def _report(self, result: PingResult) -> None:
        self._result = result
        self._on_news(result, not self._ended.is_set())


def asked_ping(dst: str, netns: str | None, count: int, interval_s: float, timeout_s: float) -> PingResult:
    """Check the arguments of a ping; return its result before it starts, with the command and no replies.

    Raises:
        BadValue: An argument breaks its rule.
        NoNamespace: There is no such namespace.
    """
    facts = {"dst": dst, "netns": netns, "count": count, "interval_s": interval_s, "timeout_s": timeout_s}
    command = fill(_TEMPLATE, facts)
    with attach_command(command):
        require_lab()
        check_requests(dst, count, 10_000, interval_s, timeout_s, _TRY)
        require_namespace(netns)
    return not_yet_sent(dst, netns, command, interval_s)
