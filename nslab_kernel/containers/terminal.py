"""A program on a terminal of its own, as if somebody sat there."""

import codecs
import contextlib
import os
import re
import select
import subprocess
import termios
import time
from types import TracebackType

_SIZE = (40, 200)
"""Rows and columns; so wide that nothing is wrapped."""
_INTERRUPT, _END_OF_INPUT = "\x03", "\x04"
# What steers a screen: colours, the cursor, the title (ECMA-48).
_STEERING = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|[=>78DEHM])")
_UNFINISHED = re.compile(r"(?:\x1b[^@-Z\\-~]{0,20}|\r)\Z")


class Terminal(contextlib.AbstractContextManager["Terminal"]):
    """A program that believes to be at a terminal; it ends with the `with` block.

    Args:
        argv: The program and its arguments.
    """

    def __init__(self, argv: list[str]) -> None:
        self._ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, _SIZE)
        try:
            self._program = subprocess.Popen(
                argv, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, env=_environment()
            )
        except BaseException:
            os.close(self._ours)
            raise
        finally:
            os.close(theirs)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest, self._open = "", True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._program.kill()
        self._program.wait()
        os.close(self._ours)

    @property
    def ended(self) -> bool:
        """Whether the program has ended and all that it wrote was read."""
        return not self._open

    def status(self) -> int:
        """Wait for the program's end, and return its exit status; 128 and the signal's number after a signal."""
        status = self._program.wait()
        return status if status >= 0 else 128 - status

    def read(self, timeout_s: float) -> str:
        """Return what came, without what only steers a screen; empty when nothing came within so many seconds."""
        if not self._open or not select.select([self._ours], [], [], timeout_s)[0]:
            return ""
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # how a terminal says that nobody holds its other side any more
            data = b""
        self._open = bool(data)
        return self._clean(self._decoder.decode(data, final=not data), last=not data)

    def type(self, text: str) -> None:
        """Type a text."""
        with contextlib.suppress(OSError):
            os.write(self._ours, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl+C."""
        self.type(_INTERRUPT)

    def end_input(self, limit_s: float = 1.0) -> None:
        """Press Ctrl+D, once the program listens key by key: pressed earlier it would not get through."""
        until = time.monotonic() + limit_s
        while self._program.poll() is None and time.monotonic() < until:
            if not termios.tcgetattr(self._ours)[3] & termios.ICANON:
                self.type(_END_OF_INPUT)
                return
            time.sleep(0.005)

    def _clean(self, text: str, last: bool) -> str:
        text, self._rest = self._rest + text, ""
        if not last and (unfinished := _UNFINISHED.search(text)):
            text, self._rest = text[: unfinished.start()], text[unfinished.start() :]
        return _STEERING.sub("", text).replace("\r\n", "\n").replace("\x07", "")


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "dumb"}
