"""The state of one namespace, of which only stale parts are read again."""

import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from nslab_kernel.linux import (
    bridge_entries,
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
from nslab_kernel.linux.route_texts import with_texts
from nslab_kernel.linux.stale_parts import StaleParts
from nslab_kernel.model.entry import Entry
from nslab_kernel.model.network import AddressDetails, Neighbour, Route

T = TypeVar("T")
_FEW, _MANY = 8, 24
"""At most `_FEW` changed links, in a namespace of more than `_MANY` links, are queried one by one."""

_READERS: dict[str, Callable[[Netlink, dict[int, ReadLink]], tuple[Entry, ...]]] = {
    "rules": lambda netlink, _links: entries.rules(netlink, kernel_defaults().rules),
    "nexthops": lambda netlink, _links: entries.nexthops(netlink),
    "groups": bridge_entries.groups,
    "vlans": lambda netlink, links: bridge_entries.vlans(netlink, links) if kernel_defaults().has_bridge_vlans else (),
    "queues": tc_reader.queues,
    "xfrm": lambda _netlink, _links: xfrm.entries(),
}
"""The function that reads all entries of a part of StaleParts, by part, in the order of `Namespace.entries`."""
_NAMING_LINKS = ("nexthops", "groups", "vlans", "queues")
"""The parts whose texts name links, so that they are read again when a link has changed."""


@dataclass
class NamespaceState:
    """One namespace as read from Linux."""

    is_host: bool
    links: dict[int, ReadLink] = field(default_factory=dict)
    """By ifindex."""
    addresses: dict[int, list[tuple[str, AddressDetails | None]]] = field(default_factory=dict)
    """By the link's ifindex."""
    routes: list[Route] = field(default_factory=list)
    neighbours: dict[int, list[Neighbour]] = field(default_factory=dict)
    """By the link's ifindex."""
    ip_forward: bool = False
    parts: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    """Rules, next hops, queues, ..., by their names in `_READERS`."""
    unnotified: tuple[Entry, ...] = ()
    """What Linux sends no message for: labels of addresses, endpoints of MPTCP."""
    given: dict[int, tuple[Entry, ...]] = field(default_factory=dict)
    """Permanent and proxy neighbours, by the link's ifindex."""
    fdb: dict[int, tuple[Entry, ...]] = field(default_factory=dict)
    nftables: str = ""
    legacy_tables: str = ""
    sysctls: dict[str, str] = field(default_factory=dict)
    """Those that are not the default, by path below /proc/sys/net."""
    link_sysctls: dict[str, dict[str, str]] = field(default_factory=dict)
    """The same of each interface, by its name and by path without it: `ipv4/conf/rp_filter`."""

    @property
    def names(self) -> dict[int, str]:
        """The names of the links, by ifindex."""
        return {index: link.ifname for index, link in self.links.items()}

    @property
    def all_neighbours(self) -> Iterator[Neighbour]:
        """The neighbours of all links."""
        return _in_order(self.neighbours)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything but interfaces, addresses, routes and learnt neighbours."""
        of_links = (*_in_order(self.given), *_in_order(self.fdb))
        rules, nexthops, *others = (self.parts.get(part, ()) for part in _READERS)
        return (*rules, *nexthops, *of_links, *chain.from_iterable(others), *self.unnotified)

    @property
    def ruleset(self) -> str:
        """The packet filter: nftables and iptables-legacy."""
        return "\n".join(filter(None, (self.nftables, self.legacy_tables)))

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """The sysctls that are not the default, by their names as sysctl(8) writes them."""
        found = {sysctl_tree.key(place): value for place, value in self.sysctls.items()}
        for ifname, own in self.link_sysctls.items():
            for place, value in own.items():
                folder, _slash, name = place.rpartition("/")
                found[sysctl_tree.key(f"{folder}/{ifname}/{name}")] = value
        return tuple(sorted(sysctl_tree.without_inherited(found, self.ip_forward).items()))


def read(is_host: bool) -> NamespaceState:
    """Read the namespace that the calling thread is in, except its sysctls.

    Args:
        is_host: Whether it is the host, some of whose sysctls have other defaults.
    """
    state = NamespaceState(is_host)
    refresh(state, StaleParts(all=True))
    return state


def refresh(state: NamespaceState, stale: StaleParts) -> set[int]:
    """Read the stale parts, in its namespace; return the ifindexes of links that changed, or whose addresses did."""
    before, had = dict(state.links), dict(state.addresses)
    with Netlink() as netlink:
        is_small = len(state.links) <= _MANY and (stale.links or stale.routes or stale.parts)
        if stale.all or len(stale.links) > _FEW or 0 in stale.outs or is_small:
            _read_links(netlink, state)
            read = before.keys() | state.links.keys()
        else:
            _read_some_links(netlink, state, stale)
            read = stale.links
        _read_rest(netlink, state, stale)
    if stale.all or "ruleset" in stale.parts:
        state.nftables = packet_filter.ruleset()
    now = state.links
    return {
        index
        for index in read
        if (before.get(index) is not now.get(index) and before.get(index) != now.get(index))
        or had.get(index) != state.addresses.get(index)
    }


def _read_links(netlink: Netlink, state: NamespaceState) -> None:
    # Links before addresses: an interface that was read as UP has its IPv6 address by then.
    state.links = link_reader.read_links(netlink)
    names = state.names
    state.addresses = rtnetlink_reader.read_addresses(netlink, names)
    state.routes = with_texts(netlink, rtnetlink_reader.read_routes(netlink, names), names)


def _read_some_links(netlink: Netlink, state: NamespaceState, stale: StaleParts) -> None:
    """Read the links that changed, and all IPv4 routes, because Linux deletes those without a message."""
    if stale.links:
        there = link_reader.read_some_links(netlink, sorted(stale.links))
        for index in stale.links:
            state.links.pop(index, None)
            state.addresses.pop(index, None)
        state.links |= there
        if list(state.links) != sorted(state.links):
            state.links = dict(sorted(state.links.items()))
        names = state.names
        for index in there:
            state.addresses |= rtnetlink_reader.read_addresses(netlink, names, index)
    if stale.links or stale.routes:
        _read_some_routes(netlink, state, stale.links | stale.outs)


def _read_some_routes(netlink: Netlink, state: NamespaceState, outs: set[int]) -> None:
    names = state.names
    stay = {name for index, name in names.items() if index not in outs}
    routes = rtnetlink_reader.read_routes(netlink, names, socket.AF_INET)
    routes += [route for route in state.routes if route.family == 6 and route.dev in stay]
    for index in sorted(outs & names.keys()):
        routes += rtnetlink_reader.read_routes(netlink, names, socket.AF_INET6, index)
    state.routes = with_texts(netlink, routes, names)


def _read_rest(netlink: Netlink, state: NamespaceState, stale: StaleParts) -> None:
    """Read the stale parts other than links, addresses and routes."""
    _read_neighbours(netlink, state, stale)
    if stale.all or "forwarding" in stale.parts:
        state.ip_forward = rtnetlink_reader.read_forwarding(netlink)
    if stale.all:
        state.fdb = bridge_entries.fdb(netlink, state.links)
    else:
        for index in stale.fdb | (stale.links & state.fdb.keys()):
            state.fdb.pop(index, None)
            if index in state.links:
                state.fdb |= bridge_entries.fdb(netlink, state.links, index)
    if "unnotified" in stale.parts:
        labels = entries.address_labels(netlink, kernel_defaults().labels, state.names)
        state.legacy_tables = packet_filter.legacy()
        state.unnotified = (*labels, *mptcp.entries(kernel_defaults().mptcp_limits))
    for part, read_part in _READERS.items():
        names_links = stale.links and part in _NAMING_LINKS and state.parts.get(part)
        if stale.all or part in stale.parts or names_links:
            state.parts[part] = read_part(netlink, state.links)


def _read_neighbours(netlink: Netlink, state: NamespaceState, stale: StaleParts) -> None:
    of_links = stale.neighbours | (stale.links & (state.neighbours.keys() | state.given.keys()))
    if stale.all or 0 in of_links or len(of_links) > _FEW:
        state.neighbours, state.given, of_links = {}, {}, {0}
    names = state.names if of_links else {}
    for index in of_links:
        told = rtnetlink_reader.ask_for_neighbours(netlink, index)
        proxies = rtnetlink_reader.ask_for_neighbours(netlink, index, uapi.NTF_PROXY)
        state.neighbours.pop(index, None)
        state.given.pop(index, None)
        state.neighbours |= rtnetlink_reader.neighbours(told, names)
        state.given |= entries.neighbours([*told, *proxies], names)


def _in_order(by_link: Mapping[int, Iterable[T]]) -> Iterator[T]:
    return (one for index in sorted(by_link) for one in by_link[index])
