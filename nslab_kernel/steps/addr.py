"""Addresses: `ip addr`."""

from nslab_kernel.linux import addrs
from nslab_kernel.network.record import changes, shows


@shows("ip addr[ show dev {dev}]")
def addr_show(dev: str | None = None, netns: str | None = None) -> None:
    """Show the addresses in a namespace, or those of one interface.

    Args:
        dev: One interface; `None` is all.
        netns: Where to look; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.

    See ip-address(8).
    """


@changes("ip addr add {addr} dev {dev}")
def addr_add(addr: str, dev: str, netns: str | None = None) -> None:
    """Give an interface an address.

    Its length says who is a neighbour on the cable: with `/24` all whose first 24 bits are the same.

    Args:
        addr: With its length: `"192.168.1.1/24"`; without one it is `/32` (`/128`), and nobody is a neighbour.
        dev: The interface.
        netns: Where it is; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        AlreadyExists: The interface has this address already.
        BadValue: It is no address.

    See ip-address(8).
    """
    addrs.add(addr, dev, netns)


@changes("ip addr del {addr} dev {dev}")
def addr_del(addr: str, dev: str, netns: str | None = None) -> None:
    """Take an address from an interface, and the routes that came with it.

    Args:
        addr: With its length, as `addr_show` has it.
        dev: The interface.
        netns: Where it is; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        NoSuchThing: The interface has no such address.
        BadValue: It is no address.

    See ip-address(8).
    """
    addrs.delete(addr, dev, netns)
