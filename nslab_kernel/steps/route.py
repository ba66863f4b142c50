"""Routes, which way a packet takes: `ip route`."""

from nslab_kernel.linux import names, routes
from nslab_kernel.network.record import changes, shows


@shows("ip route")
def route_show(netns: str | None = None) -> None:
    """Show the IPv4 routes of a namespace.

    Args:
        netns: Where to look; `None` is the host.

    Raises:
        NoNamespace: There is no such namespace.

    See ip-route(8).
    """


@shows("ip route get {dst}")
def route_get(dst: str, netns: str | None = None) -> None:
    """Ask the kernel which way a packet to an address would take; nothing is sent.

    Args:
        dst: The address.
        netns: Where it would start; `None` is the host.

    Raises:
        NoNamespace: There is no such namespace.
        BadValue: It is no address.

    See ip-route(8).
    """
    names.check_dst(dst)


@changes("ip route add {dst}[ via {gateway}][ dev {dev}]")
def route_add(dst: str, gateway: str | None = None, dev: str | None = None, netns: str | None = None) -> None:
    """Add a route: packets to `dst` go to the gateway, or straight out of the interface.

    Args:
        dst: `"10.0.0.0/8"`, one address, or `"default"`.
        gateway: The address of the next hop, a neighbour.
        dev: The interface; `None` is the one that reaches the gateway.
        netns: Where to add it; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        AlreadyExists: There is such a route.
        BadValue: `dst` or `gateway` is no address, or both `gateway` and `dev` are missing.
        RefusedByLinux: The gateway is no neighbour, or the interface is down.

    See ip-route(8).
    """
    routes.add(dst, gateway, dev, netns)


@changes("ip route del {dst}[ via {gateway}][ dev {dev}]")
def route_del(dst: str, gateway: str | None = None, dev: str | None = None, netns: str | None = None) -> None:
    """Delete a route.

    Args:
        dst: As `route_show` has it, or `"default"`.
        gateway: Only a route by this next hop.
        dev: Only a route out of this interface.
        netns: Where it is; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        NoSuchThing: There is no such route.
        BadValue: `dst` or `gateway` is no address.

    See ip-route(8).
    """
    routes.delete(dst, gateway, dev, netns)
