"""Who is who inside: the maps of user and group numbers.

Inside, the learner is root; outside, he stays who he is. With a range of numbers of his own (/etc/subuid) users other
than root exist inside as well, which a container engine wants; without one root is the only user.
See user_namespaces(7), newuidmap(1).
"""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

RANGE = 65536


def map_ids(pid: int) -> bool:
    """Write the maps of a process that has just left for a user namespace; called from outside it.

    Returns:
        Whether a range of numbers was mapped. If not, the process maps itself, with `map_self`.
    """
    try:
        return _mirror(pid) if os.geteuid() == 0 else _map_range(pid, os.geteuid(), os.getegid())
    except OSError:
        return False


def map_self(uid: int, gid: int) -> None:
    """Map one user and one group, who become root; called by the process inside, with its numbers outside."""
    _write_once("setgroups", "deny")
    _write_once("uid_map", f"0 {uid} 1")
    _write_once("gid_map", f"0 {gid} 1")


def become_root() -> None:
    """Take number 0 of the new map."""
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)


def is_machine_root() -> bool:
    """Return whether root in here is the machine's root, whom file permissions do not hold back."""
    return any(line.split()[:2] == ["0", "0"] for line in Path("/proc/self/uid_map").read_text().splitlines())


def _mirror(pid: int) -> bool:
    for kind in ("uid_map", "gid_map"):
        extents = [tuple(map(int, line.split())) for line in Path("/proc/self", kind).read_text().splitlines()]
        # Never the single line "0 0 4294967295": container engines take that for the machine's own user namespace.
        first, count = extents[0][0], extents[0][2]
        split = [(first, 1), (first + 1, count - 1)] if count > 1 else [(first, 1)]
        lines = split + [(inside, amount) for inside, _, amount in extents[1:]]
        _write(Path("/proc", str(pid), kind), "".join(f"{start} {start} {amount}\n" for start, amount in lines))
    return True


def _map_range(pid: int, uid: int, gid: int) -> bool:
    for kind, own in (("uid", uid), ("gid", gid)):
        tool, start = shutil.which(f"new{kind}map"), _start_of_range(f"/etc/sub{kind}", uid)
        if not tool or not start:
            return False
        command = [tool, str(pid), "0", str(own), "1", "1", start, str(RANGE)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return False
    return True


def _start_of_range(path: str, uid: int) -> str | None:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return None
    names = {str(uid), _user_name(uid)}
    for line in lines:
        name, _, numbers = line.partition(":")
        start, _, count = numbers.partition(":")
        if name in names and count.strip().isdigit() and int(count) >= RANGE:
            return start
    return None


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _write_once(name: str, text: str) -> None:
    path = Path("/proc/self", name)
    try:
        _write(path, text)
    except PermissionError:
        # newuidmap may have written one of the two maps before newgidmap failed.
        if not path.read_text().strip() or name == "setgroups":
            raise


def _write(path: Path, text: str) -> None:
    # One write(2), and the file must exist: what open("w") does besides, these files refuse.
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
