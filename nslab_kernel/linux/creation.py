"""New interfaces, each end where it belongs."""

import contextlib
import errno
from dataclasses import dataclass
from typing import Any

from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux import lookup, messages, worker
from nslab_kernel.linux.messages import nested
from nslab_kernel.linux.names import check_ifname, check_mac, check_mtu
from nslab_kernel.linux.netlink import Netlink
from nslab_kernel.linux.uapi import NLM_F_CREATE, NLM_F_EXCL, RTM_NEWLINK


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
        info: dict[str, Any] = {"IFLA_INFO_KIND": kind}
        for end in far:
            peer = {"index": end.ifindex, **nested(**_described(end, near.netns, stack))}
            info["IFLA_INFO_DATA"] = nested(VETH_INFO_PEER=peer)
        attributes = _described(near, near.netns, stack)
        body = messages.link(near.ifindex, **attributes, IFLA_LINKINFO=nested(**info))
        netlink = stack.enter_context(Netlink())
        try:
            netlink.change(RTM_NEWLINK, body, NLM_F_CREATE | NLM_F_EXCL)
        except RefusedByLinux as refused:
            if refused.errno != errno.EEXIST:
                raise
            there = next((end for end in ends if lookup.exists(end.ifname, end.netns)), near)
            raise lookup.taken(there.ifname, there.netns, refused.said) from None


def _described(link: NewLink, here: str | None, stack: contextlib.ExitStack) -> dict[str, Any]:
    """Return an interface to be made as attributes; a namespace other than `here` stays open while `stack` lasts."""
    attributes: dict[str, Any] = {"IFLA_IFNAME": link.ifname}
    if link.mac:
        attributes["IFLA_ADDRESS"] = check_mac(link.mac)
    if link.mtu:
        attributes["IFLA_MTU"] = check_mtu(link.mtu)
    if link.netns != here:
        attributes["IFLA_NET_NS_FD"] = stack.enter_context(worker.opened(link.netns))
    return attributes
