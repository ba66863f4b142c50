"""Faults of interfaces."""

from collections.abc import Iterator

from nslab_kernel.faults.sight import line, links, mates, name, restored, seats
from nslab_kernel.model.faults import Fault, Spot
from nslab_kernel.model.network import Link, Namespace, Network

_NARROW = 1300


def link_down(network: Network) -> Iterator[Fault]:
    """An interface with an address is down."""
    for room, link in links(network):
        if link.addresses and link.kind != "bridge":
            yield _down(room, link)


def far_end_down(network: Network) -> Iterator[Fault]:
    """The end of a cable that has no address is down: a port of a bridge."""
    for room, link in links(network):
        if link.master and link.carrier:
            yield _down(room, link)


def bridge_down(network: Network) -> Iterator[Fault]:
    """A bridge is down."""
    for room, link in links(network):
        if link.kind == "bridge":
            yield _down(room, link)


def arp_off(network: Network) -> Iterator[Fault]:
    """An interface neither asks nor answers by ARP: flag NOARP."""
    for room, link, addr in seats(network):
        if addr.version == 4 and link.kind != "vxlan":
            on, off = (line(room, f"ip link set dev {name(link)} arp {word}") for word in ("on", "off"))
            yield Fault(Spot(room.name, link.ifname), (off,), (on,))


def mtu_narrow(network: Network) -> Iterator[Fault]:
    """An interface takes in smaller packets than the other end sends; whoever sends by it himself is told so."""
    for room, link in links(network):
        if link.kind == "veth" and link.mtu > _NARROW:
            narrow, wide = (line(room, f"ip link set dev {name(link)} mtu {mtu}") for mtu in (_NARROW, link.mtu))
            others = (Spot(*link.peer),) if link.peer else ()
            yield Fault(Spot(room.name, link.ifname), (narrow,), (wide,), is_back=True, others=others)


def lo_down(network: Network) -> Iterator[Fault]:
    """`lo` is down, so a namespace does not reach its own addresses."""
    for room in network.namespaces.values():
        if room.lo and room.lo.up:
            yield _down(room, room.lo)


def mac_duplicate(network: Network) -> Iterator[Fault]:
    """Two interfaces on one segment have the same MAC."""
    for seat in seats(network):
        for other in mates(seat, network):
            if seat.link.kind == other.link.kind == "veth" and seat.link.peer != (other.room.name, other.link.ifname):
                room, link = seat.room, seat.link
                new, old = (
                    line(room, f"ip link set dev {name(link)} address {mac}") for mac in (other.link.mac, link.mac)
                )
                twin = Spot(other.room.name, other.link.ifname)
                yield Fault(Spot(room.name, link.ifname), (new,), (old,), others=(twin,))


def _down(room: Namespace, link: Link) -> Fault:
    down, up = (line(room, f"ip link set dev {name(link)} {word}") for word in ("down", "up"))
    return Fault(Spot(room.name, link.ifname), (down,), (up, *restored(room, link)))
