"""Attacks on hidden and read-only places: tricks with mounts, each in a child with its own mount namespace.

A trick returns where the machine's files may be seen afterwards: pairs of a path prefix and what replaces the prefix.
"""

import contextlib
import ctypes
import json
import os
import signal
import socket
import tempfile
from pathlib import Path

_BIND, _REC, _MOVE, _REMOUNT, _PRIVATE, _DETACH = 0x1000, 0x4000, 0x2000, 0x20, 0x40000, 2
_NEWNS, _NEWCGROUP, _NEWUSER = 0x20000, 0x2000000, 0x10000000
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}[os.uname().machine]
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_CLONE_TREE, _FROM_EMPTY, _EMPTY_PATH, _RECURSIVE = 1, 4, 0x1000, 0x8000
_SET_DUMPABLE = 4
_LIMIT_S = 10
_HERE = (("", ""),)
_libc = ctypes.CDLL(None, use_errno=True)


def undoes_mounts(machine, trick):
    """Use a trick, and return which files were hidden or read-only before it and are not any more."""

    def work():
        _libc.unshare(_NEWNS)
        if trick == "user namespace":
            _enter_a_user_namespace()
        if machine.plain:  # the control: without a sandbox the trick has to succeed
            _be_in_a_poor_sandbox(trick)
        before = _seen(machine, _HERE)
        views = TRICKS[trick](machine)
        return sorted(_seen(machine, views) - before)

    return _in_a_child(work)


def _be_in_a_poor_sandbox(trick):
    """Hide files badly: the mounts or the root that hide them belong to the attacking process itself."""
    if trick == "chroot":
        poor = tempfile.mkdtemp()
        Path(poor, "tmp").mkdir()
        os.chroot(poor)
        return
    _mount(None, "/", None, _REC | _PRIVATE)
    _mount("tmpfs", "/run", "tmpfs")


def _enter_a_user_namespace():
    """Enter a new user namespace, as whose root the process has all rights over its own mounts."""
    uid, gid = os.geteuid(), os.getegid()
    _libc.unshare(_NEWUSER | _NEWNS)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with contextlib.suppress(OSError):
            Path("/proc/self", name).write_text(text)


def mounts_afresh(machine, fstype):
    """Mount a file system of the kernel, such as proc, and look whether the machine could be changed through it."""

    def work():
        _libc.unshare(_NEWNS | _NEWCGROUP)
        place = tempfile.mkdtemp()
        if _mount(fstype, place, fstype):
            return []
        switches = ("sys/kernel/core_pattern", "sysrq-trigger", "kernel/mm/transparent_hugepage/enabled")
        if fstype in ("proc", "sysfs"):
            return [f"could write {name} of it" for name in switches if _descriptor(f"{place}/{name}", os.O_WRONLY)]
        return [f"mounted {fstype}, which it may write"] if os.access(place, os.W_OK) else []

    return _in_a_child(work)


def _umount(machine):
    for point in reversed(_points()):
        _libc.umount2(point.encode(), _DETACH)
    return _HERE


def _remount(machine):
    attributes = (ctypes.c_uint64 * 4)(0, 1 | 2 | 4 | 8, 0, 0)  # attr_clr: read-only, nosuid, nodev, noexec
    for point in _points():
        _mount(None, point, None, _REMOUNT | _BIND)
        _libc.syscall(_MOUNT_SETATTR, -100, point.encode(), 0, attributes, ctypes.sizeof(attributes))
    _libc.syscall(_MOUNT_SETATTR, -100, b"/", _RECURSIVE, attributes, ctypes.sizeof(attributes))
    return _HERE


def _bind(machine):
    """Bind each folder without the mounts in it, which shows what those mounts cover."""
    views = []
    for point in _points():
        place = tempfile.mkdtemp()
        if Path(point).is_dir() and not _mount(point, place, None, _BIND):
            _mount(None, place, None, _REMOUNT | _BIND)
            views.append((point.rstrip("/"), place))
    return views


def _move(machine):
    _mount(None, "/", None, _REC | _PRIVATE)
    for point in reversed(_points()):
        place = tempfile.mkdtemp() if Path(point).is_dir() else tempfile.mkstemp()[1]
        _mount(point, place, None, _MOVE)
    return _HERE


def _open_tree(machine):
    """Clone each mount by open_tree(2) and look into the detached clone, and then into the attached one."""
    views = []
    for point in _points():
        tree = _libc.syscall(_OPEN_TREE, -100, point.encode(), _CLONE_TREE)
        if tree >= 0:
            views.append((point.rstrip("/"), f"/proc/self/fd/{tree}"))
            place = tempfile.mkdtemp()
            if not _libc.syscall(_MOVE_MOUNT, tree, b"", -100, place.encode(), _FROM_EMPTY):
                _mount(None, place, None, _REMOUNT | _BIND)
                views.append((point.rstrip("/"), place))
    return views


def _pivot_root(machine):
    """Change the root, then unmount all mounts of the old root."""
    _mount(None, "/", None, _REC | _PRIVATE)
    points, place = _points(), tempfile.mkdtemp()
    _mount("tmpfs", place, "tmpfs")
    Path(place, "old").mkdir()
    os.chdir(place)
    if _libc.syscall(_PIVOT_ROOT, b".", b"old"):
        return ()
    for point in reversed(points):
        if point != "/":
            _libc.umount2(f"/old{point}".encode(), _DETACH)
    return (("", "/old"),)


def _chroot(machine):
    """Leave a chroot through a folder that was opened before the chroot, which is the oldest trick."""
    above = os.open("/", os.O_RDONLY)
    os.chroot(tempfile.mkdtemp())
    os.fchdir(above)
    for _ in range(20):
        os.chdir("..")
    os.chroot(".")
    return _HERE


def _all_of_them(machine):
    return [*_bind(machine), *_open_tree(machine), *_remount(machine), *_umount(machine)]


def _processes(machine):
    """Look through the root, the working folder and the open folders of other processes."""
    links = [path for path in Path("/proc").glob("[0-9]*/fd/*") if path.is_dir()]
    links += [*Path("/proc").glob("[0-9]*/root"), *Path("/proc").glob("[0-9]*/cwd")]
    ups = "/.." * 12
    return [("", str(link)) for link in links] + [("", f"{link}{ups}") for link in links]


def _mount_namespaces(machine):
    """Enter the machine's mount namespace through another process."""
    for namespace in Path("/proc").glob("[0-9]*/ns/mnt"):
        with contextlib.suppress(OSError):
            descriptor = os.open(namespace, os.O_RDONLY)
            if os.fstat(descriptor).st_ino == machine.namespaces["mnt"] and not _libc.setns(descriptor, _NEWNS):
                break
    return _HERE


TRICKS = {
    "umount": _umount,
    "remount": _remount,
    "bind": _bind,
    "move": _move,
    "open_tree": _open_tree,
    "pivot_root": _pivot_root,
    "chroot": _chroot,
    "user namespace": _all_of_them,
    "processes": _processes,
    "mount namespaces": _mount_namespaces,
}


def _seen(machine, views):
    """Return which hidden files can be read, sockets be reached, and read-only files be opened for writing."""
    seen = set()
    for cut, put in views:
        for path in machine.hidden:
            if path.startswith(cut) and machine.secret in _text(put + path[len(cut) :]):
                seen.add(f"read {path}")
        for path in machine.sockets:
            if path.startswith(cut) and _dials(put + path[len(cut) :]):
                seen.add(f"reached {path}")
        for path in machine.kept:
            if path.startswith(cut) and _descriptor(put + path[len(cut) :], os.O_WRONLY):
                seen.add(f"could write {path}")
    return seen


def _points():
    """Return all mount points in the order of mountinfo; none if mountinfo cannot be read."""
    with contextlib.suppress(OSError):
        return [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return []


def _mount(source, target, fstype, flags=0):
    named = (word.encode() if word else None for word in (source, target, fstype))
    return _libc.mount(*named, ctypes.c_ulong(flags), None)


def _text(path):
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), errors="replace") as file:
            return file.read(1 << 16)
    except OSError:
        return ""


def _descriptor(path, flags):
    with contextlib.suppress(OSError):
        os.close(os.open(path, flags | os.O_NONBLOCK))
        return True
    return False


def _dials(path):
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as dialled:
        dialled.settimeout(1)
        dialled.connect(path)
        return True
    return False


def _in_a_child(work):
    answer, result = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(_LIMIT_S)
            _libc.prctl(_SET_DUMPABLE, 1, 0, 0, 0)  # the notebook's own process hides its /proc/self
            os.write(result, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(result)
    with os.fdopen(answer) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return json.loads(said or "[]")
