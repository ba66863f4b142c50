"""Linux into a Network: reads the host and every named namespace."""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from ipaddress import IPv6Interface
from types import MappingProxyType
from typing import NamedTuple

from nslab_kernel.errors import NoNamespace
from nslab_kernel.linux import nsids, tenants, worker
from nslab_kernel.linux.reader import Reading, ReadLink, read
from nslab_kernel.linux.tenants import Room
from nslab_kernel.linux.uapi import IFF_RUNNING, IFF_UP
from nslab_kernel.model.network import HOST, End, Link, Namespace, Network, Route
from nslab_kernel.network.following import NO_MAC, follows_mac

_FLAGS = {
    0x8: "LOOPBACK", 0x2: "BROADCAST", 0x10: "POINTOPOINT", 0x1000: "MULTICAST", 0x80: "NOARP", 0x200: "ALLMULTI",
    0x100: "PROMISC", 0x400: "MASTER", 0x800: "SLAVE", 0x4: "DEBUG", 0x8000: "DYNAMIC", 0x4000: "AUTOMEDIA",
    0x2000: "PORTSEL", 0x20: "NOTRAILERS", 0x1: "UP", 0x10000: "LOWER_UP", 0x20000: "DORMANT", 0x40000: "ECHO",
}  # fmt: skip
"""In the order in which iproute2 writes them."""
_REMEMBERED = 2048


class Place(NamedTuple):
    """A link, told by where it is and its number there: what it keeps for life unless it moves."""

    netns: str
    ifindex: int


def snapshot() -> Network:
    """Return the whole lab as Linux has it now."""
    return worker.run(None, _snapshot)


def _snapshot() -> Network:
    rooms = tenants.rooms_and_host()
    readings = {name: found for name, room in rooms.items() if (found := read_in(room))}
    peers = find_peers(readings, rooms)
    return Network({name: as_namespace(name, found, rooms, peers) for name, found in readings.items()})


def read_in(room: Room) -> Reading | None:
    """Within a thread that may move: read a namespace; None where it was deleted meanwhile."""
    with suppress(NoNamespace), worker.inside(room.where):
        return read()
    return None


def as_namespace(name: str, found: Reading, rooms: Mapping[str, Room], peers: dict[Place, End]) -> Namespace:
    """Return what was read as a value."""
    called = {other: "".join(room.also[:1]) for other, room in rooms.items() if room.container and other != name}
    links = tuple(_link(name, link, found, peers, called) for link in found.links.values())
    room = rooms[name]
    return Namespace(
        name,
        links,
        tuple(found.routes),
        tuple(found.neighbours),
        found.ip_forward,
        room.inode,
        room.container,
        room.also,
    )


def _link(name: str, link: ReadLink, found: Reading, peers: dict[Place, End], called: dict[str, str]) -> Link:
    peer = peers.get(Place(name, link.ifindex))
    beside = found.links.get(link.peer_ifindex) if link.peer_ifindex and link.link_netnsid is None else None
    master = found.links.get(link.master) if link.master else None
    return _as_link(
        link,
        beside is not None and not beside.flags & IFF_UP,
        tuple(found.addresses.get(link.ifindex, ())),
        peer,
        master.ifname if master else None,
        called.get(peer.netns) if peer else None,
        name == HOST and tenants.is_engines(link.ifname, master.ifname if master else None),
    )


@lru_cache(_REMEMBERED)
def _as_link(
    link: ReadLink,
    is_peer_down: bool,
    addresses: tuple[str, ...],
    peer: End | None,
    master: str | None,
    peer_called: str | None,
    engine: bool,
) -> Link:
    """Return a link as a value: the very same one while nothing of it is different, so that comparing costs nothing."""
    return Link(
        link.ifname,
        link.ifindex,
        link.kind,
        link.mac,
        link.mtu,
        link.operstate,
        _flags(link, is_peer_down),
        addresses,
        peer,
        link.peer_ifindex,
        link.link_netnsid,
        master,
        link.qdisc,
        peer_called == "",
        peer_called or "",
        engine,
    )


def _flags(link: ReadLink, is_peer_down: bool) -> tuple[str, ...]:
    """Return the words between the angle brackets of `ip link`; NO-CARRIER and M-DOWN are iproute2's own."""
    words = [word for bit, word in _FLAGS.items() if link.flags & bit]
    if link.flags & IFF_UP and not link.flags & IFF_RUNNING:
        words.insert(0, "NO-CARRIER")
    return (*words, "M-DOWN") if is_peer_down else tuple(words)


def find_peers(
    readings: dict[str, Reading], rooms: Mapping[str, Room], known: Mapping[Place, End] = MappingProxyType({})
) -> dict[Place, End]:
    """Within a thread that may move: find the other end of every veth, but for those that are known."""
    ends, where = dict(known), {name: room.where for name, room in rooms.items()}
    beyond: dict[str, list[ReadLink]] = defaultdict(list)
    facing: dict[tuple[int, int], list[str]] = defaultdict(list)
    for name, found in readings.items():
        for link in found.links.values():
            if not link.peer_ifindex:
                continue
            if link.link_netnsid is not None:
                beyond[name].append(link)
                facing[link.ifindex, link.peer_ifindex].append(name)
            elif peer := found.links.get(link.peer_ifindex):
                ends[Place(name, link.ifindex)] = End(name, peer.ifname)
    # The namespace with most cables first: it finds both ends of each, and the others need not be asked.
    for name in sorted(beyond, key=lambda name: len(beyond[name]), reverse=True):
        open_ends = [link for link in beyond[name] if Place(name, link.ifindex) not in ends]
        ends |= _resolve(name, open_ends, facing, readings, where)
    return ends


def _resolve(
    name: str,
    links: list[ReadLink],
    facing: dict[tuple[int, int], list[str]],
    readings: dict[str, Reading],
    where: dict[str, str | None],
) -> dict[Place, End]:
    """Find the other ends of links of one namespace: where a link faces back, and the namespace's number fits."""
    may_be = {link.ifindex: facing[link.peer_ifindex or 0, link.ifindex] for link in links}
    asked = {where[other] for others in may_be.values() for other in others}
    if not asked:
        return {}
    ends: dict[Place, End] = {}
    with suppress(NoNamespace), worker.inside(where[name]):
        numbers = nsids.numbers(asked)
        for link in links:
            for other in may_be[link.ifindex]:
                if numbers.get(where[other]) == link.link_netnsid and link.peer_ifindex:
                    ends[Place(name, link.ifindex)] = End(other, readings[other].links[link.peer_ifindex].ifname)
                    ends[Place(other, link.peer_ifindex)] = End(name, link.ifname)
    return ends


def comparable(network: Network) -> Network:
    """Return a Network without what Linux alone decides, so that two of the same making are equal.

    Left out are inodes, neighbours, the numbers of other namespaces, operstate, qdisc, flags other than UP, routes
    that came with an address or from a router, an interface's own link-local address, and a bridge's MAC address
    where it is the one of a port.
    """
    return Network({name: _comparable(namespace) for name, namespace in network.namespaces.items()})


def made_by_hand(route: Route) -> bool:
    """Return whether somebody added a route; the others come and go with addresses."""
    return route.protocol not in ("kernel", "ra", "redirect")


def given_addresses(link: Link) -> tuple[str, ...]:
    """Return a link's addresses without those that come with UP: `::1/128`, and the link-local one (RFC 4291)."""
    return tuple(addr for addr in link.addresses if addr != "::1/128" and not _is_own_link_local(addr))


def _comparable(namespace: Namespace) -> Namespace:
    routes = [replace(route, flags=_onlink(route)) for route in namespace.routes if made_by_hand(route)]
    return Namespace(
        namespace.name,
        tuple(_comparable_link(link, namespace) for link in namespace.links),
        tuple(sorted(routes, key=repr)),
        ip_forward=namespace.ip_forward,
    )


def _comparable_link(link: Link, namespace: Namespace) -> Link:
    return replace(
        link,
        peer_nameless=False,
        peer_called="",
        engine=False,
        mac="" if follows_mac(link, namespace) or link.mac == NO_MAC else link.mac,
        operstate="",
        flags=("UP",) if link.up else (),
        addresses=given_addresses(link),
        peer_ifindex=link.peer_ifindex if link.peer else None,
        link_netnsid=None,
        qdisc="",
    )


def _onlink(route: Route) -> tuple[str, ...]:
    return ("onlink",) if "onlink" in route.flags else ()


def _is_own_link_local(addr: str) -> bool:
    """Its last eight bytes are the MAC address at that time, with ff:fe in the middle."""
    if not addr.startswith("fe80::"):
        return False
    return IPv6Interface(addr).packed[11:13] == b"\xff\xfe"
