"""Next hop objects whose gateway nothing leads to any more."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address, ip_network

from nslab_kernel.model.entry import Entry
from nslab_kernel.model.network import Namespace, Route
from nslab_kernel.network import operation
from nslab_kernel.network.operation import Operation

_GATEWAY = re.compile(r"\bvia (?:inet6? )?(\S+) dev (\S+)")


def with_gateway_reached(
    netns: str, namespace: Namespace, routes: Iterable[Route], nexthop: Entry, made: Operation
) -> Iterator[Operation]:
    """Yield the change that makes a next hop, and where it needs it a route to its gateway for that moment.

    Linux takes a gateway only if a route leads to it (`fib_check_nh` in net/ipv4/fib_semantics.c), and keeps it when
    the address that brought that route is deleted.

    Args:
        netns: Where it is.
        namespace: The same, as it shall be.
        routes: Those that are there when it is made.
        nexthop: The next hop.
        made: The change.
    """
    found = _GATEWAY.search(nexthop.text)
    if found is None or " onlink" in nexthop.text or any(_leads(route, *found.groups()) for route in routes):
        yield made
        return
    gateway, dev = found.groups()
    route = Route(f"{gateway}/32", dev=dev, scope="link")
    if ":" in gateway:
        route = Route(f"{gateway}/128", dev=dev, family=6)
    ifindex = namespace.link(dev).ifindex
    yield operation.add_route(netns, route, ifindex, False)
    yield made
    yield operation.delete_route(netns, route, ifindex)


def _leads(route: Route, gateway: str, dev: str) -> bool:
    if route.dev != dev or route.gateway or route.type != "unicast":
        return False
    net = ("0.0.0.0/0" if route.family == 4 else "::/0") if route.dst == "default" else route.dst
    return ip_address(gateway) in ip_network(net)
