"""Makes the mounts that bubblewrap does not make.

Before bubblewrap, folders that it or the lab's users could not open are covered. After it, inside the lab:

    /proc        of the lab's processes alone
    /sys         of the lab's network namespace
    /run/netns   empty
    /run/nslab   the files of nslab's own programs

See mount_namespaces(7), mount_setattr(2).
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nslab_kernel.linux import libc
from nslab_kernel.linux.libc import MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_REC
from nslab_kernel.sandbox.files import Files, closed_folder

_PLAIN = MS_NOSUID | MS_NODEV | MS_NOEXEC
CGROUPS = "/sys/fs/cgroup"
_OWN_FOLDERS = ("/run/netns", "/run/nslab", "/run/lock")


@contextmanager
def noting(notes: list[str], what: str) -> Iterator[None]:
    """Suppress an OSError of the block, and append it to the notes."""
    try:
        yield
    except OSError as error:
        notes.append(f"{what}: {error.strerror or error}")


def stop_propagation() -> None:
    """Let this mount namespace receive the machine's later mounts, but propagate none of its own (MS_SLAVE)."""
    libc.mount(None, "/", flags=MS_REC | libc.MS_SLAVE)


def map_file_owners(files: Files, user_namespace: int) -> None:
    """As root: give the lab's users, who own nothing on the machine, access to what the lab needs.

    The files are mounted with mapped owners, so that root's files belong to root in the lab; closed parent folders are
    covered. A writable folder that other users of the machine can enter keeps its owners: otherwise a set-user-ID
    program that the lab left there would run as root.

    Args:
        files: What the lab needs.
        user_namespace: Descriptor of the user namespace whose id map is used.
    """
    trees = {
        path: _tree(path, user_namespace, not writable or _only_root_can_enter(path))
        for path, writable in files.in_order
    }
    _cover({place for path in trees if (place := closed_folder(path))}, trees)


def cover_unreadable_parents(files: Files) -> None:
    """Cover parents of the lab's folders that have the search but not the read permission: bubblewrap opens each.

    Of the contents of such a parent, only the lab's folders stay visible.
    """
    laid_out = [path for path, _ in files.in_order]
    kept = dict.fromkeys([files.folder, *files.python, *laid_out])
    on_the_way = {parent for place in (*files.hidden, *laid_out) for parent in place.parents}
    closed = {place for place in on_the_way if os.access(place, os.X_OK) and not os.access(place, os.R_OK)}
    outermost = {place for place in closed if closed.isdisjoint(place.parents)}
    _cover(outermost, {path: libc.clone_tree(str(path)) for path in kept if not outermost.isdisjoint(path.parents)})
    for place in files.hidden:
        if not outermost.isdisjoint(place.parents):
            place.mkdir(parents=True, exist_ok=True)


def _cover(folders: Iterable[Path], trees: dict[Path, int]) -> None:
    """Mount an empty tmpfs over each folder, and then attach each tree at its path."""
    for folder in sorted(folders):
        libc.mount("nslab", str(folder), "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
    for path, tree in trees.items():
        path.mkdir(parents=True, exist_ok=True)
        libc.attach_tree(tree, str(path))
        os.close(tree)


def _only_root_can_enter(path: Path) -> bool:
    """Return whether nobody but root can enter a folder."""
    stats = [folder.stat() for folder in (path, *path.parents)]
    return any(
        each.st_uid == 0 and not each.st_mode & 0o001 and not (each.st_mode & 0o010 and each.st_gid) for each in stats
    )


def _tree(path: Path, user_namespace: int, given: bool) -> int:
    tree = libc.clone_tree(str(path))
    if given:
        with suppress(OSError):  # a file system without idmapped mounts keeps its owners
            libc.map_owners(tree, user_namespace)
    return tree


def mount_proc() -> None:
    """Mount a /proc of this pid namespace; refused where parts of the old one are covered."""
    libc.mount("proc", "/proc", "proc", _PLAIN)


def mount_sys(flags: int = 0) -> None:
    """Mount a /sys of this network namespace, and bind the old one's tree of control groups into it.

    Raises:
        PermissionError: Parts of the old /sys are covered, or it is read-only and the new one would not be.
    """
    groups = os.open(CGROUPS, os.O_PATH | os.O_CLOEXEC)
    try:
        libc.mount("sysfs", "/sys", "sysfs", _PLAIN | flags)
        libc.mount(f"/proc/self/fd/{groups}", CGROUPS, flags=MS_BIND | MS_REC)
    finally:
        os.close(groups)


def try_read_only_sys() -> None:
    """Check that a read-only /sys can be mounted, as `ip netns exec` does over one that it cannot unmount.

    Raises:
        PermissionError: It cannot, because parts of the old /sys are covered.
    """
    mount_sys(libc.MS_RDONLY)
    libc.unmount("/sys")


def make_own_folders(notes: list[str]) -> None:
    """Make the folders of the lab's own /run; bind and share /run/netns as the first `ip netns add` does."""
    for folder in map(Path, _OWN_FOLDERS):
        folder.mkdir(exist_ok=True)
    with noting(notes, "/run/netns"):
        libc.mount("/run/netns", "/run/netns", flags=MS_BIND | MS_REC)
        libc.mount(None, "/run/netns", flags=MS_REC | libc.MS_SHARED)
