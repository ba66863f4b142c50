"""A program at a terminal, and who types to it.

Nobody types, or a list of lines is typed, or the learner types. pexpect would save the dozen lines that open the
terminal, and no more: a prompt's sign may stand in any output, so it counts only when nothing follows it for a moment,
and a program that reads without a prompt is found by what it waits for. Neither is a pattern to expect.
"""

import codecs
import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator

from nslab_kernel.errors import LabError
from nslab_kernel.language import translate as _
from nslab_kernel.linux.command import Finished

Waits = Callable[[], bool]
_PROMPT = re.compile(r"[#$>] ?\Z")
_AFTER_PROMPT_S, _AFTER_OTHER_S, _AFTER_NOTHING_S = 0.05, 0.5, 0.3
"""Seconds without output before an unfinished line counts as a prompt: a shell's, any other.

Without an unfinished line a program may still wait for input; that is checked after the third.
"""
_SEEN_S = 2.0
"""How long the input of a program stays open where Linux does not show whether the program waits for some.

Closing it immediately races with short programs; Podman then prints an error instead of their output.
"""
_POLL_S, _GRACE_S = 0.2, 1.0
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
                argv,
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,
                env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "dumb"},
            )
        except BaseException:
            os.close(self._ours)
            raise
        finally:
            os.close(theirs)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self.ended = False
        """Whether the program has ended and all that it wrote was read."""

    def __exit__(self, *_error: object) -> None:
        if self._program.poll() is None:
            os.killpg(self._program.pid, signal.SIGKILL)
        self._program.wait()
        os.close(self._ours)

    def status(self) -> int:
        """Wait for the program's end, and return its exit status; 128 and the signal's number after a signal."""
        status = self._program.wait()
        return status if status >= 0 else 128 - status

    def read(self, timeout_s: float) -> str:
        """Return what came, without what only steers a screen; empty when nothing came within so many seconds."""
        if self.ended or not select.select([self._ours], [], [], timeout_s)[0]:
            return ""
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # how a terminal says that nobody holds its other side any more
            data = b""
        self.ended = not data
        return self._clean(self._decoder.decode(data, final=not data), last=not data)

    def type(self, text: str) -> None:
        """Type a text."""
        with contextlib.suppress(OSError):
            os.write(self._ours, text.encode())

    def interrupt(self) -> None:
        """Press Ctrl+C."""
        self.type(_INTERRUPT)

    def end_input(self) -> None:
        """Press Ctrl+D, once the program listens key by key: pressed earlier it would not get through."""
        until = time.monotonic() + _GRACE_S
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


def run(argv: list[str], waits: Waits) -> Finished:
    """Run a program that asks nobody, to its end; where it waits for a line its input ends.

    Args:
        argv: The program.
        waits: Tells whether a program in the container waits for a line.

    Raises:
        KeyboardInterrupt: The learner interrupted; the program was told so, as by Ctrl+C.
    """
    late = time.monotonic() + _SEEN_S
    with _interruptible(argv) as terminal:
        text = _to_question(terminal, lambda: waits() or time.monotonic() > late)
        while not terminal.ended:
            terminal.end_input()
            text += _to_question(terminal, waits)
        return Finished(text, terminal.status())


def type_lines(argv: list[str], lines: list[str], waits: Waits) -> Finished:
    """Run a shell and type lines, each at its prompt or where a program waits for one; then leave it.

    Args:
        argv: The shell.
        lines: What is typed.
        waits: Tells whether a program in the shell waits for a line.

    Raises:
        KeyboardInterrupt: The learner interrupted; the running command was told so, and the shell has ended.
    """
    text = ""
    with _interruptible(argv) as terminal:
        for line in lines:
            text += _to_question(terminal, waits)
            terminal.type(f"{line}\n")
        while not terminal.ended:
            came = _to_question(terminal, waits)
            text += came
            if _PROMPT.search(came):
                terminal.type("exit\n")
            else:  # no more lines for this program
                terminal.end_input()
        return Finished(text, terminal.status())


def talk(argv: list[str], waits: Waits) -> None:
    """Run a shell that the learner types to, line by line, until it ends; what it writes is shown at once.

    Args:
        argv: The shell.
        waits: Tells whether a program in the shell waits for a line.

    Raises:
        LabError: Nobody can type here.
        KeyboardInterrupt: The learner interrupted at the shell's prompt. A program is interrupted as by Ctrl+C.
    """
    typed = None
    with Terminal(argv) as terminal:
        while True:
            prompt = _show(terminal, typed, waits)
            if terminal.ended:
                return
            try:
                typed = _asked(prompt)
            except KeyboardInterrupt:
                if _PROMPT.search(prompt):
                    raise
                typed = None
                terminal.interrupt()
                continue
            if typed is None:
                terminal.end_input()
            else:
                terminal.type(f"{typed}\n")


@contextlib.contextmanager
def _interruptible(argv: list[str]) -> Iterator[Terminal]:
    """Open a terminal; when the learner interrupts, press Ctrl+C there, and give the program a moment to end."""
    with Terminal(argv) as terminal:
        try:
            yield terminal
        except KeyboardInterrupt:
            terminal.interrupt()
            until = time.monotonic() + _GRACE_S
            while not terminal.ended and time.monotonic() < until:
                terminal.read(_POLL_S)
            raise


def _to_question(terminal: Terminal, waits: Waits) -> str:
    """Return what comes until a shell's prompt stands there, a program waits for a line, or all has ended."""
    text, quiet_since = "", time.monotonic()
    while not terminal.ended:
        came = terminal.read(_AFTER_PROMPT_S)
        text += came
        if came:
            quiet_since = time.monotonic()
        elif _PROMPT.search(text):
            break
        elif time.monotonic() - quiet_since > _AFTER_NOTHING_S:
            if waits():
                break
            quiet_since = time.monotonic()
    return text


def _show(terminal: Terminal, typed: str | None, waits: Waits) -> str:
    """Show what comes, whole lines at once; return the line without an end that waits for an answer.

    It is empty where a program waits for a line and has not said so.
    """
    shown, rest, interrupted, quiet_since = typed is None, "", False, time.monotonic()
    while not terminal.ended:
        try:
            came = terminal.read(_AFTER_PROMPT_S)
            if came:
                quiet_since = time.monotonic()
                head, newline, rest = (rest + came).rpartition("\n")
                if newline and not shown:  # what was typed stands there already
                    head, shown = head.removeprefix(str(typed)).removeprefix("\n"), True
                    newline = newline if head else ""
                _write(f"{head}{newline}")
            elif shown and time.monotonic() - quiet_since > _patience_s(rest):
                if rest or waits():
                    return rest
                quiet_since = time.monotonic()
        except KeyboardInterrupt:
            if interrupted:
                raise
            interrupted = True
            terminal.interrupt()
    _write(rest)
    return ""


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _patience_s(rest: str) -> float:
    if not rest:
        return _AFTER_NOTHING_S
    return 0.0 if _PROMPT.search(rest) else _AFTER_OTHER_S


def _asked(prompt: str) -> str | None:
    """Return what the learner types; `None` for the end of the input."""
    try:
        return input(prompt)
    except EOFError:
        return None
    except (NotImplementedError, OSError):  # nbconvert and its like have nobody who could type
        raise LabError(
            _("Nobody can type here."),
            _("This notebook runs without a keyboard: give the lines beforehand."),
            try_='container_shell("busybox_1", lines=["ip addr", "ping -c 3 172.17.0.3"])',
        ) from None
