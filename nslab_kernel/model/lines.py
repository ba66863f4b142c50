"""One thing as one line, in the words of iproute2.

Used to say what came and what went. A test holds each line against the real `ip -o`: the same words in the same
order. Functions that show run the real `ip` instead.
"""

from typing import NamedTuple

from nslab_kernel.model.network import Container, Link, Namespace, Neighbour, Route


class Line(NamedTuple):
    """One of the kernel's lines."""

    netns: str
    """The namespace it stands in; the host is `"host"`."""
    shown_by: str
    """The command that shows it: `ip link`, `ip addr`, `ip route`, `ip neigh`, `ip netns`, `docker ps`, `sysctl`."""
    about: str
    """What keeps the same when the line changes: pairs an old line with its new one."""
    text: str


def namespace_line(name: str) -> Line:
    """Return a namespace as `ip netns list` does."""
    return Line("host", "ip netns", name, name)


def container_line(name: str, container: Container) -> Line:
    """Return a container as `docker ps` does, without what changes by itself."""
    return Line("host", "docker ps", name, f"{container.id[:12]} {container.image} {container.name}")


def link_line(netns: str, link: Link) -> Line:
    """Return a link as `ip -o link` does, without what never matters to a learner (mode, group, qlen, brd)."""
    words = [f"{link.ifindex}:", f"{_name_at_peer(netns, link)}:", f"<{','.join(link.flags)}>"]
    words += ["mtu", str(link.mtu), "qdisc", link.qdisc]
    words += ["master", link.master] if link.master else []
    words += ["state", link.operstate, *_layer(link)]
    return Line(netns, "ip link", f"{link.ifindex}", " ".join(words + _peer_netns(netns, link)))


def address_line(netns: str, link: Link, addr: str) -> Line:
    """Return an address as `ip -o addr` does: number, interface, family, address."""
    family = "inet6" if ":" in addr else "inet"
    return Line(netns, "ip addr", f"{link.ifindex} {addr}", f"{link.ifindex}: {link.ifname} {family} {addr}")


def route_line(netns: str, route: Route) -> Line:
    """Return a route as `ip route` does."""
    words = [] if route.type == "unicast" else [route.type]
    words += [route.dst]
    words += ["via", route.gateway] if route.gateway else []
    words += ["dev", route.dev] if route.dev else []
    words += ["table", route.table] if route.table != "main" else []
    words += ["proto", route.protocol] if route.protocol != "boot" else []
    words += ["scope", route.scope] if route.family == 4 and route.scope != "global" else []
    words += ["src", route.prefsrc] if route.prefsrc else []
    words += ["metric", str(route.metric)] if route.metric else []
    words += list(route.flags)
    shown_by = "ip route" if route.family == 4 else "ip -6 route"
    return Line(netns, shown_by, f"{route.dst} {route.gateway} {route.dev} {route.table}", " ".join(words))


def neighbour_line(netns: str, neighbour: Neighbour) -> Line:
    """Return a neighbour as `ip neigh` does, without its state: that changes by itself."""
    words = [neighbour.dst, "dev", neighbour.dev]
    words += ["lladdr", neighbour.mac] if neighbour.mac else []
    return Line(netns, "ip neigh", f"{neighbour.dst} {neighbour.dev}", " ".join(words))


def forward_line(namespace: Namespace) -> Line:
    """Return the switch for passing packets on, as `sysctl` does."""
    value = int(namespace.ip_forward)
    return Line(namespace.name, "sysctl", "net.ipv4.ip_forward", f"net.ipv4.ip_forward = {value}")


def _name_at_peer(netns: str, link: Link) -> str:
    if link.peer and link.peer.netns == netns:
        return f"{link.ifname}@{link.peer.ifname}"
    return f"{link.ifname}@if{link.peer_ifindex}" if link.peer_ifindex else link.ifname


def _layer(link: Link) -> list[str]:
    """Return what is below IP; a tunnel such as `tun` has no MAC address."""
    return ["link/loopback" if link.kind == "loopback" else "link/ether", link.mac] if link.mac else ["link/none"]


def _peer_netns(netns: str, link: Link) -> list[str]:
    if link.link_netnsid is None:
        return []
    if link.peer and link.peer.netns not in (netns, "host") and not link.peer_nameless:
        return ["link-netns", link.peer_called or link.peer.netns]
    return ["link-netnsid", str(link.link_netnsid)]
