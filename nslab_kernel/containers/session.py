"""Runs a program at a pseudo terminal, and types to it.

Nobody types (`run`), given lines are typed (`type_lines`), or the learner types (`talk`). pexpect would save only the
dozen lines that open the terminal, because neither case is a pattern to expect: a prompt's sign may be in any output,
so it counts only if nothing follows for a moment; a program that reads without a prompt is found by its system call.
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
"""Seconds without output after which an unfinished line counts as a prompt: a shell's, and any other.

Without an unfinished line a program may still wait for input; that is checked after the third number of seconds.
"""
_INPUT_OPEN_S = 2.0
"""Seconds that the input of a program stays open if Linux does not show whether the program waits for input.

Closing it immediately races with short programs; Podman then prints an error instead of their output.
"""
_POLL_S, _GRACE_S = 0.2, 1.0
_SIZE = (40, 200)
"""Rows and columns; so wide that lines are not wrapped."""
_INTERRUPT, _END_OF_INPUT = "\x03", "\x04"
# Control sequences: colours, the cursor, the title (ECMA-48).
_CONTROL_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|[=>78DEHM])")
_UNFINISHED = re.compile(r"(?:\x1b[^@-Z\\-~]{0,20}|\r)\Z")


class Terminal(contextlib.AbstractContextManager["Terminal"]):
    """A program at a pseudo terminal; it is killed at the end of the `with` block if it still runs.

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
        """Wait for the program's end, and return its exit status; 128 plus the signal's number if a signal ended it."""
        status = self._program.wait()
        return status if status >= 0 else 128 - status

    def read(self, timeout_s: float) -> str:
        """Return new output without its control sequences; empty if there is none within so many seconds."""
        if self.ended or not select.select([self._ours], [], [], timeout_s)[0]:
            return ""
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # EIO: no process has the other side of the terminal open any more
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
        """Press Ctrl+D once the program has left canonical mode, termios(3); before, it would not pass the key on."""
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
        return _CONTROL_SEQUENCES.sub("", text).replace("\r\n", "\n").replace("\x07", "")


def run(argv: list[str], waits: Waits) -> Finished:
    """Run a program until it ends, and type nothing; if it waits for a line, end its input.

    Args:
        argv: The program.
        waits: Tells whether a program in the container waits for a line.

    Raises:
        KeyboardInterrupt: The learner interrupted; the program was interrupted by Ctrl+C.
    """
    late = time.monotonic() + _INPUT_OPEN_S
    with _interruptible(argv) as terminal:
        text = _output_until_input(terminal, lambda: waits() or time.monotonic() > late)
        while not terminal.ended:
            terminal.end_input()
            text += _output_until_input(terminal, waits)
        return Finished(text, terminal.status())


def type_lines(argv: list[str], lines: list[str], waits: Waits) -> Finished:
    """Run a shell and type lines, each at a prompt or when a program waits for a line; then exit the shell.

    Args:
        argv: The shell.
        lines: The lines to type.
        waits: Tells whether a program in the shell waits for a line.

    Raises:
        KeyboardInterrupt: The learner interrupted; the command was interrupted by Ctrl+C, and the shell has ended.
    """
    text = ""
    with _interruptible(argv) as terminal:
        for line in lines:
            text += _output_until_input(terminal, waits)
            terminal.type(f"{line}\n")
        while not terminal.ended:
            came = _output_until_input(terminal, waits)
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
        LabError: The notebook runs where nobody can type.
        KeyboardInterrupt: The learner interrupted at the shell's prompt. Elsewhere Ctrl+C interrupts the program.
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


def _output_until_input(terminal: Terminal, waits: Waits) -> str:
    """Return the output until a shell's prompt appears, a program waits for a line, or the terminal's program ends."""
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
    """Print the output as whole lines; return the unfinished line, which is the prompt that waits for an answer.

    It is empty if a program waits for a line without a prompt, or if the terminal's program has ended.
    """
    shown, rest, interrupted, quiet_since = typed is None, "", False, time.monotonic()
    while not terminal.ended:
        try:
            came = terminal.read(_AFTER_PROMPT_S)
            if came:
                quiet_since = time.monotonic()
                head, newline, rest = (rest + came).rpartition("\n")
                if newline and not shown:  # the notebook shows the typed line already
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
    except (NotImplementedError, OSError):  # with nbconvert, for example, nobody can type
        raise LabError(
            _("Nobody can type here."),
            _("This notebook runs without a keyboard: give the lines beforehand."),
            try_='container_shell("busybox_1", lines=["ip addr", "ping -c 3 172.17.0.3"])',
        ) from None
