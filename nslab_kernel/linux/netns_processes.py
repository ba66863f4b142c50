"""The processes in network namespaces, with or without a name."""

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

_DYING_S = 1.0
"""How long killed processes are waited for; one that waits for a device may not end."""


def pids(kind: str, lives_in: Callable[[int], bool]) -> Iterator[int]:
    """Yield the processes whose namespace of a kind is one of those asked for, told by its inode.

    Args:
        kind: As in /proc/PID/ns: `net`, `mnt`, `pid`.
        lives_in: Whether that namespace is asked for.
    """
    for pid in _all():
        with contextlib.suppress(OSError):  # it has ended, or is another user's
            if lives_in(Path(f"/proc/{pid}/ns/{kind}").stat().st_ino):
                yield pid


def parents() -> dict[int, int]:
    """Return all processes with their parents, as far as they are in sight."""
    return {pid: parent for pid in _all() if (parent := _parent(pid)) is not None}


def pids_named(name: str) -> tuple[int, ...]:
    """Return the processes that run a program, or gave themselves its name, by its first 15 letters."""
    return tuple(pid for pid in _all() if program_name(pid) == name[:15])


def pids_in(lives_in: Callable[[int], bool]) -> tuple[int, ...]:
    """Return the ids of the processes whose namespace is one of those asked for, told by its inode.

    Processes of other users may be missing.
    """
    return tuple(pids("net", lives_in))


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


def _parent(pid: int) -> int | None:
    with contextlib.suppress(OSError):
        # Its name, in brackets, may hold anything: proc_pid_stat(5).
        return int(Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    return None


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
        _wait_for_end(pid, deadline)


def _wait_for_end(pid: int, deadline: float) -> None:
    with contextlib.suppress(ProcessLookupError):
        process = os.pidfd_open(pid)
        try:
            ending = select.poll()
            ending.register(process, select.POLLIN)
            ending.poll(1000 * max(0.0, deadline - time.monotonic()))
        finally:
            os.close(process)
