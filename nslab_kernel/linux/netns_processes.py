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
"""How long killed processes are waited for; one that waits for a device may not end."""


def pids(kind: str, lives_in: Callable[[int], bool]) -> tuple[int, ...]:
    """Return the processes whose namespace of a kind is one of those asked for; other users' may be missing.

    Args:
        kind: As in /proc/PID/ns: `net`, `mnt`, `pid`.
        lives_in: Whether the namespace with this inode is asked for.
    """
    found = []
    for pid in _all():
        with contextlib.suppress(OSError):  # it has ended, or is another user's
            if lives_in(Path(f"/proc/{pid}/ns/{kind}").stat().st_ino):
                found.append(pid)
    return tuple(found)


def parents() -> dict[int, int]:
    """Return all processes with their parents, as far as they are in sight."""
    return {pid: found[1] for pid in _all() if (found := stat(pid))}


def pids_named(name: str) -> tuple[int, ...]:
    """Return the processes that run a program, or gave themselves its name, by its first 15 letters."""
    return tuple(pid for pid in _all() if program_name(pid) == name[:15])


def pids_running(name: str) -> tuple[int, ...]:
    """Return the processes that run a program, by the first 15 letters of its name, with this one's view of files."""
    here = Path("/proc/self/ns/mnt").stat().st_ino
    return tuple(pid for pid in pids("mnt", here.__eq__) if program_name(pid) == name[:15])


def pids_started_from_notebook() -> tuple[int, ...]:
    """Return the processes of a sandbox that somebody started from the notebook: all but its own, and terminals.

    A terminal of `nslab enter` comes from outside: its parent is not in sight.
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
        # Its name, in brackets, may hold anything: proc_pid_stat(5).
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
        return [pid, *map(int, text.rpartition(")")[2].split()[1:6])]
    return []


def child_pids(pid: int) -> tuple[int, ...]:
    """Return the ids of a process's children."""
    return tuple(child for child, parent in parents().items() if parent == pid)


def family(pid: int) -> set[int]:
    """Return a process with all that it started, and what those started."""
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
    """End processes at once, and wait until they have ended; those that ended by themselves are no error."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + _DYING_S
    for pid in pids:
        ends_within(pid, max(0.0, deadline - time.monotonic()))


def ends_within(pid: int, seconds: float) -> bool:
    """Return whether a process has ended, or ends while it is watched."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with closing(process):
        ending = select.poll()
        ending.register(process, select.POLLIN)
        return bool(ending.poll(seconds * 1000))
