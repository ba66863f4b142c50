"""Interfaces: make, delete, set up, move, join; ip-link(8)."""

import contextlib
import errno
import socket
from collections.abc import Iterator, Mapping
from typing import Any

from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.language import translate as _
from nslab_kernel.linux import messages, worker
from nslab_kernel.linux.creation import NewLink, make
from nslab_kernel.linux.iproute2 import check_options
from nslab_kernel.linux.lookup import index, require, taken
from nslab_kernel.linux.names import check_ifname, check_known_netns, check_mac, check_mtu, check_text, check_word
from nslab_kernel.linux.netlink import Netlink, link_header
from nslab_kernel.linux.uapi import IFF_UP, RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK


def add_veth(ifname: str, peer: str, netns: str | None = None, peer_netns: str | None = None) -> None:
    """Make a veth pair, as `ip link add IFNAME type veth peer name PEER` does; veth(4).

    Args:
        ifname: The name of one end.
        peer: The name of the other end.
        netns: Where the one is to be; `None` is the host.
        peer_netns: Where the other is to be; `None` is beside the first.

    Raises:
        BadValue: Linux takes no such name.
        AlreadyExists: There is an interface of that name.
        NoNamespace: There is no namespace of that name.
        RefusedByLinux: Linux said no.
    """
    if peer_netns is not None:
        check_known_netns(peer_netns)
    make(NewLink(ifname, netns), "veth", NewLink(peer, netns if peer_netns is None else peer_netns))


def add_bridge(ifname: str, netns: str | None = None) -> None:
    """Make a bridge, as `ip link add IFNAME type bridge` does.

    Raises:
        BadValue: Linux takes no such name.
        AlreadyExists: There is an interface of that name.
        NoNamespace: There is no namespace of that name.
        RefusedByLinux: Linux said no.
    """
    make(NewLink(ifname, netns), "bridge")


def check_new(kind: str, ifname: str, netns: str | None, link: str | None, options: Mapping[str, object]) -> None:
    """Check what is to be made; which options a kind has, `ip` knows.

    Args:
        kind: As iproute2 calls it.
        ifname: Its name.
        netns: Where it is to be; `None` is the host.
        link: The interface that it lies on; `None` where there is none.
        options: In iproute2's words.

    Raises:
        BadValue: Linux takes no such name, or an option is neither a text, a number, several of them, nor `True`.
        AlreadyExists: There is an interface of that name.
        NoLink: There is no interface `link`.
        NoNamespace: There is no namespace of that name.
    """
    check_word(kind, "dummy")
    check_ifname(ifname)
    check_options(options)
    if link is not None:
        require(link, netns)
    with contextlib.suppress(OSError):  # no interface has this name
        worker.run(netns, socket.if_nametoindex, ifname)
        raise taken(ifname, netns)


def delete(ifname: str, netns: str | None = None) -> None:
    """Delete an interface, a veth with its peer, as `ip link del dev IFNAME` does.

    Raises:
        NoLink: There is no interface of that name.
        NoNamespace: There is no namespace of that name.
        RefusedByLinux: Linux said no.
    """
    check_text(ifname)
    worker.run(netns, _delete, ifname, netns)


def set_up(ifname: str, netns: str | None = None) -> None:
    """Set an interface up, as `ip link set dev IFNAME up` does.

    Raises:
        NoLink: There is no interface of that name.
        NoNamespace: There is no namespace of that name.
        RefusedByLinux: Linux said no.
    """
    check_text(ifname)
    worker.run(netns, _set, ifname, netns, IFF_UP, IFF_UP)


def set_down(ifname: str, netns: str | None = None) -> None:
    """Set an interface down, as `ip link set dev IFNAME down` does; its routes and IPv6 addresses go.

    Raises:
        NoLink: There is no interface of that name.
        NoNamespace: There is no namespace of that name.
        RefusedByLinux: Linux said no.
    """
    check_text(ifname)
    worker.run(netns, _set, ifname, netns, 0, IFF_UP)


def rename(ifname: str, new: str, netns: str | None = None) -> None:
    """Give an interface another name, as `ip link set dev IFNAME name NEW` does.

    Raises:
        NoLink: There is no interface of that name.
        AlreadyExists: The new name is taken.
        NoNamespace: There is no namespace of that name.
        RefusedByLinux: Linux said no.
    """
    check_text(ifname)
    check_ifname(new)
    with _free(new, netns):
        worker.run(netns, _set, ifname, netns, IFLA_IFNAME=new)


def set_netns(ifname: str, target: str | None, netns: str | None = None) -> None:
    """Move an interface to another namespace, as `ip link set dev IFNAME netns TARGET` does.

    It arrives down and without addresses.

    Args:
        ifname: Its name.
        target: The namespace it goes to; `None` is the host.
        netns: The namespace it is in; `None` is the host.

    Raises:
        NoLink: There is no interface of that name.
        AlreadyExists: The target has an interface of that name.
        NoNamespace: There is no namespace of that name.
        RefusedByLinux: Linux said no.
    """
    check_text(ifname)
    if target is not None:
        check_known_netns(target)
    with _free(ifname, target):
        worker.run(netns, _move, ifname, target, netns)


def set_mtu(ifname: str, mtu: int, netns: str | None = None) -> None:
    """Set how many bytes a packet may have, as `ip link set dev IFNAME mtu MTU` does.

    Raises:
        NoLink: There is no interface of that name.
        NoNamespace: There is no namespace of that name.
        RefusedByLinux: Linux said no.
    """
    check_text(ifname)
    check_mtu(mtu)
    worker.run(netns, _set, ifname, netns, IFLA_MTU=mtu)


def set_mac(ifname: str, mac: str, netns: str | None = None) -> None:
    """Set the MAC address, as `ip link set dev IFNAME address MAC` does.

    Raises:
        NoLink: There is no interface of that name.
        NoNamespace: There is no namespace of that name.
        RefusedByLinux: Linux said no.
    """
    check_text(ifname)
    wanted = check_mac(mac)
    worker.run(netns, _set, ifname, netns, IFLA_ADDRESS=wanted)


def set_master(ifname: str, master: str | None, netns: str | None = None) -> None:
    """Make an interface a port of a bridge, or with `None` of none, as `ip link set dev IFNAME master MASTER` does.

    Raises:
        NoLink: There is no interface of that name.
        NoNamespace: There is no namespace of that name.
        RefusedByLinux: Linux said no.
    """
    check_text(ifname)
    if master is not None:
        check_text(master)
    worker.run(netns, _join, ifname, master, netns)


def _set(ifname: str, netns: str | None, flags: int = 0, change: int = 0, **attributes: Any) -> None:
    number = index(ifname, netns)
    body = messages.link(number, flags, change, **attributes)
    with Netlink() as netlink:
        # As `ip` does: asked for one link, Linux first brings its state up to date, which it else does once a second.
        list(netlink.ask(RTM_GETLINK, [link_header(number)]))
        netlink.change(RTM_NEWLINK, body)


def _move(ifname: str, target: str | None, netns: str | None) -> None:
    with worker.opened(target) as descriptor, _staying(ifname):
        _set(ifname, netns, IFLA_NET_NS_FD=descriptor)


def _join(ifname: str, master: str | None, netns: str | None) -> None:
    _set(ifname, netns, IFLA_MASTER=0 if master is None else index(master, netns))


def _delete(ifname: str, netns: str | None) -> None:
    body = messages.link(index(ifname, netns))
    with Netlink() as netlink, _staying(ifname):
        netlink.change(RTM_DELLINK, body)


@contextlib.contextmanager
def _staying(ifname: str) -> Iterator[None]:
    """Say why Linux leaves a loopback where it is."""
    try:
        yield
    except RefusedByLinux as refused:
        if ifname != "lo":
            raise
        why = _("lo belongs to its namespace: it comes and goes with it.")
        raise RefusedByLinux(refused.errno, refused.extack, why) from None


@contextlib.contextmanager
def _free(ifname: str, netns: str | None) -> Iterator[None]:
    """Make Linux's "File exists" say which name is taken where."""
    try:
        yield
    except RefusedByLinux as refused:
        if refused.errno != errno.EEXIST:
            raise
        raise taken(ifname, netns, refused.said) from None
