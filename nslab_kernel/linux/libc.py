"""The few system calls for namespaces that Python 3.11 lacks."""

import ctypes
import os

CLONE_NEWNET = 0x40000000
MS_BIND, MS_REC, MS_SHARED = 4096, 16384, 1 << 20
_MNT_DETACH = 2
_IN_NEW_OR_GONE = 0x3C0
"""IN_MOVED_FROM, IN_MOVED_TO, IN_CREATE, IN_DELETE."""
_O_NONBLOCK_CLOEXEC = 0o2004000
_libc = ctypes.CDLL(None, use_errno=True)


def setns(descriptor: int) -> None:
    """Move the calling thread into a network namespace; setns(2)."""
    _check(_libc.setns(descriptor, CLONE_NEWNET))


def unshare_net() -> None:
    """Move the calling thread into a new network namespace; unshare(2)."""
    _check(_libc.unshare(CLONE_NEWNET))


def mount(source: str, target: str, flags: int) -> None:
    """Bind a file or folder to another place, or change how it is shared; mount(2)."""
    _check(_libc.mount(os.fsencode(source), os.fsencode(target), b"none", ctypes.c_ulong(flags), None))


def unmount(target: str) -> None:
    """Take a mount away from its place, at once; umount2(2) with MNT_DETACH."""
    _check(_libc.umount2(os.fsencode(target), _MNT_DETACH))


def inotify() -> int:
    """Return a descriptor that tells of what is watched; inotify(7)."""
    return _check(_libc.inotify_init1(_O_NONBLOCK_CLOEXEC))


def watch_names(descriptor: int, folder: str) -> None:
    """Let an inotify descriptor tell of names that come to a folder and go; asking again does no harm."""
    _check(_libc.inotify_add_watch(descriptor, os.fsencode(folder), _IN_NEW_OR_GONE))


def _check(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer
