"""What a topology picture shows: namespaces, interfaces and changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from ipaddress import ip_address, ip_interface

from nslab_kernel.language import translate as _
from nslab_kernel.model.network import HOST, Container, End, Namespace
from nslab_kernel.scene.state_style import State

LESSON = 4
"""With up to so many namespaces an empty host is drawn in full, and every gap has the space for a cable."""


@dataclass(frozen=True)
class Member:
    """One of many that are drawn as a stack."""

    name: str
    state: State
    change: str = ""
    differs: bool = False
    """Whether it is unlike most of them; then its name is shown."""


@dataclass(frozen=True)
class InterfaceBox:
    """An interface; a bridge with ports is drawn as a bar along them."""

    end: End
    ifindex: int
    kind: str
    state: State
    """For a stack its label is what opens it, if anything does."""
    addresses: tuple[str, ...]
    peer: End | None = None
    master: str | None = None
    change: str = ""
    """`came`, `changed` or `gone`."""
    members: tuple[Member, ...] = ()
    """Those that a stack stands for."""
    inside: "tuple[NamespaceBox, ...]" = ()
    """The namespaces themselves, where the stack is opened."""

    @property
    def is_bridge(self) -> bool:
        """Whether it is a bridge."""
        return self.kind == "bridge"


@dataclass(frozen=True)
class Note:
    """A line in a namespace that belongs to no interface: a route, a name, or that it forwards packets."""

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
        """Its name for the reader."""
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
        """Return the same without the image in its title."""
        return replace(self, container=replace(self.container, image="")) if self.container else self

    @property
    def is_empty(self) -> bool:
        """Whether it has nothing but `lo`."""
        return not self.interfaces


@dataclass(frozen=True)
class Diagram:
    """All that is in one picture."""

    namespaces: Mapping[str, NamespaceBox]
    plain: Mapping[str, tuple[Namespace, NamespaceBox]] = field(default_factory=dict)
    """Namespaces without a change, each with the value that it was made from."""
    lang: str = ""
    """The language of their notes."""
    narrow: bool = False
    """Whether another picture is to fit beside it."""

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
        """Every pair of ends that are joined, once."""
        found = {}
        for interface in self.interfaces.values():
            other = self.interfaces.get(interface.peer) if interface.peer else None
            if other and (other.end, interface.end) not in found:
                found[interface.end, other.end] = (interface, other)
        return tuple(found.values())

    @cached_property
    def parallel_index(self) -> dict[End, int]:
        """Each end's number among the cables that join the same two namespaces."""
        seen: dict[frozenset[str], int] = {}
        found = {}
        for one, other in sorted(self.cables, key=lambda ends: ends[0].end):
            namespaces = frozenset((one.end.netns, other.end.netns))
            found[one.end] = found[other.end] = seen.get(namespaces, 0)
            seen[namespaces] = found[one.end] + 1
        return found

    @cached_property
    def groups(self) -> dict[End, str]:
        """The bridge of each port, where the bridge is in the picture."""
        masters = {
            end: End(end.netns, interface.master) for end, interface in self.interfaces.items() if interface.master
        }
        bridges = {end for end, interface in self.interfaces.items() if interface.is_bridge}
        return {end: master.ifname for end, master in masters.items() if master in bridges}

    @cached_property
    def ports(self) -> dict[End, list[InterfaceBox]]:
        """The ports of each bridge that has some."""
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
        """The namespace that most cables lead to; empty where none has two."""
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
        """Return what is written on an interface's cable: how many it stands for, or the subnet, at a router."""
        if interface.members:
            return f"{len(interface.members)} ×"
        peer = self.interfaces.get(interface.peer) if interface.peer else None
        if peer is None or "router" not in (self.namespaces[end.netns].kind for end in (interface.end, peer.end)):
            return None
        return _subnet_of(interface, peer) if interface.state.kind == peer.state.kind else None

    def slim(self) -> "Diagram":
        """Return the same with narrower namespaces: a container's image is a note, not part of its title."""
        return replace(self, namespaces={name: _slim(namespace) for name, namespace in self.namespaces.items()})


def _slim(namespace: NamespaceBox) -> NamespaceBox:
    if namespace.kind != "container" or not namespace.image:
        return namespace
    return replace(namespace.without_image(), notes=(Note(namespace.image), *namespace.notes))


def range_of(names: list[str]) -> str:
    """Return many names as one: the first and the last."""
    return f"{names[0]} … {names[-1]}"


def is_link_local(addr: str) -> bool:
    """Whether an address is valid on one link only (RFC 4291); the kernel gives itself one."""
    address = ip_address(addr.partition("/")[0])
    return address.version == 6 and address.is_link_local


def _subnet_of(one: InterfaceBox, other: InterfaceBox) -> str | None:
    """Return the subnet that both have an address in."""
    nets = {str(ip_interface(addr).network) for addr in one.addresses if not is_link_local(addr)}
    shared = (str(ip_interface(addr).network) for addr in other.addresses)
    return next((net for net in shared if net in nets), None)
