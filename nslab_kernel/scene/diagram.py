"""What a topology picture shows: namespaces, interfaces and changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from ipaddress import ip_address, ip_interface

from nslab_kernel.language import translate as _
from nslab_kernel.model.network import HOST, Container, End, Namespace
from nslab_kernel.scene.state_style import State

LESSON = 4
"""The most namespaces of a lesson's picture: an empty host is drawn in full, and every gap has space for a cable."""


@dataclass(frozen=True)
class Member:
    """One of the namespaces, or of the bridge ports, that a stack stands for."""

    name: str
    state: State
    change: str = ""
    differs: bool = False
    """Whether it differs from most members; then its name is shown."""


@dataclass(frozen=True)
class InterfaceBox:
    """An interface; a bridge with ports is drawn as a bar along them."""

    end: End
    ifindex: int
    kind: str
    state: State
    """For a stack, the label is the text that opens it; empty where it cannot be opened."""
    addresses: tuple[str, ...]
    peer: End | None = None
    master: str | None = None
    change: str = ""
    """`came`, `changed` or `gone`."""
    members: tuple[Member, ...] = ()
    """For a stack, the namespaces or ports that it stands for."""
    inside: "tuple[NamespaceBox, ...]" = ()
    """For an opened stack, its namespaces."""

    @property
    def is_bridge(self) -> bool:
        """Whether it is a bridge."""
        return self.kind == "bridge"


@dataclass(frozen=True)
class Note:
    """A line of text in a namespace that is about no interface, such as a route or `ip_forward = 1`."""

    words: str
    change: str = ""


@dataclass(frozen=True)
class NamespaceBox:
    """A namespace."""

    name: str
    kind: str
    """`host`, `namespace`, `container`, `router`, `stack`, or `unnamed`: known only by the cables that lead there."""
    interfaces: tuple[InterfaceBox, ...] = ()
    lo: str = "down"
    lo_change: str = ""
    notes: tuple[Note, ...] = ()
    forwards: bool = False
    """Whether it forwards packets, and did before."""
    change: str = ""
    container: Container | None = None
    """The container that it belongs to; for a stack, one of them."""

    @property
    def title(self) -> str:
        """The name that the picture shows."""
        if self.kind == "unnamed":
            return _("no name")
        if self.kind == "stack":
            return range_of([member.name for member in self.interfaces[0].members])
        if self.container:
            return self.container.name
        return _("host") if self.kind == "host" else self.name

    @property
    def image(self) -> str:
        """The name of the image that its container's files come from, without registry and digest; may be empty."""
        return self.container.image.partition("@")[0].rpartition("/")[2] if self.container else ""

    def without_image(self) -> "NamespaceBox":
        """Return the same box without the image in its title."""
        return replace(self, container=replace(self.container, image="")) if self.container else self

    @property
    def is_empty(self) -> bool:
        """Whether it has nothing but `lo`."""
        return not self.interfaces


@dataclass(frozen=True)
class Diagram:
    """The content of one picture, without positions."""

    namespaces: Mapping[str, NamespaceBox]
    plain: Mapping[str, tuple[Namespace, NamespaceBox]] = field(default_factory=dict)
    """The boxes of namespaces without a change, each with the `Namespace` that it was made from."""
    lang: str = ""
    """The language of the notes in the boxes."""
    narrow: bool = False
    """Whether the picture is to leave space for another one beside it."""

    @cached_property
    def interfaces(self) -> dict[End, InterfaceBox]:
        """Every interface by its end."""
        return {
            interface.end: interface for namespace in self.namespaces.values() for interface in namespace.interfaces
        }

    @cached_property
    def opened(self) -> dict[str, NamespaceBox]:
        """The namespaces of the opened stack, in order; they stand inside it, and not in `namespaces`."""
        return {inside.name: inside for interface in self.interfaces.values() for inside in interface.inside}

    @cached_property
    def cables(self) -> tuple[tuple[InterfaceBox, InterfaceBox], ...]:
        """Each cable once, as the two interfaces that it joins."""
        found = {}
        for interface in self.interfaces.values():
            other = self.interfaces.get(interface.peer) if interface.peer else None
            if other and (other.end, interface.end) not in found:
                found[interface.end, other.end] = (interface, other)
        return tuple(found.values())

    @cached_property
    def parallel_index(self) -> dict[End, int]:
        """For each end, the number of its cable among those that join the same two namespaces, from 0."""
        seen: dict[frozenset[str], int] = {}
        found = {}
        for one, other in sorted(self.cables, key=lambda ends: ends[0].end):
            namespaces = frozenset((one.end.netns, other.end.netns))
            found[one.end] = found[other.end] = seen.get(namespaces, 0)
            seen[namespaces] = found[one.end] + 1
        return found

    @cached_property
    def groups(self) -> dict[End, str]:
        """For each port, the name of its bridge, if the bridge is in the picture."""
        masters = {
            end: End(end.netns, interface.master) for end, interface in self.interfaces.items() if interface.master
        }
        bridges = {end for end, interface in self.interfaces.items() if interface.is_bridge}
        return {end: master.ifname for end, master in masters.items() if master in bridges}

    @cached_property
    def ports(self) -> dict[End, list[InterfaceBox]]:
        """For each bridge that has ports, these ports."""
        found: dict[End, list[InterfaceBox]] = {}
        for end, bridge in self.groups.items():
            found.setdefault(End(end.netns, bridge), []).append(self.interfaces[end])
        return found

    @property
    def is_lesson(self) -> bool:
        """Whether the picture is as small as those of the first lessons."""
        return len(self.namespaces) <= LESSON

    @cached_property
    def hub(self) -> str:
        """The host, if it is drawn in full; else the namespace with the most cables, empty where none has two."""
        if HOST in self.namespaces and (self.is_lesson or not self.namespaces[HOST].is_empty):
            return HOST
        counts = dict.fromkeys(self.namespaces, 0)
        for one, other in self.cables:
            if one.end.netns != other.end.netns:
                counts[one.end.netns] += 1
                counts[other.end.netns] += 1
        best = max(counts, key=lambda name: counts[name], default="")
        return best if best and counts[best] > 1 else ""

    def cable_label(self, interface: InterfaceBox) -> str | None:
        """Return the label of an interface's cable: of a stack, the number of cables; at a router, the subnet."""
        if interface.members:
            return f"{len(interface.members)} ×"
        peer = self.interfaces.get(interface.peer) if interface.peer else None
        if peer is None or "router" not in (self.namespaces[end.netns].kind for end in (interface.end, peer.end)):
            return None
        return _subnet_of(interface, peer) if interface.state.kind == peer.state.kind else None

    def slim(self) -> "Diagram":
        """Return the diagram with narrower namespaces: a container's image is a note, not part of its title."""
        return replace(self, namespaces={name: _slim(namespace) for name, namespace in self.namespaces.items()})


def _slim(namespace: NamespaceBox) -> NamespaceBox:
    if namespace.kind != "container" or not namespace.image:
        return namespace
    return replace(namespace.without_image(), notes=(Note(namespace.image), *namespace.notes))


def range_of(names: list[str]) -> str:
    """Return many names as one: the first and the last."""
    return f"{names[0]} … {names[-1]}"


def is_link_local(addr: str) -> bool:
    """Return whether an address is IPv6 link-local (RFC 4291); Linux itself adds one to each interface that is up."""
    address = ip_address(addr.partition("/")[0])
    return address.version == 6 and address.is_link_local


def _subnet_of(one: InterfaceBox, other: InterfaceBox) -> str | None:
    """Return the first subnet in which both interfaces have an address."""
    nets = {str(ip_interface(addr).network) for addr in one.addresses if not is_link_local(addr)}
    shared = (str(ip_interface(addr).network) for addr in other.addresses)
    return next((net for net in shared if net in nets), None)
