"""The state of one namespace, of which only stale parts are read."""

import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TypeVar

from nslab_kernel.errors import LabError
from nslab_kernel.linux import (
    bridge_entries,
    command,
    entries,
    link_reader,
    mptcp,
    packet_filter,
    rtnetlink_reader,
    sysctl_tree,
    tc_reader,
    uapi,
    xfrm,
)
from nslab_kernel.linux.kernel_defaults import kernel_defaults
from nslab_kernel.linux.link_reader import ReadLink
from nslab_kernel.linux.netlink import Netlink
from nslab_kernel.linux.rtnetlink_reader import LIFE
from nslab_kernel.linux.stale_parts import StaleParts
from nslab_kernel.model.entry import Entry
from nslab_kernel.model.network import AddressDetails, Neighbour, Route

T = TypeVar("T")
_FEW, _MANY = 8, 24
"""At most so many changed links, in a namespace with more than so many, are queried one by one."""
_VOLATILE_WORDS = (" linkdown", " dead", " offload", " pref medium", " onlink", " rt_offload", " trap")
_TEXTS = 1024


@dataclass
class NamespaceState:
    """One namespace as read from Linux."""

    is_host: bool
    links: dict[int, ReadLink] = field(default_factory=dict)
    """By their numbers."""
    addresses: dict[int, list[tuple[str, AddressDetails | None]]] = field(default_factory=dict)
    """By the link's number."""
    routes: list[Route] = field(default_factory=list)
    neighbours: dict[int, list[Neighbour]] = field(default_factory=dict)
    """By the link's number."""
    ip_forward: bool = False
    rules: tuple[Entry, ...] = ()
    nexthops: tuple[Entry, ...] = ()
    xfrm: tuple[Entry, ...] = ()
    """States and policies of IPsec."""
    unnotified: tuple[Entry, ...] = ()
    """What Linux sends no message for: labels of addresses, endpoints of MPTCP."""
    given: dict[int, tuple[Entry, ...]] = field(default_factory=dict)
    """Permanent and proxy neighbours, by the link's number."""
    fdb: dict[int, tuple[Entry, ...]] = field(default_factory=dict)
    groups: tuple[Entry, ...] = ()
    vlans: tuple[Entry, ...] = ()
    queues: tuple[Entry, ...] = ()
    nftables: str = ""
    legacy_tables: str = ""
    sysctls: dict[str, str] = field(default_factory=dict)
    """By place below /proc/sys/net: those that are not usual."""
    link_sysctls: dict[str, dict[str, str]] = field(default_factory=dict)
    """The same of each interface, by its name and by place below that."""

    @property
    def names(self) -> dict[int, str]:
        """The names of the links, by number."""
        return {index: link.ifname for index, link in self.links.items()}

    @property
    def all_neighbours(self) -> Iterator[Neighbour]:
        """The neighbours of all links."""
        return _in_order(self.neighbours)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything but interfaces, addresses, routes and learnt neighbours."""
        of_links = (*_in_order(self.given), *_in_order(self.fdb))
        others = (*self.groups, *self.vlans, *self.queues, *self.xfrm, *self.unnotified)
        return (*self.rules, *self.nexthops, *of_links, *others)

    @property
    def ruleset(self) -> str:
        """The packet filter: nftables and iptables-legacy."""
        return "\n".join(filter(None, (self.nftables, self.legacy_tables)))

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """The sysctls that are not usual, by their names."""
        found = {sysctl_tree.key(place): value for place, value in self.sysctls.items()}
        for ifname, own in self.link_sysctls.items():
            for place, value in own.items():
                folder, _slash, name = place.rpartition("/")
                found[sysctl_tree.key(f"{folder}/{ifname}/{name}")] = value
        return tuple(sorted(sysctl_tree.without_inherited(found, self.ip_forward).items()))


def read(is_host: bool) -> NamespaceState:
    """Read the namespace that the calling thread is in, all but its sysctls.

    Args:
        is_host: Whether it is the host, some of whose sysctls are others from the start.
    """
    reading = NamespaceState(is_host)
    refresh(reading, StaleParts(all=True))
    return reading


def refresh(reading: NamespaceState, stale: StaleParts) -> set[int]:
    """Within its namespace: read the stale parts; return the ifindexes of links that differ, or whose addresses do."""
    before, had = dict(reading.links), dict(reading.addresses)
    with Netlink() as netlink:
        is_small = len(reading.links) <= _MANY and (stale.links or stale.routes or stale.parts)
        if stale.all or len(stale.links) > _FEW or 0 in stale.outs or is_small:
            _read_links(netlink, reading)
            read = before.keys() | reading.links.keys()
        else:
            _read_some_links(netlink, reading, stale)
            read = stale.links
        _read_rest(netlink, reading, stale)
    if stale.all or "ruleset" in stale.parts:
        reading.nftables = packet_filter.ruleset()
    now = reading.links
    return {
        index
        for index in read
        if (before.get(index) is not now.get(index) and before.get(index) != now.get(index))
        or had.get(index) != reading.addresses.get(index)
    }


def _read_links(netlink: Netlink, reading: NamespaceState) -> None:
    # Links before addresses: an interface that reads UP has its IPv6 address by then.
    reading.links = link_reader.read_links(netlink)
    names = reading.names
    reading.addresses = rtnetlink_reader.read_addresses(netlink, names)
    reading.routes = _with_texts(netlink, rtnetlink_reader.read_routes(netlink, names), names)


def _read_some_links(netlink: Netlink, reading: NamespaceState, stale: StaleParts) -> None:
    """Read the links that changed; all IPv4 routes, for Linux deletes them without a message."""
    if stale.links:
        there = link_reader.read_some_links(netlink, sorted(stale.links))
        for index in stale.links:
            reading.links.pop(index, None)
            reading.addresses.pop(index, None)
        reading.links |= there
        if list(reading.links) != sorted(reading.links):
            reading.links = dict(sorted(reading.links.items()))
        names = reading.names
        for index in there:
            reading.addresses |= rtnetlink_reader.read_addresses(netlink, names, index)
    if stale.links or stale.routes:
        _read_some_routes(netlink, reading, stale.links | stale.outs)


def _read_some_routes(netlink: Netlink, reading: NamespaceState, outs: set[int]) -> None:
    names = reading.names
    stay = {name for index, name in names.items() if index not in outs}
    routes = rtnetlink_reader.read_routes(netlink, names, socket.AF_INET)
    routes += [route for route in reading.routes if route.family == 6 and route.dev in stay]
    for index in sorted(outs & names.keys()):
        routes += rtnetlink_reader.read_routes(netlink, names, socket.AF_INET6, index)
    reading.routes = _with_texts(netlink, routes, names)


def _read_rest(netlink: Netlink, reading: NamespaceState, stale: StaleParts) -> None:
    everything = stale.all
    _read_neighbours(netlink, reading, stale)
    if everything or "forwarding" in stale.parts:
        reading.ip_forward = rtnetlink_reader.read_forwarding(netlink)
    if everything or "rules" in stale.parts:
        reading.rules = entries.rules(netlink, kernel_defaults().rules)
    if everything or "nexthops" in stale.parts or (stale.links and reading.nexthops):
        reading.nexthops = entries.nexthops(netlink)
    if everything:
        reading.fdb = bridge_entries.fdb(netlink, reading.links)
    else:
        for index in stale.fdb | (stale.links & reading.fdb.keys()):
            reading.fdb.pop(index, None)
            if index in reading.links:
                reading.fdb |= bridge_entries.fdb(netlink, reading.links, index)
    if everything or "groups" in stale.parts or (stale.links and reading.groups):
        reading.groups = bridge_entries.groups(netlink, reading.links)
    has_vlans = kernel_defaults().has_bridge_vlans
    if has_vlans and (everything or "vlans" in stale.parts or (stale.links and reading.vlans)):
        reading.vlans = bridge_entries.vlans(netlink, reading.links)
    if everything or "xfrm" in stale.parts:
        reading.xfrm = xfrm.entries()
    if "unnotified" in stale.parts:
        labels = entries.address_labels(netlink, kernel_defaults().labels, reading.names)
        reading.legacy_tables = packet_filter.legacy()
        reading.unnotified = (*labels, *mptcp.entries(kernel_defaults().mptcp_limits))
    if everything or "queues" in stale.parts or (stale.links and reading.queues):
        reading.queues = tc_reader.queues(netlink, reading.links)


def _read_neighbours(netlink: Netlink, reading: NamespaceState, stale: StaleParts) -> None:
    of_links = stale.neighbours | (stale.links & (reading.neighbours.keys() | reading.given.keys()))
    if stale.all or 0 in of_links or len(of_links) > _FEW:
        reading.neighbours, reading.given, of_links = {}, {}, {0}
    names = reading.names if of_links else {}
    for index in of_links:
        told = rtnetlink_reader.ask_for_neighbours(netlink, index)
        proxies = rtnetlink_reader.ask_for_neighbours(netlink, index, uapi.NTF_PROXY)
        reading.neighbours.pop(index, None)
        reading.given.pop(index, None)
        reading.neighbours |= rtnetlink_reader.neighbours(told, names)
        reading.given |= entries.neighbours([*told, *proxies], names)


def _with_texts(netlink: Netlink, routes: list[Route], names: dict[int, str]) -> list[Route]:
    """Add the text of `ip route` to routes with further attributes."""
    lacking = {route.family for route in routes if route.attributes and _key(route) not in _texts}
    for family in lacking:
        _read_texts(netlink, socket.AF_INET if family == 4 else socket.AF_INET6, names)
    return [_told(route, _texts.get(_key(route), "")) if route.attributes else route for route in routes]


def _read_texts(netlink: Netlink, family: int, names: dict[int, str]) -> None:
    argv = ["ip", "-4" if family == socket.AF_INET else "-6", "-o", "route", "show", "table", "all"]
    try:
        lines = [line for line in command.run(argv).text.splitlines() if line]
    except LabError:
        return
    found = rtnetlink_reader.read_shown_routes(netlink, names, family)
    if len(_texts) > _TEXTS:
        _texts.clear()
    for route, line in zip(found, lines, strict=False):
        if route and route.attributes:
            _texts[_key(route)] = _plain(line)


_texts: dict[Route, str] = {}


def _key(route: Route) -> Route:
    """Return a route without its remaining lifetime and its flags."""
    attributes = tuple((where, b"" if where == LIFE else value) for where, value in route.attributes)
    return replace(route, attributes=attributes, flags=())


def _in_order(by_link: Mapping[int, Iterable[T]]) -> Iterator[T]:
    return (one for index in sorted(by_link) for one in by_link[index])


@lru_cache(_TEXTS)
def _told(route: Route, text: str) -> Route:
    return replace(route, text=text)


def _plain(line: str) -> str:
    line = " ".join(line.replace("\\", " ").split())
    for word in _VOLATILE_WORDS:
        line = line.replace(word, "")
    return line
