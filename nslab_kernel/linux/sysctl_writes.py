"""Which sysctls somebody has written.

Linux sends no message when a sysctl is written, but inotify(7) reports it. So all are read once, and after that only
those that were written; Linux reports an interface's own values with the interface.
"""

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from nslab_kernel.linux import libc
from nslab_kernel.linux.sysctl_tree import ROOT, folders_of

_READ_BYTES = 65536
_INHERITED = ("ipv4/ip_forward", "ipv4/conf/all/forwarding", "ipv6/conf/all/forwarding", "ipv6/conf/all/disable_ipv6")
"""Sysctls that all interfaces inherit when they are written."""


class Written(NamedTuple):
    """One sysctl that somebody has written."""

    inode: int
    """The inode of its namespace."""
    folder: str
    name: str

    @property
    def is_inherited_by_links(self) -> bool:
        """Whether interfaces inherited what was written."""
        return f"{self.folder}/{self.name}" in _INHERITED


class Watcher:
    """Reports which sysctls were written since the last time, in the namespaces where `watch_here` was called."""

    def __init__(self) -> None:
        self._descriptor = libc.inotify()
        self._folders: dict[int, tuple[int, str]] = {}
        self._watched: dict[int, dict[str, int]] = defaultdict(dict)
        self._new: set[int] = set()

    def watch_new_here(self, folders: Iterable[str]) -> None:
        """Watch the calling thread's namespace, which is new, so that nobody has written anything yet."""
        inode = Path("/proc/thread-self/ns/net").stat().st_ino
        self.forget(inode)  # Linux may have reused the inode of a deleted one
        self.watch_here(inode, folders)
        self._new.add(inode)

    def is_new(self, inode: int) -> bool:
        """Return, once, whether a namespace was watched from its creation."""
        is_new = inode in self._new
        self._new.discard(inode)
        return is_new

    def watch_here(self, inode: int, folders: Iterable[str]) -> None:
        """Watch folders in the calling thread's namespace, which has this inode.

        Where the machine allows no more watches, only a snapshot that reads everything anew sees what is written there.
        """
        for top, inside in groupby(sorted(folders), lambda folder: folder.partition("/")[0]):
            # Linux keeps the `ipv4` of all namespaces in one list, which it searches, so look each up only once.
            with (
                contextlib.suppress(OSError),
                libc.closing(os.open(f"{ROOT}/{top}", os.O_PATH)) as descriptor,
            ):
                for folder in inside:
                    self._watch(inode, folder, f"/proc/self/fd/{descriptor}{folder.removeprefix(top)}")

    def _watch(self, inode: int, folder: str, path: str) -> None:
        with contextlib.suppress(OSError):
            number = libc.watch_writing(self._descriptor, path)
            self._folders[number] = inode, folder
            self._watched[inode][folder] = number

    def forget(self, inode: int) -> None:
        """Stop watching a namespace."""
        self._new.discard(inode)
        self._end(self._watched.pop(inode, {}).values())

    def forget_interface(self, inode: int, ifname: str) -> None:
        """Stop watching the folders of an interface that is gone, because Linux keeps the watches."""
        watched = self._watched[inode]
        self._end([watched.pop(folder) for folder in folders_of(ifname) if folder in watched])

    def _end(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self._folders.pop(number, None)
            libc.remove_watch(self._descriptor, number)

    def written(self) -> list[Written]:
        """Return the sysctls that were written since the last call."""
        found = []
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._descriptor, _READ_BYTES):
                events = libc.inotify_events(data)
                found += [Written(*self._folders[n], name) for n, name in events if n in self._folders]
        return list(dict.fromkeys(found))


@cache
def watcher() -> Watcher:
    """Return the Watcher that watches the sysctls of the whole lab."""
    return Watcher()


# A forked child has a lab of its own, or none.
os.register_at_fork(after_in_child=watcher.cache_clear)
