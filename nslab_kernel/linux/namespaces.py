"""Named network namespaces: add, attach, delete, list.

An invalid name raises `BadValue`, one that is taken `AlreadyExists`, one that does not exist `NoNamespace`, a refusal
by Linux `RefusedByLinux`.
"""

import contextlib
import os
import stat
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nslab_kernel.errors import AlreadyExists, LabError, NoNamespace, RefusedByLinux, refused_by_linux
from nslab_kernel.language import translate as _
from nslab_kernel.linux import libc, sysctl_writes
from nslab_kernel.linux.argument_checks import check_netns_name, check_new_netns_name, check_text
from nslab_kernel.linux.kernel_defaults import kernel_defaults
from nslab_kernel.linux.lab import SANDBOX, lab
from nslab_kernel.linux.new_namespace import in_new_namespace
from nslab_kernel.spelling import quoted

FOLDER = Path("/run/netns")
"""The folder of names: a namespace has a name if it is mounted on a file here; ip-netns(8)."""


def names() -> tuple[str, ...]:
    """Return the names of all namespaces, sorted; a file that no namespace is mounted on is left out."""
    return tuple(inodes())


def inodes() -> dict[str, int]:
    """Return the inode of each named namespace, sorted by name."""
    where = _device()
    return {name: found.st_ino for name, found in _stats() if found.st_dev == where}


def exists(name: str) -> bool:
    """Return whether a namespace has this name."""
    return inode(name) is not None


def inode(name: str) -> int | None:
    """Return the inode of the namespace of this name, `None` if there is none; faster than `inodes`."""
    try:
        found = Path(path(name)).stat()
    except (OSError, ValueError):  # ValueError: a zero byte
        return None
    return found.st_ino if "/" not in name and found.st_dev == _device() else None


def require_readable() -> None:
    """Check that /run/netns holds no pipe: `ip` opens each file there, and would block.

    Raises:
        LabError: There is a pipe.
    """
    for name, found in _stats():
        if stat.S_ISFIFO(found.st_mode):
            raise LabError(
                _("{path} is a pipe, no namespace.").format(path=path(name)),
                _("ip opens every file in that folder, and would wait for ever until somebody writes into it."),
                try_=f"netns_del({quoted(name)})",
            )


def _device() -> int:
    """Return the number of the device nsfs, which the files of all namespaces are on."""
    return Path("/proc/self/ns/net").stat().st_dev


def _stats() -> Iterator[tuple[str, os.stat_result]]:
    """Yield each name with the stat of its file, sorted by name."""
    for entry in _entries():
        try:
            yield entry.name, entry.stat()
        except OSError:  # deleted meanwhile
            continue


def path(name: str) -> str:
    """Return the file that a namespace is mounted on."""
    return f"{FOLDER}/{name}"


def add(name: str) -> None:
    """Make a network namespace, as `ip netns add NAME` does."""
    check_new_netns_name(name)
    make(name)


def make(name: str) -> None:
    """Make a namespace as `add` does, but with any name that Linux allows."""
    with _claimed(name) as target:
        _mount_new(target)


def make_together(names: Iterable[str]) -> None:
    """Make several namespaces as `make` does, by two threads: while Linux makes one, the other asks for the next.

    Raises:
        LabError: The first refusal; the other namespaces are made nevertheless.
    """
    with refused_by_linux():
        _share_folder()  # by one thread: two would mount it twice
    with ThreadPoolExecutor(2, "nslab-new-netns") as threads:
        made = [threads.submit(make, name) for name in names]  # map() would cancel those after a refused one
    for one in made:
        one.result()


def attach(name: str, pid: int) -> None:
    """Give any name that Linux allows to the namespace that a process is in, as `ip netns attach NAME PID` does."""
    with _claimed(name) as target:
        libc.mount(f"/proc/{pid}/ns/net", target, flags=libc.MS_BIND)


def delete(name: str) -> None:
    """Delete a namespace's name, as `ip netns del NAME` does; the namespace ends with the last process inside."""
    check_text(name)
    drop(name)


def drop(name: str) -> None:
    """Delete a name as `delete` does, but any that Linux allows, also of a file that no namespace is mounted on."""
    is_there = exists(name)
    if not is_there and not _is_litter(name):  # this excludes ".." and paths, whose mounts are not ours
        check_netns_name(name)
        raise NoNamespace(name, names())
    try:
        with contextlib.suppress(OSError):  # a symbolic link is no mount; unlink() refuses a file that stays mounted
            libc.unmount(path(name))
        Path(path(name)).unlink()
    except OSError as error:
        if not exists(name):  # deleted meanwhile
            raise NoNamespace(name, names()) from None
        raise RefusedByLinux(error.errno or 0) from None


def entries() -> tuple[str, ...]:
    """Return all names in /run/netns, sorted: also files that no namespace is mounted on, and symbolic links."""
    return tuple(entry.name for entry in _entries())


def remove_all() -> None:
    """Remove all that is in /run/netns, whether a namespace or not, except what Linux refuses to remove.

    `_share_folder` has mounted the folder on itself. Unmounting it removes all mounts in it at once, so that Linux
    dismantles the namespaces together.
    """
    with contextlib.suppress(OSError):  # no name was ever given
        libc.unmount(str(FOLDER))
    for name in entries():
        with contextlib.suppress(RefusedByLinux):
            _remove(name)


def _remove(name: str) -> None:
    """Remove the name from /run/netns, whether a namespace, another file or a folder has it."""
    where = FOLDER / name
    with refused_by_linux():
        while os.path.ismount(where):  # Path.is_mount of Python 3.11 is for folders only
            libc.unmount(str(where))
        if where.is_dir() and not where.is_symlink():
            where.rmdir()
        else:
            where.unlink()


def host_netns_argument() -> str:
    """Return WORD for the host in `ip link set dev NAME netns WORD`: a PID, or a path if a namespace has its name."""
    pid = "1" if lab().own_pids else str(os.getpid())
    return f"/proc/{pid}/ns/net" if exists(pid) else pid


@contextlib.contextmanager
def _claimed(name: str) -> Iterator[str]:
    """Create a file to mount a namespace on and yield its path; remove it again if Linux refuses the mount."""
    with refused_by_linux():
        _share_folder()
        try:
            _create(name)
        except FileExistsError:
            if not _is_litter(name):
                raise AlreadyExists(_("The network namespace {name}").format(name=name)) from None
            _remove(name)
            _create(name)
        try:
            yield path(name)
        except OSError:
            Path(path(name)).unlink(missing_ok=True)
            raise


def _create(name: str) -> None:
    os.close(os.open(path(name), os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0))


def _is_litter(name: str) -> bool:
    """Return whether a file without a namespace has this name; False on the real machine, whose files are not ours."""
    return lab().kind == SANDBOX and name in entries() and not exists(name)


def _entries() -> list[os.DirEntry[str]]:
    try:
        with os.scandir(FOLDER) as found:
            return sorted(found, key=lambda entry: entry.name)
    except FileNotFoundError:  # no namespace was ever made
        return []


def _share_folder() -> None:
    """Make the folder a shared mount, so that names show in other mount namespaces, as iproute2 does."""
    try:
        libc.mount(None, str(FOLDER), flags=libc.MS_SHARED)  # this shares the names that are mounted in it, too
    except OSError:  # not a mount yet
        FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        libc.mount(str(FOLDER), str(FOLDER), flags=libc.MS_BIND | libc.MS_REC)
        libc.mount(None, str(FOLDER), flags=libc.MS_SHARED | libc.MS_REC)


def _mount_new(target: str) -> None:
    """Make a namespace and mount it on `target`; afterwards the thread is in the same namespace as before."""

    def make() -> None:
        if lab().kind == SANDBOX:  # before anybody can enter it
            sysctl_writes.watcher().watch_new_here(kernel_defaults().folders)
        libc.mount(f"/proc/self/task/{threading.get_native_id()}/ns/net", target, flags=libc.MS_BIND)

    in_new_namespace(make)
