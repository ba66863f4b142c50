"""What there is in a network where a fault could be put."""

import shlex
from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv6Interface, ip_address, ip_interface, ip_network
from typing import Any, NamedTuple

from nslab_kernel.linux import container_netns
from nslab_kernel.model.diagnosis import Place
from nslab_kernel.model.faults import Fault
from nslab_kernel.model.naming import netns_of
from nslab_kernel.model.network import Link, Namespace, Network, Route


class Seat(NamedTuple):
    """An address that others can ask for."""

    namespace: Namespace
    link: Link
    addr: IPv4Interface | IPv6Interface

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(self.namespace.name, self.link.ifname)


def line(namespace: Namespace, command: str) -> str:
    """Return a command line that runs in a namespace."""
    netns = netns_of(namespace.name)
    return command if netns is None else f"{shlex.join(container_netns.exec_prefix(netns))} {command}"


def inside(namespace: Namespace, *commands: str) -> tuple[str, ...]:
    """Return command lines that run in a namespace."""
    return tuple(line(namespace, command) for command in commands)


def one_line(namespace: Namespace, ifname: str, breaks: str, mends: str, **facts: Any) -> Fault:
    """Return the fault that one command puts into a namespace, and another one takes out again."""
    return Fault(Place(namespace.name, ifname), inside(namespace, breaks), inside(namespace, mends), **facts)


def links(network: Network) -> Iterator[tuple[Namespace, Link]]:
    """Yield the interfaces that are up, but for `lo` and what a container engine keeps."""
    for namespace in network.namespaces.values():
        yield from (
            (namespace, link) for link in namespace.links if link.up and link.kind != "loopback" and not link.engine
        )


def seats(network: Network) -> Iterator[Seat]:
    """Yield the addresses of those interfaces, but for link-local ones."""
    for namespace, link in links(network):
        for addr in map(ip_interface, link.addresses):
            if not addr.ip.is_link_local:
                yield Seat(namespace, link, addr)


def mates(seat: Seat, network: Network) -> list[Seat]:
    """Return the addresses of other namespaces that lie in the subnet of an address."""
    return [
        one for one in seats(network) if one.namespace.name != seat.namespace.name and one.addr.ip in seat.addr.network
    ]


def strangers(namespace: Namespace, network: Network) -> list[Seat]:
    """Return the addresses of other namespaces."""
    return [one for one in seats(network) if one.namespace.name != namespace.name]


def free_address(seat: Seat, network: Network) -> str | None:
    """Return an address of a subnet that nobody has, without its length; `None` where there is none."""
    taken = {one.addr.ip for one in seats(network)}
    first, size = int(seat.addr.network.network_address), seat.addr.network.num_addresses
    return next(
        (str(ip_address(first + n)) for n in range(min(size - 2, 250), 0, -1) if ip_address(first + n) not in taken),
        None,
    )


def name(link: Link) -> str:
    """Return an interface's name as a shell takes it."""
    return shlex.quote(link.ifname)


def flag(family: int) -> str:
    """Return the option of `ip` for a family."""
    return "-6 " if family == 6 else ""


def route_words(route: Route) -> str:
    """Return a route in the words of `ip route add`."""
    kind = "" if route.type == "unicast" else route.type
    words = [kind, route.dst, "via" if route.gateway else "", route.gateway or ""]
    words += ["dev", shlex.quote(route.dev)] if route.dev else []
    words += ["metric", str(route.metric)] if route.metric else []
    words += ["table", route.table] if route.table != "main" else []
    words += ["src", route.prefsrc] if route.prefsrc else []
    words += [word for word in route.flags if word == "onlink"]
    return " ".join(filter(None, words))


def routes_by_hand(namespace: Namespace, link: Link) -> list[str]:
    """Return the lines that make the routes over an interface again that did not come with an address."""
    return [
        line(namespace, f"ip {flag(route.family)}route replace {route_words(route)}")
        for route in namespace.routes
        if route.dev == link.ifname and route.protocol not in ("kernel", "ra") and not route.attributes
    ]


def add_addr(namespace: Namespace, link: Link, addr: object) -> str:
    """Return the line that adds an address, usable at once."""
    nodad = " nodad" if ":" in str(addr) else ""
    return line(namespace, f"ip addr add {addr} dev {name(link)}{nodad}")


def del_addr(namespace: Namespace, link: Link, addr: object) -> str:
    """Return the line that takes an address away."""
    return line(namespace, f"ip addr del {addr} dev {name(link)}")


def restored(namespace: Namespace, link: Link) -> list[str]:
    """Return the lines that bring back what an interface loses when it goes down: IPv6 addresses, and routes."""
    comes_back = ip_network("fe80::/10"), ip_network("::1/128")
    addresses = [ip_interface(addr) for addr in link.addresses if ":" in addr]
    lost = [addr for addr in addresses if not any(addr.ip in net for net in comes_back)]
    return [*(add_addr(namespace, link, addr) for addr in lost), *routes_by_hand(namespace, link)]
