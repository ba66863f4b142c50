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

    The prefix length says which addresses are neighbours on the cable: with `/24`, all with the same first 24 bits.

    Args:
        addr: With its prefix length: `"192.168.1.1/24"`; without one it is `/32` (IPv6: `/128`), for no neighbours.
        dev: The interface.
        netns: The interface's namespace; `None` is the host.
        peer: The address of the only neighbour, at the other end; the prefix length is then the peer's.
        nodad: Use an IPv6 address at once, without duplicate address detection (RFC 4862).

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        AlreadyExists: The interface has this address already.
        BadValue: `addr` is no address, `peer` is of the other family, or `nodad` is given for an IPv4 address.

    Example:
        >>> addr_add("192.168.1.9/24", "veth-test1", netns="test1")

    See ip-address(8).
    """
    addrs.add(addr, dev, netns, peer, nodad)


@changes("ip addr del {addr}[ peer {peer}] dev {dev}")
def addr_del(addr: str, dev: str, netns: str | None = None, peer: str | None = None) -> None:
    """Remove an address from an interface, and the routes that came with it.

    Args:
        addr: As `addr_show` shows it. An IPv4 address without a prefix length is removed whatever its length and peer.
        dev: The interface.
        netns: The interface's namespace; `None` is the host.
        peer: The peer address with its prefix length, if the address has a peer.

    Raises:
        NoLink, NoNamespace: What was named does not exist.
        NoSuchThing: The interface has no such address.
        BadValue: `addr` is no address, or `peer` is of the other family.

    Example:
        >>> addr_del("192.168.1.1/24", "veth-test1", netns="test1")

    See ip-address(8).
    """
    addrs.delete(addr, dev, netns, peer)


@runs("ip addr flush dev {dev}")
def addr_flush(dev: str, netns: str | None = None) -> None:
    """Remove all addresses from an interface, IPv4 and IPv6, and the routes that came with them.

    Args:
        dev: The interface.
        netns: The interface's namespace; `None` is the host.

    Raises:
        NoLink, NoNamespace: What was named does not exist.

    Example:
        >>> addr_flush("veth-test1", netns="test1")

    See ip-address(8).
    """
