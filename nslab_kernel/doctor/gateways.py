"""The right gateway to an address, and routes that lead elsewhere."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from nslab_kernel.doctor import fixes
from nslab_kernel.doctor.evidence import Case, Stand, upstream
from nslab_kernel.doctor.findings import found
from nslab_kernel.doctor.segments import Seat
from nslab_kernel.model.diagnosis import Finding, Fix, Place
from nslab_kernel.model.network import End, Route
from nslab_kernel.packets.queries import RouteLookup, look_up_route


def gateway(case: Case, netns: str, dst: str) -> Seat | None:
    """Return the neighbour nearest to an address, and nearer than the namespace itself; None if there is none.

    If no interface of the lab has the address, return a neighbour that forwards.
    """
    distances = case.segments.distances(dst)
    found = []
    for end, link in case.segments.of_namespace(netns):
        nets = [ip_network(addr, strict=False) for addr in link.addresses]
        for seat in case.segments.seats(end) if link.up else ():
            is_beside = any(seat.addr.ip in net for net in nets)
            if seat.end.netns != netns and is_beside and case.is_usual(seat.addr):
                far = distances.get(seat.end.netns, 99)
                found.append((far, not forwards(case, seat.end.netns), seat))
    limit = distances.get(netns, 99)
    near = [one for one in found if (one[0] < limit if distances else not one[1])]
    return min(near, key=lambda one: one[:2])[2] if near else None


def forwards(case: Case, netns: str) -> bool:
    """Return whether a namespace forwards packets of the diagnosed IP version."""
    namespace = case.network.namespaces[netns]
    if case.family == 4:
        return namespace.ip_forward
    return dict(namespace.sysctls).get("net.ipv6.conf.all.forwarding") == "1"


def route_of(case: Case, netns: str, dst: str, hop: str = "", table: str = "", dev: str = "") -> Route | None:
    """Return the best matching route to an address: the longest prefix, then the lowest metric.

    If there are routes via the gateway `hop` or out of `dev`, only these count; if a table is given, only its routes.
    """
    address = ip_address(dst)
    routes = reversed(case.network.namespaces[netns].routes)
    fitting = [route for route in routes if address in route.net and table in ("", route.table)]
    fitting = [route for route in fitting if route.gateway == hop or route.dev == dev] or fitting
    return max(fitting, key=lambda route: (route.net.prefixlen, -route.metric), default=None)


def add_route(case: Case, netns: str, dst: str, table: str = "main") -> tuple[Fix, ...]:
    """Return the line that adds a route to an address; empty if no neighbour leads there, or the route exists.

    With one interface and no default route yet, it is a default route; otherwise one to the subnet of the address.
    """
    seat = gateway(case, netns, dst)
    if not seat:
        return ()
    nets = (ip_network(addr, strict=False) for end in case.having(dst) for addr in case.link(end).addresses)
    net = next((net for net in nets if ip_address(dst) in net), None)
    routes = case.network.namespaces[netns].routes
    has_default = any(
        (route.dst, route.family, route.table) == ("default", seat.addr.version, table) for route in routes
    )
    addressed = [link for _end, link in case.segments.of_namespace(netns) if link.addresses]
    to = "default" if not net or (len(addressed) < 2 and not has_default) else str(net)
    is_there = any((route.dst, route.gateway, route.table) == (to, str(seat.addr.ip), table) for route in routes)
    return () if is_there else (fixes.route_add(netns, to, gateway=str(seat.addr.ip), table=table),)


def misrouted(case: Case, stand: Stand) -> Iterator[Finding]:
    """Yield the finding about the route that led a packet to a namespace that is no nearer to its destination."""
    before = upstream(case, stand)
    if not before:
        return
    distances = case.segments.distances(stand.dst)
    here, there = distances.get(stand.netns), distances.get(before.at.netns)
    if here is None or there is None or here < there:
        return
    if here == there:
        onward = look_up_route(stand.netns, stand.dst)
        # A router without a route lacks one, but a host without forwarding cannot be a gateway.
        if forwards(case, stand.netns) if onward.error else onward.dev != stand.iif:
            return
    theirs = [addr.partition("/")[0] for addr in case.link(stand.came.at).addresses] if stand.came else []
    taken = [route.gateway for route in case.network.namespaces[before.at.netns].routes if route.gateway in theirs]
    hop = next(iter(taken), None) or look_up_route(before.at.netns, before.dst).hop
    yield wrong_gateway(case, before.at.netns, stand, hop)


def straying(case: Case, stand: Stand, lookup: RouteLookup) -> Iterator[Finding]:
    """Yield the finding about a route to a namespace that is no nearer, and whose routes do not lead on.

    A packet filter often decides by the outgoing interface, so the wrong route may be the cause of a drop.
    """
    distances = case.segments.distances(stand.dst)
    here, beyond = distances.get(stand.netns), _next(case, lookup)
    is_astray = here is not None and beyond and distances.get(beyond, here) >= here
    if is_astray and gateway(case, stand.netns, stand.dst) and not _leads_on(case, beyond, stand.dst):
        yield wrong_gateway(case, stand.netns, stand, lookup.hop)


def _next(case: Case, lookup: RouteLookup) -> str:
    """Return the namespace of a lookup's next hop; empty if the route ends here, or no interface has that address."""
    is_onward = not (lookup.error or lookup.is_local or lookup.is_to_many)
    return next((end.netns for end in case.having(lookup.hop)), "") if is_onward else ""


def _leads_on(case: Case, netns: str, dst: str) -> bool:
    """Return whether the routes lead from a namespace to an address; True, too, if Linux does not answer in time."""
    been: set[str] = set()
    while netns and netns not in been:
        been.add(netns)
        lookup = look_up_route(netns, dst)
        if lookup.is_local or not lookup.is_known:
            return True
        netns = _next(case, lookup)
    return False


def misrouted_before(case: Case, stand: Stand) -> Iterator[Finding]:
    """Yield the findings about the routes that led a looping packet to namespaces that are no nearer."""
    last = {one.at: one for one in case.passed(stand.kind) if one.direction == "in"}
    for one in last.values():
        yield from misrouted(case, Stand(one.at.netns, one.src, one.dst, stand.is_back, one))


def wrong_gateway(case: Case, netns: str, stand: Stand, hop: str) -> Finding:
    """Return the finding that a route's gateway does not exist, or does not lead to the destination."""
    dst = stand.target
    route, seat = route_of(case, netns, dst, hop), gateway(case, netns, dst)
    owner = next(iter(case.having(hop)), None)
    to = route.dst if route else "default"
    fix: tuple[Fix, ...] = ()
    beside = next(
        (f"{ip_network(addr, strict=False)} dev {end.ifname}" for end, addr in covering(case, netns, dst)), ""
    )
    expected = beside or (f"{to} via {seat.addr.ip}" if seat else dst)
    if route and seat and not beside and _is_for_others(case, netns, route, seat, owner):
        fix = add_route(case, netns, dst, route.table)
        expected = added_route(fix) or expected
    elif route and seat and not beside:
        new = fixes.route_add(netns, to, gateway=str(seat.addr.ip), table=route.table)
        fix = (fixes.route_del(netns, route), new)
    elif route:
        fix = (fixes.route_del(netns, route),)
    place = Place(netns, route.dev or "" if route else "")
    return found(stand, "wrong_gateway", place, expected, f"{to} via {hop}", fix, hop, owner)


def _is_for_others(case: Case, netns: str, route: Route, seat: Seat, owner: End | None) -> bool:
    """Return whether a route is a default route to an existing gateway, on another segment than the right one."""
    piece = case.segments.of(End(netns, route.dev or ""))
    is_there = owner and case.segments.of(owner) == piece
    return bool(is_there) and route.dst == "default" and case.segments.of(seat.end) != piece


def added_route(fix: tuple[Fix, ...]) -> str:
    """Return the route that a fix adds; empty if there is no fix."""
    return fix[0].command.partition("ip route add ")[2] if fix else ""


def no_gateway(case: Case, out: End, stand: Stand) -> Iterator[Finding]:
    """Yield the finding that a route has no gateway, although the destination is not on the segment."""
    dst = stand.target
    route, seat = route_of(case, out.netns, dst), gateway(case, out.netns, dst)
    if not route or route.gateway or route.protocol == "kernel" or not seat:
        return
    to = str(seat.addr.ip)
    fix = (fixes.route_del(out.netns, route), fixes.route_add(out.netns, route.dst, gateway=to))
    words = f"{route.dst} via {to}", f"{route.dst} dev {out.ifname}"
    yield found(stand, "no_gateway", Place(*out), *words, fix, dst)


def wrong_dev(case: Case, stand: Stand, out: End, hop: str, end: End) -> Iterator[Finding]:
    """Yield the finding that a route has the wrong outgoing interface."""
    route = route_of(case, out.netns, hop, dev=out.ifname)
    if route and not route.gateway and route.protocol != "kernel" and route.dev == out.ifname:
        words = f"{hop} dev {end.ifname}", f"{route.dst} dev {out.ifname}"
        yield found(stand, "wrong_dev", Place(*out), *words, (fixes.route_del(out.netns, route),), hop, end)


def covering(case: Case, netns: str, dst: str) -> list[tuple[End, str]]:
    """Return the addresses of a namespace in whose subnets an address is, each with its interface."""
    address = ip_address(dst)
    return [
        (end, addr)
        for end, link in case.segments.of_namespace(netns)
        for addr in link.addresses
        if address in ip_network(addr, strict=False)
    ]
