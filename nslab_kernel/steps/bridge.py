"""Bridges, the switches of Linux: `ip link ... type bridge`, `bridge`."""

from nslab_kernel.linux import links
from nslab_kernel.network.record import changes, shows


@changes("ip link add dev {ifname} type bridge")
def bridge_add(ifname: str, netns: str | None = None) -> None:
    """Make a bridge: a switch without ports, and down.

    Args:
        ifname: Its name, 1 to 15 bytes.
        netns: Where to make it; `None` is the host.

    Raises:
        AlreadyExists: The name is taken there.
        BadValue: It cannot be a name.

    See ip-link(8), bridge(8).
    """
    links.add_bridge(ifname, netns)


@shows("bridge link")
def bridge_link_show(netns: str | None = None) -> None:
    """Show the ports of the bridges in a namespace, and whether they forward.

    Args:
        netns: Where to look; `None` is the host.

    Raises:
        NoNamespace: There is no such namespace.

    See bridge(8).
    """
