"""The command lines that put a fault in and take it out again."""

import shlex
from ipaddress import ip_interface, ip_network
from typing import Any

from nslab_kernel.linux import container_netns
from nslab_kernel.model.diagnosis import Place
from nslab_kernel.model.faults import Fault
from nslab_kernel.model.naming import netns_of
from nslab_kernel.model.network import Link, Namespace, Route


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


def name(link: Link) -> str:
    """Return an interface's name, quoted for the shell."""
    return shlex.quote(link.ifname)


def flag(family: int) -> str:
    """Return the option of `ip` for an IP version."""
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
    """Return the lines that add an interface's routes again which were set by hand and have no `attributes`."""
    return [
        line(namespace, f"ip {flag(route.family)}route replace {route_words(route)}")
        for route in namespace.routes
        if route.dev == link.ifname and route.protocol not in ("kernel", "ra") and not route.attributes
    ]


def add_addr(namespace: Namespace, link: Link, addr: object) -> str:
    """Return the line that adds an address, without duplicate address detection."""
    nodad = " nodad" if ":" in str(addr) else ""
    return line(namespace, f"ip addr add {addr} dev {name(link)}{nodad}")


def del_addr(namespace: Namespace, link: Link, addr: object) -> str:
    """Return the line that deletes an address."""
    return line(namespace, f"ip addr del {addr} dev {name(link)}")


def restored(namespace: Namespace, link: Link) -> list[str]:
    """Return the lines that restore what an interface loses when it goes down: IPv6 addresses, and routes."""
    comes_back = ip_network("fe80::/10"), ip_network("::1/128")
    addresses = [ip_interface(addr) for addr in link.addresses if ":" in addr]
    lost = [addr for addr in addresses if not any(addr.ip in net for net in comes_back)]
    return [*(add_addr(namespace, link, addr) for addr in lost), *routes_by_hand(namespace, link)]
