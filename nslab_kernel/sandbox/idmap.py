"""Makes user namespaces, and chooses the ids that they map.

Inside, the learner is root; outside, the learner's uid does not change. With a range of subordinate ids (/etc/subuid),
users other than root exist inside as well, which a container engine needs; without a range, root is the only user.
A lab that root launches gets ids that own nothing on the machine.
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
"""The first id of a range that no account, container or service gets; systemd, "Users, Groups, UIDs and GIDs"."""
_NOBODY = 65534


class OnlyRoot(Exception):
    """This user namespace maps only root, and maps it to root outside."""


class MapRefused(OSError):
    """Linux made the user namespace, but refused to map its users or groups."""


@dataclass(frozen=True)
class Ids:
    """The users and groups that a user namespace maps."""

    users: tuple[Extent, ...]
    groups: tuple[Extent, ...]

    @property
    def root(self) -> tuple[int, int]:
        """The uid and the gid outside to which root is mapped."""
        return self.users[0][1], self.groups[0][1]


def ids_for_lab() -> Iterator[Ids]:
    """Yield the ids that may be mapped into a lab of this user, best first.

    Raises:
        OnlyRoot: Only root is mapped here, and it is root outside as well.
    """
    if os.geteuid() == 0:
        if id_map("uid") == ((0, 0, 1),):
            raise OnlyRoot
        yield Ids(_unused_ids("uid"), _unused_ids("gid"))
        return
    uid, gid = os.geteuid(), os.getegid()
    users, groups = _start_of_range("/etc/subuid", uid), _start_of_range("/etc/subgid", uid)
    if users and groups and shutil.which("newuidmap") and shutil.which("newgidmap"):
        yield Ids(((0, uid, 1), (1, users, RANGE)), ((0, gid, 1), (1, groups, RANGE)))
    yield Ids(((0, uid, 1),), ((0, gid, 1),))


def same_ids() -> Ids:
    """Return the users and groups of this user namespace, each mapped to itself."""
    return Ids(*(tuple((first, first, count) for first, _, count in id_map(kind)) for kind in ("uid", "gid")))


def become_owner(ids: Ids) -> None:
    """If this process is root, change for good to the user and the group that will own the lab."""
    uid, gid = ids.root
    if os.geteuid() == 0 != uid:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        libc.show_descriptors()


def user_namespace(ids: Ids) -> int:
    """Make a user namespace below this one, and return a descriptor of it.

    Raises:
        MapRefused: Linux or newuidmap refuses to map these users or groups.
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
    """Start a process that becomes the owner and enters a new user namespace; yield its pid, and end it afterwards."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        try:
            become_owner(ids)
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
    if os.geteuid() and kind == "gid":  # to map only their own gid, a user must deny setgroups
        _write(f"/proc/{pid}/setgroups", "deny")
    _write(f"/proc/{pid}/{kind}_map", lines)


def _unused_ids(kind: str) -> tuple[Extent, ...]:
    """Return ids of this user namespace that own nothing in it; if it maps too few, its first id, which is root."""
    first, _, count = max(id_map(kind), key=lambda extent: extent[2])
    if first <= UNUSED and first + count >= UNUSED + RANGE:
        return ((0, UNUSED, RANGE),)
    half = first + count - count // 2  # in a container: the upper half, where it has no users
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
    # The kernel takes an id map in exactly one write(2) to the existing file; open("w") would create or truncate it.
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
