"""All that is in one namespace, kept true.

What Linux told has changed is read anew, and nothing else.
"""

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
    multipath_tcp,
    packet_filter,
    reader,
    security,
    sysctl_tree,
    traffic,
)
from nslab_kernel.linux.dirty import Dirty
from nslab_kernel.linux.link_reader import ReadLink
from nslab_kernel.linux.netlink import Netlink
from nslab_kernel.linux.newborn import newborn
from nslab_kernel.linux.reader import LIFE
from nslab_kernel.linux.uapi import NTF_PROXY
from nslab_kernel.model.entry import Entry
from nslab_kernel.model.network import AddressDetails, Neighbour, Route

T = TypeVar("T")
_FEW, _MANY = 8, 24
"""Of so few changed links in a namespace of so many, each is asked for by itself."""
_VOLATILE_WORDS = (" linkdown", " dead", " offload", " pref medium", " onlink", " rt_offload", " trap")
_TEXTS = 1024


@dataclass
class Reading:
    """One namespace, as Linux told."""

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
    security: tuple[Entry, ...] = ()
    """States and policies of IPsec."""
    untold: tuple[Entry, ...] = ()
    """What Linux tells nobody of: labels of addresses, endpoints of MPTCP."""
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
        others = (*self.groups, *self.vlans, *self.queues, *self.security, *self.untold)
        return (*self.rules, *self.nexthops, *of_links, *others)

    @property
    def ruleset(self) -> str:
        """The packet filter, of both sorts."""
        return "\n".join(filter(None, (self.nftables, self.legacy_tables)))

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """The switches that are not usual, by their names."""
        found = {sysctl_tree.key(place): value for place, value in self.sysctls.items()}
        for ifname, own in self.link_sysctls.items():
            for place, value in own.items():
                folder, _slash, name = place.rpartition("/")
                found[sysctl_tree.key(f"{folder}/{ifname}/{name}")] = value
        return tuple(sorted(sysctl_tree.without_followers(found, self.ip_forward).items()))


def read(is_host: bool) -> Reading:
    """Read the namespace that the calling thread is in, all but its switches.

    Args:
        is_host: Whether it is the host, some of whose switches are others from the start.
    """
    reading = Reading(is_host)
    refresh(reading, Dirty(all=True))
    return reading


def refresh(reading: Reading, dirty: Dirty) -> set[int]:
    """Within its namespace: make a reading true again; return the numbers of links that differ, or their addresses."""
    before, had = dict(reading.links), dict(reading.addresses)
    with Netlink() as netlink:
        is_small = len(reading.links) <= _MANY and (dirty.links or dirty.routes or dirty.parts)
        if dirty.all or len(dirty.links) > _FEW or 0 in dirty.outs or is_small:
            _read_links(netlink, reading)
            read = before.keys() | reading.links.keys()
        else:
            _read_some_links(netlink, reading, dirty)
            read = dirty.links
        _read_rest(netlink, reading, dirty)
    if dirty.all or "ruleset" in dirty.parts:
        reading.nftables = packet_filter.ruleset()
    now = reading.links
    return {
        index
        for index in read
        if (before.get(index) is not now.get(index) and before.get(index) != now.get(index))
        or had.get(index) != reading.addresses.get(index)
    }


def _read_links(netlink: Netlink, reading: Reading) -> None:
    # Links first: an interface that reads UP has got its IPv6 address by then.
    reading.links = link_reader.read_links(netlink)
    reading.addresses = reader.read_addresses(netlink, reading.names)
    reading.routes = _with_texts(netlink, reader.read_routes(netlink, reading.names), reading.names)


def _read_some_links(netlink: Netlink, reading: Reading, dirty: Dirty) -> None:
    """The same for the links that changed; IPv4 routes go without a word, and are read whole."""
    if dirty.links:
        there = link_reader.read_some_links(netlink, sorted(dirty.links))
        for index in dirty.links:
            reading.links.pop(index, None)
            reading.addresses.pop(index, None)
        reading.links |= there
        if list(reading.links) != sorted(reading.links):
            reading.links = dict(sorted(reading.links.items()))
        for index in there:
            reading.addresses |= reader.read_addresses(netlink, reading.names, index)
    if dirty.links or dirty.routes:
        _read_some_routes(netlink, reading, dirty.links | dirty.outs)


def _read_some_routes(netlink: Netlink, reading: Reading, outs: set[int]) -> None:
    names = reading.names
    stay = {name for index, name in names.items() if index not in outs}
    routes = reader.read_routes(netlink, names, socket.AF_INET)
    routes += [route for route in reading.routes if route.family == 6 and route.dev in stay]
    for index in sorted(outs & names.keys()):
        routes += reader.read_routes(netlink, names, socket.AF_INET6, index)
    reading.routes = _with_texts(netlink, routes, names)


def _read_rest(netlink: Netlink, reading: Reading, dirty: Dirty) -> None:
    everything = dirty.all
    _read_neighbours(netlink, reading, dirty)
    if everything or "forwarding" in dirty.parts:
        reading.ip_forward = reader.read_forwarding(netlink)
    if everything or "rules" in dirty.parts:
        reading.rules = entries.rules(netlink, newborn().rules)
    if everything or "nexthops" in dirty.parts or (dirty.links and reading.nexthops):
        reading.nexthops = entries.nexthops(netlink)
    if everything:
        reading.fdb = bridge_entries.fdb(netlink, reading.links)
    else:
        for index in dirty.fdb | dirty.links:
            reading.fdb.pop(index, None)
            if index in reading.links:
                reading.fdb |= bridge_entries.fdb(netlink, reading.links, index)
    if everything or "groups" in dirty.parts or (dirty.links and reading.groups):
        reading.groups = bridge_entries.groups(netlink, reading.links)
    if everything or "vlans" in dirty.parts or (dirty.links and reading.vlans):
        reading.vlans = bridge_entries.vlans(netlink, reading.links)
    if everything or "security" in dirty.parts:
        reading.security = security.entries()
    if "untold" in dirty.parts:
        labels = entries.address_labels(netlink, newborn().labels, reading.names)
        reading.legacy_tables = packet_filter.legacy()
        reading.untold = (*labels, *multipath_tcp.entries(newborn().mptcp_limits))
    if everything or "queues" in dirty.parts or (dirty.links and reading.queues):
        reading.queues = traffic.queues(netlink, reading.links)


def _read_neighbours(netlink: Netlink, reading: Reading, dirty: Dirty) -> None:
    of_links = dirty.neighbours | dirty.links
    if dirty.all or 0 in of_links or len(of_links) > _FEW:
        reading.neighbours, reading.given, of_links = {}, {}, {0}
    for index in of_links:
        told = reader.ask_for_neighbours(netlink, index)
        proxies = reader.ask_for_neighbours(netlink, index, NTF_PROXY)
        reading.neighbours.pop(index, None)
        reading.given.pop(index, None)
        reading.neighbours |= reader.neighbours(told, reading.names)
        reading.given |= entries.neighbours([*told, *proxies], reading.names)


def _with_texts(netlink: Netlink, routes: list[Route], names: dict[int, str]) -> list[Route]:
    """Give each route that has more than a plain one the line of `ip route`."""
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
    found = reader.read_shown_routes(netlink, names, family)
    if len(_texts) > _TEXTS:
        _texts.clear()
    for route, line in zip(found, lines, strict=False):
        if route and route.attributes:
            _texts[_key(route)] = _plain(line)


_texts: dict[Route, str] = {}


def _key(route: Route) -> Route:
    """Return a route without the seconds that it still lives."""
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
