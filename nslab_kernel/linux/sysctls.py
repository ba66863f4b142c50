"""The switches of a namespace: /proc/sys/net; sysctl(8).

What is no switch of a namespace is a `BadValue`, one that does not exist a `NoSuchThing`, a namespace that does not a
`NoNamespace`; where Linux says no, it is a `RefusedByLinux`.
"""

import errno
import re
from pathlib import Path
from typing import Any

from nslab_kernel.errors import NoSuchThing, RefusedByLinux
from nslab_kernel.language import translate as _
from nslab_kernel.linux import sysctl_tree, worker
from nslab_kernel.linux.argument_checks import bad_value, check_nonempty_text

_SYSCTL = re.compile(r"net[./][A-Za-z0-9_-][A-Za-z0-9_./-]*")
_LARGE = 1 << 64


def get(key: str, netns: str | None = None) -> str:
    """Return what a switch is set to, as `sysctl -n KEY` does.

    Args:
        key: Its name, with dots: `"net.ipv4.ip_forward"`.
        netns: The namespace; `None` is the host.
    """
    return worker.run(netns, _get, check_sysctl(key))


def set_value(key: str, value: str | int, netns: str | None = None) -> None:
    """Set a switch, as `sysctl -w KEY=VALUE` does."""
    worker.run(netns, _set, check_sysctl(key), check_value(value))


def check_sysctl(key: Any) -> str:
    """Return a switch's name, with dots: `"net.ipv4.ip_forward"`; sysctl(8).

    Raises:
        BadValue: It is none that belongs to a network namespace; with the rule.
    """
    check_nonempty_text(key, "net.ipv4.ip_forward")
    if not _SYSCTL.fullmatch(key) or re.search(r"[./]{2}|[./]$", key):
        rule = _("A namespace's own switches start with net, their parts are parted by dots.")
        raise bad_value(key, rule, '"net.ipv4.ip_forward"')
    # Written with slashes, a dot belongs to an interface's name: eth0.5; sysctl(8) shows that as eth0/5.
    return str(key).translate(sysctl_tree.SWAPPED) if key[3] == "/" else str(key)


def check_value(value: Any) -> str:
    """Return what is to be written into a switch, as text of one line; else BadValue."""
    if isinstance(value, int) and abs(value) < _LARGE:
        return str(int(value))
    if not isinstance(value, str) or not value or not value.isprintable():
        raise bad_value(value, _("A switch takes a text of one line or a number."), "1")
    return str(value)


def _get(key: str) -> str:
    # /proc/sys/net shows each thread the namespace that it is in.
    try:
        return sysctl_tree.read(sysctl_tree.place(key))
    except OSError as error:
        raise _refusal(error, key) from None


def _set(key: str, value: str) -> None:
    try:
        sysctl_tree.write(sysctl_tree.place(key), value)
    except OSError as error:
        raise _refusal(error, key) from None


def _refusal(error: OSError, key: str) -> NoSuchThing | RefusedByLinux:
    if error.errno in (errno.ENOENT, errno.EISDIR, errno.ENOTDIR):
        file, what = Path(sysctl_tree.ROOT, sysctl_tree.place(key)), _("There is no switch {key}.")
        if file.is_dir():
            folder, what = file, _("{key} is a folder of switches, and no switch itself.")
        else:
            folder = file.parent
        there = sorted(folder.iterdir()) if folder.is_dir() else []
        names = [sysctl_tree.key(str(path.relative_to(sysctl_tree.ROOT))) for path in there]
        return NoSuchThing(what.format(key=key), key, names, errno=error.errno)
    why = _("It takes no such value.") if error.errno == errno.EINVAL else ""
    return RefusedByLinux(error.errno or 0, why=why)
