"""One change: the `ip` command, and the call that does it."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nslab_kernel.linux import addrs, creation, links, namespaces, routes, sysctls, tenants
from nslab_kernel.linux.creation import NewLink
from nslab_kernel.model.naming import netns_of
from nslab_kernel.model.network import HOST, Link, Route


@dataclass(frozen=True, slots=True)
class Operation:
    """One change that can be made, and told."""

    command: str
    """For the host's shell."""
    function: Callable[..., None]
    args: tuple[Any, ...]

    def run(self) -> None:
        """Make the change.

        Raises:
            LabError: Linux said no, or something that it needs is missing.
        """
        self.function(*self.args)


def add_namespace(name: str) -> Operation:
    """Make a namespace."""
    return Operation(shlex.join(["ip", "netns", "add", name]), namespaces.add, (name,))


def delete_namespace(name: str) -> Operation:
    """Delete a namespace."""
    return Operation(shlex.join(["ip", "netns", "del", name]), namespaces.delete, (name,))


def attach(name: str, pid: int) -> Operation:
    """Give a name to the namespace of a process."""
    return Operation(shlex.join(["ip", "netns", "attach", name, str(pid)]), namespaces.attach, (name, pid))


def add_link(netns: str, link: Link, peer: tuple[str, Link] | None, mac: str | None, mtu: int | None) -> Operation:
    """Make an interface, a veth with its peer, where it belongs and with its number."""
    new = NewLink(link.ifname, netns_of(netns), link.ifindex, mac, mtu)
    words = ["ip", "link", "add", *_described(new), "type", link.kind]
    if not peer:
        return Operation(shlex.join(words), creation.make, (new, link.kind))
    far = NewLink(peer[1].ifname, netns_of(peer[0]), peer[1].ifindex, peer[1].mac, peer[1].mtu)
    return Operation(shlex.join([*words, "peer", *_described(far)]), creation.make, (new, link.kind, far))


def delete_link(netns: str, ifname: str) -> Operation:
    """Delete an interface."""
    return _operation(netns, ["ip", "link", "del", "dev", ifname], links.delete, ifname)


def move(netns: str, ifname: str, target: str) -> Operation:
    """Move an interface to another namespace."""
    there = namespaces.host_word() if target == HOST else tenants.target_word(target)
    words = ["ip", "link", "set", "dev", ifname, "netns", there]
    return _operation(netns, words, links.set_netns, ifname, netns_of(target))


def rename(netns: str, ifname: str, new: str) -> Operation:
    """Give an interface another name."""
    return _operation(netns, ["ip", "link", "set", "dev", ifname, "name", new], links.rename, ifname, new)


def set_up(netns: str, ifname: str) -> Operation:
    """Set an interface up."""
    return _operation(netns, ["ip", "link", "set", "dev", ifname, "up"], links.set_up, ifname)


def set_down(netns: str, ifname: str) -> Operation:
    """Set an interface down."""
    return _operation(netns, ["ip", "link", "set", "dev", ifname, "down"], links.set_down, ifname)


def set_mac(netns: str, ifname: str, mac: str) -> Operation:
    """Set an interface's MAC address."""
    return _operation(netns, ["ip", "link", "set", "dev", ifname, "address", mac], links.set_mac, ifname, mac)


def set_mtu(netns: str, ifname: str, mtu: int) -> Operation:
    """Set an interface's MTU."""
    return _operation(netns, ["ip", "link", "set", "dev", ifname, "mtu", str(mtu)], links.set_mtu, ifname, mtu)


def set_master(netns: str, ifname: str, master: str | None) -> Operation:
    """Make an interface a port of a bridge, or of none."""
    words = ["master", master] if master else ["nomaster"]
    return _operation(netns, ["ip", "link", "set", "dev", ifname, *words], links.set_master, ifname, master)


def add_address(netns: str, ifname: str, addr: str) -> Operation:
    """Give an interface an address."""
    return _operation(netns, ["ip", "addr", "add", addr, "dev", ifname], addrs.add, addr, ifname)


def delete_address(netns: str, ifname: str, addr: str) -> Operation:
    """Take an address from an interface."""
    return _operation(netns, ["ip", "addr", "del", addr, "dev", ifname], addrs.delete, addr, ifname)


def replace_route(netns: str, route: Route) -> Operation:
    """Make a route, whether it is there or not."""
    words = _route_words("replace", route)
    words += ["proto", route.protocol] if route.protocol != "boot" else []
    words += ["scope", route.scope] if route.family == 4 else []
    words += ["src", route.prefsrc] if route.prefsrc else []
    words += ["onlink"] if "onlink" in route.flags else []
    return _operation(netns, words, routes.replace, route)


def delete_route(netns: str, route: Route) -> Operation:
    """Delete a route."""
    return _operation(netns, _route_words("del", route), routes.remove, route)


def set_forwarding(netns: str, on: bool) -> Operation:
    """Let a namespace pass packets on, or not."""
    key = "net.ipv4.ip_forward"
    return _operation(netns, ["sysctl", "-w", f"{key}={int(on)}"], sysctls.set_value, key, int(on))


def _operation(netns: str, words: list[str], function: Callable[..., None], *args: Any) -> Operation:
    container = None if netns == HOST else tenants.remembered(netns)
    inside = tenants.entering_container(container) if container else _inside(netns)
    return Operation(shlex.join(inside + words), function, (*args, netns_of(netns)))


def _inside(netns: str) -> list[str]:
    return [] if netns == HOST else ["ip", "netns", "exec", netns]


def _described(link: NewLink) -> list[str]:
    words = ["name", link.ifname, "index", str(link.ifindex)]
    words += ["address", link.mac] if link.mac else []
    words += ["mtu", str(link.mtu)] if link.mtu else []
    return words + (["netns", link.netns] if link.netns else [])


def _route_words(verb: str, route: Route) -> list[str]:
    words = ["ip", "route", verb] if route.family == 4 else ["ip", "-6", "route", verb]
    words += [] if route.type == "unicast" else [route.type]
    words += [route.dst]
    if route.gateway:
        words += ["via", *(["inet6"] if route.family == 4 and ":" in route.gateway else []), route.gateway]
    words += ["dev", route.dev] if route.dev else []
    words += ["table", route.table] if route.table != "main" else []
    return words + (["metric", str(route.metric)] if route.metric else [])
