"""Adds routes and next hops whose gateways no route reaches any more."""

import re
from collections.abc import Iterable
from contextlib import ExitStack
from ipaddress import ip_address

from nslab_kernel.model.entry import Entry
from nslab_kernel.model.network import Namespace, Route
from nslab_kernel.network import operation
from nslab_kernel.network.config_equality import is_user_route
from nslab_kernel.network.operation import Operation

_GATEWAY = re.compile(r"\bvia (?:inet6? )?(\S+) dev (\S+)")


def add_nexthop(netns: str, was: Namespace, namespace: Namespace, nexthop: Entry) -> Operation:
    """Return the operation that adds a next hop object, even if no route reaches its gateway any more.

    Args:
        netns: The name of its namespace.
        was: The namespace as it is now.
        namespace: The namespace as wanted. When the operation runs, it has its kernel routes, but no new user routes.
        nexthop: The next hop object.
    """
    there = [route for route in namespace.routes if not is_user_route(route) or route in was.routes]
    gateways = [] if " onlink" in nexthop.text else _GATEWAY.findall(nexthop.text)
    return _with_gateways_reached(netns, namespace, gateways, there, operation.add_entry(netns, nexthop))


def add_route(netns: str, namespace: Namespace, route: Route, oif: int, beside: bool) -> Operation:
    """Return the operation that adds a route; one read from Linux is added even if no route reaches its gateway.

    Args:
        netns: The name of its namespace.
        namespace: The namespace as wanted. When the operation runs, the routes to its gateways exist.
        route: The route.
        oif: The ifindex of its interface; 0 if it has none of its own.
        beside: Whether there are other routes with the same destination.
    """
    gateways = [(route.gateway, route.dev)] if route.gateway and route.dev else _GATEWAY.findall(route.text)
    # In a Network typed by hand an unreachable gateway is an error, as it is for `ip route add`.
    gateways = [] if "onlink" in route.flags or not namespace.inode else gateways
    made = operation.add_route(netns, route, oif, beside)
    return _with_gateways_reached(netns, namespace, gateways, namespace.routes, made)


def _with_gateways_reached(
    netns: str, namespace: Namespace, gateways: list[tuple[str, str]], there: Iterable[Route], made: Operation
) -> Operation:
    """Return an operation that, while it runs, has a temporary route to each of its gateways that no route reaches.

    Linux accepts a gateway only if a route reaches it (`fib_check_nh` in net/ipv4/fib_semantics.c), but keeps it when
    the address that this route came with is deleted.
    """
    alone = [(gateway, dev) for gateway, dev in gateways if not _is_reached(gateway, dev, there)]
    if not alone:
        return made
    helping = [(_route_to(gateway, dev), namespace.link(dev).ifindex) for gateway, dev in alone]
    come = [operation.add_route(netns, route, oif, False) for route, oif in helping]
    go = [operation.delete_route(netns, route, oif) for route, oif in helping]
    return Operation("\n".join(one.command for one in (*come, made, *go)), _run_between, (come, made, go))


def _run_between(come: list[Operation], made: Operation, go: list[Operation]) -> None:
    """Run `come`, then `made`, and afterwards `go`, even if Linux refuses `made`."""
    with ExitStack() as stack:
        for comes, goes in zip(come, go, strict=True):
            stack.callback(goes.run)
            comes.run()
        made.run()


def _is_reached(gateway: str, dev: str, there: Iterable[Route]) -> bool:
    """Return whether a route without a gateway of its own reaches a gateway; a link-local gateway needs no route."""
    address = ip_address(gateway)
    if address.version == 6 and address.is_link_local:
        return True
    leading = (route for route in there if route.dev == dev and not route.gateway and route.type == "unicast")
    return any(address in route.net for route in leading)


def _route_to(gateway: str, dev: str) -> Route:
    if ":" in gateway:
        return Route(f"{gateway}/128", dev=dev, family=6)
    return Route(f"{gateway}/32", dev=dev, scope="link")
