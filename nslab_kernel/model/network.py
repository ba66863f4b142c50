"""What exists: a Network and the things in it.

The words are those of `ip -j` (iproute2), except `mac`, which iproute2 calls `address`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from types import MappingProxyType
from typing import NamedTuple

from nslab_kernel.model.entry import Entry

HOST = "host"
"""The host's name among `Network.namespaces`; as an argument the host is `netns=None`."""


class End(NamedTuple):
    """One end of a veth pair: where it is, and its name there."""

    netns: str
    ifname: str


Attributes = tuple[tuple[tuple[int, ...], bytes], ...]
"""Netlink attributes as they were read: the numbers that lead to each, from the outermost, and its bytes."""


@dataclass(frozen=True, slots=True)
class AddressDetails:
    """What `ip addr` shows of an address that was not simply added by `ip addr add ADDR dev DEV`."""

    peer: str | None = None
    """The far end of a point-to-point link, with its length: `"10.1.1.2/32"`."""
    label: str = ""
    """Where it is not the interface's name."""
    broadcast: str | None = None
    scope: str = ""
    """Where it is not the usual one of such an address."""
    flags: tuple[str, ...] = ()
    """`tentative` and `dadfailed` (RFC 4862), `deprecated`, `noprefixroute`, `nodad`, ...: iproute2's words."""
    valid_s: int | None = None
    """Seconds that it stays, from the moment of reading; `None` is for ever."""
    preferred_s: int | None = None
    """Seconds that it is used for new connections; `None` is for ever."""
    metric: int = 0
    """Of the route that came with it."""
    protocol: int = 0
    """Who added it, as `ip addr add ... proto NUMBER` says; 0 where nobody said so."""


@dataclass(frozen=True, slots=True)
class Link:
    """An interface, as `ip link` and `ip addr` show it."""

    ifname: str
    ifindex: int
    kind: str
    """`veth`, `bridge`, `loopback`, or what else the kernel calls it (`info_kind`)."""
    mac: str
    mtu: int
    """In bytes."""
    operstate: str
    """`UP`, `DOWN`, `LOWERLAYERDOWN`, `UNKNOWN`, ...: RFC 2863, in iproute2's spelling."""
    flags: tuple[str, ...]
    """As between the angle brackets of `ip link`: `NO-CARRIER` and `M-DOWN` are iproute2's own."""
    addresses: tuple[str, ...] = ()
    """With their lengths, in the kernel's order: `"192.168.1.1/24"`."""
    peer: End | None = None
    """The other end of a veth pair; `None` where it is in a namespace without a name, or there is none."""
    peer_ifindex: int | None = None
    """The other end's number, in its own namespace: the `2` of `@if2`."""
    link_netnsid: int | None = None
    """The other end's namespace, as this link's own namespace numbers it."""
    master: str | None = None
    """The bridge that it is a port of."""
    qdisc: str = "noop"
    peer_netns_unnamed: bool = False
    """Whether `ip netns` has no name for the namespace of the other end, though `peer` has: a container's."""
    peer_netns_name: str = ""
    """What `ip netns` calls the namespace of the other end where that is a container's; empty where it has no name."""
    link: End | None = None
    """The interface below a VLAN, a macvlan or a tunnel: `eth0` of `eth0.10@eth0`."""
    altnames: tuple[str, ...] = ()
    """Its further names; ip-link(8), `altname`."""
    attributes: Attributes = ()
    """What else it was given: options of its kind, of its being a port, queue length, ...; without what is usual."""
    options: tuple[str, ...] = ()
    """The same in the words of `ip -d link`, each as `ip link set dev NAME` takes it: `"type vxlan id 42"`."""
    address_details: tuple[AddressDetails | None, ...] = ()
    """Beside each of `addresses`, where an address was not simply added; `()` where all of them were."""
    engine: bool = False
    """Whether a container engine made and keeps it: its bridge, such as `docker0`, and that bridge's ports."""

    @property
    def detailed_addresses(self) -> tuple[tuple[str, AddressDetails | None], ...]:
        """Each address with what it was given besides; `None` where that is nothing."""
        return tuple(zip(self.addresses, self.address_details or (None,) * len(self.addresses), strict=True))

    @property
    def lower(self) -> End | None:
        """By which interface it sends and hears: that below a VLAN, a macvlan or an ipvlan; a tunnel has none."""
        return self.link if self.kind in ("vlan", "macvlan", "macvtap", "ipvlan", "ipvtap") else None

    @property
    def up(self) -> bool:
        """Whether somebody set it up: flag `UP`."""
        return "UP" in self.flags

    @property
    def carrier(self) -> bool:
        """Whether the cable carries: flag `LOWER_UP`."""
        return "LOWER_UP" in self.flags


def in_columns(
    addresses: Iterable[tuple[str, AddressDetails | None]],
) -> tuple[tuple[str, ...], tuple[AddressDetails | None, ...]]:
    """Return addresses as a Link has them: what its `detailed_addresses` are made of."""
    pairs = tuple(addresses)
    details = tuple(detail for _addr, detail in pairs)
    return tuple(addr for addr, _detail in pairs), details if any(details) else ()


@dataclass(frozen=True, slots=True)
class Route:
    """One line of a routing table, as `ip route` shows it. The table `local` is left out."""

    dst: str
    """`"192.168.1.0/24"` or `"default"`."""
    gateway: str | None = None
    dev: str | None = None
    family: int = 4
    """4 or 6."""
    type: str = "unicast"
    """`unicast`, `blackhole`, `unreachable`, `prohibit`, ..."""
    protocol: str = "boot"
    """Who made it: `kernel` (came with an address), `boot` (`ip route add`), `static`, `ra`, ..."""
    scope: str = "global"
    prefsrc: str | None = None
    metric: int = 0
    table: str = "main"
    flags: tuple[str, ...] = ()
    """`linkdown`, `onlink`, ..."""
    tos: int = 0
    """The type of service that it is for; 0 is any."""
    attributes: Attributes = ()
    """What else Linux has of it: several next hops, metrics, encapsulation, ..."""
    text: str = ""
    """The line of `ip route`, where there are such attributes."""

    @property
    def net(self) -> IPv4Network | IPv6Network:
        """What it leads to; the default route leads everywhere."""
        everywhere = "0.0.0.0/0" if self.family == 4 else "::/0"
        return ip_network(everywhere if self.dst == "default" else self.dst, strict=False)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Who has an address on the cable: one line of `ip neigh` (arp(7))."""

    dst: str
    dev: str
    mac: str | None
    state: str
    """`REACHABLE`, `STALE`, `DELAY`, `PROBE`, `INCOMPLETE`, `FAILED`, `PERMANENT`."""


@dataclass(frozen=True, slots=True)
class Container:
    """Whose network namespace it is, where a container lives in it."""

    name: str
    image: str
    id: str
    """64 hexadecimal digits; most places show the first 12."""
    pid: int
    """Its first process: /proc/PID/ns/net is the namespace, which has no name of its own."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """A network namespace: what it has of its own."""

    name: str
    links: tuple[Link, ...] = ()
    """In the order of their numbers."""
    routes: tuple[Route, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    ip_forward: bool = False
    """Whether it passes on IPv4 packets that are not for itself: `net.ipv4.ip_forward`."""
    entries: tuple[Entry, ...] = ()
    """Policy rules, next hops, permanent neighbours, forwarding database, VLANs, queueing disciplines."""
    ruleset: str = ""
    """The packet filter, as `nft list ruleset` writes it without counters; empty where there is none."""
    sysctls: tuple[tuple[str, str], ...] = ()
    """Its switches under `net` that are not as in a new namespace, by name; `net.ipv4.ip_forward` stands above."""
    inode: int = 0
    """What tells this namespace from all others: the number in `readlink /proc/self/ns/net`."""
    container: Container | None = None
    """The container that lives in it; `None` where there is none."""
    also: tuple[str, ...] = ()
    """For a container's: the names that somebody gave it in /run/netns."""

    @property
    def lo(self) -> Link | None:
        """The loopback, whatever it is called; `None` in a Network typed by hand without one."""
        return next((link for link in self.links if link.kind == "loopback"), None)

    def link(self, ifname: str) -> Link:
        """Return the link of that name.

        Raises:
            KeyError: There is none.
        """
        for link in self.links:
            if link.ifname == ifname:
                return link
        raise KeyError(ifname)


@dataclass(frozen=True)
class Network:
    """The whole lab at one moment: the host and every named namespace."""

    namespaces: Mapping[str, Namespace] = field(default_factory=dict)
    """By name, the host under `"host"` and first, the others sorted by name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "namespaces", MappingProxyType(dict(self.namespaces)))

    def __reduce__(self) -> tuple[type["Network"], tuple[dict[str, Namespace]]]:
        # A mapping proxy cannot be pickled or copied by itself.
        return Network, (dict(self.namespaces),)

    def namespace(self, netns: str | None) -> Namespace:
        """Return one namespace.

        Args:
            netns: Its name, a further one, or its container's; `None` is the host.

        Raises:
            KeyError: There is none of that name.
        """
        if netns is not None and netns in self.namespaces:
            return self.namespaces[netns]
        name = HOST if netns is None else netns.removeprefix("netns:")
        if name in self.namespaces:
            return self.namespaces[name]
        if name in self._by_further_name:
            return self._by_further_name[name]
        raise KeyError(netns)

    def link(self, ifname: str, netns: str | None = None) -> Link:
        """Return one link.

        Args:
            ifname: Its name.
            netns: The namespace it is in; `None` is the host.

        Raises:
            KeyError: There is no such namespace, or no such link in it.
        """
        return self.namespace(netns).link(ifname)

    def end(self, end: End) -> Link:
        """Return the link at one end of a veth pair.

        Raises:
            KeyError: It is not there.
        """
        return self.namespaces[end.netns].link(end.ifname)

    @cached_property
    def _by_further_name(self) -> dict[str, Namespace]:
        found = {}
        for namespace in self.namespaces.values():
            found.update(dict.fromkeys(namespace.also, namespace))
            if namespace.container:
                found[f"container:{namespace.container.name}"] = namespace
        return found

    def __repr__(self) -> str:
        links = sum(len(namespace.links) for namespace in self.namespaces.values())
        return f"<Network {len(self.namespaces)} namespaces, {links} links>"
