"""Finds an interface by its name, or says what there is."""

import contextlib
import socket
from collections.abc import Iterator

from nslab_kernel.errors import AlreadyExists, NoLink, NoNamespace
from nslab_kernel.language import translate as _
from nslab_kernel.linux import tenants, worker
from nslab_kernel.linux.names import check_ifname, check_text
from nslab_kernel.model.naming import key_of


def index(ifname: str, netns: str | None) -> int:
    """Within the worker thread, inside `netns`: return an interface's number.

    Raises:
        NoLink: There is none of that name; with those that there are, and where else there is one.
    """
    try:
        return socket.if_nametoindex(ifname)
    except OSError:
        check_ifname(ifname)
        names = [name for _index, name in socket.if_nameindex()]
        raise NoLink(ifname, netns, names, _elsewhere(ifname, netns), ifname in tenants.names()) from None


def require(ifname: str, netns: str | None) -> None:
    """Check that a namespace has an interface of that name.

    Raises:
        BadValue: It cannot be a name.
        NoLink: There is none; with those that there are, and where else there is one.
        NoNamespace: There is no namespace of that name.
    """
    check_text(ifname)
    worker.run(netns, index, ifname, netns)


def exists(ifname: str, netns: str | None) -> bool:
    """Within the worker thread: return whether a namespace has an interface of that name."""
    return key_of(netns) in _with(ifname)


def taken(ifname: str, netns: str | None, said: str = "") -> AlreadyExists:
    """Return the error that says that an interface of that name is there already."""
    thing = _("An interface {name} in {netns}") if netns else _("An interface {name} on the host")
    return AlreadyExists(thing.format(name=ifname, netns=netns), said)


def _elsewhere(ifname: str, netns: str | None) -> list[str]:
    return [name for name in _with(ifname) if name != key_of(netns)]


def _with(ifname: str) -> Iterator[str]:
    """Yield the namespaces that have an interface of that name, the host first."""
    for netns in (None, *tenants.names()):
        with contextlib.suppress(OSError, NoNamespace), worker.inside(netns):
            socket.if_nametoindex(ifname)
            yield key_of(netns)
