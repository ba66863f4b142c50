"""Which parts of a namespace notifications made stale."""

import socket
import struct
from dataclasses import dataclass, field

from nslab_kernel.linux import uapi
from nslab_kernel.linux.netlink import HEADER, attributes

INDEX_AT = HEADER.size + 4
"""Where most messages have the ifindex: struct ifinfomsg, ifaddrmsg, ndmsg, tcmsg, br_vlan_msg."""
_ONE_OF_FOUR = ~3
"""rtnetlink numbers its messages in fours: new, delete, get, set; linux/rtnetlink.h."""
_LINKS = (uapi.RTM_NEWLINK, uapi.RTM_NEWADDR)
_PARTS = {
    uapi.RTM_NEWRULE: "rules", uapi.RTM_NEWNEXTHOP: "nexthops", uapi.RTM_NEWQDISC: "queues",
    uapi.RTM_NEWTCLASS: "queues", uapi.RTM_NEWTFILTER: "queues", uapi.RTM_NEWVLAN: "vlans",
    uapi.RTM_NEWNETCONF: "forwarding", uapi.RTM_NEWMDB: "groups",
}  # fmt: skip


@dataclass
class StaleParts:
    """The parts of one namespace that must be read again."""

    all: bool = False
    """Everything: the namespace is new, or notifications were lost."""
    links: set[int] = field(default_factory=set)
    """Ifindexes of links that changed, themselves or their addresses."""
    outs: set[int] = field(default_factory=set)
    """Ifindexes of links whose IPv6 routes changed."""
    routes: bool = False
    neighbours: set[int] = field(default_factory=set)
    """Ifindexes of links whose neighbours changed."""
    fdb: set[int] = field(default_factory=set)
    """Ifindexes of ports whose forwarding database changed."""
    parts: set[str] = field(default_factory=set)
    """`rules`, `nexthops`, `groups`, `queues`, `vlans`, `forwarding`, `ruleset`, `xfrm`, `unnotified` (no message)."""

    def note_message(self, kind: int, data: bytes, at: int, end: int) -> None:
        """Mark as stale the part that one rtnetlink message is about."""
        family, index = data[at + HEADER.size], struct.unpack_from("=i", data, at + INDEX_AT)[0]
        kind &= _ONE_OF_FOUR
        if kind in _LINKS:
            self.links.add(index)
            if family == socket.AF_BRIDGE:
                self.parts.add("vlans")
        elif kind == uapi.RTM_NEWROUTE:
            self._note_route(family, data, at, end)
        elif kind == uapi.RTM_NEWNEIGH:
            (self.fdb if family == socket.AF_BRIDGE else self.neighbours).add(index)
        elif kind in _PARTS:
            self.parts.add(_PARTS[kind])

    def _note_route(self, family: int, data: bytes, at: int, end: int) -> None:
        self.routes = True
        if family == socket.AF_INET6:
            found = attributes(data, at + HEADER.size + uapi.RTMSG.size, end, (uapi.RTA_OIF,))
            self.outs.add(struct.unpack("=i", found[uapi.RTA_OIF])[0] if uapi.RTA_OIF in found else 0)
