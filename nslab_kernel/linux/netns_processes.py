"""The processes in network namespaces, with or without a name."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable
from pathlib import Path

from nslab_kernel.linux.libc import closing

_DYING_S = 1.0
"""Seconds to wait until killed processes have ended; one that waits for a device may not end."""


def pids(kind: str, lives_in: Callable[[int], bool]) -> tuple[int, ...]:
    """Return the ids of the processes in wanted namespaces of one kind; other users' processes may be missing.

    Args:
        kind: As in /proc/PID/ns: `net`, `mnt`, `pid`.
        lives_in: Says whether the namespace with this inode is wanted.
    """
    found = []
    for pid in _all():
        with contextlib.suppress(OSError):  # it has ended, or is another user's
            if lives_in(Path(f"/proc/{pid}/ns/{kind}").stat().st_ino):
                found.append(pid)
    return tuple(found)


def parents() -> dict[int, int]:
    """Return the parent's id of each process that is visible here, by the process's id."""
    return {pid: found[1] for pid in _all() if (found := stat(pid))}


def pids_named(name: str) -> tuple[int, ...]:
    """Return the ids of the processes with the name of a program (comm, its first 15 letters)."""
    return tuple(pid for pid in _all() if program_name(pid) == name[:15])


def pids_running(name: str) -> tuple[int, ...]:
    """Return the ids of the processes as in `pids_named` that are in this process's mount namespace."""
    here = Path("/proc/self/ns/mnt").stat().st_ino
    return tuple(pid for pid in pids("mnt", here.__eq__) if program_name(pid) == name[:15])


def pids_started_from_notebook() -> tuple[int, ...]:
    """Return the ids of a sandbox's processes that were started from the notebook: not its own, not a terminal's.

    A terminal of `nslab enter` is started from outside the sandbox, so its parent has the id 0 here.
    """
    parent_of = parents()
    terminals = {pid for pid, parent in parent_of.items() if parent == 0 and pid != 1}
    own, pid = {0, 1}, os.getpid()
    while pid not in own:
        own.add(pid)
        pid = parent_of.get(pid, 0)

    def is_kept(pid: int) -> bool:
        while pid not in own:
            if pid in terminals:
                return True
            pid = parent_of.get(pid, 0)
        return False

    return tuple(sorted(pid for pid in parent_of if pid not in own and not is_kept(pid)))


def _all() -> list[int]:
    with os.scandir("/proc") as entries:
        return sorted(int(entry.name) for entry in entries if entry.name.isdecimal())


def stat(pid: int) -> list[int]:
    """Return from /proc/PID/stat: id, parent, group, session, terminal, foreground group; empty when it has ended."""
    with contextlib.suppress(OSError, ValueError):
        # The program's name, in brackets, may contain anything: proc_pid_stat(5).
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        return [pid, *map(int, text.rpartition(")")[2].split()[1:6])]
    return []


def child_pids(pid: int) -> tuple[int, ...]:
    """Return the ids of a process's children."""
    return tuple(child for child, parent in parents().items() if parent == pid)


def family(pid: int) -> set[int]:
    """Return the ids of a process and of all its descendants."""
    parent_of, found, more = parents(), set(), {pid}
    while more:
        found |= more
        more = {child for child, parent in parent_of.items() if parent in more}
    return found


def program_name(pid: int) -> str:
    """Return the name of the program that a process runs; empty when it has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
    return ""


def kill(pids: tuple[int, ...]) -> None:
    """Kill processes and wait until they have ended; those that ended before are no error."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + _DYING_S
    for pid in pids:
        ends_within(pid, max(0.0, deadline - time.monotonic()))


def ends_within(pid: int, seconds: float) -> bool:
    """Return whether a process has ended, or ends within so many seconds."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with closing(process):
        ending = select.poll()
        ending.register(process, select.POLLIN)
        return bool(ending.poll(seconds * 1000))
