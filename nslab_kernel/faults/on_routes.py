"""Faults of routes and policy rules."""

from collections.abc import Iterator
from dataclasses import replace

from nslab_kernel.faults.sight import flag, free_address, line, links, mates, name, route_words, seats, strangers
from nslab_kernel.model.faults import Fault, Spot
from nslab_kernel.model.network import Namespace, Network, Route

_TABLE, _PREFERENCE = 4242, 100


def route_missing(network: Network) -> Iterator[Fault]:
    """A route by a gateway is not there."""
    for room, route in _by_gateway(network):
        words = route_words(route)
        gone, back = (line(room, f"ip {flag(route.family)}route {verb} {words}") for verb in ("del", "add"))
        yield Fault(Spot(room.name, route.dev or ""), (gone,), (back,))


def way_back_missing(network: Network) -> Iterator[Fault]:
    """A route by a gateway is not there, and it is the replies to others that need it."""
    yield from (replace(fault, is_back=True) for fault in route_missing(network))


def gateway_wrong(network: Network) -> Iterator[Fault]:
    """A route leads to an address that does not pass packets on, or that nobody has."""
    for room, route in _by_gateway(network):
        for seat in seats(network):
            if seat.room is room and seat.link.ifname == route.dev and seat.addr.version == route.family:
                others = [str(mate.addr.ip) for mate in mates(seat, network)]
                for gateway in filter(None, (*others, free_address(seat, network))):
                    if gateway != route.gateway:
                        yield _exchanged(room, route, replace(route, gateway=gateway))


def route_blackhole(network: Network) -> Iterator[Fault]:
    """A route throws away what goes to one address."""
    yield from _refusing(network, "blackhole")


def route_unreachable(network: Network) -> Iterator[Fault]:
    """A route says of one address that it cannot be reached."""
    yield from _refusing(network, "unreachable")


def route_prohibit(network: Network) -> Iterator[Fault]:
    """A route forbids one address."""
    yield from _refusing(network, "prohibit")


def route_wrong_dev(network: Network) -> Iterator[Fault]:
    """A route sends what goes to one address out of the wrong interface."""
    for room, link in links(network):
        for seat in strangers(room, network):
            yield _extra(room, f"{seat.addr.ip} dev {name(link)}", seat.addr.version, link.ifname)


def rule_refuses(network: Network) -> Iterator[Fault]:
    """A policy rule forbids one address."""
    for room in network.namespaces.values():
        for seat in strangers(room, network):
            for word in ("blackhole", "unreachable", "prohibit"):
                rule = f"to {seat.addr.ip} {word} pref {_PREFERENCE}"
                add, gone = _rule_lines(room, seat.addr.version, rule)
                yield Fault(Spot(room.name), (add,), (gone,))


def rule_wrong_table(network: Network) -> Iterator[Fault]:
    """A policy rule sends one address to a table that has no way to it."""
    for room in network.namespaces.values():
        for seat in strangers(room, network):
            family = seat.addr.version
            route = f"unreachable default table {_TABLE}"
            made, unmade = (line(room, f"ip {flag(family)}route {verb} {route}") for verb in ("add", "del"))
            add, gone = _rule_lines(room, family, f"to {seat.addr.ip} lookup {_TABLE} pref {_PREFERENCE}")
            yield Fault(Spot(room.name), (made, add), (gone, unmade))


def _by_gateway(network: Network) -> Iterator[tuple[Namespace, Route]]:
    for room in network.namespaces.values():
        for route in room.routes:
            if route.gateway and route.dev and route.table == "main" and not route.attributes:
                yield room, route


def _exchanged(room: Namespace, old: Route, new: Route) -> Fault:
    def lines(gone: Route, comes: Route) -> tuple[str, ...]:
        ip = f"ip {flag(old.family)}route"
        return line(room, f"{ip} del {route_words(gone)}"), line(room, f"{ip} add {route_words(comes)}")

    return Fault(Spot(room.name, old.dev or ""), lines(old, new), lines(new, old))


def _refusing(network: Network, kind: str) -> Iterator[Fault]:
    for room in network.namespaces.values():
        for seat in strangers(room, network):
            yield _extra(room, f"{kind} {seat.addr.ip}", seat.addr.version)


def _extra(room: Namespace, words: str, family: int, ifname: str = "") -> Fault:
    add, gone = (line(room, f"ip {flag(family)}route {verb} {words}") for verb in ("add", "del"))
    return Fault(Spot(room.name, ifname), (add,), (gone,))


def _rule_lines(room: Namespace, family: int, rule: str) -> tuple[str, str]:
    return line(room, f"ip {flag(family)}rule add {rule}"), line(room, f"ip {flag(family)}rule del {rule}")
