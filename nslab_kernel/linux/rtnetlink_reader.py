"""Reads addresses, routes and neighbours from rtnetlink."""

import socket
import struct
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from nslab_kernel.linux import uapi
from nslab_kernel.linux.link_reader import text
from nslab_kernel.linux.netlink import Answers, Netlink, attributes, number
from nslab_kernel.model.network import AddressDetails, Attributes, Neighbour, Route

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
_NUMBER = struct.Struct("=I")
_REMEMBERED = 1024
ADDRESS_FLAGS = {
    0x02: "nodad", 0x04: "optimistic", 0x08: "dadfailed", 0x10: "home", 0x20: "deprecated", 0x40: "tentative",
    0x100: "mngtmpaddr", 0x200: "noprefixroute", 0x400: "autojoin", 0x800: "stable-privacy",
}  # fmt: skip
"""In iproute2's words, without secondary and permanent, which Linux sets itself."""
_LIFE = (uapi.RTA_EXPIRES,)
"""The key in a route's attributes for its lifetime, in seconds from the moment of reading."""
SOURCE_LENGTH = (0,)
"""The key in a route's attributes for its source prefix's length (`ip -6 route add ... from`)."""
_NDTMSG_BYTES = 4
_NOT_SET = (uapi.NDTPA_IFINDEX, uapi.NDTPA_REFCNT, uapi.NDTPA_REACHABLE_TIME)
"""Parameters that Linux computes itself; the last one changes every few minutes."""
_GET_FORWARDING = struct.pack("=Bxxx", socket.AF_INET) + number(uapi.NETCONFA_IFINDEX, uapi.NETCONFA_IFINDEX_ALL)
_DECODED = {
    *(uapi.RTA_DST, uapi.RTA_OIF, uapi.RTA_GATEWAY, uapi.RTA_PRIORITY, uapi.RTA_PREFSRC, uapi.RTA_TABLE, uapi.RTA_VIA),
    *(uapi.RTA_CACHEINFO, uapi.RTA_EXPIRES),
}


def read_addresses(
    netlink: Netlink, names: Mapping[int, str], ifindex: int = 0
) -> dict[int, list[tuple[str, AddressDetails | None]]]:
    """Read all addresses, or one link's, in the kernel's order, by the link's ifindex."""
    addresses: dict[int, list[tuple[str, AddressDetails | None]]] = {}
    for data, at, end in netlink.dump_of_link(uapi.RTM_GETADDR, uapi.IFADDRMSG.pack(0, 0, 0, 0, ifindex)):
        index = uapi.IFADDRMSG.unpack_from(data, at)[4]
        addresses.setdefault(index, []).append(_address(data[at:end], names.get(index, "")))
    return addresses


@lru_cache(_REMEMBERED)
def _address(data: bytes, ifname: str) -> tuple[str, AddressDetails | None]:
    family, length, _flags, scope, _index = uapi.IFADDRMSG.unpack_from(data)
    found = attributes(data, uapi.IFADDRMSG.size)
    # With a peer (ip addr add A peer B), LOCAL is our address.
    far = found[uapi.IFA_ADDRESS] if uapi.IFA_ADDRESS in found else found[uapi.IFA_LOCAL]
    own = found.get(uapi.IFA_LOCAL, far)
    addr = f"{_ip(family, own)}/{length}"
    flags = _NUMBER.unpack(found[uapi.IFA_FLAGS])[0] if uapi.IFA_FLAGS in found else 0
    preferred, valid = struct.unpack_from("=II", found.get(uapi.IFA_CACHEINFO, b"\xff" * 8))
    usual = uapi.RT_SCOPE_HOST if addr.startswith("127.") else uapi.RT_SCOPE_UNIVERSE
    label, protocol = text(found.get(uapi.IFA_LABEL)), found.get(uapi.IFA_PROTO, b"\0")[0]
    details = AddressDetails(
        f"{_ip(family, far)}/{length}" if far != own else None,
        label if label != ifname else "",
        _ip(family, found[uapi.IFA_BROADCAST]) if uapi.IFA_BROADCAST in found else None,
        SCOPES.get(scope, str(scope)) if family == socket.AF_INET and scope != usual else "",
        tuple(word for bit, word in ADDRESS_FLAGS.items() if flags & bit),
        None if valid == uapi.INFINITY_LIFE_TIME else valid,
        None if preferred == uapi.INFINITY_LIFE_TIME else preferred,
        _NUMBER.unpack(found[uapi.IFA_RT_PRIORITY])[0] if uapi.IFA_RT_PRIORITY in found else 0,
        protocol if protocol > uapi.IFAPROT_KERNEL_LL else 0,
    )
    return addr, None if details == AddressDetails() else details


def read_routes(netlink: Netlink, names: Mapping[int, str], family: int = 0, oif: int = 0) -> list[Route]:
    """Read the routes that `ip route show table all` shows, except those that Linux itself adds to the table `local`.

    Args:
        netlink: A socket in the namespace.
        names: The names of its links, by ifindex.
        family: AF_INET, AF_INET6, or 0 for both.
        oif: Read only the routes out of the link with this ifindex; 0 is all.
    """
    asked = uapi.RTMSG.pack(family, 0, 0, 0, 0, 0, 0, 0, 0) + (number(uapi.RTA_OIF, oif) if oif else b"")
    read = (_route(data[at:end]) for data, at, end in netlink.dump_of_link(uapi.RTM_GETROUTE, asked))
    return [_changed(route, dev=names.get(out)) if out else route for route, out in filter(None, read)]


def read_shown_routes(netlink: Netlink, names: Mapping[int, str], family: int) -> list[Route | None]:
    """Read one route per line of `ip route show table all`; `None` for those that `read_routes` leaves out."""
    found: list[Route | None] = []
    for data, at, end in netlink.dump(uapi.RTM_GETROUTE, uapi.RTMSG.pack(family, 0, 0, 0, 0, 0, 0, 0, 0)):
        if not uapi.RTMSG.unpack_from(data, at)[8] & uapi.RTM_F_CLONED:
            route = _route(data[at:end])
            found.append(_changed(route[0], dev=names.get(route[1])) if route and route[1] else route and route[0])
    return found


@lru_cache(_REMEMBERED)
def _route(data: bytes) -> tuple[Route, int] | None:
    """Return a route without its link's name, and the ifindex; None for one to leave out."""
    family, length, source_length, tos, table, protocol, scope, kind, flags = uapi.RTMSG.unpack_from(data)
    if family not in (socket.AF_INET, socket.AF_INET6) or flags & uapi.RTM_F_CLONED:
        return None
    if protocol == uapi.RTPROT_KERNEL and (table == uapi.RT_TABLE_LOCAL or kind == uapi.RTN_MULTICAST):
        return None
    found = attributes(data, uapi.RTMSG.size)
    if uapi.RTA_TABLE in found:
        table = _NUMBER.unpack(found[uapi.RTA_TABLE])[0]
    route = Route(
        _dst(family, found.get(uapi.RTA_DST), length),
        _gateway(family, found),
        None,
        4 if family == socket.AF_INET else 6,
        ROUTE_TYPES.get(kind, str(kind)),
        PROTOCOLS.get(protocol, str(protocol)),
        SCOPES.get(scope, str(scope)),
        _ip(family, found[uapi.RTA_PREFSRC]) if uapi.RTA_PREFSRC in found else None,
        _NUMBER.unpack(found[uapi.RTA_PRIORITY])[0] if uapi.RTA_PRIORITY in found else 0,
        TABLES.get(table, str(table)),
        tuple(word for bit, word in NEXTHOP_FLAGS.items() if flags & bit),
        tos,
        tuple(_rest_of_route(found, source_length)),
    )
    return route, _NUMBER.unpack(found[uapi.RTA_OIF])[0] if uapi.RTA_OIF in found else 0


_changed = lru_cache(_REMEMBERED)(replace)


def _rest_of_route(found: dict[int, bytes], source_length: int) -> Iterator[tuple[tuple[int, ...], bytes]]:
    # struct rta_cacheinfo has hundredths of a second; RTA_EXPIRES takes seconds.
    if life := struct.unpack_from("=i", found.get(uapi.RTA_CACHEINFO, bytes(32)), 8)[0]:
        yield _LIFE, _NUMBER.pack(max(life // 100, 1))
    if source_length:
        yield SOURCE_LENGTH, bytes((source_length,))
    for kind, value in found.items():
        if kind == uapi.RTA_MULTIPATH:
            yield (kind,), _without_states(value)
        elif kind not in _DECODED and (kind, value) != (uapi.RTA_PREF, b"\0"):
            yield (kind,), value


def without_life(attributes: Attributes) -> Attributes:
    """Return a route's attributes with an empty lifetime, if it has one, because the seconds left count down."""
    return tuple((where, b"" if where == _LIFE else value) for where, value in attributes)


def _without_states(hops: bytes) -> bytes:
    """Return the next hops of a route without their carrier flags: struct rtnexthop."""
    data, at = bytearray(hops), 0
    while at + 8 <= len(data):
        data[at + 2] &= uapi.RTNH_F_ONLINK
        at += (struct.unpack_from("=H", data, at)[0] + 3) & ~3 or len(data)
    return bytes(data)


def ask_for_neighbours(netlink: Netlink, ifindex: int = 0, flags: int = 0) -> Answers:
    """Request all neighbours, or one link's; with the flag NTF_PROXY, the addresses that this host answers for."""
    its = number(uapi.NDA_IFINDEX, ifindex) if ifindex else b""
    return netlink.dump_of_link(uapi.RTM_GETNEIGH, uapi.NDMSG.pack(0, 0, 0, flags, 0) + its)


def neighbours(told: Answers, names: Mapping[int, str]) -> dict[int, list[Neighbour]]:
    """Return the neighbours that `ip neigh` shows, by link: all but NOARP ones."""
    there: dict[int, list[Neighbour]] = {}
    for data, at, end in told:
        family, index, state, _flags, _type = uapi.NDMSG.unpack_from(data, at)
        if state & uapi.NUD_NOARP or family not in (socket.AF_INET, socket.AF_INET6) or index not in names:
            continue
        found = attributes(data, at + uapi.NDMSG.size, end)
        mac = found[uapi.NDA_LLADDR].hex(":") if uapi.NDA_LLADDR in found else None
        state_word = NEIGHBOUR_STATES.get(state, str(state))
        there.setdefault(index, []).append(Neighbour(_ip(family, found[uapi.NDA_DST]), names[index], mac, state_word))
    return there


def read_neighbour_settings(netlink: Netlink) -> dict[int, bytes]:
    """Read the parameters of each link's neighbour discovery, packed, by the link's ifindex; `ip ntable`."""
    found: dict[int, bytes] = {}
    for data, at, end in netlink.dump(uapi.RTM_GETNEIGHTBL, bytes(_NDTMSG_BYTES)):
        index, settings = _settings(
            attributes(data, at + _NDTMSG_BYTES, end, (uapi.NDTA_PARMS,)).get(uapi.NDTA_PARMS, b"")
        )
        found[index] = found.get(index, b"") + data[at : at + 1] + settings
    return found


@lru_cache(_REMEMBERED)
def _settings(packed: bytes) -> tuple[int, bytes]:
    """Return the ifindex of these settings, 0 for those of new interfaces, and the ones that can be set."""
    found = attributes(packed)
    values = (value for kind, value in found.items() if kind not in _NOT_SET)
    return _NUMBER.unpack(found.get(uapi.NDTPA_IFINDEX, bytes(4)))[0], b"".join(values)


def read_forwarding(netlink: Netlink) -> bool:
    """Read whether the namespace forwards IPv4 packets."""
    for answer in netlink.ask(uapi.RTM_GETNETCONF, [_GET_FORWARDING]):
        if answer:
            found = attributes(answer, 4)
            return any(found.get(uapi.NETCONFA_FORWARDING, b""))
    return False


def _dst(family: int, address: bytes | None, length: int) -> str:
    if not length:
        return "default"
    dst = _ip(family, address or b"\0" * 16)
    return dst if length == (32 if family == socket.AF_INET else 128) else f"{dst}/{length}"


def _gateway(family: int, found: dict[int, bytes]) -> str | None:
    if uapi.RTA_GATEWAY in found:
        return _ip(family, found[uapi.RTA_GATEWAY])
    if via := found.get(uapi.RTA_VIA):  # an IPv4 route over an IPv6 gateway (RFC 5549)
        return _ip(struct.unpack_from("=H", via)[0], via[2:])
    return None


def _ip(family: int, address: bytes) -> str:
    return socket.inet_ntop(family, address)
