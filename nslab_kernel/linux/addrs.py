"""Adds and deletes addresses of interfaces; ip-address(8).

An unknown interface raises `NoLink`, an unknown namespace `NoNamespace`, a refusal by Linux `RefusedByLinux`.
"""

import errno
import ipaddress
import socket

from nslab_kernel.errors import AlreadyExists, NoSuchThing, RefusedByLinux
from nslab_kernel.language import translate as _
from nslab_kernel.linux import messages, rtnetlink_reader, uapi, worker
from nslab_kernel.linux.argument_checks import bad_value, check_addr, check_bool, check_text
from nslab_kernel.linux.links import index
from nslab_kernel.linux.netlink import Netlink


def add(addr: str, dev: str, netns: str | None = None, peer: str | None = None, nodad: bool = False) -> None:
    """Give an interface an address, as `ip addr add ADDR peer PEER dev DEV nodad` does.

    Args:
        addr: The address with its prefix length: `"192.168.1.1/24"`.
        dev: The interface.
        netns: The namespace that it is in; `None` is the host.
        peer: The address of the other end of a point-to-point link; the prefix length is then the peer's.
        nodad: Whether an IPv6 address is used at once, without duplicate address detection.

    Raises:
        BadValue: `addr` or `peer` is no address, they are of different families, or `nodad` is set for IPv4.
        AlreadyExists: The interface already has this address.
    """
    wanted, other = check_addr(addr), _check_peer(peer, addr)
    check_text(dev)
    check_bool("nodad", nodad, 'addr_add("2001:db8::1/64", "eth0", nodad=True)')
    if nodad and ":" not in wanted:
        raise bad_value(addr, _("Only IPv6 looks for somebody who has the address: for IPv4 there is no nodad."))
    worker.run(netns, _add, wanted, other, dev, netns, uapi.IFA_F_NODAD if nodad else 0)


def delete(addr: str, dev: str, netns: str | None = None, peer: str | None = None) -> None:
    """Take an address from an interface, as `ip addr del ADDR peer PEER dev DEV` does.

    An IPv4 address given without a length or a peer is deleted whatever its length and peer are.

    Raises:
        BadValue: `addr` or `peer` is no address, or they are of different families.
        NoSuchThing: The interface has no such address; the error lists those that it has.
    """
    wanted, other = check_addr(addr), _check_peer(peer, addr)
    check_text(dev)
    is_any = other is None and "/" not in addr and ":" not in addr
    worker.run(netns, _delete, wanted, other, is_any, dev, netns)


def _check_peer(peer: str | None, addr: str) -> str | None:
    if peer is None:
        return None
    other = check_addr(peer)
    if (":" in other) != (":" in addr):
        raise bad_value(peer, _("An address and its peer are of one family, IPv4 or IPv6."))
    return other


def _add(addr: str, peer: str | None, dev: str, netns: str | None, flags: int) -> None:
    body = _message(addr, peer, index(dev, netns), _scope(addr), flags)
    with Netlink() as netlink:
        try:
            netlink.change(uapi.RTM_NEWADDR, body, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL)
        except RefusedByLinux as refused:
            if refused.errno != errno.EEXIST:
                raise
            thing = _("The address {addr} at {dev}").format(addr=addr, dev=dev)
            raise AlreadyExists(thing, refused.said) from None


def _delete(addr: str, peer: str | None, is_any: bool, dev: str, netns: str | None) -> None:
    ifindex = index(dev, netns)
    body = _message(addr, peer, ifindex, uapi.RT_SCOPE_UNIVERSE, is_any=is_any)
    with Netlink() as netlink:
        try:
            return netlink.change(uapi.RTM_DELADDR, body)
        except RefusedByLinux as refused:
            if refused.errno != errno.EADDRNOTAVAIL:
                raise
            had = rtnetlink_reader.read_addresses(netlink, {}, ifindex).get(ifindex, [])
            known = None if peer else next((d.peer for one, d in had if d and d.peer and _ip(one) == _ip(addr)), None)
            there = [f"{_ip(addr)} peer {known}"] if known else [one for one, _details in had]
    what = _("{dev} has no address {addr}.").format(dev=dev, addr=addr)
    where = "" if netns is None else f", netns={netns!r}"
    try_ = f"addr_del({_ip(addr)!r}, dev={dev!r}{where}, peer={known!r})" if known else ""
    raise NoSuchThing(what, addr, there, try_=try_, errno=errno.EADDRNOTAVAIL)


def _message(addr: str, peer: str | None, ifindex: int, scope: int, flags: int = 0, *, is_any: bool = False) -> bytes:
    """Return the message for an address; with `is_any` it matches whatever the prefix length and the peer are."""
    parsed = ipaddress.ip_interface(peer or addr)
    family = socket.AF_INET if parsed.version == 4 else socket.AF_INET6
    fields = {
        "family": family, "prefixlen": parsed.network.prefixlen, "flags": flags, "scope": scope, "index": ifindex,
    }  # fmt: skip
    other = {} if is_any else {"IFA_ADDRESS": str(parsed.ip)}
    return messages.addr(fields, IFA_LOCAL=_ip(addr), **other)


def _ip(addr: str) -> str:
    return addr.partition("/")[0]


def _scope(addr: str) -> int:
    """Return the scope that iproute2 sends: host for 127.x.x.x; for IPv6 Linux computes the scope itself."""
    return uapi.RT_SCOPE_HOST if addr.startswith("127.") else uapi.RT_SCOPE_UNIVERSE
