"""Segments: which interfaces share one, and distances in hops."""

from collections.abc import Iterator
from ipaddress import ip_interface
from typing import NamedTuple

from nslab_kernel.doctor.fixes import Interface
from nslab_kernel.doctor.vlans import all_numbers, is_filtering, number, taken
from nslab_kernel.model.lookup import ends, interfaces_with_addr
from nslab_kernel.model.network import End, Link, Network

Piece = tuple[End, int]
"""An interface and a VLAN tag; 0 is untagged, a negative number is a VLAN within a bridge."""


class Seat(NamedTuple):
    """An address of an interface."""

    end: End
    addr: Interface


class Segments:
    """The lab as segments: interfaces that veth pairs and bridges join, with or without carrier.

    An interface is on the segment of its lower link. Each VLAN is a segment of its own.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._joined: dict[Piece, Piece] = {}
        self.links = dict(ends(network))
        has_vlans = any(link.kind == "vlan" or is_filtering(link) for link in self.links.values())
        tags = {0, *(all_numbers(network) if has_vlans else ())}
        for end, link in self.links.items():
            if link.kind == "vlan" and link.lower in self.links:
                self._join((end, 0), (link.lower, number(link)))
            bridge = self.master(end)
            if is_filtering(self.links[bridge or end]):
                self._join_vlans(end, bridge or end)
                bridge = None
            others = link.peer, link.lower if link.kind != "vlan" else None, bridge
            for other in [one for one in others if one and one in self.links]:
                for tag in tags:
                    self._join((end, tag), (other, tag))
        self._seats: dict[Piece, list[Seat]] = {}
        for end, link in self.links.items():
            for addr in link.addresses if link.kind != "loopback" else ():
                self._seats.setdefault(self.of(end), []).append(Seat(end, ip_interface(addr)))

    def _join_vlans(self, port: End, bridge: End) -> None:
        """Join a bridge port, or the bridge itself, with the VLANs of the bridge."""
        for vid, words in taken(self._network, port).items():
            for tag in [0] * ("pvid" in words) + [vid] * ("untagged" not in words):
                self._join((port, tag), (bridge, -vid))

    def of(self, end: End) -> Piece:
        """Return the representative of an interface's segment, which is the same for all its interfaces."""
        return self._of((end, 0))

    def _of(self, piece: Piece) -> Piece:
        while (other := self._joined.get(piece, piece)) != piece:
            piece = other
        return piece

    def master(self, end: End) -> End | None:
        """Return the bridge or bond of which an interface is a port; `None` if there is none, or only a VRF."""
        link = self.links.get(end)
        master = End(end.netns, link.master) if link and link.master else end
        return master if master != end and master in self.links and self.links[master].kind != "vrf" else None

    def seats(self, end: End) -> list[Seat]:
        """Return all addresses on an interface's segment."""
        return self._seats.get(self.of(end), [])

    def ends(self, end: End) -> Iterator[tuple[End, Link]]:
        """Yield the interfaces on an interface's segment."""
        piece = self.of(end)
        yield from ((other, link) for other, link in self.links.items() if self.of(other) == piece)

    def of_namespace(self, netns: str) -> list[tuple[End, Link]]:
        """Return the interfaces of a namespace except lo and bridge ports."""
        mine = ((End(netns, link.ifname), link) for link in self._network.namespaces[netns].links)
        return [(end, link) for end, link in mine if link.kind != "loopback" and not self.master(end)]

    def distances(self, dst: str) -> dict[str, int]:
        """Return the distance of each namespace from an address, in hops; without those that no cable leads to."""
        found = {end.netns: 0 for end in interfaces_with_addr(dst, self._network)}
        queue = list(found)
        for netns in queue:
            for end, _link in self.of_namespace(netns):
                for seat in self.seats(end):
                    if seat.end.netns not in found:
                        found[seat.end.netns] = found[netns] + 1
                        queue.append(seat.end.netns)
        return found

    def _join(self, one: Piece, other: Piece) -> None:
        one, other = self._of(one), self._of(other)
        if one != other:
            self._joined[other] = one
