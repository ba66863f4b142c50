"""Makes, deletes, configures and moves interfaces; ip-link(8).

An invalid argument raises `BadValue`, an unknown interface `NoLink`, an unknown namespace `NoNamespace`, a name that is
taken `AlreadyExists`, a refusal by Linux `RefusedByLinux`.
"""

import contextlib
import errno
import socket
from collections.abc import Iterator, Mapping
from typing import Any

from nslab_kernel.errors import AlreadyExists, NoLink, NoNamespace, RefusedByLinux
from nslab_kernel.language import translate as _
from nslab_kernel.linux import container_netns, messages, uapi, worker
from nslab_kernel.linux.argument_checks import (
    bad_value,
    check_ifname,
    check_known_netns,
    check_mac,
    check_mtu,
    check_options,
    check_text,
    check_word,
)
from nslab_kernel.linux.messages import nested
from nslab_kernel.linux.netlink import Netlink, link_header
from nslab_kernel.model.naming import key_of

_End = tuple[str, str | None]
"""An interface that is to be made: its name and its namespace; `None` is the host."""


def add_veth(ifname: str, peer: str, netns: str | None = None, peer_netns: str | None = None) -> None:
    """Make a veth pair, as `ip link add IFNAME type veth peer name PEER` does; veth(4).

    Args:
        ifname: The name of one end.
        peer: The name of the other end.
        netns: The namespace of that end; `None` is the host.
        peer_netns: The namespace of the other end; `None` is the same namespace.

    Raises:
        BadValue: A name is invalid, or both ends would have the same name in one namespace.
    """
    if peer_netns is not None:
        check_known_netns(peer_netns)
    _make("veth", (ifname, netns), (peer, netns if peer_netns is None else peer_netns))


def add_bridge(ifname: str, netns: str | None = None) -> None:
    """Make a bridge, as `ip link add IFNAME type bridge` does."""
    _make("bridge", (ifname, netns))


def check_new(kind: str, ifname: str, netns: str | None, link: str | None, options: Mapping[str, object]) -> None:
    """Check the arguments for a new interface, on top of `link` if given; `ip` itself checks the kind's options."""
    check_word(kind, "dummy")
    check_ifname(ifname)
    check_options(options)
    if link is not None:
        require(link, netns)
    with contextlib.suppress(OSError):  # no interface has this name
        worker.run(netns, socket.if_nametoindex, ifname)
        raise taken(ifname, netns)


def delete(ifname: str, netns: str | None = None) -> None:
    """Delete an interface, a veth with its peer, as `ip link del dev IFNAME` does."""
    check_text(ifname)
    worker.run(netns, _delete, ifname, netns)


def set_up(ifname: str, netns: str | None = None) -> None:
    """Set an interface up, as `ip link set dev IFNAME up` does."""
    check_text(ifname)
    worker.run(netns, _set, ifname, netns, uapi.IFF_UP, uapi.IFF_UP)


def set_down(ifname: str, netns: str | None = None) -> None:
    """Set an interface down, as `ip link set dev IFNAME down` does; its routes and IPv6 addresses are lost."""
    check_text(ifname)
    worker.run(netns, _set, ifname, netns, 0, uapi.IFF_UP)


def rename(ifname: str, new: str, netns: str | None = None) -> None:
    """Give an interface another name, as `ip link set dev IFNAME name NEW` does."""
    check_text(ifname)
    check_ifname(new)
    with _free(new, netns):
        worker.run(netns, _set, ifname, netns, IFLA_IFNAME=new)


def set_netns(ifname: str, target: str | None, netns: str | None = None) -> None:
    """Move an interface to another namespace, as `ip link set dev IFNAME netns TARGET` does.

    It arrives down and without addresses.

    Args:
        ifname: Its name.
        target: The namespace to move it to; `None` is the host.
        netns: The namespace where it is now; `None` is the host.
    """
    check_text(ifname)
    if target is not None:
        check_known_netns(target)
    with _free(ifname, target):
        worker.run(netns, _move, ifname, target, netns)


def set_mtu(ifname: str, mtu: int, netns: str | None = None) -> None:
    """Set the MTU, in bytes, as `ip link set dev IFNAME mtu MTU` does."""
    check_text(ifname)
    check_mtu(mtu)
    worker.run(netns, _set, ifname, netns, IFLA_MTU=mtu)


def set_mac(ifname: str, mac: str, netns: str | None = None) -> None:
    """Set the MAC address, as `ip link set dev IFNAME address MAC` does."""
    check_text(ifname)
    wanted = check_mac(mac)
    worker.run(netns, _set, ifname, netns, IFLA_ADDRESS=wanted)


def set_master(ifname: str, master: str | None, netns: str | None = None) -> None:
    """Make an interface a port of a bridge, or of none (`None`), as `ip link set dev IFNAME master MASTER` does."""
    check_text(ifname)
    if master is not None:
        check_text(master)
    worker.run(netns, _join, ifname, master, netns)


def index(ifname: str, netns: str | None) -> int:
    """Return an interface's ifindex; call this in the worker thread, inside `netns`.

    Raises:
        NoLink: There is none of that name; the error lists those that there are, and other namespaces with one.
    """
    try:
        return socket.if_nametoindex(ifname)
    except OSError:
        check_ifname(ifname)
        names = [name for _index, name in socket.if_nameindex()]
        elsewhere = [name for name in _namespaces_having(ifname) if name != key_of(netns)]
        raise NoLink(ifname, netns, names, elsewhere, ifname in container_netns.names()) from None


def require(ifname: str, netns: str | None) -> int:
    """Return the ifindex of the interface of that name in a namespace; NoLink if there is none."""
    check_text(ifname)
    return worker.run(netns, index, ifname, netns)


def taken(ifname: str, netns: str | None, said: str = "") -> AlreadyExists:
    """Return the error that says that an interface of that name is there already."""
    thing = _("An interface {name} in {netns}") if netns else _("An interface {name} on the host")
    return AlreadyExists(thing.format(name=ifname, netns=netns), said)


def _make(kind: str, *ends: _End) -> None:
    for ifname, _netns in ends:
        check_ifname(ifname)
    if ends[0] in ends[1:]:
        raise bad_value(ends[0][0], _("Both ends would have this name, and in a namespace each name is there once."))
    worker.run(ends[0][1], _make_here, kind, *ends)


def _make_here(kind: str, near: _End, *far: _End) -> None:
    info: dict[str, Any] = {"IFLA_INFO_KIND": kind}
    with contextlib.ExitStack() as stack:
        for peer, netns in far:
            there = {} if netns == near[1] else {"IFLA_NET_NS_FD": stack.enter_context(worker.opened(netns))}
            info["IFLA_INFO_DATA"] = nested(VETH_INFO_PEER=nested(IFLA_IFNAME=peer, **there))
        body = messages.link(IFLA_IFNAME=near[0], IFLA_LINKINFO=nested(**info))
        netlink = stack.enter_context(Netlink())
        try:
            netlink.change(uapi.RTM_NEWLINK, body, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL)
        except RefusedByLinux as refused:
            if refused.errno != errno.EEXIST:
                raise
            taken_end = next((end for end in (near, *far) if key_of(end[1]) in _namespaces_having(end[0])), near)
            raise taken(*taken_end, refused.said) from None


def _set(ifname: str, netns: str | None, flags: int = 0, change: int = 0, **attributes: Any) -> None:
    number = index(ifname, netns)
    body = messages.link(number, flags, change, **attributes)
    with Netlink() as netlink:
        # As `ip` does: a query for one link makes Linux update its state, which otherwise happens once a second.
        list(netlink.ask(uapi.RTM_GETLINK, [link_header(number)]))
        netlink.change(uapi.RTM_NEWLINK, body)


def _move(ifname: str, target: str | None, netns: str | None) -> None:
    with worker.opened(target) as descriptor, _staying(ifname):
        _set(ifname, netns, IFLA_NET_NS_FD=descriptor)


def _join(ifname: str, master: str | None, netns: str | None) -> None:
    _set(ifname, netns, IFLA_MASTER=0 if master is None else index(master, netns))


def _delete(ifname: str, netns: str | None) -> None:
    body = messages.link(index(ifname, netns))
    with Netlink() as netlink, _staying(ifname):
        netlink.change(uapi.RTM_DELLINK, body)


@contextlib.contextmanager
def _staying(ifname: str) -> Iterator[None]:
    """Explain why Linux refuses to move or delete a loopback."""
    try:
        yield
    except RefusedByLinux as refused:
        if ifname != "lo":
            raise
        why = _("lo belongs to its namespace: it comes and goes with it.")
        raise RefusedByLinux(refused.errno, refused.extack, why) from None


@contextlib.contextmanager
def _free(ifname: str, netns: str | None) -> Iterator[None]:
    """Turn EEXIST into an error that says which name is taken where."""
    try:
        yield
    except RefusedByLinux as refused:
        if refused.errno != errno.EEXIST:
            raise
        raise taken(ifname, netns, refused.said) from None


def _namespaces_having(ifname: str) -> Iterator[str]:
    """Yield the namespaces that have an interface of that name, the host first."""
    for netns in (None, *container_netns.names()):
        with contextlib.suppress(OSError, NoNamespace), worker.inside(netns):
            socket.if_nametoindex(ifname)
            yield key_of(netns)
