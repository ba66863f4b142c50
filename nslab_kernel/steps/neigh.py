"""Neighbours, who has which address on the cable: `ip neigh`."""

from nslab_kernel.linux import argument_checks, neighs
from nslab_kernel.network.record import changes, runs, shows


@shows("ip neigh")
def neigh_show(netns: str | None = None) -> None:
    """Show the neighbours that a namespace knows, and how sure it is of them.

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
    """Tell a namespace who has an address on the cable, whether it knew somebody or not: nobody is asked then.

    Args:
        dst: The neighbour's address.
        mac: Its link-layer address.
        dev: The interface that it is reached by.
        netns: Where to tell it; `None` is the host.
        nud: How sure it is (neighbour unreachability detection): `permanent`, `reachable`, `stale`, `noarp`, ...

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
    """Forget one neighbour, a permanent one as well.

    Args:
        dst: The neighbour's address.
        dev: The interface that it is reached by.
        netns: Where to forget it; `None` is the host.

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
    """Forget the neighbours of an interface, or all: the next packet to one of them asks anew.

    Permanent ones stay.

    Args:
        dev: The interface; `None` is all of the namespace.
        netns: Where it is; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.

    Example:
        >>> neigh_flush("veth-test1", netns="test1")

    See ip-neighbour(8), arp(7).
    """
    neighs.flush(dev, netns)
