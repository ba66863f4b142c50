"""Who shares a cable with whom, and how far it is from there."""

from collections.abc import Iterator
from ipaddress import ip_interface
from typing import NamedTuple

from nslab_kernel.doctor.fixes import Interface
from nslab_kernel.model.lookup import ends, interfaces_with_addr
from nslab_kernel.model.network import End, Link, Network


class Seat(NamedTuple):
    """An address of an interface."""

    end: End
    addr: Interface


class Segments:
    """The lab as pieces of cable: what veths and bridges join, whether they carry at the moment or not."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._joined: dict[End, End] = {}
        self.links = dict(ends(network))
        for end, link in self.links.items():
            if link.peer in self.links:
                self._join(end, link.peer)
            if link.master:
                self._join(end, End(end.netns, link.master))
        self._seats: dict[End, list[Seat]] = {}
        for end, link in self.links.items():
            for addr in link.addresses if link.kind != "loopback" else ():
                self._seats.setdefault(self.of(end), []).append(Seat(end, ip_interface(addr)))

    def of(self, end: End) -> End:
        """Return what stands for the piece of cable that an interface is on."""
        while (other := self._joined.get(end, end)) != end:
            end = other
        return end

    def seats(self, end: End) -> list[Seat]:
        """Return all addresses on an interface's piece of cable."""
        return self._seats.get(self.of(end), [])

    def ends(self, end: End) -> Iterator[tuple[End, Link]]:
        """Yield the interfaces on an interface's piece of cable."""
        piece = self.of(end)
        yield from ((other, link) for other, link in self.links.items() if self.of(other) == piece)

    def of_namespace(self, netns: str) -> list[tuple[End, Link]]:
        """Return the interfaces of a namespace that take in packets: neither lo nor a bridge's ports."""
        mine = ((End(netns, link.ifname), link) for link in self._network.namespaces[netns].links)
        return [(end, link) for end, link in mine if link.kind != "loopback" and not link.master]

    def distances(self, dst: str) -> dict[str, int]:
        """Return how many hops each namespace is from an address; nothing for those that no cable leads to."""
        found = {end.netns: 0 for end in interfaces_with_addr(dst, self._network)}
        queue = list(found)
        for netns in queue:
            for end, _link in self.of_namespace(netns):
                for seat in self.seats(end):
                    if seat.end.netns not in found:
                        found[seat.end.netns] = found[netns] + 1
                        queue.append(seat.end.netns)
        return found

    def _join(self, one: End, other: End) -> None:
        one, other = self.of(one), self.of(other)
        if one != other:
            self._joined[other] = one
