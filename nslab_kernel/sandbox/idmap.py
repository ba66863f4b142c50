"""Who is who inside: user namespaces and their users' numbers.

Inside, the learner is root; outside, he stays who he is. With a range of numbers of his own (/etc/subuid) users other
than root exist inside as well, which a container engine wants; without one root is the only user.
Launched by root, the lab gets numbers that own nothing on the machine.
See user_namespaces(7), newuidmap(1), subuid(5).
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nslab_kernel.linux import libc
from nslab_kernel.linux.process_status import Extent, id_map

RANGE = 65536
UNUSED = 0x70000000
"""The first of the numbers that no account, container or service gets; "Users, Groups, UIDs and GIDs" of systemd."""
_NOBODY = 65534


class OnlyRoot(Exception):
    """Root is the only user of this user namespace, and root outside of it."""


class MapRefused(OSError):
    """Linux made the user namespace, and refused its users and groups."""


@dataclass(frozen=True)
class Ids:
    """The users and groups of a user namespace."""

    users: tuple[Extent, ...]
    groups: tuple[Extent, ...]

    @property
    def root(self) -> tuple[int, int]:
        """The user and the group outside that root inside is."""
        return self.users[0][1], self.groups[0][1]


def ids_for_lab() -> Iterator[Ids]:
    """Return whom to map into a lab of this user's, best first.

    Raises:
        OnlyRoot: There is nobody who is not root on the machine.
    """
    if os.geteuid() == 0:
        if id_map("uid") == ((0, 0, 1),):
            raise OnlyRoot
        yield Ids(_owners_of_nothing("uid"), _owners_of_nothing("gid"))
        return
    uid, gid = os.geteuid(), os.getegid()
    users, groups = _start_of_range("/etc/subuid", uid), _start_of_range("/etc/subgid", uid)
    if users and groups and shutil.which("newuidmap") and shutil.which("newgidmap"):
        yield Ids(((0, uid, 1), (1, users, RANGE)), ((0, gid, 1), (1, groups, RANGE)))
    yield Ids(((0, uid, 1),), ((0, gid, 1),))


def same_ids() -> Ids:
    """Return the users and groups of this user namespace, each mapped to itself."""
    return Ids(*(tuple((first, first, count) for first, _, count in id_map(kind)) for kind in ("uid", "gid")))


def become(ids: Ids) -> None:
    """As root: become, for good, the user who is to own the lab."""
    uid, gid = ids.root
    if os.geteuid() == 0 != uid:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        libc.show_descriptors()


def user_namespace(ids: Ids) -> int:
    """Make a user namespace below this one, and return a descriptor of it.

    Raises:
        MapRefused: These users and groups are refused.
        OSError: Linux refuses the namespace itself.
    """
    with _process_in_new_namespace(ids) as child:
        try:
            _map(child, "uid", ids.users)
            _map(child, "gid", ids.groups)
        except OSError as error:
            raise MapRefused(error.errno, error.strerror) from None
        return os.open(f"/proc/{child}/ns/user", os.O_RDONLY | os.O_CLOEXEC)


@contextlib.contextmanager
def _process_in_new_namespace(ids: Ids) -> Iterator[int]:
    """Start a process that makes a user namespace as its owner, and waits in it until it is no longer wanted."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        try:
            become(ids)
            libc.unshare(libc.CLONE_NEWUSER)
            theirs.send(b"0")
        except OSError as error:
            theirs.send(str(error.errno).encode())
        theirs.recv(1)
        os._exit(0)
    theirs.close()
    try:
        if number := int(ours.recv(16) or b"0"):
            raise OSError(number, os.strerror(number))
        yield child
    finally:
        ours.close()
        os.waitpid(child, 0)


def _map(pid: int, kind: str, extents: tuple[Extent, ...]) -> None:
    lines = "".join(f"{inside} {outside} {count}\n" for inside, outside, count in extents)
    if os.geteuid() and len(extents) > 1:
        done = subprocess.run([f"new{kind}map", str(pid), *lines.split()], capture_output=True, text=True, check=False)
        if done.returncode:
            raise PermissionError(1, done.stderr.strip())
        return
    if os.geteuid() and kind == "gid":  # who maps himself alone gives up the other groups
        _write(f"/proc/{pid}/setgroups", "deny")
    _write(f"/proc/{pid}/{kind}_map", lines)


def _owners_of_nothing(kind: str) -> tuple[Extent, ...]:
    """Return numbers of this user namespace that own nothing in it; where there is root alone, root."""
    first, _, count = max(id_map(kind), key=lambda extent: extent[2])
    if first <= UNUSED and first + count >= UNUSED + RANGE:
        return ((0, UNUSED, RANGE),)
    half = first + count - count // 2  # in a container: the upper half, which its users do not reach
    end = min(first + count, _NOBODY) if half < _NOBODY else first + count
    return ((0, half, end - half),) if end > half else ((0, first, 1),)


def _start_of_range(path: str, uid: int) -> int | None:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return None
    names = {str(uid)}
    with contextlib.suppress(KeyError):  # a user without an entry in passwd(5)
        names.add(pwd.getpwuid(uid).pw_name)
    for line in lines:
        name, _, numbers = line.partition(":")
        start, _, count = numbers.partition(":")
        if name in names and count.strip().isdigit() and int(count) >= RANGE:
            return int(start)
    return None


def _write(path: str, text: str) -> None:
    # One write(2), and the file must exist: what open("w") does besides, these files refuse.
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
