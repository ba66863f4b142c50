"""The lab as data: a Network, its namespaces, links, routes.

Fields have the names of `ip -j` (iproute2) where it has one, except `mac`, which iproute2 calls `address`.
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
    """An interface, such as one end of a veth pair: its namespace, and its name there."""

    netns: str
    ifname: str


Attributes = tuple[tuple[tuple[int, ...], bytes], ...]
"""Raw netlink attributes: for each, the types of the nested attributes down to it, outermost first, and its bytes."""


@dataclass(frozen=True, slots=True)
class AddressDetails:
    """What `ip addr` shows of an address beyond what a plain `ip addr add ADDR dev DEV` sets."""

    peer: str | None = None
    """The peer address of a point-to-point link, with its prefix length: `"10.1.1.2/32"`."""
    label: str = ""
    """The label if it is not the interface's name; else empty."""
    broadcast: str | None = None
    scope: str = ""
    """The scope if it is not the default of such an address; else empty."""
    flags: tuple[str, ...] = ()
    """`tentative` and `dadfailed` (RFC 4862), `deprecated`, `noprefixroute`, `nodad`, ...: iproute2's words."""
    valid_s: int | None = None
    """The valid lifetime in seconds from the moment of reading; `None` is for ever."""
    preferred_s: int | None = None
    """The preferred lifetime in seconds, in which new connections may use the address; `None` is for ever."""
    metric: int = 0
    """The metric of the route that the kernel added with the address."""
    protocol: int = 0
    """The number of `ip addr add ... proto NUMBER`, which tells who added the address; 0 if none was given."""


@dataclass(frozen=True, slots=True)
class Link:
    """An interface, as `ip link` and `ip addr` show it."""

    ifname: str
    ifindex: int
    kind: str
    """`veth`, `bridge`, `loopback`, or another kind as the kernel calls it (`info_kind`)."""
    mac: str
    mtu: int
    """In bytes."""
    operstate: str
    """`UP`, `DOWN`, `LOWERLAYERDOWN`, `UNKNOWN`, ...: RFC 2863, in iproute2's spelling."""
    flags: tuple[str, ...]
    """As in the angle brackets of `ip link`, including `NO-CARRIER` and `M-DOWN`, which iproute2 adds itself."""
    addresses: tuple[str, ...] = ()
    """With their prefix lengths, in the kernel's order: `"192.168.1.1/24"`."""
    peer: End | None = None
    """The other end of a veth pair; `None` if there is none, or the lab does not know its namespace."""
    peer_ifindex: int | None = None
    """The ifindex of the other end, or of the interface below, in its own namespace: the `2` of `@if2`."""
    link_netnsid: int | None = None
    """The nsid of the other end's namespace, as this link's namespace numbers it; `None` if it is the same one."""
    master: str | None = None
    """The bridge, or the VRF or bond, that the link is a port of."""
    qdisc: str = "noop"
    peer_netns_unnamed: bool = False
    """Whether the other end is in a container's namespace that has no name in `ip netns`."""
    peer_netns_name: str = ""
    """The name in `ip netns` of the other end's namespace if that is a container's and has one; else empty."""
    link: End | None = None
    """The interface below a VLAN, a macvlan or a tunnel: `eth0` of `eth0.10@eth0`."""
    altnames: tuple[str, ...] = ()
    """Its alternative names; ip-link(8), `altname`."""
    attributes: Attributes = ()
    """Its other attributes that are not at their default: options of its kind and as a port, queue length, ..."""
    options: tuple[str, ...] = ()
    """`attributes` in the words of `ip -d link`, each as `ip link set dev NAME` takes it: `"type vxlan id 42"`."""
    address_details: tuple[AddressDetails | None, ...] = ()
    """The details of each of `addresses`, `None` for one that was plainly added; `()` if all of them were."""
    engine: bool = False
    """Whether a container engine made and manages it: its bridge, such as `docker0`, and that bridge's ports."""

    @property
    def detailed_addresses(self) -> tuple[tuple[str, AddressDetails | None], ...]:
        """Each address with its details; `None` for an address that was plainly added."""
        return tuple(zip(self.addresses, self.address_details or (None,) * len(self.addresses), strict=True))

    @property
    def lower(self) -> End | None:
        """The interface below a VLAN, macvlan or ipvlan, by which it sends and receives; a tunnel has none."""
        return self.link if self.kind in ("vlan", "macvlan", "macvtap", "ipvlan", "ipvtap") else None

    @property
    def up(self) -> bool:
        """Whether the link is set up: flag `UP`."""
        return "UP" in self.flags

    @property
    def carrier(self) -> bool:
        """Whether the link has carrier: flag `LOWER_UP`."""
        return "LOWER_UP" in self.flags


def in_columns(
    addresses: Iterable[tuple[str, AddressDetails | None]],
) -> tuple[tuple[str, ...], tuple[AddressDetails | None, ...]]:
    """Return the fields `addresses` and `address_details` of a Link that has these `detailed_addresses`."""
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
    """Who made the route: `kernel` (added with an address), `boot` (`ip route add`), `static`, `ra`, ..."""
    scope: str = "global"
    prefsrc: str | None = None
    metric: int = 0
    table: str = "main"
    flags: tuple[str, ...] = ()
    """`linkdown`, `onlink`, ..."""
    tos: int = 0
    """The type of service (TOS) that the route is for; 0 is any."""
    attributes: Attributes = ()
    """The route's other netlink attributes: several next hops, metrics, encapsulation, ..."""
    text: str = ""
    """The line of `ip route` if there are `attributes`; else empty."""

    @property
    def net(self) -> IPv4Network | IPv6Network:
        """The destination as a network; that of the default route contains every address."""
        everywhere = "0.0.0.0/0" if self.family == 4 else "::/0"
        return ip_network(everywhere if self.dst == "default" else self.dst, strict=False)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A neighbour entry: one line of `ip neigh` (arp(7))."""

    dst: str
    dev: str
    mac: str | None
    state: str
    """`REACHABLE`, `STALE`, `DELAY`, `PROBE`, `INCOMPLETE`, `FAILED`, `PERMANENT`."""


@dataclass(frozen=True, slots=True)
class Container:
    """The container that a network namespace belongs to."""

    name: str
    image: str
    id: str
    """64 hexadecimal digits; most places show the first 12."""
    pid: int
    """Its first process; /proc/PID/ns/net is the namespace, which has no name in /run/netns by itself."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """A network namespace and all that belongs to it."""

    name: str
    links: tuple[Link, ...] = ()
    """Sorted by ifindex."""
    routes: tuple[Route, ...] = ()
    neighbours: tuple[Neighbour, ...] = ()
    ip_forward: bool = False
    """Whether it forwards IPv4 packets: `net.ipv4.ip_forward`."""
    entries: tuple[Entry, ...] = ()
    """Policy rules, next hops, permanent neighbour and forwarding database entries, VLANs, qdiscs, ..."""
    ruleset: str = ""
    """The packet filter as in `nft list ruleset` and `iptables-save`, without counters; empty if there is none."""
    sysctls: tuple[tuple[str, str], ...] = ()
    """Its sysctls under `net` that differ from those of a new namespace, with values, except `net.ipv4.ip_forward`."""
    inode: int = 0
    """The number that identifies this namespace, as in `readlink /proc/self/ns/net`."""
    container: Container | None = None
    """The container that the namespace belongs to; `None` if it is no container's."""
    also: tuple[str, ...] = ()
    """The names of a container's namespace in /run/netns, which somebody has given it."""

    @property
    def lo(self) -> Link | None:
        """The loopback, whatever its name is; `None` in a Network written by hand without one."""
        return next((link for link in self.links if link.kind == "loopback"), None)

    def link(self, ifname: str) -> Link:
        """Return the link of that name.

        Raises:
            KeyError: There is no such link.
        """
        for link in self.links:
            if link.ifname == ifname:
                return link
        raise KeyError(ifname)


@dataclass(frozen=True)
class Network:
    """The whole lab at one moment: the host, every named namespace and every container's."""

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
            netns: Its name, another name in /run/netns, `netns:NAME` or `container:NAME`; `None` is the host.

        Raises:
            KeyError: There is no namespace of that name.
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
        """Return the link that an End means.

        Raises:
            KeyError: There is no such namespace, or no such link in it.
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
