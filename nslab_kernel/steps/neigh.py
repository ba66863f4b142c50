"""Neighbours, the MAC addresses of addresses on the cable: `ip neigh`."""

from nslab_kernel.linux import argument_checks, neighs
from nslab_kernel.network.record import changes, runs, shows


@shows("ip neigh")
def neigh_show(netns: str | None = None) -> None:
    """Show the neighbours that a namespace knows, and the state of each.

    Args:
        netns: Where to look; `None` is the host.

    Raises:
        NoNamespace: There is no such namespace.

    Example:
        >>> neigh_show(netns="test1")

    See ip-neighbour(8), arp(7).
    """


@runs("ip neigh replace {dst} lladdr {mac} dev {dev} nud {nud}")
def neigh_replace(dst: str, mac: str, dev: str, netns: str | None = None, nud: str = "permanent") -> None:
    """Add a neighbour, or replace the one with this address, so that Linux need not ask for the MAC address.

    Args:
        dst: The neighbour's address.
        mac: Its link-layer address.
        dev: The interface through which the neighbour is reached.
        netns: Where to add it; `None` is the host.
        nud: Its state (neighbour unreachability detection): `permanent`, `reachable`, `stale`, `noarp`, ...

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        BadValue: `dst` or `mac` is no address, or there is no such state.

    Example:
        >>> neigh_replace("192.168.1.9", "02:00:00:00:00:09", "veth-test1", netns="test1")

    See ip-neighbour(8), arp(7).
    """
    argument_checks.check_mac(mac)
    argument_checks.check_word(nud, "permanent")
    argument_checks.check_one_addr(dst)


@runs("ip neigh del {dst} dev {dev}")
def neigh_del(dst: str, dev: str, netns: str | None = None) -> None:
    """Delete one neighbour, also a permanent one.

    Args:
        dst: The neighbour's address.
        dev: The interface through which the neighbour is reached.
        netns: Where to delete it; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        NoSuchThing: The neighbour is not known.
        BadValue: `dst` is no address.

    Example:
        >>> neigh_replace("192.168.1.9", "02:00:00:00:00:09", "veth-test1", netns="test1")
        >>> neigh_del("192.168.1.9", "veth-test1", netns="test1")

    See ip-neighbour(8), arp(7).
    """
    argument_checks.check_one_addr(dst)


@changes("ip neigh flush dev {dev} | ip neigh flush all")
def neigh_flush(dev: str | None = None, netns: str | None = None) -> None:
    """Delete the neighbours of an interface, or all: before the next packet Linux asks for the MAC address again.

    Permanent neighbours stay.

    Args:
        dev: The interface; `None` is all interfaces of the namespace.
        netns: The namespace; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.

    Example:
        >>> neigh_flush("veth-test1", netns="test1")

    See ip-neighbour(8), arp(7).
    """
    neighs.flush(dev, netns)
