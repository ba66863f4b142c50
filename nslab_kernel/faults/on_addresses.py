"""Faults of addresses."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_interface

from nslab_kernel.faults.lines import add_addr, del_addr, line, name, restored, routes_by_hand
from nslab_kernel.faults.places import Seat, free_address, links, mates, seats, strangers
from nslab_kernel.model.diagnosis import Place
from nslab_kernel.model.faults import Fault
from nslab_kernel.model.network import Link, Namespace, Network

_LONGER, _SHORTER = {4: (25, 30), 6: (126,)}, {4: (8, 16), 6: (32, 48)}


def addr_missing(network: Network) -> Iterator[Fault]:
    """An address is missing."""
    for seat in seats(network):
        yield _replaced_address(seat, None)


def addr_wrong(network: Network) -> Iterator[Fault]:
    """An interface has another address of the subnet instead of the one that is pinged."""
    for seat in seats(network):
        if other := free_address(seat, network):
            yield _replaced_address(seat, f"{other}/{seat.addr.network.prefixlen}")


def prefix_long(network: Network) -> Iterator[Fault]:
    """The prefix is too long: a neighbour is outside the subnet."""
    for seat in seats(network):
        for length in _LONGER[seat.addr.version]:
            new = ip_interface(f"{seat.addr.ip}/{length}")
            outside = any(mate.addr.ip not in new.network for mate in mates(seat, network))
            # An IPv6 address cannot have two prefix lengths at once, so its routes would be lost.
            keeps_routes = seat.addr.version == 4 or not routes_by_hand(seat.namespace, seat.link)
            if length > seat.addr.network.prefixlen and outside and keeps_routes:
                yield _other_length(seat, str(new))


def prefix_short(network: Network) -> Iterator[Fault]:
    """The prefix is too short: a host behind a router is taken for a neighbour on the link."""
    for seat in seats(network):
        for length in _SHORTER[seat.addr.version]:
            new = ip_interface(f"{seat.addr.ip}/{length}")
            swallowed = (
                one.addr.ip for one in strangers(seat.namespace, network) if one.addr.ip not in seat.addr.network
            )
            if length < seat.addr.network.prefixlen and any(ip in new.network for ip in swallowed):
                yield _other_length(seat, str(new))


def addr_on_wrong_link(network: Network) -> Iterator[Fault]:
    """An address is on another interface of the namespace: the gateway's on a port instead of on the bridge."""
    for seat in seats(network):
        if not routes_by_hand(seat.namespace, seat.link):
            for other in _other_links(seat, network):
                namespace, link, addr = seat
                yield Fault(
                    Place(namespace.name, other.ifname),
                    (del_addr(namespace, link, addr), add_addr(namespace, other, addr)),
                    (del_addr(namespace, other, addr), add_addr(namespace, link, addr)),
                    others=(seat.place,),
                )


def addr_duplicate(network: Network) -> Iterator[Fault]:
    """Two namespaces on one segment have the same address, and the wrong one answers first."""
    for seat in seats(network):
        for thief in mates(seat, network):
            yield _additional_address(thief.namespace, thief.link, seat.addr, seat)


def dad_failed(network: Network) -> Iterator[Fault]:
    """Another host had an IPv6 address when it was added, so Linux does not use it: RFC 4862, 5.4.5."""
    for seat in seats(network):
        mate = next(iter(mates(seat, network)), None) if seat.addr.version == 6 else None
        if mate:
            namespace, link, addr = seat
            key = f"net/ipv6/conf/{name(link)}/accept_dad"
            breaks = (
                add_addr(mate.namespace, mate.link, f"{addr.ip}/128"),
                del_addr(namespace, link, addr),
                line(namespace, f"sysctl -qw {key}=1"),
                line(namespace, f"ip addr add {addr} dev {name(link)}"),
                "sleep 2.5",
                del_addr(mate.namespace, mate.link, f"{addr.ip}/128"),
                *routes_by_hand(namespace, link),
            )
            mends = (
                line(namespace, f"sysctl -qw {key}=0"),
                del_addr(namespace, link, addr),
                add_addr(namespace, link, addr),
            )
            yield Fault(seat.place, breaks, (*mends, *routes_by_hand(namespace, link)))


def ipv6_off(network: Network) -> Iterator[Fault]:
    """IPv6 is switched off on an interface."""
    for namespace, link in links(network):
        if any(seat.addr.version == 6 for seat in seats(network) if seat.namespace is namespace and seat.link is link):
            off, on = (line(namespace, f"sysctl -qw net/ipv6/conf/{name(link)}/disable_ipv6={word}") for word in (1, 0))
            yield Fault(Place(namespace.name, link.ifname), (off,), (on, *restored(namespace, link)))


def two_in_one_net(network: Network) -> Iterator[Fault]:
    """A second interface has an address of the same subnet with a longer prefix, which attracts part of the packets."""
    for seat in seats(network):
        length = seat.addr.network.prefixlen + 1
        for mate in mates(seat, network) if length <= 30 else ():
            half = ip_interface(f"{mate.addr.ip}/{length}").network
            taken = {one.addr.ip for one in seats(network)}
            free = ip_address(int(half.network_address) + half.num_addresses - 2)
            for other in _other_links(seat, network) if free not in taken else ():
                yield _additional_address(seat.namespace, other, f"{free}/{length}", seat)


def _additional_address(namespace: Namespace, link: Link, addr: object, beside: Seat) -> Fault:
    """Return the fault of an additional address on an interface, which conflicts with another address."""
    lines = (add_addr(namespace, link, addr),), (del_addr(namespace, link, addr),)
    return Fault(Place(namespace.name, link.ifname), *lines, others=(beside.place,))


def _replaced_address(seat: Seat, new: str | None) -> Fault:
    """Return the fault of a deleted or replaced address; with a new address, add the lost routes again."""
    namespace, link, addr = seat
    routes = routes_by_hand(namespace, link)
    breaks = [del_addr(namespace, link, addr), *([add_addr(namespace, link, new), *routes] if new else [])]
    mends = [*([del_addr(namespace, link, new)] if new else []), add_addr(namespace, link, addr), *routes]
    return Fault(seat.place, tuple(breaks), tuple(mends))


def _other_length(seat: Seat, new: str) -> Fault:
    """Return the fault of another prefix length; IPv4 has both for a moment, so that the routes stay."""
    namespace, link, addr = seat
    if addr.version == 6:
        return _replaced_address(seat, new)
    breaks = add_addr(namespace, link, new), del_addr(namespace, link, addr)
    mends = add_addr(namespace, link, addr), del_addr(namespace, link, new)
    return Fault(seat.place, breaks, mends)


def _other_links(seat: Seat, network: Network) -> list[Link]:
    return [
        link for namespace, link in links(network) if namespace is seat.namespace and link.ifname != seat.link.ifname
    ]
