"""The sysctls of a namespace below /proc/sys/net; sysctl(8)."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping

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
"""Sysctls that repeat `Namespace.ip_forward`, or another sysctl in other units; the lab's mark; random values."""
_LEFT_OUT_OF_LINKS = frozenset(("base_reachable_time", "retrans_time", "unres_qlen", "mtu", "stable_secret", "tag"))
"""The same of an interface; `mtu` repeats the interface's MTU, `stable_secret` is random."""
SWAPPED = {ord("."): "/", ord("/"): "."}
"""sysctl(8) writes a dot in an interface's name as a slash: net.ipv4.conf.eth0/5.forwarding."""


def folders() -> tuple[str, ...]:
    """Return the folders of the calling thread's namespace that hold sysctls, below /proc/sys/net."""
    return tuple(os.path.relpath(where, ROOT) for where, _folders, files in os.walk(ROOT) if files)


def folders_of(ifname: str) -> tuple[str, ...]:
    """Return the folders of one interface."""
    return tuple(f"{folder}/{ifname}" for folder in OF_A_LINK)


def interface_of(folder: str) -> str | None:
    """Return the interface that a folder belongs to; `None` if it belongs to none."""
    parent, _slash, name = folder.rpartition("/")
    return name if parent in OF_A_LINK and name not in ("all", "default") else None


def interface_of_key(key: str) -> str | None:
    """Return the interface of a sysctl, which is named as sysctl(8) writes it; `None` if it has none."""
    return interface_of(place(key).rpartition("/")[0])


def read_folder(folder: str, names: Iterable[str] | None = None) -> dict[str, str]:
    """Return the sysctls that can be read and set in a folder of the thread's namespace, by path."""
    found: dict[str, str] = {}
    with contextlib.suppress(OSError), libc.closing(os.open(f"{ROOT}/{folder}", os.O_DIRECTORY)) as opened:
        for name in _names(opened) if names is None else names:
            with contextlib.suppress(OSError):
                found[f"{folder}/{name}"] = _read(name, opened)
    return found


def read_all(among: Iterable[str]) -> dict[str, str]:
    """Return the sysctls of the thread's namespace in these folders, except those of single interfaces."""
    found: dict[str, str] = {}
    for folder in among:
        if interface_of(folder) is None:
            found |= read_folder(folder)
    return found


def read_interface(ifname: str, folders: Iterable[str] = OF_A_LINK) -> dict[str, str]:
    """Return the sysctls of one interface, by path without its name: `"ipv4/conf/rp_filter"`.

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
    """Return the path below /proc/sys/net of a sysctl, by its name as sysctl(8) writes it."""
    return name.removeprefix("net.").translate(SWAPPED)


def read(place: str) -> str:
    """Return the value of a sysctl of the thread's namespace, with single spaces.

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


def without_inherited(keys: Mapping[str, str], ip_forward: bool) -> dict[str, str]:
    """Return the sysctls, by name, without values that interfaces inherited from `all`.

    Args:
        keys: The values by name.
        ip_forward: The value of `net.ipv4.ip_forward`; turning it on turns `accept_redirects` of `all` off.
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
    """Return the value of a sysctl, by its path or by its name in an open folder."""
    with libc.closing(os.open(name, os.O_RDONLY, dir_fd=folder)) as descriptor:
        return " ".join(os.read(descriptor, 4096).decode(errors="replace").split())
