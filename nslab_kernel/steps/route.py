"""Routes, which way a packet takes: `ip route`."""

from nslab_kernel.linux import argument_checks, routes
from nslab_kernel.network.record import changes, shows


@shows("ip[ -{family}] route[ show table {table}]")
def route_show(netns: str | None = None, family: int | None = None, table: str | int | None = None) -> None:
    """Show the routes of a namespace.

    Args:
        netns: Where to look; `None` is the host.
        family: 6 for IPv6; `None` is 4, IPv4.
        table: A number, `"main"`, `"local"`, `"default"`, or `"all"`; `None` is `"main"`.

    Raises:
        NoNamespace: There is no such namespace.
        BadValue: There is no such family, or `table` cannot be a table.

    Example:
        >>> route_show(netns="test1")

    See ip-route(8).
    """
    if family is not None:
        argument_checks.check_family(family)
    if table not in (None, "all"):
        argument_checks.check_table(table)


@shows("ip route get {dst}")
def route_get(dst: str, netns: str | None = None) -> None:
    """Ask the kernel which way a packet to an address would take; nothing is sent.

    Args:
        dst: The address.
        netns: Where the packet would start; `None` is the host.

    Raises:
        NoNamespace: There is no such namespace.
        BadValue: `dst` is no address.

    Example:
        >>> route_get("192.168.1.2", netns="test1")

    See ip-route(8).
    """
    argument_checks.check_dst(dst)


@changes("ip route add[ {type}] {dst}[ via {gateway}][ dev {dev}][ src {src}][ metric {metric}][ table {table}]")
def route_add(
    dst: str,
    gateway: str | None = None,
    dev: str | None = None,
    netns: str | None = None,
    type: str | None = None,
    metric: int | None = None,
    src: str | None = None,
    table: str | int | None = None,
) -> None:
    """Add a route: packets to `dst` go to the gateway, or straight out of the interface.

    Args:
        dst: `"10.0.0.0/8"`, one address, or `"default"`.
        gateway: The address of the next hop, a neighbour.
        dev: The interface; `None` is the one that reaches the gateway.
        netns: Where to add it; `None` is the host.
        type: `"blackhole"` drops packets, `"unreachable"` and `"prohibit"` also send an error, `"throw"` goes on to the
            next table; `None` is `"unicast"`, an ordinary route.
        metric: Of two routes to the same network, the one with the smaller number is used.
        src: The source address of packets, an address of this namespace.
        table: The routing table, a number or `"main"`, `"local"`, `"default"`; `None` is `"main"`.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        AlreadyExists: There is such a route already.
        BadValue: `dst`, `gateway` or `src` is no address, both `gateway` and `dev` are missing, or another value is not
            allowed.
        RefusedByLinux: The gateway is no neighbour, the interface is down, or `src` is no address of this namespace.

    Example:
        >>> route_add("10.0.0.0/8", gateway="192.168.1.2", netns="test1")

    See ip-route(8).
    """
    routes.add(dst, gateway, dev, netns, type=type, metric=metric, src=src, table=table)


@changes("ip route del[ {type}] {dst}[ via {gateway}][ dev {dev}][ src {src}][ metric {metric}][ table {table}]")
def route_del(
    dst: str,
    gateway: str | None = None,
    dev: str | None = None,
    netns: str | None = None,
    type: str | None = None,
    metric: int | None = None,
    src: str | None = None,
    table: str | int | None = None,
) -> None:
    """Delete the first route that matches all given arguments.

    Args:
        dst: As `route_show` shows it, or `"default"`.
        gateway: Only a route through this next hop.
        dev: Only a route out of this interface.
        netns: The route's namespace; `None` is the host.
        type: Only a route of this type.
        metric: Only a route with this metric.
        src: Only a route with this source address.
        table: The route's routing table; `None` is `"main"`.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        NoSuchThing: There is no such route.
        BadValue: `dst`, `gateway` or `src` is no address, or another value is not allowed.

    Example:
        >>> route_add("10.0.0.0/8", gateway="192.168.1.2", netns="test1")
        >>> route_del("10.0.0.0/8", netns="test1")

    See ip-route(8).
    """
    routes.delete(dst, gateway, dev, netns, type=type, metric=metric, src=src, table=table)
