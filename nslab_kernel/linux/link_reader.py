"""Reads the interfaces of one namespace from rtnetlink."""

import socket
import struct
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from nslab_kernel.linux import uapi
from nslab_kernel.linux.netlink import Netlink, attributes, link_header, number, places
from nslab_kernel.model.network import Attributes

_NUMBER = struct.Struct("=I")
_REMEMBERED = 1024

OPERSTATES = ("UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP")

_LINK = struct.Struct("=BxHiII")  # family, ARP type, index, flags, change
_SIGNED = struct.Struct("=i")
_ARP_ETHER = 1
SETTABLE = uapi.IFF_DEBUG | uapi.IFF_NOTRAILERS | uapi.IFF_NOARP | uapi.IFF_PROMISC
SETTABLE |= uapi.IFF_ALLMULTI | uapi.IFF_MULTICAST | uapi.IFF_DYNAMIC
FLAGS = (0,)
"""The key in a link's attributes for its settable flags other than UP."""
OF_A_KIND, OF_A_PORT = (uapi.IFLA_LINKINFO, uapi.IFLA_INFO_DATA), (uapi.IFLA_LINKINFO, uapi.IFLA_INFO_SLAVE_DATA)
"""The first two numbers in the keys of those attributes that are options of a link's kind, or of its being a port."""
TUN_PERSISTS = (*OF_A_KIND, 6)
"""The key for whether a tun device stays without a program; IFLA_TUN_PERSIST."""
MCAST_SNOOPING = (*OF_A_KIND, 23)
"""The key for whether a bridge snoops on multicast; IFLA_BR_MCAST_SNOOPING."""
BOND_PRIMARY = (*OF_A_KIND, 11)
"""The key for a bond's preferred port; IFLA_BOND_PRIMARY. It can only be set to an interface that is a port."""
BOND_PORTS_MAC = (*OF_A_PORT, 4)
"""The key for the permanent MAC of a bond's port; IFLA_BOND_SLAVE_PERM_HWADDR. A bridge's port has one byte there."""
_KEPT = (
    *(uapi.IFLA_TXQLEN, uapi.IFLA_IFALIAS, uapi.IFLA_GROUP, uapi.IFLA_NUM_TX_QUEUES, uapi.IFLA_NUM_RX_QUEUES),
    *(uapi.IFLA_PROTO_DOWN, uapi.IFLA_BROADCAST, uapi.IFLA_LINKMODE, uapi.IFLA_GSO_MAX_SEGS, uapi.IFLA_GSO_MAX_SIZE),
    *(uapi.IFLA_GRO_MAX_SIZE, uapi.IFLA_GSO_IPV4_MAX_SIZE, uapi.IFLA_GRO_IPV4_MAX_SIZE),
)
"""Further settable attributes; linux/if_link.h."""
TOKEN = (uapi.IFLA_AF_SPEC, socket.AF_INET6, uapi.IFLA_INET6_TOKEN)
"""The interface identifier for autoconfigured IPv6 addresses; ip-token(8)."""
_COUNTED = {
    (uapi.IFLA_INFO_DATA, "bridge"): {*range(10, 20), 47, 48},
    (uapi.IFLA_INFO_SLAVE_DATA, "bridge"): {1, *range(13, 25), 38, 41},
    (uapi.IFLA_INFO_DATA, "bond"): {2, 23},
    (uapi.IFLA_INFO_SLAVE_DATA, "bond"): {1, 2, 3, 6, 7, 8},
    (uapi.IFLA_INFO_SLAVE_DATA, "vrf"): {1},
    (uapi.IFLA_INFO_DATA, "macvlan"): {6, 8},
    (uapi.IFLA_INFO_DATA, "macvtap"): {6, 8},
    (uapi.IFLA_INFO_DATA, "tun"): {8, 9},
}
"""Read-only attributes of a kind: timers, elected bridges, states, ..."""
_VLAN_FLAGS, _VLAN_FLAGS_KNOWN = 2, _NUMBER.pack(0x1F)
"""Linux reports a VLAN without flags, or with a mask of all 32 bits; it accepts a mask of only these."""
_MACVLAN_MODE, MACVLAN_SOURCES, _MACVLAN_SOURCE = 1, 5, _NUMBER.pack(16)
"""In mode `source`, a macvlan accepts packets from the listed MAC addresses only; linux/if_link.h."""
_LINK_ATTRIBUTES = {
    *(uapi.IFLA_ADDRESS, uapi.IFLA_IFNAME, uapi.IFLA_MTU, uapi.IFLA_LINK, uapi.IFLA_QDISC, uapi.IFLA_MASTER),
    *(uapi.IFLA_OPERSTATE, uapi.IFLA_LINKINFO, uapi.IFLA_LINK_NETNSID, uapi.IFLA_PROP_LIST, uapi.IFLA_AF_SPEC),
    *_KEPT,
}
_WITHOUT_STATS = number(uapi.IFLA_EXT_MASK, uapi.RTEXT_FILTER_SKIP_STATS)


class ReadLink(NamedTuple):
    """A link as its own namespace reports it: a link in another namespace by ifindex and nsid only."""

    ifname: str
    ifindex: int
    kind: str
    mac: str
    mtu: int
    operstate: str
    flags: int
    qdisc: str
    peer_ifindex: int | None
    """The other end of a veth."""
    lower_ifindex: int | None
    """The link below, for any other kind."""
    link_netnsid: int | None
    """The nsid of the namespace of that other end or link below; `None` is this namespace."""
    master: int | None
    altnames: tuple[str, ...]
    attributes: Attributes
    conf: tuple[bytes, bytes]
    """Its IPv4 and IPv6 sysctls, packed: IFLA_INET_CONF and IFLA_INET6_CONF."""


def read_links(netlink: Netlink) -> dict[int, ReadLink]:
    """Read all links, in the order of their ifindexes."""
    answers = netlink.dump(uapi.RTM_GETLINK, link_header() + _WITHOUT_STATS)
    links = [_link(data[at:end]) for data, at, end in answers]
    return {link.ifindex: link for link in sorted(links, key=lambda link: link.ifindex)}


def read_some_links(netlink: Netlink, indices: list[int]) -> dict[int, ReadLink]:
    """Read the links with these ifindexes, as far as they exist."""
    asked = [link_header(index) + _WITHOUT_STATS for index in indices]
    links = [_link(answer) for answer in netlink.ask(uapi.RTM_GETLINK, asked) if answer]
    return {link.ifindex: link for link in links}


def refresh_link_state(ifindex: int) -> None:
    """Query one link, which makes Linux update its operstate."""
    with Netlink() as netlink:
        list(netlink.ask(uapi.RTM_GETLINK, [link_header(ifindex)]))


@lru_cache(_REMEMBERED)
def _link(data: bytes) -> ReadLink:
    """Parse an answer; cached, because most answers are the same bytes as last time."""
    _family, arp_type, ifindex, flags, _change = _LINK.unpack_from(data)
    found = attributes(data, _LINK.size, wanted=_LINK_ATTRIBUTES)
    info = _inside(found.get(uapi.IFLA_LINKINFO))
    kind = text(info.get(uapi.IFLA_INFO_KIND))
    if not kind:
        kind = "loopback" if flags & uapi.IFF_LOOPBACK else "ether" if arp_type == _ARP_ETHER else "other"
    beyond, netnsid, master = found.get(uapi.IFLA_LINK), found.get(uapi.IFLA_LINK_NETNSID), found.get(uapi.IFLA_MASTER)
    other = _NUMBER.unpack(beyond)[0] or None if beyond else None
    families = _inside(found.get(uapi.IFLA_AF_SPEC))
    return ReadLink(
        text(found[uapi.IFLA_IFNAME]),
        ifindex,
        kind,
        found.get(uapi.IFLA_ADDRESS, b"").hex(":"),
        _NUMBER.unpack(found[uapi.IFLA_MTU])[0],
        OPERSTATES[found[uapi.IFLA_OPERSTATE][0]],
        flags,
        text(found.get(uapi.IFLA_QDISC)),
        other if kind == "veth" else None,
        other if kind != "veth" and other != ifindex else None,
        _SIGNED.unpack(netnsid)[0] if netnsid and other else None,
        _NUMBER.unpack(master)[0] if master else None,
        tuple(_texts(found.get(uapi.IFLA_PROP_LIST, b""), uapi.IFLA_ALT_IFNAME)),
        ((FLAGS, _NUMBER.pack(flags & SETTABLE)), *_kept(found, info, kind)),
        (
            _inside(families.get(socket.AF_INET)).get(uapi.IFLA_INET_CONF, b""),
            _inside(families.get(socket.AF_INET6)).get(uapi.IFLA_INET6_CONF, b""),
        ),
    )


def _kept(found: dict[int, bytes], info: dict[int, bytes], kind: str) -> Iterator[tuple[tuple[int, ...], bytes]]:
    for top in _KEPT:
        if top in found:
            yield (top,), found[top]
    six = _inside(_inside(found.get(uapi.IFLA_AF_SPEC)).get(socket.AF_INET6))
    if uapi.IFLA_INET6_TOKEN in six:
        yield TOKEN, six[uapi.IFLA_INET6_TOKEN]
    for data, its_kind in (
        (uapi.IFLA_INFO_DATA, kind),
        (uapi.IFLA_INFO_SLAVE_DATA, text(info.get(uapi.IFLA_INFO_SLAVE_KIND))),
    ):
        counted = _COUNTED.get((data, its_kind), ())
        options = _inside(info.get(data))
        if (data, its_kind) == (uapi.IFLA_INFO_DATA, "macvlan") and options.get(_MACVLAN_MODE) == _MACVLAN_SOURCE:
            options.setdefault(MACVLAN_SOURCES, b"")  # Linux omits an empty list
        if (data, its_kind) == (uapi.IFLA_INFO_DATA, "vlan"):
            options[_VLAN_FLAGS] = options.get(_VLAN_FLAGS, bytes(4))[:4] + _VLAN_FLAGS_KNOWN
        yield from (((uapi.IFLA_LINKINFO, data, sub), value) for sub, value in options.items() if sub not in counted)


def text(data: bytes | None) -> str:
    """Return a name; bytes that are not UTF-8 become surrogates, as in Python's file names."""
    return data[:-1].decode(errors="surrogateescape") if data else ""


def _texts(data: bytes, kind: int) -> Iterator[str]:
    """Yield the texts of all attributes of one kind."""
    yield from (text(data[at:end]) for found, at, end in places(data) if found == kind)


def _inside(data: bytes | None) -> dict[int, bytes]:
    """Return the attributes that an attribute holds."""
    return attributes(data) if data else {}
