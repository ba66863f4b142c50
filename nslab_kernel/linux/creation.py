"""New interfaces, each end where it belongs."""

import contextlib
import errno
from dataclasses import dataclass

from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux import lookup, worker
from nslab_kernel.linux.names import check_ifname, check_mac, check_mtu
from nslab_kernel.linux.netlink import Netlink, attribute, link_header, mac_bytes, nested, number, text
from nslab_kernel.linux.uapi import (
    IFLA_ADDRESS,
    IFLA_IFNAME,
    IFLA_INFO_DATA,
    IFLA_INFO_KIND,
    IFLA_LINKINFO,
    IFLA_MTU,
    IFLA_NET_NS_FD,
    NLM_F_CREATE,
    NLM_F_EXCL,
    RTM_NEWLINK,
    VETH_INFO_PEER,
)


@dataclass(frozen=True, slots=True)
class NewLink:
    """An interface to be made; what is left out, Linux chooses."""

    ifname: str
    netns: str | None = None
    """Where it is to be; `None` is the host."""
    ifindex: int = 0
    mac: str | None = None
    mtu: int | None = None


def make(new: NewLink, kind: str, peer: NewLink | None = None) -> None:
    """Make an interface, a veth with its peer, as `ip link add ... type KIND peer ...` does.

    Raises:
        BadValue: Linux takes no such name, MAC address or MTU.
        AlreadyExists: There is an interface of that name.
        NoNamespace: There is no namespace of that name.
        RefusedByLinux: Linux said no.
    """
    ends = [new, peer] if peer else [new]
    for end in ends:
        check_ifname(end.ifname)
    worker.run(new.netns, _make, kind, ends)


def _make(kind: str, ends: list[NewLink]) -> None:
    near, *far = ends
    with contextlib.ExitStack() as stack:
        peers = [nested(VETH_INFO_PEER, _describe(end, near.netns, stack)) for end in far]
        info = nested(IFLA_LINKINFO, text(IFLA_INFO_KIND, kind), *(nested(IFLA_INFO_DATA, peer) for peer in peers))
        netlink = stack.enter_context(Netlink())
        try:
            netlink.change(RTM_NEWLINK, _describe(near, near.netns, stack) + info, NLM_F_CREATE | NLM_F_EXCL)
        except RefusedByLinux as refused:
            if refused.errno != errno.EEXIST:
                raise
            there = next((end for end in ends if lookup.exists(end.ifname, end.netns)), near)
            raise lookup.taken(there.ifname, there.netns, refused.said) from None


def _describe(link: NewLink, here: str | None, stack: contextlib.ExitStack) -> bytes:
    """Return an interface to be made as a message; a namespace other than `here` stays open while `stack` lasts."""
    body = link_header(link.ifindex) + text(IFLA_IFNAME, link.ifname)
    if link.mac:
        body += attribute(IFLA_ADDRESS, mac_bytes(check_mac(link.mac)))
    if link.mtu:
        body += number(IFLA_MTU, check_mtu(link.mtu))
    if link.netns != here:
        body += number(IFLA_NET_NS_FD, stack.enter_context(worker.opened(link.netns)))
    return body
