"""Next hop objects whose gateway nothing leads to any more."""

import re
from collections.abc import Iterator
from ipaddress import ip_address

from nslab_kernel.model.entry import Entry
from nslab_kernel.model.network import Namespace, Route
from nslab_kernel.network import operation
from nslab_kernel.network.config_equality import is_user_route
from nslab_kernel.network.operation import Operation

_GATEWAY = re.compile(r"\bvia (?:inet6? )?(\S+) dev (\S+)")


def with_gateway_reached(
    netns: str, was: Namespace, namespace: Namespace, nexthop: Entry, made: Operation
) -> Iterator[Operation]:
    """Yield the change that makes a next hop, and where it needs it a route to its gateway for that moment.

    Linux takes a gateway only if a route leads to it (`fib_check_nh` in net/ipv4/fib_semantics.c), and keeps it when
    the address that brought that route is deleted.

    Args:
        netns: Where it is.
        was: The same, as it is.
        namespace: The same, as it shall be. Its own routes of the kernel are there by then, those of users are not.
        nexthop: The next hop.
        made: The change.
    """
    found = _GATEWAY.search(nexthop.text)
    there = (route for route in namespace.routes if not is_user_route(route) or route in was.routes)
    if found is None or " onlink" in nexthop.text or any(_leads(route, *found.groups()) for route in there):
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
    return ip_address(gateway) in route.net
