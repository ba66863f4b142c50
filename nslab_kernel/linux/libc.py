"""System calls that Python 3.11 does not offer, by ctypes."""

import contextlib
import ctypes
import fcntl
import os
import platform
import socket
import struct
from collections.abc import Iterator

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC = 1, 2, 4, 8, 4096, 16384
MS_SLAVE, MS_SHARED = 1 << 19, 1 << 20
_IN_MODIFY, _IN_NEW_OR_GONE = 0x2, 0x3C0
"""IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE."""
PR_SET_DUMPABLE, PR_SET_NAME, PR_SET_CHILD_SUBREAPER = 4, 15, 36
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
NSFS_MAGIC = 0x6E736673

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_NS_GET_NSTYPE = 0xB703
_MNT_DETACH, _UMOUNT_NOFOLLOW = 2, 8
# The same numbers on every architecture: asm-generic/unistd.h.
_SYS_OPEN_TREE, _SYS_MOVE_MOUNT, _SYS_MOUNT_SETATTR = 428, 429, 442
_AT_FDCWD, _AT_RECURSIVE, _AT_EMPTY_PATH = -100, 0x8000, 0x1000
_OPEN_TREE_CLONE, _OPEN_TREE_CLOEXEC, _MOVE_MOUNT_F_EMPTY_PATH, _MOUNT_ATTR_IDMAP = 1, os.O_CLOEXEC, 4, 0x100000
_SYS_KEYCTL = {"x86_64": 250, "aarch64": 219}
_KEYCTL_JOIN_SESSION_KEYRING = 1
_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Leave namespaces for new ones; unshare(2)."""
    _check(_libc.unshare(ctypes.c_int(flags)), f"unshare({flags:#x})")


def setns(descriptor: int, kind: int = CLONE_NEWNET) -> None:
    """Move the calling thread into a namespace of a kind; setns(2)."""
    _check(_libc.setns(descriptor, ctypes.c_int(kind)), f"setns({kind:#x})")


def mount(source: str | None, target: str, fstype: str | None = None, flags: int = 0, data: str | None = None) -> None:
    """Mount, bind, or change a mount; mount(2)."""
    words = [None if word is None else os.fsencode(word) for word in (source, target, fstype, data)]
    _check(
        _libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]), f"mount {fstype or ''} on {target}"
    )


def unmount(target: str) -> None:
    """Unmount at once, even if the mount is still in use, and never through a symbolic link; umount2(2)."""
    _check(_libc.umount2(os.fsencode(target), _MNT_DETACH | _UMOUNT_NOFOLLOW), f"umount {target}")


def clone_tree(path: str) -> int:
    """Return a descriptor of a detached copy of the mount at a path; open_tree(2)."""
    flags = _OPEN_TREE_CLONE | _OPEN_TREE_CLOEXEC | _AT_RECURSIVE
    tree = _syscall(_SYS_OPEN_TREE, ctypes.c_int(_AT_FDCWD), os.fsencode(path), ctypes.c_uint(flags))
    return _check(tree, f"open_tree {path}")


def map_owners(tree: int, user_namespace: int) -> None:
    """Map the owners of a detached mount's files by a user namespace; mount_setattr(2), MOUNT_ATTR_IDMAP."""
    attributes = struct.pack("QQQQ", _MOUNT_ATTR_IDMAP, 0, 0, user_namespace)
    flags = ctypes.c_uint(_AT_EMPTY_PATH | _AT_RECURSIVE)
    size = ctypes.c_size_t(len(attributes))
    _check(_syscall(_SYS_MOUNT_SETATTR, ctypes.c_int(tree), b"", flags, attributes, size), "mount_setattr")


def attach_tree(tree: int, path: str) -> None:
    """Mount a copy made by `clone_tree` at a path; move_mount(2)."""
    place = (ctypes.c_int(_AT_FDCWD), os.fsencode(path))
    answer = _syscall(_SYS_MOVE_MOUNT, ctypes.c_int(tree), b"", *place, ctypes.c_uint(_MOVE_MOUNT_F_EMPTY_PATH))
    _check(answer, f"move_mount {path}")


def join_new_keyring() -> None:
    """Leave the session's keyring for an empty one; keyctl_join_session_keyring(3)."""
    number = _SYS_KEYCTL.get(platform.machine())
    if number:
        _check(_syscall(number, ctypes.c_int(_KEYCTL_JOIN_SESSION_KEYRING), None), "keyctl")


def filter_system_calls(program: bytes) -> None:
    """Filter the system calls of this process and its children by struct sock_filter instructions; seccomp(2)."""
    lines = ctypes.create_string_buffer(program)
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(lines))
    arguments = (ctypes.c_ulong(SECCOMP_MODE_FILTER), header, ctypes.c_ulong(0), ctypes.c_ulong(0))
    _check(_libc.prctl(PR_SET_SECCOMP, *arguments), "seccomp")


def set_process_name(name: str) -> None:
    """Give this process the name that `ps` shows: at most 15 bytes; prctl(2)."""
    _check(_libc.prctl(PR_SET_NAME, name.encode(), 0, 0, 0), "prctl")


def hide_descriptors() -> None:
    """Hide this process's open files from others of the same user; prctl(2), PR_SET_DUMPABLE."""
    _prctl(PR_SET_DUMPABLE, False)


def show_descriptors() -> None:
    """Undo `hide_descriptors`; also needed after a change of user, to see /proc/PID of one's children."""
    _prctl(PR_SET_DUMPABLE, True)


def set_subreaper(on: bool) -> None:
    """Become, or cease to be, the parent of orphaned descendants; prctl(2)."""
    _prctl(PR_SET_CHILD_SUBREAPER, on)


def inotify() -> int:
    """Return a non-blocking inotify descriptor; inotify(7)."""
    return _check(_libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC), "inotify_init1")


def watch_names(descriptor: int, folder: str) -> None:
    """Watch a folder for names that are added or removed; a second call for the same folder is harmless."""
    _check(_libc.inotify_add_watch(descriptor, os.fsencode(folder), _IN_NEW_OR_GONE), f"watch {folder}")


def watch_writing(descriptor: int, folder: str) -> int:
    """Watch writes to files in a folder; return the watch's number.

    Raises:
        FileNotFoundError: There is no such folder.
        OSError: The machine allows no more watches.
    """
    return _check(_libc.inotify_add_watch(descriptor, os.fsencode(folder), _IN_MODIFY), f"watch {folder}")


def remove_watch(descriptor: int, number: int) -> None:
    """End a watch; no error if Linux has ended it already."""
    _libc.inotify_rm_watch(descriptor, ctypes.c_int(number))


def inotify_events(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield the watch's number and the name of each event that was read: struct inotify_event, inotify(7)."""
    at = 0
    while at < len(data):
        number, _mask, _cookie, length = struct.unpack_from("iIII", data, at)
        at += 16 + length
        yield number, os.fsdecode(data[at - length : at].rstrip(b"\0"))


def is_namespace(descriptor: int) -> bool:
    """Return whether an open file is a namespace; fstatfs(2)."""
    buffer = ctypes.create_string_buffer(256)
    _check(_libc.fstatfs(descriptor, buffer), "fstatfs")
    kind: int = struct.unpack_from("l", buffer)[0]
    return kind == NSFS_MAGIC


def is_netns(descriptor: int) -> bool:
    """Return whether an open file is a network namespace; ioctl_nsfs(2)."""
    return is_namespace(descriptor) and fcntl.ioctl(descriptor, _NS_GET_NSTYPE) == CLONE_NEWNET


def set_loopback_up() -> None:
    """Set `lo` up, as `ip link set dev lo up` does; netdevice(7)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        answer = fcntl.ioctl(asker, _SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
        flags = struct.unpack_from("h", answer, 16)[0]
        fcntl.ioctl(asker, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


@contextlib.contextmanager
def closing(descriptor: int) -> Iterator[int]:
    """Yield a descriptor, and close it at the end of the block; close(2)."""
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _syscall(number: int, *arguments: object) -> int:
    answer: int = _libc.syscall(ctypes.c_long(number), *arguments)
    return answer


def _prctl(option: int, on: bool) -> None:
    _check(_libc.prctl(option, *(ctypes.c_ulong(value) for value in (int(on), 0, 0, 0))), "prctl")


def _check(answer: int, what: str) -> int:
    """Return the return value of a call; OSError if it is negative."""
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return answer
