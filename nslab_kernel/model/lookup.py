"""Finds namespaces and interfaces in a Network."""

from collections.abc import Iterator

from nslab_kernel.model.network import End, Link, Namespace, Network


def namespace_at(netns: str | None, network: Network) -> Namespace | None:
    """Return a namespace by any of its names; `None` if there is none of that name."""
    try:
        return network.namespace(netns)
    except KeyError:
        return None


def link_at(end: End, network: Network) -> Link | None:
    """Return the link at an end; `None` if the snapshot does not contain it."""
    try:
        return network.end(end)
    except KeyError:
        return None


def interfaces_with_addr(addr: str, network: Network) -> tuple[End, ...]:
    """Return the interfaces that have an address."""
    return tuple(end for end, link in ends(network) if addr in (own.partition("/")[0] for own in link.addresses))


def interfaces_with_mac(mac: str, network: Network) -> tuple[End, ...]:
    """Return the interfaces that have a MAC address, without loopbacks."""
    return tuple(end for end, link in ends(network) if link.mac == mac and link.kind != "loopback")


def ends(network: Network) -> Iterator[tuple[End, Link]]:
    """Yield every interface: its namespace and name, and its link."""
    for name, namespace in network.namespaces.items():
        yield from ((End(name, link.ifname), link) for link in namespace.links)


def all_links(network: Network) -> Iterator[Link]:
    """Return an iterator over every link, without its namespace: cheaper than `ends` in a large network."""
    return (link for namespace in network.namespaces.values() for link in namespace.links)
