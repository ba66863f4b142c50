"""Each object of a Network as one line, in the words of iproute2.

The lines show what a change added and removed. A test compares each line with that of the real `ip -o`: the same words
in the same order. Functions such as `link_show` run the real `ip` instead.
"""

from collections.abc import Iterator
from typing import NamedTuple

from nslab_kernel.model.entry import Entry
from nslab_kernel.model.network import AddressDetails, Container, Link, Namespace, Neighbour, Route


class Line(NamedTuple):
    """One object, in the words of the command that shows it."""

    netns: str
    """The namespace that the object is in; the host is `"host"`."""
    shown_by: str
    """The command that shows it: `ip link`, `ip addr`, `ip route`, `ip rule`, `tc qdisc`, `sysctl`, `docker ps`, ..."""
    about: str
    """The identity of the object: pairs an old line with its new one."""
    text: str


def namespace_line(name: str) -> Line:
    """Return a namespace as `ip netns list` shows it."""
    return Line("host", "ip netns", name, name)


def container_line(name: str, container: Container) -> Line:
    """Return a container as `docker ps` shows it, without the columns that change by themselves."""
    return Line("host", "docker ps", name, f"{container.id[:12]} {container.image} {container.name}")


def link_line(netns: str, link: Link) -> Line:
    """Return a link as `ip -o link` shows it, without what never matters to a learner: mode, group, qlen, brd."""
    words = [f"{link.ifindex}:", f"{_name_with_peer(netns, link)}:", f"<{','.join(link.flags)}>"]
    words += ["mtu", str(link.mtu), "qdisc", link.qdisc]
    words += ["master", link.master] if link.master else []
    words += ["state", link.operstate, *_link_type_words(link)]
    words += [word for altname in link.altnames for word in ("altname", altname)]
    words += link.options
    return Line(netns, "ip link", f"{link.ifindex}", " ".join(words + _peer_netns(netns, link)))


def address_line(netns: str, link: Link, addr: str) -> Line:
    """Return an address as `ip -o addr` shows it: ifindex, interface, family, address and its other attributes."""
    family = "inet6" if ":" in addr else "inet"
    details = dict(zip(link.addresses, link.address_details, strict=False)).get(addr)
    words = [f"{link.ifindex}:", link.ifname, family, *_address_words(addr, details)]
    return Line(netns, "ip addr", f"{link.ifindex} {addr}", " ".join(words))


def route_line(netns: str, route: Route) -> Line:
    """Return a route as `ip route` shows it."""
    shown_by = "ip route" if route.family == 4 else "ip -6 route"
    about = f"{route.dst} {route.gateway} {route.dev} {route.table}"
    if route.text:
        return Line(netns, shown_by, about, " ".join([route.text, *route.flags]))
    words = [] if route.type == "unicast" else [route.type]
    words += [route.dst]
    words += ["tos", f"{route.tos:#04x}"] if route.tos else []
    words += ["via", route.gateway] if route.gateway else []
    words += ["dev", route.dev] if route.dev else []
    words += ["table", route.table] if route.table != "main" else []
    words += ["proto", route.protocol] if route.protocol != "boot" else []
    words += ["scope", route.scope] if route.family == 4 and route.scope != "global" else []
    words += ["src", route.prefsrc] if route.prefsrc else []
    words += ["metric", str(route.metric)] if route.metric else []
    words += list(route.flags)
    return Line(netns, shown_by, about, " ".join(words))


def neighbour_line(netns: str, neighbour: Neighbour) -> Line:
    """Return a neighbour entry as `ip neigh` shows it, without its state, which changes by itself."""
    words = [neighbour.dst, "dev", neighbour.dev]
    words += ["lladdr", neighbour.mac] if neighbour.mac else []
    return Line(netns, "ip neigh", f"{neighbour.dst} {neighbour.dev}", " ".join(words))


def entry_line(netns: str, entry: Entry) -> Line:
    """Return an entry as the command in its `shown_by` prints it."""
    return Line(netns, entry.shown_by, entry.text, entry.text)


def rule_lines(namespace: Namespace) -> Iterator[Line]:
    """Yield the lines of `nft list ruleset` and `iptables-save`, each after the table and chain that contain it."""
    shown_by, inside = "", list[str]()
    for line in filter(None, map(str.strip, namespace.ruleset.splitlines())):
        if line in ("}", "COMMIT"):
            inside.pop()
        elif line.startswith("*"):
            table, family, *legacy = line[1:].split()
            program = "-".join(["iptables" if family == "ip" else "ip6tables", *legacy])
            shown_by, inside = f"{program}-save", [f"{program} -t {table}"]
        else:
            shown_by = shown_by if inside else "nft list ruleset"
            text = " ".join([*inside, line])
            yield Line(namespace.name, shown_by, text, text)
            inside += [line] if line.endswith("{") else []


def sysctl_line(netns: str, key: str, value: str) -> Line:
    """Return a sysctl as `sysctl` shows it."""
    return Line(netns, "sysctl", key, f"{key} = {value}")


def forward_line(namespace: Namespace) -> Line:
    """Return the sysctl `net.ipv4.ip_forward` as `sysctl` shows it."""
    return sysctl_line(namespace.name, "net.ipv4.ip_forward", str(int(namespace.ip_forward)))


def _name_with_peer(netns: str, link: Link) -> str:
    other = link.peer or link.link
    if other and other.netns == netns:
        return f"{link.ifname}@{other.ifname}"
    return f"{link.ifname}@if{link.peer_ifindex}" if link.peer_ifindex else link.ifname


def _address_words(addr: str, details: AddressDetails | None) -> list[str]:
    if details is None:
        return [addr]
    words = [addr.partition("/")[0], "peer", details.peer] if details.peer else [addr]
    words += ["metric", str(details.metric)] if details.metric else []
    words += ["scope", details.scope] if details.scope else []
    words += ["proto", f"{details.protocol:#x}"] if details.protocol else []
    words += [*details.flags, *([details.label] if details.label else [])]
    for word, life in (("valid_lft", details.valid_s), ("preferred_lft", details.preferred_s)):
        words += [word, f"{life}sec"] if life is not None else []
    return words


def _link_type_words(link: Link) -> list[str]:
    """Return the link type and MAC address; a `tun` device has no MAC address."""
    return ["link/loopback" if link.kind == "loopback" else "link/ether", link.mac] if link.mac else ["link/none"]


def _peer_netns(netns: str, link: Link) -> list[str]:
    if link.link_netnsid is None:
        return []
    if link.peer and link.peer.netns not in (netns, "host") and not link.peer_netns_unnamed:
        return ["link-netns", link.peer_netns_name or link.peer.netns]
    return ["link-netnsid", str(link.link_netnsid)]
