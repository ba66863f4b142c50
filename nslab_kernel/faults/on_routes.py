"""Faults of routes and policy rules."""

from collections.abc import Iterator
from dataclasses import replace

from nslab_kernel.faults.lines import flag, inside, name, one_line, route_words
from nslab_kernel.faults.places import free_address, links, mates, seats, strangers
from nslab_kernel.model.diagnosis import Place
from nslab_kernel.model.faults import Fault
from nslab_kernel.model.network import Namespace, Network, Route

_TABLE, _PREFERENCE = 4242, 100


def route_missing(network: Network) -> Iterator[Fault]:
    """A route via a gateway is missing."""
    for namespace, route in _by_gateway(network):
        add, gone = _add_and_del(route.family, "route", route_words(route))
        yield one_line(namespace, route.dev or "", gone, add)


def way_back_missing(network: Network) -> Iterator[Fault]:
    """A route via a gateway, which replies to other namespaces need, is missing."""
    yield from (replace(fault, is_back=True) for fault in route_missing(network))


def gateway_wrong(network: Network) -> Iterator[Fault]:
    """A route's gateway does not forward packets, or no interface has its address."""
    for namespace, route in _by_gateway(network):
        for seat in seats(network):
            if seat.namespace is namespace and seat.link.ifname == route.dev and seat.addr.version == route.family:
                others = [str(mate.addr.ip) for mate in mates(seat, network)]
                for gateway in filter(None, (*others, free_address(seat, network))):
                    if gateway != route.gateway:
                        yield _replaced_route(namespace, route, replace(route, gateway=gateway))


def route_refusing(network: Network, type: str) -> Iterator[Fault]:
    """A route to one address is of the type blackhole, unreachable or prohibit."""
    for namespace in network.namespaces.values():
        for seat in strangers(namespace, network):
            yield one_line(namespace, "", *_add_and_del(seat.addr.version, "route", f"{type} {seat.addr.ip}"))


def route_wrong_dev(network: Network) -> Iterator[Fault]:
    """The route to one address has the wrong outgoing interface."""
    for namespace, link in links(network):
        for seat in strangers(namespace, network):
            add, gone = _add_and_del(seat.addr.version, "route", f"{seat.addr.ip} dev {name(link)}")
            yield one_line(namespace, link.ifname, add, gone)


def rule_refuses(network: Network) -> Iterator[Fault]:
    """A policy rule refuses packets to one address."""
    for namespace in network.namespaces.values():
        for seat in strangers(namespace, network):
            for word in ("blackhole", "unreachable", "prohibit"):
                rule = f"to {seat.addr.ip} {word} pref {_PREFERENCE}"
                yield one_line(namespace, "", *_add_and_del(seat.addr.version, "rule", rule))


def rule_wrong_table(network: Network) -> Iterator[Fault]:
    """A policy rule selects a routing table in which one address is unreachable."""
    for namespace in network.namespaces.values():
        for seat in strangers(namespace, network):
            family = seat.addr.version
            made, unmade = _add_and_del(family, "route", f"unreachable default table {_TABLE}")
            add, gone = _add_and_del(family, "rule", f"to {seat.addr.ip} lookup {_TABLE} pref {_PREFERENCE}")
            yield Fault(Place(namespace.name), inside(namespace, made, add), inside(namespace, gone, unmade))


def _by_gateway(network: Network) -> Iterator[tuple[Namespace, Route]]:
    for namespace in network.namespaces.values():
        for route in namespace.routes:
            if route.gateway and route.dev and route.table == "main" and not route.attributes:
                yield namespace, route


def _replaced_route(namespace: Namespace, old: Route, new: Route) -> Fault:
    (add_old, del_old), (add_new, del_new) = (_add_and_del(old.family, "route", route_words(one)) for one in (old, new))
    place = Place(namespace.name, old.dev or "")
    return Fault(place, inside(namespace, del_old, add_new), inside(namespace, del_new, add_old))


def _add_and_del(family: int, thing: str, words: str) -> tuple[str, str]:
    """Return the command that adds a route or a rule, and the one that deletes it."""
    return f"ip {flag(family)}{thing} add {words}", f"ip {flag(family)}{thing} del {words}"
