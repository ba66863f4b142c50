"""Gateways that nothing leads to any more."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address, ip_network

from nslab_kernel.model.network import Namespace, Route
from nslab_kernel.network import operation
from nslab_kernel.network.operation import Operation

_GATEWAY = re.compile(r"\bvia (?:inet6? )?(\S+) dev (\S+)")


def with_gateways_reached(
    netns: str, namespace: Namespace, routes: Iterable[Route], made: Operation
) -> Iterator[Operation]:
    """Yield the change that makes a route or a next hop, and where it needs it a route to its gateway for that moment.

    Linux takes a gateway only if a route leads to it (`fib_check_nh` in net/ipv4/fib_semantics.c), and keeps it when
    the address that brought that route is deleted.

    Args:
        netns: Where it is.
        namespace: The same, as it shall be.
        routes: Those that are there when it is made.
        made: The change.
    """
    gateways = [] if " onlink" in made.command else _GATEWAY.findall(made.command)
    alone = [(gateway, dev) for gateway, dev in gateways if not any(_leads(route, gateway, dev) for route in routes)]
    helping = [_route_to(gateway, dev) for gateway, dev in alone if not ip_address(gateway).is_link_local]
    for route in helping:
        yield operation.add_route(netns, route, namespace.link(route.dev or "").ifindex, False)
    yield made
    for route in helping:
        yield operation.delete_route(netns, route, namespace.link(route.dev or "").ifindex)


def _leads(route: Route, gateway: str, dev: str) -> bool:
    if route.dev != dev or route.gateway or route.type != "unicast":
        return False
    net = ("0.0.0.0/0" if route.family == 4 else "::/0") if route.dst == "default" else route.dst
    return ip_address(gateway) in ip_network(net)


def _route_to(gateway: str, dev: str) -> Route:
    is_ipv4 = ip_address(gateway).version == 4
    dst, family, scope = (f"{gateway}/32", 4, "link") if is_ipv4 else (f"{gateway}/128", 6, "global")
    return Route(dst, dev=dev, family=family, scope=scope)
