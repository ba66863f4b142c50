"""Faults of sysctls."""

from collections.abc import Iterator

from nslab_kernel.faults.lines import name, one_line
from nslab_kernel.faults.places import links, seats
from nslab_kernel.model.faults import Fault
from nslab_kernel.model.network import Namespace, Network


def forwarding_off(network: Network) -> Iterator[Fault]:
    """A router does not forward IPv4 packets."""
    for namespace in network.namespaces.values():
        if namespace.ip_forward:
            yield _set(namespace, "net/ipv4/ip_forward", "0", was="1")


def forwarding6_off(network: Network) -> Iterator[Fault]:
    """A router does not forward IPv6 packets."""
    for namespace in network.namespaces.values():
        if dict(namespace.sysctls).get("net.ipv6.conf.all.forwarding") == "1":
            yield _set(namespace, "net/ipv6/conf/all/forwarding", "0", was="1")


def forwarding_here_off(network: Network) -> Iterator[Fault]:
    """A router does not forward packets from one interface."""
    for namespace, link in links(network):
        if namespace.ip_forward:
            yield _set(namespace, f"net/ipv4/conf/{name(link)}/forwarding", "0", "1", link.ifname)


def rp_filter_strict(network: Network) -> Iterator[Fault]:
    """An interface drops packets if the route to their source leaves by another interface: strict mode of RFC 3704."""
    for namespace, link in links(network):
        yield _set(namespace, f"net/ipv4/conf/{name(link)}/rp_filter", "1", "0", link.ifname)


def echo_ignored(network: Network) -> Iterator[Fault]:
    """A namespace answers no ping."""
    keys = {4: "net/ipv4/icmp_echo_ignore_all", 6: "net/ipv6/icmp/echo_ignore_all"}
    for netns, family in dict.fromkeys((seat.namespace.name, seat.addr.version) for seat in seats(network)):
        yield _set(network.namespaces[netns], keys[family], "1", "0")


def ttl_short(network: Network) -> Iterator[Fault]:
    """Packets start with a TTL of 1, which the first router uses up."""
    for namespace in network.namespaces.values():
        yield _set(namespace, "net/ipv4/ip_default_ttl", "1", "64")


def _set(namespace: Namespace, key: str, value: str, was: str, ifname: str = "") -> Fault:
    """Return the fault of setting a sysctl to a wrong value.

    Args:
        namespace: The namespace to set it in.
        key: The name of the sysctl, with slashes, because an interface's name may have dots.
        value: The wrong value.
        was: The right value, if the namespace's snapshot does not have the sysctl.
        ifname: The interface that the sysctl is for.
    """
    was = dict(namespace.sysctls).get(key.replace("/", "."), was)
    return one_line(namespace, ifname, f"sysctl -qw {key}={value}", f"sysctl -qw {key}={was}")
