"""What is to be drawn: rooms, sockets, strips and cables, with looks and marks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address, ip_interface

from nslab_kernel.language import translate as _
from nslab_kernel.model.difference import Difference, difference
from nslab_kernel.model.network import HOST, End, Link, Namespace, Network, Route

SHOWN_ROUTES = 3


@dataclass(frozen=True)
class Member:
    """One of many that are drawn as a stack."""

    name: str
    look: str
    word: str
    mark: str = ""
    differs: bool = False
    """Whether it is not like most of them, so that it is named."""


@dataclass(frozen=True)
class Socket:
    """An interface; a bridge is drawn as a strip."""

    end: End
    ifindex: int
    kind: str
    look: str
    """`up`, `wait`, `down` or `gone`, by the flags UP and LOWER_UP and never by the state word."""
    word: str
    addresses: tuple[str, ...]
    peer: End | None = None
    master: str | None = None
    mark: str = ""
    """`came`, `changed` or `gone`."""
    members: tuple[Member, ...] = ()
    """Those that a stack stands for."""

    @property
    def is_strip(self) -> bool:
        """Whether it is a bridge."""
        return self.kind == "bridge"


@dataclass(frozen=True)
class Note:
    """A line in a room that belongs to no socket: a way out, or that it passes packets on."""

    words: str
    mark: str = ""


@dataclass(frozen=True)
class Room:
    """A namespace."""

    name: str
    kind: str
    """`host`, `namespace`, `router`, `stack`, or `unnamed`: known only by the cables that lead there."""
    sockets: tuple[Socket, ...] = ()
    lo: str = "down"
    lo_mark: str = ""
    notes: tuple[Note, ...] = ()
    forwards: bool = False
    """Whether it passes packets on, and did before."""
    mark: str = ""

    @property
    def title(self) -> str:
        """Its name for the reader."""
        if self.kind == "unnamed":
            return _("no name")
        if self.kind == "stack":
            return range_of([member.name for member in self.sockets[0].members])
        return _("host") if self.kind == "host" else self.name

    @property
    def is_empty(self) -> bool:
        """Whether it has nothing but `lo`."""
        return not self.sockets


@dataclass(frozen=True)
class Things:
    """All that is in one picture."""

    rooms: Mapping[str, Room]

    @cached_property
    def sockets(self) -> dict[End, Socket]:
        """Every socket and strip by its end."""
        return {socket.end: socket for room in self.rooms.values() for socket in room.sockets}

    @cached_property
    def cables(self) -> tuple[tuple[Socket, Socket], ...]:
        """Every pair of ends that are joined, once."""
        found = {}
        for socket in self.sockets.values():
            other = self.sockets.get(socket.peer) if socket.peer else None
            if other and (other.end, socket.end) not in found:
                found[socket.end, other.end] = (socket, other)
        return tuple(found.values())

    @cached_property
    def twins(self) -> dict[End, int]:
        """Each end's number among the cables that join the same two rooms."""
        seen: dict[frozenset[str], int] = {}
        found = {}
        for one, other in sorted(self.cables, key=lambda ends: ends[0].end):
            rooms = frozenset((one.end.netns, other.end.netns))
            found[one.end] = found[other.end] = seen.get(rooms, 0)
            seen[rooms] = found[one.end] + 1
        return found

    @cached_property
    def groups(self) -> dict[End, str]:
        """The bridge that each port hangs on, where that is in the picture."""
        masters = {end: End(end.netns, socket.master) for end, socket in self.sockets.items() if socket.master}
        return {end: bridge.ifname for end, bridge in masters.items() if self._is_strip(bridge)}

    @cached_property
    def ports(self) -> dict[End, list[Socket]]:
        """The ports of each bridge that has some."""
        found: dict[End, list[Socket]] = {}
        for end, bridge in self.groups.items():
            found.setdefault(End(end.netns, bridge), []).append(self.sockets[end])
        return found

    def _is_strip(self, end: End) -> bool:
        socket = self.sockets.get(end)
        return socket is not None and socket.is_strip


def range_of(names: list[str]) -> str:
    """Return many names as one: the first and the last."""
    return f"{names[0]} … {names[-1]}"


def things_of(network: Network, before: Network | None = None) -> Things:
    """Return what a picture of the network shows, with what is different from `before` marked."""
    changes = difference(before or network, network)
    rooms = {name: _room(namespace, changes, before) for name, namespace in network.namespaces.items()}
    for name in changes.namespaces_gone if before else ():
        rooms[name] = _ghost_room(before, name) if before else rooms[name]
    unnamed = list(_unnamed_rooms(network))
    return Things(rooms | {room.name: room for room in unnamed})


def look_of(link: Link) -> str:
    """Return a link's look: `up`, `wait` or `down`."""
    if not link.up:
        return "down"
    return "up" if link.carrier and link.operstate not in ("DORMANT", "TESTING") else "wait"


def word_of(link: Link) -> str:
    """Return the state's word: the kernel's own, except where it says DOWN of a link that is switched on."""
    if link.up and link.operstate == "DOWN":
        return "UP" if link.carrier else "NO-CARRIER"
    return link.operstate if link.up else "DOWN"


def is_link_local(addr: str) -> bool:
    """Whether the kernel made the address by itself, for one cable only (RFC 4291)."""
    address = ip_address(addr.partition("/")[0])
    return address.version == 6 and address.is_link_local


def subnet_of(one: Socket, other: Socket) -> str | None:
    """Return the subnet that both have an address in."""
    nets = {str(ip_interface(addr).network) for addr in one.addresses if not is_link_local(addr)}
    shared = (str(ip_interface(addr).network) for addr in other.addresses)
    return next((net for net in shared if net in nets), None)


def _room(namespace: Namespace, changes: Difference, before: Network | None) -> Room:
    name = namespace.name
    came = "came" if name in changes.namespaces_came else ""
    marks = {end.ifname: "came" for end in changes.links_came if end.netns == name}
    marks |= {end.ifname: "changed" for end in changes.links_changed if end.netns == name}
    renamed = {new: old for old, new in changes.links_moved if old.netns == new.netns}
    marks |= {end.ifname: "changed" for end in renamed if end.netns == name}
    marks = {} if came else marks
    sockets = [_socket(name, link, marks.get(link.ifname, "")) for link in namespace.links if link.kind != "loopback"]
    moved = {old for old, _new in changes.links_moved}
    for end in changes.links_gone if before else ():
        if before and end.netns == name and end not in renamed.values():
            sockets.append(_ghost(name, before.end(end), joined=end not in moved))
    lo = next((link for link in namespace.links if link.kind == "loopback"), None)
    old = before.namespaces.get(name) if before else None
    return Room(
        name,
        _kind(namespace),
        tuple(sockets),
        look_of(lo) if lo else "down",
        marks.get(lo.ifname, "") if lo else "",
        tuple(_notes(namespace, old)),
        namespace.ip_forward and (old is None or old.ip_forward),
        came,
    )


def _kind(namespace: Namespace) -> str:
    if namespace.name == HOST:
        return "host"
    addressed = [link for link in namespace.links if link.kind != "loopback" and link.addresses]
    return "router" if namespace.ip_forward and len(addressed) > 1 else "namespace"


def _socket(netns: str, link: Link, mark: str = "") -> Socket:
    peer = link.peer
    if peer is None and link.link_netnsid is not None and link.peer_ifindex:
        peer = End(_unnamed(netns, link.link_netnsid), f"@if{link.peer_ifindex}")
    return Socket(
        End(netns, link.ifname),
        link.ifindex,
        link.kind,
        look_of(link),
        word_of(link),
        link.addresses,
        peer,
        link.master,
        mark,
    )


def _ghost(netns: str, link: Link, mark: str = "gone", joined: bool = True) -> Socket:
    """Return what was there; a link that moved took its cable along."""
    peer = link.peer if joined else None
    return Socket(End(netns, link.ifname), link.ifindex, link.kind, "gone", "", (), peer, link.master, mark)


def _ghost_room(before: Network, name: str) -> Room:
    links = before.namespaces[name].links
    sockets = tuple(_ghost(name, link, "") for link in links if link.kind != "loopback")
    return Room(name, "namespace", sockets, "gone", mark="gone")


def _unnamed(netns: str, nsid: int) -> str:
    """Return a key for a namespace that has no name; a real name has no slash."""
    return f"{netns}/{nsid}"


def _unnamed_rooms(network: Network) -> Iterator[Room]:
    seen: dict[str, list[Socket]] = {}
    for name, namespace in network.namespaces.items():
        for link in namespace.links:
            peer = _socket(name, link).peer
            if link.peer is None and peer:
                far = Socket(peer, link.peer_ifindex or 0, "veth", "gone", "", (), End(name, link.ifname))
                seen.setdefault(peer.netns, []).append(far)
    for key, sockets in seen.items():
        yield Room(key, "unnamed", tuple(sockets), "gone")


def _notes(namespace: Namespace, old: Namespace | None) -> Iterator[Note]:
    if old and namespace.ip_forward and not old.ip_forward:
        yield Note("ip_forward = 1", "came")
    if old and old.ip_forward and not namespace.ip_forward:
        yield Note("ip_forward = 1", "gone")
    now, then = list(_ways(namespace)), list(_ways(old)) if old else None
    for way in now[:SHOWN_ROUTES]:
        yield Note(way, "came" if then is not None and way not in then else "")
    if len(now) > SHOWN_ROUTES:
        yield Note(_("and {count} more routes").format(count=len(now) - SHOWN_ROUTES))
    yield from (Note(way, "gone") for way in then or () if way not in now)


def _ways(namespace: Namespace) -> Iterator[str]:
    for route in namespace.routes:
        if route.gateway or route.type != "unicast":
            yield _way(route)


def _way(route: Route) -> str:
    words = [] if route.type == "unicast" else [route.type]
    return " ".join([*words, route.dst, *(["via", route.gateway] if route.gateway else [])])
