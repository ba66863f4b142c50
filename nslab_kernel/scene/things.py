"""What is to be drawn: rooms, sockets, strips, cables; looks, marks."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from ipaddress import ip_address, ip_interface

from nslab_kernel.language import translate as _
from nslab_kernel.model.network import Container, End, Namespace


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
    """`up`, `wait`, `down` as in `state.py`; or `gone`."""
    word: str
    addresses: tuple[str, ...]
    peer: End | None = None
    master: str | None = None
    mark: str = ""
    """`came`, `changed` or `gone`."""
    members: tuple[Member, ...] = ()
    """Those that a stack stands for."""
    twin: "Socket | None" = None
    """What stands in its place in the picture beside this one."""

    @property
    def is_strip(self) -> bool:
        """Whether it is a bridge."""
        return self.kind == "bridge"

    @property
    def here(self) -> "tuple[Socket, ...]":
        """All that stands in its place, in this picture and in the one beside: the place has room for each."""
        return (self, self.twin) if self.twin else (self,)


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
    """`host`, `namespace`, `container`, `router`, `stack`, or `unnamed`: known only by the cables that lead there."""
    sockets: tuple[Socket, ...] = ()
    lo: str = "down"
    lo_mark: str = ""
    notes: tuple[Note, ...] = ()
    forwards: bool = False
    """Whether it passes packets on, and did before."""
    mark: str = ""
    container: Container | None = None
    """Who lives in it; in a stack, one of them."""
    twin: "Room | None" = None
    """What stands in its place in the picture beside this one."""

    @property
    def title(self) -> str:
        """Its name for the reader."""
        if self.kind == "unnamed":
            return _("no name")
        if self.kind == "stack":
            return range_of([member.name for member in self.sockets[0].members])
        if self.container:
            return self.container.name
        return _("host") if self.kind == "host" else self.name

    @property
    def image(self) -> str:
        """The name of the image that its container's files come from, without registry and digest; may be empty."""
        return self.container.image.partition("@")[0].rpartition("/")[2] if self.container else ""

    @property
    def is_empty(self) -> bool:
        """Whether it has nothing but `lo`."""
        return not self.sockets

    @property
    def here(self) -> "tuple[Room, ...]":
        """All that stands in its place, in this picture and in the one beside: the place has room for each."""
        return (self, self.twin) if self.twin else (self,)


@dataclass(frozen=True)
class Things:
    """All that is in one picture."""

    rooms: Mapping[str, Room]
    opened: tuple[str, ...] = ()
    """The rooms that are shown one by one although they are alike, in order."""
    plain: Mapping[str, tuple[Namespace, Room]] = field(default_factory=dict)
    """Rooms in which nothing is marked, and what each was made of."""
    lang: str = ""
    """The language of their notes."""
    narrow: bool = False
    """Whether another picture is to fit beside it."""

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

    def slim(self) -> "Things":
        """Return the same in narrower rooms: a container's image stands below its sockets, not beside its name."""
        return replace(self, rooms={name: _slim(room) for name, room in self.rooms.items()})

    def _is_strip(self, end: End) -> bool:
        socket = self.sockets.get(end)
        return socket is not None and socket.is_strip


def _slim(room: Room) -> Room:
    twin = _slim(room.twin) if room.twin else None
    if room.kind != "container" or not room.container or not room.image:
        return replace(room, twin=twin)
    notes = (Note(room.image), *room.notes)
    return replace(room, notes=notes, container=replace(room.container, image=""), twin=twin)


def range_of(names: list[str]) -> str:
    """Return many names as one: the first and the last."""
    return f"{names[0]} … {names[-1]}"


def is_link_local(addr: str) -> bool:
    """Whether the kernel made the address by itself, for one cable only (RFC 4291)."""
    address = ip_address(addr.partition("/")[0])
    return address.version == 6 and address.is_link_local


def subnet_of(one: Socket, other: Socket) -> str | None:
    """Return the subnet that both have an address in."""
    nets = {str(ip_interface(addr).network) for addr in one.addresses if not is_link_local(addr)}
    shared = (str(ip_interface(addr).network) for addr in other.addresses)
    return next((net for net in shared if net in nets), None)
