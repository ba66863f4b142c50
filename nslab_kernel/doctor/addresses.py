"""Faults of a namespace's own addresses and interfaces."""

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_interface, ip_network
from itertools import islice

from nslab_kernel.doctor import fixes
from nslab_kernel.doctor.evidence import Case, Stand
from nslab_kernel.doctor.findings import found
from nslab_kernel.doctor.gateways import forwards
from nslab_kernel.doctor.segments import Seat
from nslab_kernel.model.diagnosis import Finding, Fix, Place
from nslab_kernel.model.journey_result import REQUEST
from nslab_kernel.model.network import End, Link
from nslab_kernel.packets.queries import conf_key, sysctl
from nslab_kernel.packets.travel import gateways

_USUAL_LENGTH = {4: 24, 6: 64}
"""The usual prefix length of a subnet: that of the lessons for IPv4, and of RFC 4291."""


def usual(link: Link, family: int | None = None) -> list[str]:
    """Return the addresses of an interface, or those of one IP version, except the link-local ones of IPv6."""
    addresses = [addr for addr in link.addresses if not addr.startswith("fe80:")]
    return [addr for addr in addresses if family in (None, 6 if ":" in addr else 4)]


def down(case: Case, end: End, stand: Stand) -> Finding:
    """Return the finding that an interface, or its lower link, is down; for `lo` its subject is the destination."""
    below = case.link(end).lower
    if below in case.segments.links and not case.link(below).up:
        return down(case, below, stand)
    subject = stand.dst if case.link(end).kind == "loopback" else end.ifname
    return found(stand, "link_down", Place(*end), "UP", "DOWN", (fixes.link_up(end),), subject)


def duplicate(case: Case, stand: Stand, end: End, other: End, addr: str) -> Finding:
    """Return the finding that two interfaces have the same address; the one that needs it less is blamed."""
    end, other = sorted((end, other), key=lambda one: _need_for_address(case, one, addr))
    full = next(one for one in case.link(end).addresses if one.partition("/")[0] == addr)
    expected, fix = f"{addr} on {other.netns}/{other.ifname} only", (fixes.addr_del(end, full),)
    return found(stand, "duplicate_address", Place(*end), expected, f"{addr} here too", fix, addr, other)


def _need_for_address(case: Case, end: End, addr: str) -> tuple[bool, bool]:
    """Return how much an interface needs an address: as a router's gateway address, as its only address."""
    is_gateway = forwards(case, end.netns) and addr in gateways(case.network)
    return is_gateway, len(usual(case.link(end), 6 if ":" in addr else 4)) == 1


def wrong_prefix(end: End, addr: fixes.Interface, length: int, stand: Stand) -> Finding:
    """Return the finding that an address has another prefix length than the others on the segment."""
    right = f"{addr.ip}/{length}"
    fix = fixes.addr_del(end, addr), fixes.addr_add(end, right)
    return found(stand, "wrong_prefix", Place(*end), right, str(addr), fix, str(addr.ip))


def shared(case: Case, stand: Stand, netns: str, addr: str) -> Iterator[Finding]:
    """Yield the finding that a namespace and another one have the same address."""
    having = case.having(addr)
    mine, others = ([end for end in having if (end.netns == netns) == is_here] for is_here in (True, False))
    if mine and others:
        yield duplicate(case, stand, mine[0], others[0], addr)


def own_trouble(case: Case, netns: str, addr: str, stand: Stand) -> Iterator[Finding]:
    """Yield the finding that an IPv6 address of a namespace is tentative, or failed duplicate address detection."""
    for end in case.having(addr):
        for full in not_in_use(case, end):
            if end.netns == netns and full.partition("/")[0] == addr:
                yield unusable(case, end, full, stand)


def unfit_source(case: Case) -> Iterator[Finding]:
    """Yield why a packet to a global address has a link-local source: the sender has no other usable address."""
    sent = next(iter(case.passed(REQUEST)), None)
    if not sent or not ip_address(sent.src).is_link_local or ip_address(case.dst).is_link_local:
        return
    stand = Stand(case.start, sent.src, case.dst)
    for addr in not_in_use(case, sent.at):
        yield unusable(case, sent.at, addr, stand)
    for seat in case.segments.seats(sent.at):
        if seat.end != sent.at and case.is_usual(seat.addr):
            fix, expected = _add_free_address(case, sent.at, seat.addr), str(_net(seat.addr))
            yield found(stand, "no_address", Place(*sent.at), expected, sent.src, fix, case.dst)


def unusable(case: Case, end: End, addr: str, stand: Stand) -> Finding:
    """Return the finding that an IPv6 address failed duplicate address detection, or is still tentative."""
    details = dict(case.link(end).detailed_addresses)[addr]
    flags = " ".join(details.flags) if details else ""
    ip = addr.partition("/")[0]
    other = next((one for one in case.having(ip) if one != end), None)
    if "dadfailed" in flags:
        own = ip_interface(addr)
        fix = _replace_address(case, end, own, own) if other else (fixes.addr_del(end, addr), fixes.addr_add(end, addr))
        return found(stand, "dad_failed", Place(*end), addr, f"{addr} {flags}", fix, ip, other)
    return found(stand, "tentative", Place(*end), addr, f"{addr} {flags}", (), ip)


def not_in_use(case: Case, end: End) -> list[str]:
    """Return the IPv6 addresses of an interface that Linux does not use: tentative or duplicate; RFC 4862."""
    return [
        addr
        for addr, details in case.link(end).detailed_addresses
        if details and {"tentative", "dadfailed"} & {*details.flags}
    ]


def without_ipv6(case: Case, stand: Stand, end: End | None = None) -> Iterator[Finding]:
    """Yield the sysctl that disables IPv6 at an interface, or without `end` at any interface where the packet is."""
    netns = end.netns if end else stand.netns
    ifnames = [end.ifname] if end else [link.ifname for _end, link in case.segments.of_namespace(netns)]
    for name in ["all", *ifnames] if case.family == 6 else ():
        key = conf_key(name, "disable_ipv6", 6)
        if sysctl(netns, key):
            fix = (fixes.sysctl(netns, key, 0),)
            place = Place(netns, "" if name == "all" else name)
            yield found(stand, "ipv6_off", place, f"{key} = 0", f"{key} = 1", fix, key)
            return


def beside(case: Case, stand: Stand, dst: str) -> Iterator[Finding]:
    """Yield what is wrong with the own address on a segment where another host is nearer to the destination."""
    distances = case.segments.distances(dst)
    for end, link in case.segments.of_namespace(stand.netns):
        near = [seat for seat in case.segments.seats(end) if _is_nearer(case, seat, stand, distances)]
        if not distances:  # no interface has it: take the hosts of its subnet
            seats = [seat for seat in case.segments.seats(end) if seat.end.netns != stand.netns]
            near = [seat for seat in seats if ip_address(dst) in _net(seat.addr)]
        mine = [addr for addr in map(ip_interface, link.addresses) if case.is_usual(addr)]
        for seat in near:
            if not link.up:
                yield down(case, end, stand)
            for addr in mine:
                if addr.ip in _net(seat.addr) and seat.addr.ip not in addr.network:
                    yield wrong_prefix(end, addr, _net(seat.addr).prefixlen, stand)
            if not mine:
                fix, expected = _add_free_address(case, end, seat.addr), str(_net(seat.addr))
                yield found(stand, "no_address", Place(*end), expected, "", fix, dst)
        if near and mine and not any(seat.addr.ip in addr.network for seat in near for addr in mine):
            yield _in_another_net(case, stand, Seat(end, mine[0]), near[0])


def _in_another_net(case: Case, stand: Stand, mine: Seat, other: Seat) -> Finding:
    """Return the finding which of two addresses is in the wrong subnet: one that is alone in it and not pinged."""
    needs = [(not is_odd(case, seat), str(seat.addr.ip) == case.dst) for seat in (mine, other)]
    wrong, right = (other, mine) if needs[0] > needs[1] else (mine, other)
    fix, expected = _replace_address(case, wrong.end, wrong.addr, right.addr), str(_net(right.addr))
    return found(stand, "wrong_address", Place(*wrong.end), expected, str(wrong.addr), fix, str(right.addr.ip))


def is_odd(case: Case, seat: Seat) -> bool:
    """Return whether no other address on the segment is in the address's subnet; False if it is link-local."""
    others = [one.addr.ip for one in case.segments.seats(seat.end) if one.end != seat.end]
    return case.is_usual(seat.addr) and not any(ip in seat.addr.network for ip in others)


def _is_nearer(case: Case, seat: Seat, stand: Stand, distances: dict[str, int]) -> bool:
    return case.is_usual(seat.addr) and distances.get(seat.end.netns, 99) < distances.get(stand.netns, 99)


def _net(addr: fixes.Interface) -> IPv4Network | IPv6Network:
    """Return the subnet that an address is meant for.

    A /32 or /128 comes from an omitted prefix length: then it is the subnet of the usual length.
    """
    is_alone = addr.network.num_addresses == 1
    return ip_network(f"{addr.ip}/{_USUAL_LENGTH[addr.version]}", strict=False) if is_alone else addr.network


def _replace_address(case: Case, end: End, old: fixes.Interface, like: fixes.Interface) -> tuple[Fix, ...]:
    """Return the lines that replace an address by a free one of `_add_free_address`; empty if there is none."""
    free = _add_free_address(case, end, like)
    return (fixes.addr_del(end, old), *free) if free else ()


def _add_free_address(case: Case, end: End, like: fixes.Interface) -> tuple[Fix, ...]:
    """Return the line that adds an unused address, in the subnet of another one on the segment, to an interface.

    An unused address that is some route's gateway is taken first, as it is probably meant.
    """
    net = _net(like)
    missed = [ip_address(hop) for hop in gateways(case.network) if not case.having(hop)]
    taken = {one.addr.ip for one in case.segments.seats(end)}
    meant = [addr for addr in missed if addr in net]
    free = next((host for host in (*meant, *islice(net.hosts(), 300)) if host not in taken), None)
    return (fixes.addr_add(end, f"{free}/{net.prefixlen}"),) if free else ()
