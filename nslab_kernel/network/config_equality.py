"""Compares the configuration of two Networks."""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from ipaddress import IPv6Interface, ip_interface

from nslab_kernel.linux.rtnetlink_reader import without_life
from nslab_kernel.model.entry import WITHOUT, Entry
from nslab_kernel.model.network import AddressDetails, Link, Namespace, Neighbour, Network, Route, in_columns
from nslab_kernel.network.bridge_inheritance import NO_MAC, inherits_mac

_PROGRESS = ("tentative", "dadfailed", "deprecated")
_REMEMBERED = 1024


def comparable(network: Network) -> Network:
    """Return a Network without what Linux sets itself, so that Networks with the same configuration are equal.

    Left out are inodes, learnt neighbours, nsids, operstate, qdisc, all flags but UP, routes that came with an address
    or from a router, automatic addresses such as the link-local one, the state of an address (`tentative`, ...), and
    the MAC address of a bridge that has it from a port.
    """
    return Network({name: _comparable(namespace) for name, namespace in network.namespaces.items()})


def is_changed(before: Network, after: Network) -> bool:
    """Return whether somebody changed something, including deletions of what `comparable` leaves out."""
    if before is after:
        return False
    old, new = before.namespaces, after.namespaces
    return old.keys() != new.keys() or any(_is_changed(old[name], new[name]) for name in old)


def differs(one: Network, other: Network) -> bool:
    """Return whether two Networks are configured differently: whether their `comparable` forms are unequal."""
    old, new = one.namespaces, other.namespaces
    return old.keys() != new.keys() or any(_differs(old[name], new[name]) for name in old)


def lost_neighbours(before: Namespace, after: Namespace) -> Iterator[Neighbour]:
    """Yield the learnt neighbours that somebody flushed: they are gone although their interface is unchanged."""
    same, left = _same_links(before, after), {(one.dst, one.dev) for one in after.neighbours}
    for one in before.neighbours:
        if one.mac and one.state != "PERMANENT" and one.dev in same and (one.dst, one.dev) not in left:
            yield one


def lost_automatic_addresses(before: Namespace, after: Namespace) -> Iterator[tuple[str, str]]:
    """Yield each automatic address that an otherwise unchanged interface has lost, after the interface's name."""
    same = _same_links(before, after)
    for link in before.links:
        if link.ifname in same and same[link.ifname].addresses != link.addresses:
            for addr in link.addresses:
                if is_automatic_address(addr) and addr not in same[link.ifname].addresses:
                    yield link.ifname, addr


def lost_kernel_routes(before: Namespace, after: Namespace) -> Iterator[Route]:
    """Yield the kernel's routes that are gone although the address that they came with is still there."""
    if before.routes == after.routes:
        return
    same, left = _same_links(before, after), {without_volatile(route) for route in after.routes}
    for route in before.routes:
        if route.protocol != "kernel" or route.dst == "fe80::/64" or route.dev not in same:
            continue
        has_address = route.prefsrc is None or _has(same[route.dev], route.prefsrc)
        if has_address and without_volatile(route) not in left:
            yield route


def is_user_route(route: Route) -> bool:
    """Return whether somebody added a route; the others come from the kernel, router advertisements or redirects."""
    return route.protocol not in ("kernel", "ra", "redirect")


def without_volatile(route: Route) -> Route:
    """Return a route without its flags other than `onlink`, its remaining lifetime and its text."""
    if not route.flags and not route.text:
        return route
    flags = ("onlink",) if "onlink" in route.flags else ()
    return replace(route, flags=flags, attributes=without_life(route.attributes), text="")


def deleted_kernel_routes(link: Link, namespace: Namespace) -> Iterator[Route]:
    """Yield the IPv4 routes that came with a link's addresses and that somebody has deleted since.

    Linux adds no such route for a multicast address or for a net that begins with 0.0.0.0: fib_add_ifaddr() in
    net/ipv4/fib_frontend.c.
    """
    there = {(route.dst, route.dev) for route in namespace.routes}
    for addr, detail in link.detailed_addresses:
        if ":" in addr or addr.endswith("/32") or link.kind == "loopback" or detail:
            continue
        given = ip_interface(addr)
        net, is_without = str(given.network), given.is_multicast or given.network.network_address.is_unspecified
        if (net, link.ifname) not in there and not is_without:
            source = addr.partition("/")[0]
            yield Route(net, None, link.ifname, 4, protocol="kernel", scope="link", prefsrc=source)


def configured_addresses(link: Link) -> tuple[tuple[str, AddressDetails | None], ...]:
    """Return a link's addresses but the automatic ones (`::1/128`, link-local), without flags such as `tentative`."""
    return tuple((addr, _given(detail)) for addr, detail in link.detailed_addresses if not _is_own(addr, link))


def same_address(one: tuple[str, AddressDetails | None], other: tuple[str, AddressDetails | None]) -> bool:
    """Return whether two addresses are configured alike; of lifetimes, which count down, only the presence counts."""
    return one[0] == other[0] and _lifeless(one[1]) == _lifeless(other[1])


def _is_changed(old: Namespace, new: Namespace) -> bool:
    if old is new or old == new:
        return False
    return (
        _differs(old, new)
        or old.also != new.also
        or any(lost_neighbours(old, new))
        or any(lost_automatic_addresses(old, new))
        or any(lost_kernel_routes(old, new))
    )


def _differs(old: Namespace, new: Namespace) -> bool:
    if old is new or old == new:
        return False
    were, are = ({link.ifindex: link for link in side.links} for side in (old, new))
    if were.keys() != are.keys():
        return True
    for index, link in were.items():
        now = are[index]
        if link is not now and link != now and _comparable_link(link, old) != _comparable_link(now, new):
            return True
    return (
        (old.routes != new.routes and _comparable_routes(old) != _comparable_routes(new))
        or (old.entries != new.entries and _comparable_entries(old) != _comparable_entries(new))
        or (old.ip_forward, old.ruleset, old.sysctls) != (new.ip_forward, new.ruleset, new.sysctls)
    )


def _same_links(before: Namespace, after: Namespace) -> dict[str, Link]:
    """Return the links of `after`, by name, that have the same number, MAC address, UP flag and carrier as before."""
    were = {link.ifname: link for link in before.links}
    return {link.ifname: link for link in after.links if link.ifname in were and _stays(were[link.ifname], link)}


def _stays(was: Link, is_: Link) -> bool:
    return was is is_ or (was.ifindex, was.mac, was.up, was.carrier) == (is_.ifindex, is_.mac, is_.up, is_.carrier)


def _comparable(namespace: Namespace) -> Namespace:
    return Namespace(
        namespace.name,
        tuple(_comparable_link(link, namespace) for link in namespace.links),
        _comparable_routes(namespace),
        (),
        namespace.ip_forward,
        _comparable_entries(namespace),
        namespace.ruleset,
        namespace.sysctls,
    )


def _comparable_routes(namespace: Namespace) -> tuple[Route, ...]:
    return tuple(sorted((without_volatile(route) for route in namespace.routes if is_user_route(route)), key=repr))


def _comparable_entries(namespace: Namespace) -> tuple[Entry, ...]:
    """Return entries without their texts, which contain counters: their messages are compared."""
    entries = (replace(entry, text=WITHOUT if entry.is_lack else "") for entry in namespace.entries)
    return tuple(sorted(entries, key=repr))


def _comparable_link(link: Link, namespace: Namespace) -> Link:
    addresses, details = in_columns((addr, _lifeless(detail)) for addr, detail in configured_addresses(link))
    return replace(
        link,
        peer_netns_unnamed=False,
        peer_netns_name="",
        engine=False,
        mac="" if inherits_mac(link, namespace) or link.mac == NO_MAC else link.mac,
        operstate="",
        flags=("UP",) if link.up else (),
        addresses=addresses,
        address_details=details,
        options=(),
        peer_ifindex=link.peer_ifindex if link.peer or link.link else None,
        link_netnsid=None,
        qdisc="",
    )


def _given(details: AddressDetails | None) -> AddressDetails | None:
    """Return an address's details without the flags of its present state, such as `tentative`."""
    if details is None:
        return None
    given = replace(details, flags=tuple(flag for flag in details.flags if flag not in _PROGRESS))
    return None if given == AddressDetails() else given


def _lifeless(details: AddressDetails | None) -> AddressDetails | None:
    if details is None or (details.valid_s is None and details.preferred_s is None):
        return details
    valid, preferred = (None if life is None else 1 for life in (details.valid_s, details.preferred_s))
    return replace(details, valid_s=valid, preferred_s=preferred)


def _has(link: Link, address: str) -> bool:
    return any(addr.partition("/")[0] == address for addr in link.addresses)


def _is_own(addr: str, link: Link) -> bool:
    """Return whether Linux added an address; a sit tunnel's is fe80:: with an IPv4 address (RFC 4213, section 3.7)."""
    return is_automatic_address(addr) or (link.kind == "sit" and addr.startswith("fe80::"))


@lru_cache(_REMEMBERED)
def is_automatic_address(addr: str) -> bool:
    """Return whether Linux adds an address when a link is set up: `::1/128`, and the link-local one (RFC 4291).

    The last eight bytes of a link-local address are the MAC address that the link had then, with ff:fe in the middle,
    or for a tunnel its IPv4 address after 0:5efe (RFC 5214, section 6.1).
    """
    if addr == "::1/128":
        return True
    if not addr.startswith("fe80::"):
        return False
    last = IPv6Interface(addr).packed[8:]
    return last[3:5] == b"\xff\xfe" or last[1:4] == b"\0\x5e\xfe"
