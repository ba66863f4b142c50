"""Neighbours, who has which address on the cable: `ip neigh`."""

from nslab_kernel.linux import neighs
from nslab_kernel.network.record import changes, shows


@shows("ip neigh")
def neigh_show(netns: str | None = None) -> None:
    """Show the neighbours that a namespace knows, and how sure it is of them.

    Args:
        netns: Where to look; `None` is the host.

    Raises:
        NoNamespace: There is no such namespace.

    See ip-neighbour(8), arp(7).
    """


@changes("ip neigh flush dev {dev}")
def neigh_flush(dev: str, netns: str | None = None) -> None:
    """Forget the neighbours of an interface: the next packet to one of them asks anew.

    Args:
        dev: The interface.
        netns: Where it is; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.

    See ip-neighbour(8), arp(7).
    """
    neighs.flush(dev, netns)
