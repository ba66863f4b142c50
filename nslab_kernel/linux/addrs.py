"""Addresses: add and delete; ip-address(8)."""

import errno
import ipaddress
import socket

from nslab_kernel.errors import AlreadyExists, NoSuchThing, RefusedByLinux
from nslab_kernel.language import translate as _
from nslab_kernel.linux import messages, reader, worker
from nslab_kernel.linux.lookup import index
from nslab_kernel.linux.names import check_addr, check_ifname
from nslab_kernel.linux.netlink import Netlink
from nslab_kernel.linux.uapi import (
    NLM_F_CREATE,
    NLM_F_EXCL,
    RT_SCOPE_HOST,
    RT_SCOPE_UNIVERSE,
    RTM_DELADDR,
    RTM_NEWADDR,
)


def add(addr: str, dev: str, netns: str | None = None) -> None:
    """Give an interface an address, as `ip addr add ADDR dev DEV` does.

    Args:
        addr: With the length of its net: `"192.168.1.1/24"`.
        dev: The interface.
        netns: The namespace that it is in; `None` is the host.

    Raises:
        BadValue: It is no address.
        NoLink: There is no interface of that name.
        AlreadyExists: The interface has this address.
        NoNamespace: There is no namespace of that name.
        RefusedByLinux: Linux said no.
    """
    wanted = check_addr(addr)
    check_ifname(dev)
    worker.run(netns, _add, wanted, dev, netns)


def delete(addr: str, dev: str, netns: str | None = None) -> None:
    """Take an address from an interface, as `ip addr del ADDR dev DEV` does.

    Raises:
        BadValue: It is no address.
        NoLink: There is no interface of that name.
        NoSuchThing: The interface has no such address; with those that it has.
        NoNamespace: There is no namespace of that name.
        RefusedByLinux: Linux said no.
    """
    wanted = check_addr(addr)
    check_ifname(dev)
    worker.run(netns, _delete, wanted, dev, netns)


def _add(addr: str, dev: str, netns: str | None) -> None:
    body = _message(addr, index(dev, netns), _scope(addr))
    with Netlink() as netlink:
        try:
            netlink.change(RTM_NEWADDR, body, NLM_F_CREATE | NLM_F_EXCL)
        except RefusedByLinux as refused:
            if refused.errno != errno.EEXIST:
                raise
            thing = _("The address {addr} at {dev}").format(addr=addr, dev=dev)
            raise AlreadyExists(thing, refused.said) from None


def _delete(addr: str, dev: str, netns: str | None) -> None:
    ifindex = index(dev, netns)
    with Netlink() as netlink:
        try:
            netlink.change(RTM_DELADDR, _message(addr, ifindex, RT_SCOPE_UNIVERSE))
        except RefusedByLinux as refused:
            if refused.errno != errno.EADDRNOTAVAIL:
                raise
            there = reader.read_addresses(netlink).get(ifindex, [])
            what = _("{dev} has no address {addr}.").format(dev=dev, addr=addr)
            raise NoSuchThing(what, addr, there, errno=refused.errno) from None


def _message(addr: str, ifindex: int, scope: int) -> bytes:
    parsed = ipaddress.ip_interface(addr)
    family = socket.AF_INET if parsed.version == 4 else socket.AF_INET6
    fields = {"family": family, "prefixlen": parsed.network.prefixlen, "scope": scope, "index": ifindex}
    return messages.addr(fields, IFA_LOCAL=str(parsed.ip), IFA_ADDRESS=str(parsed.ip))


def _scope(addr: str) -> int:
    """As iproute2: 127.x.x.x is for this host alone; IPv6 finds its scope itself."""
    return RT_SCOPE_HOST if addr.startswith("127.") else RT_SCOPE_UNIVERSE
