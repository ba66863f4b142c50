"""Faults between interfaces: bridges, neighbours, tunnels, queues."""

import re
from collections.abc import Iterator
from itertools import combinations

from nslab_kernel.faults.lines import flag, inside, name, one_line, restored
from nslab_kernel.faults.places import free_address, links, mates, seats
from nslab_kernel.model.diagnosis import Place
from nslab_kernel.model.faults import Fault
from nslab_kernel.model.network import Link, Namespace, Network

_UNUSED_MAC = "02:00:00:00:00:99"
_DISABLED, _FORWARDING = 0, 3
"""States of a port: bridge(8)."""


def port_not_in_bridge(network: Network) -> Iterator[Fault]:
    """A veth end is not a port of its bridge."""
    for namespace, port in _ports(network):
        set_ = f"ip link set dev {name(port)}"
        yield one_line(namespace, port.ifname, f"{set_} nomaster", f"{set_} master {port.master}")


def ports_isolated(network: Network) -> Iterator[Fault]:
    """Two ports of a bridge are isolated, so that no frame passes between them."""
    for (namespace, one), (other_namespace, other) in combinations(_ports(network), 2):
        if namespace is other_namespace and one.master == other.master:
            on, off = ([_port(port, f"isolated {word}") for port in (one, other)] for word in ("on", "off"))
            place, others = Place(namespace.name, one.ifname), (Place(namespace.name, other.ifname),)
            yield Fault(place, inside(namespace, *on), inside(namespace, *off), others=others)


def port_disabled(network: Network) -> Iterator[Fault]:
    """A bridge port is in the state `disabled`; without STP, Linux resets any other state to forwarding by itself."""
    for namespace, port in _ports(network):
        stops, forwards = (_port(port, f"state {state}") for state in (_DISABLED, _FORWARDING))
        yield one_line(namespace, port.ifname, stops, forwards)


def fdb_wrong(network: Network) -> Iterator[Fault]:
    """A static sticky forwarding database entry assigns a MAC address to the wrong port."""
    for namespace, port in _ports(network):
        for seat in seats(network):
            if (
                seat.link.kind == "veth"
                and seat.link.peer != (namespace.name, port.ifname)
                and seat.namespace is not namespace
            ):
                entry = f"{seat.link.mac} dev {name(port)} master"
                lines = f"bridge fdb replace {entry} static sticky", f"bridge fdb del {entry}"
                yield one_line(namespace, port.ifname, *lines)


def neigh_wrong(network: Network) -> Iterator[Fault]:
    """A permanent neighbour entry has a MAC address that no interface has."""
    for seat in seats(network):
        for mate in mates(seat, network):
            ip, entry = f"ip {flag(mate.addr.version)}neigh", f"{mate.addr.ip} dev {name(seat.link)}"
            lines = f"{ip} replace {entry} lladdr {_UNUSED_MAC} nud permanent", f"{ip} del {entry}"
            yield one_line(seat.namespace, seat.link.ifname, *lines)


def vxlan_remote_wrong(network: Network) -> Iterator[Fault]:
    """The remote address of a tunnel belongs to no interface."""
    remotes = {str(seat.addr.ip): free_address(seat, network) for seat in seats(network)}
    for namespace, link, options in _tunnels(network):
        remote = re.search(r" remote (\S+)", options)
        other = remotes.get(remote[1]) if remote else None
        if remote and other:
            yield _recreated_tunnel(
                namespace, link, options, options.replace(f" remote {remote[1]}", f" remote {other}")
            )


def vxlan_number_wrong(network: Network, option: str) -> Iterator[Fault]:
    """The ends of a tunnel have different VNIs or UDP ports."""
    for namespace, link, options in _tunnels(network):
        wrong = re.sub(rf" {option} (\d+)", lambda match: f" {option} {int(match[1]) + 1}", options)
        yield _recreated_tunnel(namespace, link, options, wrong, _other_ends(link, network))


def qdisc_drops(network: Network) -> Iterator[Fault]:
    """A queueing discipline drops every packet, because its bucket is smaller than any packet."""
    for namespace, link in links(network):
        if link.qdisc in ("noqueue", "noop"):
            root = f"dev {name(link)} root"
            lines = f"tc qdisc add {root} tbf rate 1kbit burst 10 limit 10", f"tc qdisc del {root}"
            yield one_line(namespace, link.ifname, *lines)


def _ports(network: Network) -> Iterator[tuple[Namespace, Link]]:
    yield from ((namespace, link) for namespace, link in links(network) if link.master)


def _port(port: Link, option: str) -> str:
    return f"bridge link set dev {name(port)} {option}"


def _tunnels(network: Network) -> Iterator[tuple[Namespace, Link, str]]:
    for namespace, link in links(network):
        if link.kind == "vxlan":
            options = next(text for text in link.options if text.startswith("type vxlan "))
            yield namespace, link, options.removeprefix("type vxlan")


def _other_ends(end: Link, network: Network) -> tuple[Place, ...]:
    return tuple(
        Place(namespace.name, link.ifname) for namespace, link, _options in _tunnels(network) if link is not end
    )


def _recreated_tunnel(
    namespace: Namespace, link: Link, right: str, wrong: str, others: tuple[Place, ...] = ()
) -> Fault:
    """Return the fault of wrong tunnel options; the tunnel is deleted and added, because Linux can change few of them.

    Args:
        namespace: The namespace of the tunnel's end.
        link: The tunnel's end.
        right: Its present options.
        wrong: Its options while the fault is there.
        others: The other ends, because a mismatch is a fault of either end.
    """

    def lines(options: str) -> tuple[str, ...]:
        made = f"ip link add dev {name(link)} address {link.mac} mtu {link.mtu} type vxlan{options}"
        master = [f"ip link set dev {name(link)} master {link.master}"] if link.master else []
        addresses = [f"ip addr add {addr} dev {name(link)}" for addr in link.addresses if ":" not in addr]
        up = f"ip link set dev {name(link)} up"
        words = (f"ip link del dev {name(link)}", made, *master, *addresses, up)
        return (*inside(namespace, *words), *restored(namespace, link))

    return Fault(Place(namespace.name, link.ifname), lines(wrong), lines(right), others=others)
