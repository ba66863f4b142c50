"""Which parts of a namespace notifications made stale."""

import socket
import struct
from dataclasses import dataclass, field

from nslab_kernel.linux.netlink import attributes
from nslab_kernel.linux.uapi import (
    RTA_OIF,
    RTM_DELADDR,
    RTM_DELLINK,
    RTM_DELMDB,
    RTM_DELNEIGH,
    RTM_DELNEXTHOP,
    RTM_DELQDISC,
    RTM_DELROUTE,
    RTM_DELRULE,
    RTM_DELTCLASS,
    RTM_DELTFILTER,
    RTM_DELVLAN,
    RTM_NEWADDR,
    RTM_NEWLINK,
    RTM_NEWMDB,
    RTM_NEWNEIGH,
    RTM_NEWNETCONF,
    RTM_NEWNEXTHOP,
    RTM_NEWQDISC,
    RTM_NEWROUTE,
    RTM_NEWRULE,
    RTM_NEWTCLASS,
    RTM_NEWTFILTER,
    RTM_NEWVLAN,
)

HEADER_BYTES, _ROUTE_BYTES = 16, 12
INDEX_AT = HEADER_BYTES + 4
"""Where most messages have the ifindex: struct ifinfomsg, ifaddrmsg, ndmsg, tcmsg, br_vlan_msg."""
_LINKS = (RTM_NEWLINK, RTM_DELLINK, RTM_NEWADDR, RTM_DELADDR)
_ROUTES, _NEIGHBOURS = (RTM_NEWROUTE, RTM_DELROUTE), (RTM_NEWNEIGH, RTM_DELNEIGH)
_PARTS = {
    RTM_NEWRULE: "rules", RTM_DELRULE: "rules", RTM_NEWNEXTHOP: "nexthops", RTM_DELNEXTHOP: "nexthops",
    RTM_NEWQDISC: "queues", RTM_DELQDISC: "queues", RTM_NEWTCLASS: "queues", RTM_DELTCLASS: "queues",
    RTM_NEWTFILTER: "queues", RTM_DELTFILTER: "queues", RTM_NEWVLAN: "vlans", RTM_DELVLAN: "vlans",
    RTM_NEWNETCONF: "forwarding", RTM_NEWMDB: "groups", RTM_DELMDB: "groups",
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
    """`rules`, `nexthops`, `queues`, `vlans`, `forwarding`, `ruleset`, `xfrm`, `unnotified` (no message)."""

    def note_message(self, kind: int, data: bytes, at: int, end: int) -> None:
        """Mark what one rtnetlink message is about."""
        family, index = data[at + HEADER_BYTES], struct.unpack_from("=i", data, at + INDEX_AT)[0]
        if kind in _LINKS:
            self.links.add(index)
            if family == socket.AF_BRIDGE:
                self.parts.add("vlans")
        elif kind in _ROUTES:
            self._note_route(family, data, at, end)
        elif kind in _NEIGHBOURS:
            (self.fdb if family == socket.AF_BRIDGE else self.neighbours).add(index)
        elif kind in _PARTS:
            self.parts.add(_PARTS[kind])

    def _note_route(self, family: int, data: bytes, at: int, end: int) -> None:
        self.routes = True
        if family == socket.AF_INET6:
            found = attributes(data, at + HEADER_BYTES + _ROUTE_BYTES, end, (RTA_OIF,))
            self.outs.add(struct.unpack("=i", found[RTA_OIF])[0] if RTA_OIF in found else 0)
