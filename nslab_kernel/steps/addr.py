"""Addresses: `ip addr`."""

from nslab_kernel.linux import addrs
from nslab_kernel.network.record import changes, runs, shows


@shows("ip addr[ show dev {dev}]")
def addr_show(dev: str | None = None, netns: str | None = None) -> None:
    """Show the addresses in a namespace, or those of one interface.

    Args:
        dev: One interface; `None` is all.
        netns: Where to look; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.

    Example:
        >>> addr_show("veth-test1", netns="test1")

    See ip-address(8).
    """


@changes("ip addr add {addr}[ peer {peer}] dev {dev}[ {nodad}]")
def addr_add(addr: str, dev: str, netns: str | None = None, peer: str | None = None, nodad: bool = False) -> None:
    """Give an interface an address.

    Its length says who is a neighbour on the cable: with `/24` all whose first 24 bits are the same.

    Args:
        addr: With its length: `"192.168.1.1/24"`; without one it is `/32` (`/128`), and nobody is a neighbour.
        dev: The interface.
        netns: Where it is; `None` is the host.
        peer: The address at the other end, where it is the only neighbour; the length is then this one's.
        nodad: Use an IPv6 address at once, without asking on the cable whether somebody has it (RFC 4862).

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        AlreadyExists: The interface has this address already.
        BadValue: It is no address, the peer is of the other family, or `nodad` stands beside IPv4.

    Example:
        >>> addr_add("192.168.1.9/24", "veth-test1", netns="test1")

    See ip-address(8).
    """
    addrs.add(addr, dev, netns, peer, nodad)


@changes("ip addr del {addr}[ peer {peer}] dev {dev}")
def addr_del(addr: str, dev: str, netns: str | None = None, peer: str | None = None) -> None:
    """Take an address from an interface, and the routes that came with it.

    Args:
        addr: With its length, as `addr_show` has it. An IPv4 address without one goes whatever length and peer it has.
        dev: The interface.
        netns: Where it is; `None` is the host.
        peer: The address at the other end, with its length, where it has one.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        NoSuchThing: The interface has no such address.
        BadValue: It is no address, or the peer is of the other family.

    Example:
        >>> addr_del("192.168.1.1/24", "veth-test1", netns="test1")

    See ip-address(8).
    """
    addrs.delete(addr, dev, netns, peer)


@runs("ip addr flush dev {dev}")
def addr_flush(dev: str, netns: str | None = None) -> None:
    """Take all addresses from an interface, IPv4 and IPv6, and the routes that came with them.

    Args:
        dev: The interface.
        netns: Where it is; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.

    Example:
        >>> addr_flush("veth-test1", netns="test1")

    See ip-address(8).
    """
