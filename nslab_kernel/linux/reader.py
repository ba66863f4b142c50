"""What is in one namespace, as Linux tells it: five questions."""

import socket
import struct
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from nslab_kernel.linux.netlink import Netlink, attributes, number
from nslab_kernel.linux.uapi import (
    IFA_ADDRESS,
    IFA_LOCAL,
    IFF_LOOPBACK,
    IFLA_ADDRESS,
    IFLA_EXT_MASK,
    IFLA_IFNAME,
    IFLA_INFO_KIND,
    IFLA_LINK,
    IFLA_LINK_NETNSID,
    IFLA_LINKINFO,
    IFLA_MASTER,
    IFLA_MTU,
    IFLA_OPERSTATE,
    IFLA_QDISC,
    NDA_DST,
    NDA_LLADDR,
    NETCONFA_FORWARDING,
    NETCONFA_IFINDEX,
    NETCONFA_IFINDEX_ALL,
    NUD_NOARP,
    RT_TABLE_LOCAL,
    RTA_DST,
    RTA_GATEWAY,
    RTA_OIF,
    RTA_PREFSRC,
    RTA_PRIORITY,
    RTA_TABLE,
    RTA_VIA,
    RTEXT_FILTER_SKIP_STATS,
    RTM_F_CLONED,
    RTM_GETADDR,
    RTM_GETLINK,
    RTM_GETNEIGH,
    RTM_GETNETCONF,
    RTM_GETROUTE,
    RTN_MULTICAST,
)
from nslab_kernel.model.network import Neighbour, Route

OPERSTATES = ("UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP")
ROUTE_TYPES = {
    1: "unicast", 2: "local", 3: "broadcast", 4: "anycast", 5: "multicast",
    6: "blackhole", 7: "unreachable", 8: "prohibit", 9: "throw", 10: "nat",
}  # fmt: skip
PROTOCOLS = {0: "unspec", 1: "redirect", 2: "kernel", 3: "boot", 4: "static", 9: "ra", 16: "dhcp"}
SCOPES = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}
TABLES = {253: "default", 254: "main", 255: "local"}
NEXTHOP_FLAGS = {1: "dead", 2: "pervasive", 4: "onlink", 8: "offload", 16: "linkdown"}
NEIGHBOUR_STATES = {
    0: "NONE", 1: "INCOMPLETE", 2: "REACHABLE", 4: "STALE", 8: "DELAY", 16: "PROBE", 32: "FAILED", 128: "PERMANENT",
}  # fmt: skip

_LINK = struct.Struct("=BxHiII")  # family, ARP type, index, flags, change
_ADDRESS = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, index
_ROUTE = struct.Struct("=BBBBBBBBI")  # family, dst length, src length, tos, table, protocol, scope, type, flags
_NEIGHBOUR = struct.Struct("=BxxxiHBB")  # family, index, state, flags, type
_NUMBER = struct.Struct("=I")
_SIGNED = struct.Struct("=i")
_ARP_ETHER = 1
_REMEMBERED = 2048
_LINK_ATTRIBUTES = frozenset(
    (
        IFLA_ADDRESS,
        IFLA_IFNAME,
        IFLA_MTU,
        IFLA_LINK,
        IFLA_QDISC,
        IFLA_MASTER,
        IFLA_OPERSTATE,
        IFLA_LINKINFO,
        IFLA_LINK_NETNSID,
    )
)
_GET_LINKS = _LINK.pack(0, 0, 0, 0, 0) + number(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)
_GET_FORWARDING = struct.pack("=Bxxx", socket.AF_INET) + number(NETCONFA_IFINDEX, NETCONFA_IFINDEX_ALL)


class ReadLink(NamedTuple):
    """A link as its own namespace tells it: what is beyond, it knows by numbers only."""

    ifname: str
    ifindex: int
    kind: str
    mac: str
    mtu: int
    operstate: str
    flags: int
    qdisc: str
    peer_ifindex: int | None
    link_netnsid: int | None
    master: int | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One namespace at one moment."""

    links: dict[int, ReadLink]
    """By their numbers."""
    addresses: dict[int, list[str]]
    """By the link's number."""
    routes: list[Route]
    neighbours: list[Neighbour]
    ip_forward: bool


def read() -> Reading:
    """Read the namespace that the calling thread is in."""
    with Netlink() as netlink:
        # Links first: an interface that reads UP has got its IPv6 address by then.
        links = read_links(netlink)
        names = {index: link.ifname for index, link in links.items()}
        return Reading(
            links,
            read_addresses(netlink),
            read_routes(netlink, names),
            read_neighbours(netlink, names),
            _read_forwarding(netlink),
        )


def read_links(netlink: Netlink) -> dict[int, ReadLink]:
    """Read all links, in the order of their numbers."""
    links = [_link(data[at:end]) for data, at, end in netlink.dump(RTM_GETLINK, _GET_LINKS)]
    return {link.ifindex: link for link in sorted(links, key=lambda link: link.ifindex)}


@lru_cache(_REMEMBERED)
def _link(data: bytes) -> ReadLink:
    """Return what an answer says; most are, byte for byte, what they were the last time."""
    _family, arp_type, ifindex, flags, _change = _LINK.unpack_from(data)
    found = attributes(data, _LINK.size, len(data), _LINK_ATTRIBUTES)
    info = found.get(IFLA_LINKINFO)
    kind = _text(attributes(info, 0, len(info)).get(IFLA_INFO_KIND)) if info else ""
    if not kind:
        kind = "loopback" if flags & IFF_LOOPBACK else "ether" if arp_type == _ARP_ETHER else "other"
    beyond = found.get(IFLA_LINK) if kind == "veth" else None
    netnsid, master = found.get(IFLA_LINK_NETNSID) if beyond else None, found.get(IFLA_MASTER)
    return ReadLink(
        _text(found[IFLA_IFNAME]),
        ifindex,
        kind,
        found.get(IFLA_ADDRESS, b"").hex(":"),
        _NUMBER.unpack(found[IFLA_MTU])[0],
        OPERSTATES[found[IFLA_OPERSTATE][0]],
        flags,
        _text(found.get(IFLA_QDISC)),
        _NUMBER.unpack(beyond)[0] or None if beyond else None,
        _SIGNED.unpack(netnsid)[0] if netnsid else None,
        _NUMBER.unpack(master)[0] if master else None,
    )


def read_addresses(netlink: Netlink) -> dict[int, list[str]]:
    """Read all addresses, in the kernel's order, by the link's number."""
    addresses: dict[int, list[str]] = {}
    for data, at, end in netlink.dump(RTM_GETADDR, bytes(_ADDRESS.size)):
        index, addr = _address(data[at:end])
        addresses.setdefault(index, []).append(addr)
    return addresses


@lru_cache(_REMEMBERED)
def _address(data: bytes) -> tuple[int, str]:
    family, length, _flags, _scope, index = _ADDRESS.unpack_from(data)
    found = attributes(data, _ADDRESS.size, len(data))
    # With a far end of its own (ip addr add A peer B), LOCAL is ours.
    addr = _ip(family, found.get(IFA_LOCAL) or found[IFA_ADDRESS])
    return index, f"{addr}/{length}"


def read_routes(netlink: Netlink, names: dict[int, str]) -> list[Route]:
    """Read the routes that `ip route` and `ip -6 route` show in all tables but `local`."""
    read = (_route(data[at:end]) for data, at, end in netlink.dump(RTM_GETROUTE, bytes(_ROUTE.size)))
    return [_changed(route, dev=names.get(oif)) if oif else route for route, oif in filter(None, read)]


@lru_cache(_REMEMBERED)
def _route(data: bytes) -> tuple[Route, int] | None:
    """Return a route without the name of its link, and that link's number; None for what `ip route` does not show."""
    family, length, _src, _tos, table, protocol, scope, kind, flags = _ROUTE.unpack_from(data)
    if family not in (socket.AF_INET, socket.AF_INET6) or table == RT_TABLE_LOCAL:
        return None
    if kind == RTN_MULTICAST or flags & RTM_F_CLONED:
        return None
    found = attributes(data, _ROUTE.size, len(data))
    if RTA_TABLE in found:
        table = _NUMBER.unpack(found[RTA_TABLE])[0]
    route = Route(
        _dst(family, found.get(RTA_DST), length),
        _gateway(family, found),
        None,
        4 if family == socket.AF_INET else 6,
        ROUTE_TYPES.get(kind, str(kind)),
        PROTOCOLS.get(protocol, str(protocol)),
        SCOPES.get(scope, str(scope)),
        _ip(family, found[RTA_PREFSRC]) if RTA_PREFSRC in found else None,
        _NUMBER.unpack(found[RTA_PRIORITY])[0] if RTA_PRIORITY in found else 0,
        TABLES.get(table, str(table)),
        tuple(word for bit, word in NEXTHOP_FLAGS.items() if flags & bit),
    )
    return route, _NUMBER.unpack(found[RTA_OIF])[0] if RTA_OIF in found else 0


_changed = lru_cache(_REMEMBERED)(replace)


def read_neighbours(netlink: Netlink, names: dict[int, str]) -> list[Neighbour]:
    """Read the neighbours that `ip neigh` shows: all but those that need no asking (NOARP)."""
    neighbours = []
    for data, at, end in netlink.dump(RTM_GETNEIGH, bytes(_NEIGHBOUR.size)):
        family, index, state, _flags, _type = _NEIGHBOUR.unpack_from(data, at)
        if state & NUD_NOARP or family not in (socket.AF_INET, socket.AF_INET6) or index not in names:
            continue
        found = attributes(data, at + _NEIGHBOUR.size, end)
        mac = found[NDA_LLADDR].hex(":") if NDA_LLADDR in found else None
        state_word = NEIGHBOUR_STATES.get(state, str(state))
        neighbours.append(Neighbour(_ip(family, found[NDA_DST]), names[index], mac, state_word))
    return neighbours


def _read_forwarding(netlink: Netlink) -> bool:
    for answer in netlink.ask(RTM_GETNETCONF, [_GET_FORWARDING]):
        if answer:
            found = attributes(answer, 4, len(answer))
            return any(found.get(NETCONFA_FORWARDING, b""))
    return False


def _dst(family: int, address: bytes | None, length: int) -> str:
    if not length:
        return "default"
    dst = _ip(family, address or b"\0" * 16)
    return dst if length == (32 if family == socket.AF_INET else 128) else f"{dst}/{length}"


def _gateway(family: int, found: dict[int, bytes]) -> str | None:
    if RTA_GATEWAY in found:
        return _ip(family, found[RTA_GATEWAY])
    if via := found.get(RTA_VIA):  # an IPv4 route over an IPv6 gateway (RFC 5549)
        return _ip(struct.unpack_from("=H", via)[0], via[2:])
    return None


def _ip(family: int, address: bytes) -> str:
    return socket.inet_ntop(family, address)


def _text(data: bytes | None) -> str:
    return data[:-1].decode(errors="replace") if data else ""
