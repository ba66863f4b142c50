"""Where a fault can be put: interfaces and addresses of the lab."""

from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv6Interface, ip_address, ip_interface
from typing import NamedTuple

from nslab_kernel.model.diagnosis import Place
from nslab_kernel.model.network import Link, Namespace, Network


class Seat(NamedTuple):
    """An address with its interface and namespace."""

    namespace: Namespace
    link: Link
    addr: IPv4Interface | IPv6Interface

    @property
    def place(self) -> Place:
        """Its namespace and interface."""
        return Place(self.namespace.name, self.link.ifname)


def links(network: Network) -> Iterator[tuple[Namespace, Link]]:
    """Yield the interfaces that are up, except `lo` and those that a container engine manages."""
    for namespace in network.namespaces.values():
        yield from (
            (namespace, link) for link in namespace.links if link.up and link.kind != "loopback" and not link.engine
        )


def seats(network: Network) -> Iterator[Seat]:
    """Yield the addresses of those interfaces, except link-local ones."""
    for namespace, link in links(network):
        for addr in map(ip_interface, link.addresses):
            if not addr.ip.is_link_local:
                yield Seat(namespace, link, addr)


def mates(seat: Seat, network: Network) -> list[Seat]:
    """Return the addresses of other namespaces that are in an address's subnet."""
    return [
        one for one in seats(network) if one.namespace.name != seat.namespace.name and one.addr.ip in seat.addr.network
    ]


def strangers(namespace: Namespace, network: Network) -> list[Seat]:
    """Return the addresses of other namespaces."""
    return [one for one in seats(network) if one.namespace.name != namespace.name]


def free_address(seat: Seat, network: Network) -> str | None:
    """Return an unused address of the subnet, without prefix length; `None` if there is none."""
    taken = {one.addr.ip for one in seats(network)}
    first, size = int(seat.addr.network.network_address), seat.addr.network.num_addresses
    return next(
        (str(ip_address(first + n)) for n in range(min(size - 2, 250), 0, -1) if ip_address(first + n) not in taken),
        None,
    )
