"""Reads and sets a namespace's sysctls, in /proc/sys/net; sysctl(8).

An invalid name raises `BadValue`, an unknown sysctl `NoSuchThing`, an unknown namespace `NoNamespace`, a refusal by
Linux `RefusedByLinux`.
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
    """Return the value of a sysctl, as `sysctl -n KEY` does.

    Args:
        key: Its name, with dots: `"net.ipv4.ip_forward"`.
        netns: The namespace; `None` is the host.
    """
    return worker.run(netns, _get, check_sysctl(key))


def set_value(key: str, value: str | int, netns: str | None = None) -> None:
    """Set a sysctl, as `sysctl -w KEY=VALUE` does."""
    worker.run(netns, _set, check_sysctl(key), check_value(value))


def check_sysctl(key: Any) -> str:
    """Return a sysctl's name, with dots: `"net.ipv4.ip_forward"`; sysctl(8).

    Raises:
        BadValue: It is not a name of a network namespace's sysctl; the error states the rule.
    """
    check_nonempty_text(key, "net.ipv4.ip_forward")
    if not _SYSCTL.fullmatch(key) or re.search(r"[./]{2}|[./]$", key):
        rule = _("A namespace's own sysctls start with net, and dots separate their parts.")
        raise bad_value(key, rule, '"net.ipv4.ip_forward"')
    # In a name with slashes, a dot belongs to an interface's name: eth0.5; sysctl(8) shows that as eth0/5.
    return str(key).translate(sysctl_tree.SWAPPED) if key[3] == "/" else str(key)


def check_value(value: Any) -> str:
    """Return the text to write into a sysctl, which is one line; else BadValue."""
    if isinstance(value, int) and abs(value) < _LARGE:
        return str(int(value))
    if not isinstance(value, str) or not value or not value.isprintable():
        raise bad_value(value, _("A sysctl takes a text of one line or a number."), "1")
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
        file, what = Path(sysctl_tree.ROOT, sysctl_tree.place(key)), _("There is no sysctl {key}.")
        if file.is_dir():
            folder, what = file, _("{key} is a folder of sysctls, and no sysctl itself.")
        else:
            folder = file.parent
        there = sorted(folder.iterdir()) if folder.is_dir() else []
        names = [sysctl_tree.key(str(path.relative_to(sysctl_tree.ROOT))) for path in there]
        return NoSuchThing(what.format(key=key), key, names, errno=error.errno)
    why = _("It takes no such value.") if error.errno == errno.EINVAL else ""
    return RefusedByLinux(error.errno or 0, why=why)
