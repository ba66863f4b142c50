"""The switches of a namespace: /proc/sys/net; sysctl(8)."""

import errno
from pathlib import Path

from nslab_kernel.errors import NoSuchThing, RefusedByLinux
from nslab_kernel.language import translate as _
from nslab_kernel.linux import worker
from nslab_kernel.linux.names import check_sysctl, check_value

_FOLDER = Path("/proc/sys")
_SWAPPED = {ord("."): "/", ord("/"): "."}
"""A dot in an interface's name is written as a slash: net.ipv4.conf.eth0/5.forwarding."""


def get(key: str, netns: str | None = None) -> str:
    """Return what a switch is set to, as `sysctl -n KEY` does.

    Args:
        key: Its name, with dots: `"net.ipv4.ip_forward"`.
        netns: The namespace; `None` is the host.

    Raises:
        BadValue: It is no switch of a namespace.
        NoSuchThing: There is no such switch.
        NoNamespace: There is no namespace of that name.
        RefusedByLinux: Linux said no.
    """
    return worker.run(netns, _get, check_sysctl(key))


def set_value(key: str, value: str | int, netns: str | None = None) -> None:
    """Set a switch, as `sysctl -w KEY=VALUE` does.

    Raises:
        BadValue: It is no switch of a namespace.
        NoSuchThing: There is no such switch.
        NoNamespace: There is no namespace of that name.
        RefusedByLinux: Linux said no.
    """
    worker.run(netns, _set, check_sysctl(key), check_value(value))


def _get(key: str) -> str:
    # /proc/sys/net shows each thread the namespace that it is in.
    try:
        return _file(key).read_text().strip()
    except OSError as error:
        raise _refusal(error, key) from None


def _set(key: str, value: str) -> None:
    try:
        # Without buffer and without O_CREAT: one write, and the error at once.
        with _file(key).open("r+b", buffering=0) as file:
            file.write(value.encode())
    except OSError as error:
        raise _refusal(error, key) from None


def _file(key: str) -> Path:
    return _FOLDER / key.translate(_SWAPPED)


def _refusal(error: OSError, key: str) -> NoSuchThing | RefusedByLinux:
    if error.errno in (errno.ENOENT, errno.EISDIR, errno.ENOTDIR):
        folder = _file(key).parent
        beside = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
        start, _dot, _last = key.rpartition(".")
        names = [f"{start}.{name.translate(_SWAPPED)}" for name in beside]
        return NoSuchThing(_("There is no switch {key}.").format(key=key), key, names)
    why = _("It takes no such value.") if error.errno == errno.EINVAL else ""
    return RefusedByLinux(error.errno or 0, why=why)
