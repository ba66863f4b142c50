"""Runs a program to its end; an interrupt or a time limit ends it."""

import contextlib
import os
import selectors
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nslab_kernel.errors import BadValue, MissingProgram
from nslab_kernel.interrupts import interruptible, uninterrupted
from nslab_kernel.language import translate as _
from nslab_kernel.linux.argument_checks import bad_value, unspelled
from nslab_kernel.linux.libc import closing
from nslab_kernel.spelling import as_python

TIMED_OUT = 124
"""The exit status given to a program that the time limit ended, as by timeout(1)."""
_PACKAGES = {
    "arping": "iputils-arping", "bridge": "iproute2", "ip": "iproute2", "nsenter": "util-linux", "ping": "iputils-ping",
    "ss": "iproute2", "sysctl": "procps", "tc": "iproute2",
}  # fmt: skip
_READ_BYTES = 65536
_SIGNS = frozenset("|&;<>()$`*?[]{}~#!\n")
"""Characters that are special to a shell."""
_SHELLS = ("sh", "ash", "bash", "dash")


@dataclass(frozen=True, slots=True)
class Finished:
    """What a program wrote, and how it ended."""

    text: str
    """Standard output and error, in the order they came."""
    status: int
    """Its exit status; 128 plus the signal's number where a signal ended it."""


def words(line: Any) -> list[str]:
    """Split a command line into words; a line with special characters becomes `sh -c LINE`.

    Raises:
        BadValue: It is not a command line.
    """
    what = _("{command} is no command.").format(command=as_python(line))
    if not isinstance(line, str) or "\0" in line or not line.strip():
        raise BadValue(what, _("It is one line, as you would type it in a shell."))
    try:
        line.encode()
        found = shlex.split(line)
    except ValueError as error:
        raise BadValue(what, str(error)) from None
    is_for_shell = found[1:2] == ["-c"] and found[0].rpartition("/")[2] in _SHELLS
    return found if is_for_shell or not _SIGNS.intersection(line) else ["sh", "-c", line]


def require(name: str) -> None:
    """Check that a program is installed, before another program is to start it.

    Raises:
        MissingProgram: It is not installed.
    """
    if not shutil.which(name, os.F_OK):
        raise _missing(name)


def _missing(name: str) -> MissingProgram:
    return MissingProgram(name, _PACKAGES.get(name, name))


def run(argv: list[str], timeout_s: float | None = None, on_line: Callable[[str], None] | None = None) -> Finished:
    """Run a program, in English, without standard input, and wait for its end.

    A process that the program left in the background is not waited for.

    Args:
        argv: The program and its arguments.
        timeout_s: After so many seconds the program is killed; `None` waits for ever.
        on_line: Called with each line of output as it comes.

    Raises:
        BadValue: A word holds a zero byte.
        MissingProgram: There is no such program.
        KeyboardInterrupt: The learner interrupted; the program and its process group were killed.
    """
    with uninterrupted():  # an interrupt right after the start would leave it running
        return _run(start(argv), timeout_s, on_line)


def _run(program: subprocess.Popen[bytes], timeout_s: float | None, on_line: Callable[[str], None] | None) -> Finished:
    assert program.stdout
    with program.stdout as output:
        try:
            reader = _Reader(output.fileno(), on_line)
            with interruptible():
                status = _follow(program, reader, None if timeout_s is None else time.monotonic() + timeout_s)
        except BaseException:
            _kill(program)
            raise
    return Finished(reader.text(), status)


def start(argv: list[str]) -> subprocess.Popen[bytes]:
    """Start a program, in English, without standard input, its output and errors in one pipe, in a session of its own.

    Raises:
        BadValue, MissingProgram: As in `run`.
    """
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environb, b"LC_ALL": b"C.UTF-8"},
            start_new_session=True,
        )
    except FileNotFoundError:
        raise _missing(argv[0]) from None
    except UnicodeEncodeError:
        raise unspelled(argv) from None
    except ValueError:
        raise bad_value(argv, _("A command holds no zero byte.")) from None


def _follow(program: subprocess.Popen[bytes], reader: "_Reader", deadline: float | None) -> int:
    """Read until the program has ended; return its status."""
    with closing(os.pidfd_open(program.pid)) as ended, selectors.PollSelector() as selector:
        selector.register(reader.descriptor, selectors.EVENT_READ)
        selector.register(ended, selectors.EVENT_READ)
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            ready = {key.fd for key, _events in selector.select(left)}
            if not ready:
                _kill(program)
                reader.drain()
                return TIMED_OUT
            if ended in ready:
                reader.drain()
                status = program.wait()
                return status if status >= 0 else 128 - status
            if not reader.read():
                selector.unregister(reader.descriptor)


def _kill(program: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()


class _Reader:
    """Collects the output of a pipe, and reports each line once."""

    def __init__(self, descriptor: int, on_line: Callable[[str], None] | None) -> None:
        self.descriptor, self._on_line = descriptor, on_line
        self._data, self._told = bytearray(), 0
        os.set_blocking(descriptor, False)

    def read(self) -> bool:
        """Read the output that is there now; return whether more can come."""
        with contextlib.suppress(BlockingIOError):
            data = os.read(self.descriptor, _READ_BYTES)
            self._data += data
            self._tell()
            return bool(data)
        return True

    def drain(self) -> None:
        """Read what is left in the pipe, without waiting for other processes that hold it open."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self.descriptor, _READ_BYTES):
                self._data += data
        self._tell()

    def text(self) -> str:
        """Return all output so far."""
        return self._data.decode(errors="replace")

    def _tell(self) -> None:
        end = self._data.rfind(b"\n") + 1
        if self._on_line and end > self._told:
            lines = self._data[self._told : end].decode(errors="replace").splitlines()
            self._told = end
            for line in lines:
                self._on_line(line)
