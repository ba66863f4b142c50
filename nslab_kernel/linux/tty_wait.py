"""Whether a program waits for somebody to type: proc(5)."""

import contextlib
import os
import platform
import struct
from collections.abc import Iterator
from pathlib import Path

from nslab_kernel.linux.netns_processes import pids, stat

_READ, _POLL, _PPOLL, _SELECT, _PSELECT = "read", "poll", "ppoll", "select", "pselect6"
_CALLS = {
    "x86_64": {0: _READ, 7: _POLL, 271: _PPOLL, 23: _SELECT, 270: _PSELECT},
    "aarch64": {63: _READ, 73: _PPOLL, 72: _PSELECT},
}
"""The numbers of the system calls that wait for input, by architecture (others: none known); syscalls(2)."""
_TERMINALS = range(136, 144)
"""The major numbers of pseudo terminals; pty(7)."""
_POLLFD = struct.Struct("iHH")


class NewTerminals:
    """The terminals that are opened in a container from now on, and the programs that read from them.

    Args:
        pid: A process of the container.
    """

    def __init__(self, pid: int) -> None:
        self._pids = f"/proc/{pid}/ns/pid"
        self._before = set(self._sessions())

    def waits(self) -> bool:
        """Return whether a program in the foreground of such a terminal waits for a line."""
        sessions = set(self._sessions()) - self._before
        return any(_reads(pid) for pid in self._processes() if sessions & set(_foreground_of(pid)))

    def _sessions(self) -> Iterator[int]:
        """Yield the first process of each session in the container."""
        return (pid for pid in self._processes() if stat(pid)[3:4] == [pid])

    def _processes(self) -> Iterator[int]:
        with contextlib.suppress(OSError):
            yield from pids("pid", Path(self._pids).stat().st_ino.__eq__)


def _foreground_of(pid: int) -> list[int]:
    """Return the session of a process that is in the foreground of its terminal; empty for other processes."""
    _parent, group, session, _terminal, foreground = stat(pid)[1:6] or [0] * 5
    return [session] if group == foreground else []


def _reads(pid: int) -> bool:
    """Return whether a process waits for input from a terminal."""
    with contextlib.suppress(OSError, ValueError, struct.error):
        number, *words = Path(f"/proc/{pid}/syscall").read_text().split()
        call = _CALLS.get(platform.machine(), {}).get(int(number))
        return any(_is_terminal(pid, fd) for fd in _waited_for(pid, call, [int(word, 16) for word in words]))
    return False


def _waited_for(pid: int, call: str | None, arguments: list[int]) -> Iterator[int]:
    """Yield the file descriptors that a system call waits for."""
    if call == _READ:
        yield arguments[0]
    elif call in (_POLL, _PPOLL):
        entries = _memory(pid, arguments[0], min(arguments[1], 64) * _POLLFD.size)
        yield from (fd for fd, _events, _found in _POLLFD.iter_unpack(entries))
    elif call in (_SELECT, _PSELECT) and arguments[1]:
        bits = int.from_bytes(_memory(pid, arguments[1], 128), "little")
        yield from (fd for fd in range(min(arguments[0], 1024)) if bits >> fd & 1)


def _memory(pid: int, address: int, size: int) -> bytes:
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        return memory.read(size)


def _is_terminal(pid: int, fd: int) -> bool:
    return os.major(Path(f"/proc/{pid}/fd/{fd}").stat().st_rdev) in _TERMINALS
