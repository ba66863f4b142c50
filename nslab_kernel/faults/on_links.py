"""Faults of interfaces."""

from collections.abc import Iterator

from nslab_kernel.faults.lines import line, name, one_line, restored
from nslab_kernel.faults.places import links, mates, seats
from nslab_kernel.model.diagnosis import Place
from nslab_kernel.model.faults import Fault
from nslab_kernel.model.network import Link, Namespace, Network

_NARROW = 1300


def link_down(network: Network) -> Iterator[Fault]:
    """An interface with an address is down."""
    for namespace, link in links(network):
        if link.addresses and link.kind != "bridge":
            yield _down(namespace, link)


def far_end_down(network: Network) -> Iterator[Fault]:
    """A bridge port is down, so that the interface at its other end has no carrier."""
    for namespace, link in links(network):
        if link.master and link.carrier:
            yield _down(namespace, link)


def bridge_down(network: Network) -> Iterator[Fault]:
    """A bridge is down."""
    for namespace, link in links(network):
        if link.kind == "bridge":
            yield _down(namespace, link)


def arp_off(network: Network) -> Iterator[Fault]:
    """An interface neither asks nor answers by ARP: flag NOARP."""
    for namespace, link, addr in seats(network):
        if addr.version == 4 and link.kind != "vxlan":
            arp = f"ip link set dev {name(link)} arp"
            yield one_line(namespace, link.ifname, f"{arp} off", f"{arp} on")


def mtu_narrow(network: Network) -> Iterator[Fault]:
    """An interface accepts smaller packets than its peer sends; only senders on its own side get an error."""
    for namespace, link in links(network):
        if link.kind == "veth" and link.mtu > _NARROW:
            mtu, others = f"ip link set dev {name(link)} mtu", (Place(*link.peer),) if link.peer else ()
            lines = f"{mtu} {_NARROW}", f"{mtu} {link.mtu}"
            yield one_line(namespace, link.ifname, *lines, is_back=True, others=others)


def lo_down(network: Network) -> Iterator[Fault]:
    """`lo` is down, so a namespace does not reach its own addresses."""
    for namespace in network.namespaces.values():
        if namespace.lo and namespace.lo.up:
            yield _down(namespace, namespace.lo)


def mac_duplicate(network: Network) -> Iterator[Fault]:
    """Two interfaces on one segment have the same MAC address."""
    for seat in seats(network):
        for other in mates(seat, network):
            are_ends = seat.link.kind == other.link.kind == "veth"
            if are_ends and seat.link.peer != (other.namespace.name, other.link.ifname):
                address = f"ip link set dev {name(seat.link)} address"
                lines = f"{address} {other.link.mac}", f"{address} {seat.link.mac}"
                yield one_line(seat.namespace, seat.link.ifname, *lines, others=(other.place,))


def _down(namespace: Namespace, link: Link) -> Fault:
    down, up = (line(namespace, f"ip link set dev {name(link)} {word}") for word in ("down", "up"))
    return Fault(Place(namespace.name, link.ifname), (down,), (up, *restored(namespace, link)))
