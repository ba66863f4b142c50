"""Reads a process's capabilities and its users' ids from /proc.

A process that does not exist raises OSError.
"""

from pathlib import Path

Extent = tuple[int, int, int]
"""The first id inside the user namespace, the first outside, and how many ids; user_namespaces(7)."""


def status_line(name: str, pid: int | str = "self") -> str:
    """Return one value of /proc/PID/status, such as `Seccomp`; empty where this Linux has none.

    See proc_pid_status(5).
    """
    return Path("/proc", str(pid), "status").read_text().partition(f"\n{name}:")[2].partition("\n")[0].strip()


def capabilities(pid: int | str = "self", kind: str = "CapEff") -> int:
    """Return a set of a process's capabilities, one bit each.

    Args:
        pid: The process.
        kind: `CapEff` for what it may do now, `CapBnd` for what a program could get.

    See capabilities(7).
    """
    return int(status_line(kind, pid) or "0", 16)


def id_map(kind: str) -> tuple[Extent, ...]:
    """Return the users (`uid`) or groups (`gid`) that this process's user namespace maps.

    See user_namespaces(7).
    """
    lines = Path(f"/proc/self/{kind}_map").read_text().splitlines()
    return tuple((int(inside), int(outside), int(count)) for inside, outside, count in map(str.split, lines))
