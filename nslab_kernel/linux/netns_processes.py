"""The processes in network namespaces, with or without a name."""

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path


def pids_in(is_wanted: Callable[[int], bool]) -> tuple[int, ...]:
    """Return the pids whose network namespace has a wanted inode.

    Processes of other users may be missing.
    """
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended, or is another user's
            if is_wanted((process / "ns/net").stat().st_ino):
                found.append(int(process.name))
    return tuple(sorted(found))


def pids_running(name: str) -> tuple[int, ...]:
    """Return the pids that run a program (first 15 letters of its name) in this mount namespace."""
    here, found = Path("/proc/self/ns/mnt").stat().st_ino, []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended, or is another user's
            if program_name(int(process.name)) == name[:15] and (process / "ns/mnt").stat().st_ino == here:
                found.append(int(process.name))
    return tuple(found)


def pids_started_from_notebook() -> tuple[int, ...]:
    """Return the pids started from the notebook: all of the sandbox but its own and those of terminals.

    A terminal of `nslab enter` is recognized by its parent outside, shown as 0.
    """
    parents = {int(process.name): _parent(int(process.name)) for process in Path("/proc").glob("[0-9]*")}
    terminals = {pid for pid, parent in parents.items() if parent == 0 and pid != 1}
    own, pid = {0, 1}, os.getpid()
    while pid not in own:
        own.add(pid)
        pid = parents.get(pid, 0)

    def is_kept(pid: int) -> bool:
        while pid not in own:
            if pid in terminals:
                return True
            pid = parents.get(pid, 0)
        return False

    return tuple(sorted(pid for pid in parents if pid not in own and not is_kept(pid)))


def _parent(pid: int) -> int:
    with contextlib.suppress(OSError):
        # Its name, in brackets, may hold anything: proc_pid_stat(5).
        return int(Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    return 1


def child_pids(pid: int) -> tuple[int, ...]:
    """Return the ids of a process's children."""
    with contextlib.suppress(OSError):
        lists = Path(f"/proc/{pid}/task").glob("*/children")
        return tuple(int(child) for tasks in lists for child in tasks.read_text().split())
    return ()


def program_name(pid: int) -> str:
    """Return the name of the program that a process runs; empty when it has ended."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text(errors="replace").strip()
    return ""


def kill(pids: tuple[int, ...]) -> None:
    """End processes at once; those that ended by themselves are no error."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
