"""The sysctls of a namespace below /proc/sys/net; sysctl(8).

Linux sends no message when a sysctl is written, but inotify(7) reports it. So all are read once, and after that only
what was written; Linux reports an interface's own values with the interface.
"""

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from nslab_kernel.linux import libc

ROOT = "/proc/sys/net"
PACKED, OF_NEIGHBOURS = ("ipv4/conf", "ipv6/conf"), ("ipv4/neigh", "ipv6/neigh")
"""Folders with the sysctls of interfaces: those that Linux reports with the interface, packed, and the others."""
OF_A_LINK = PACKED + OF_NEIGHBOURS
_LEFT_OUT = frozenset(
    (
        *("ipv4/ip_forward", "ipv4/conf/all/forwarding", "ipv4/conf/all/tag"),
        *("ipv4/neigh/default/base_reachable_time", "ipv4/neigh/default/retrans_time"),
        *("ipv6/neigh/default/base_reachable_time", "ipv6/neigh/default/retrans_time"),
        *("ipv4/tcp_fastopen_key", "ipv6/conf/all/stable_secret", "ipv6/conf/default/stable_secret"),
    )
)
"""What stands elsewhere already, as `Namespace.ip_forward` or in other units; the lab's mark; what is random."""
_LEFT_OUT_OF_LINKS = frozenset(("base_reachable_time", "retrans_time", "unres_qlen", "mtu", "stable_secret", "tag"))
"""The same of an interface; its MTU is the interface's, its secret random."""
_INHERITED = ("ipv4/ip_forward", "ipv4/conf/all/forwarding", "ipv6/conf/all/forwarding", "ipv6/conf/all/disable_ipv6")
"""Sysctls that all interfaces inherit when they are written."""
_READ_BYTES = 65536
SWAPPED = {ord("."): "/", ord("/"): "."}
"""A dot in an interface's name is written as a slash: net.ipv4.conf.eth0/5.forwarding."""


class Written(NamedTuple):
    """One sysctl that somebody has written."""

    inode: int
    """Of its namespace."""
    folder: str
    name: str


class Watcher:
    """Tells which sysctls were written since the last time, in the namespaces where `watch_here` was called."""

    def __init__(self) -> None:
        self._descriptor = libc.inotify()
        self._folders: dict[int, tuple[int, str]] = {}
        self._watched: dict[int, dict[str, int]] = defaultdict(dict)
        self._new: set[int] = set()

    def watch_new_here(self, folders: Iterable[str]) -> None:
        """Watch the calling thread's namespace, which was just made, so that nobody has written anything yet."""
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

        Where the machine allows no more watches, only a thorough snapshot sees what is written there.
        """
        for top, inside in groupby(sorted(folders), lambda folder: folder.partition("/")[0]):
            # Linux keeps the `ipv4` of all namespaces in one list, so each is looked up only once.
            with contextlib.suppress(OSError), libc.closing(os.open(f"{ROOT}/{top}", os.O_PATH)) as descriptor:
                for folder in inside:
                    self._watch(inode, folder, f"/proc/self/fd/{descriptor}{folder.removeprefix(top)}")

    def _watch(self, inode: int, folder: str, path: str) -> None:
        with contextlib.suppress(OSError):
            number = libc.watch_writing(self._descriptor, path)
            self._folders[number] = inode, folder
            self._watched[inode][folder] = number

    def forget(self, inode: int) -> None:
        """Watch a namespace no more."""
        self._new.discard(inode)
        self._end(self._watched.pop(inode, {}).values())

    def forget_interface(self, inode: int, ifname: str) -> None:
        """Watch the folders of an interface no more, which has gone: Linux would keep the watches."""
        watched = self._watched[inode]
        self._end([watched.pop(folder) for folder in folders_of(ifname) if folder in watched])

    def _end(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self._folders.pop(number, None)
            libc.remove_watch(self._descriptor, number)

    def written(self) -> list[Written]:
        """Return what was written since the last time."""
        found = []
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._descriptor, _READ_BYTES):
                events = libc.inotify_events(data)
                found += [Written(*self._folders[n], name) for n, name in events if n in self._folders]
        return list(dict.fromkeys(found))


@cache
def watcher() -> Watcher:
    """Return the one that watches the sysctls of the whole lab."""
    return Watcher()


# A forked child has a lab of its own, or none.
os.register_at_fork(after_in_child=watcher.cache_clear)


def folders() -> tuple[str, ...]:
    """Return the folders of the calling thread's namespace that hold sysctls, below /proc/sys/net."""
    return tuple(os.path.relpath(where, ROOT) for where, _folders, files in os.walk(ROOT) if files)


def folders_of(ifname: str) -> tuple[str, ...]:
    """Return the folders of one interface."""
    return tuple(f"{folder}/{ifname}" for folder in OF_A_LINK)


def interface_of(folder: str) -> str | None:
    """Return whose folder it is: an interface, else `None`."""
    parent, _slash, name = folder.rpartition("/")
    return name if parent in OF_A_LINK and name not in ("all", "default") else None


def interface_of_key(key: str) -> str | None:
    """Return whose sysctl it is, by its name as sysctl(8) writes it: an interface's, else `None`."""
    return interface_of(place(key).rpartition("/")[0])


def read_folder(folder: str, names: Iterable[str] | None = None) -> dict[str, str]:
    """Return the sysctls that can be read and set in a folder of the thread's namespace, by their places."""
    found: dict[str, str] = {}
    with contextlib.suppress(OSError), libc.closing(os.open(f"{ROOT}/{folder}", os.O_DIRECTORY)) as opened:
        for name in _names(opened) if names is None else names:
            with contextlib.suppress(OSError):
                found[f"{folder}/{name}"] = _read(name, opened)
    return found


def read_all(among: Iterable[str]) -> dict[str, str]:
    """Return the sysctls of the thread's namespace in these folders, but for those of single interfaces."""
    found: dict[str, str] = {}
    for folder in among:
        if interface_of(folder) is None:
            found |= read_folder(folder)
    return found


def read_interface(ifname: str, folders: Iterable[str] = OF_A_LINK) -> dict[str, str]:
    """Return the sysctls of one interface, by their places below its name: `"ipv4/conf/rp_filter"`.

    Args:
        ifname: Its name.
        folders: `PACKED` are those that Linux reports with the interface, `OF_NEIGHBOURS` the others.
    """
    found: dict[str, str] = {}
    for folder in folders:
        for place, value in read_folder(f"{folder}/{ifname}").items():
            found[f"{folder}/{place.rpartition('/')[2]}"] = value
    return found


def non_default(now: Mapping[str, str], usual: Mapping[str, str]) -> dict[str, str]:
    """Return a namespace's sysctls that are not the default."""
    return {p: value for p, value in now.items() if p not in _LEFT_OUT and usual.get(p, value) != value}


def non_default_of_link(now: Mapping[str, str], usual: Mapping[str, str]) -> dict[str, str]:
    """Return an interface's sysctls that are not the default."""
    return {
        place: value
        for place, value in now.items()
        if place.rpartition("/")[2] not in _LEFT_OUT_OF_LINKS and usual.get(place, value) != value
    }


def key(place: str) -> str:
    """Return a sysctl's name as sysctl(8) writes it."""
    return "net." + place.translate(SWAPPED)


def place(name: str) -> str:
    """Return where below /proc/sys/net a sysctl is, by its name as sysctl(8) writes it."""
    return name.removeprefix("net.").translate(SWAPPED)


def read(place: str) -> str:
    """Return what a sysctl of the thread's namespace is set to, with single spaces.

    Raises:
        OSError: There is no such sysctl, or it cannot be read.
    """
    return _read(f"{ROOT}/{place}")


def write(place: str, value: str) -> None:
    """Set a sysctl of the thread's namespace, in one write.

    Raises:
        OSError: There is no such sysctl, or Linux takes no such value.
    """
    with libc.closing(os.open(f"{ROOT}/{place}", os.O_WRONLY)) as descriptor:  # without O_CREAT, which open("w") adds
        os.write(descriptor, value.encode())


def is_inherited_by_links(written: Written) -> bool:
    """Return whether interfaces inherited what was written."""
    return f"{written.folder}/{written.name}" in _INHERITED


def without_inherited(keys: Mapping[str, str], ip_forward: bool) -> dict[str, str]:
    """Return the sysctls, by name, without values that interfaces inherited from `all`.

    Args:
        keys: By their names.
        ip_forward: What `net.ipv4.ip_forward` is, which sysctls `accept_redirects` for all as well.
    """
    left = dict(keys)
    sysctls = {
        "net.ipv4.conf.{}.forwarding": "1" if ip_forward else "0",
        "net.ipv6.conf.{}.forwarding": left.get("net.ipv6.conf.all.forwarding", "0"),
        "net.ipv6.conf.{}.disable_ipv6": left.get("net.ipv6.conf.all.disable_ipv6", "0"),
    }
    for form, of_all in sysctls.items():
        start, _braces, end = form.partition("{}")
        for name in [n for n in left if n.startswith(start) and n.endswith(end) and n != form.format("all")]:
            if left[name] == of_all:
                del left[name]
    if ip_forward and left.get("net.ipv4.conf.all.accept_redirects") == "0":
        del left["net.ipv4.conf.all.accept_redirects"]
    return left


def _names(folder: int) -> Iterator[str]:
    """Yield the sysctls in an open folder that can be both read and set."""
    with os.scandir(folder) as entries:
        yield from [entry.name for entry in entries if entry.is_file() and entry.stat().st_mode & 0o600 == 0o600]


def _read(name: str, folder: int | None = None) -> str:
    """Return what a sysctl is set to, by its path or by its name in an open folder."""
    with libc.closing(os.open(name, os.O_RDONLY, dir_fd=folder)) as descriptor:
        return " ".join(os.read(descriptor, 4096).decode(errors="replace").split())
