"""Turns a network into the diagram of its picture, changes marked."""

from collections.abc import Iterator
from dataclasses import replace

from nslab_kernel.language import language
from nslab_kernel.language import translate as _
from nslab_kernel.model.difference import Difference, difference
from nslab_kernel.model.network import HOST, End, Link, Namespace, Network
from nslab_kernel.scene.diagram import Diagram, InterfaceBox, NamespaceBox, Note
from nslab_kernel.scene.state_style import GONE, state_of

SHOWN_ROUTES = 3


def diagram_of(
    network: Network, before: Network | None = None, changes: Difference | None = None, last: Diagram | None = None
) -> Diagram:
    """Return what a picture of the network shows.

    Args:
        network: The network as it is now.
        before: The network before the change.
        changes: The differences to mark.
        last: The last picture's diagram: the boxes of unchanged namespaces are reused.
    """
    changes = changes or difference(network, network)
    plain = dict(_plain_namespaces(network, before, last))
    boxes = {
        name: plain[name][1] if name in plain else _namespace(namespace, changes, before)
        for name, namespace in network.namespaces.items()
    }
    if before:
        boxes |= {name: _removed_namespace(before, name) for name in changes.namespaces_removed}
    boxes |= {box.name: box for box in _unnamed_namespaces(network)}
    return Diagram(_with_mutual_peers(boxes), plain, language())


def _plain_namespaces(
    network: Network, before: Network | None, last: Diagram | None
) -> Iterator[tuple[str, tuple[Namespace, NamespaceBox]]]:
    """Yield each namespace without a change, and its box: in a large lab these are nearly all."""
    known = last.plain if last and last.lang == language() else {}
    nothing = difference(Network(), Network())
    for name, namespace in network.namespaces.items():
        if before is None or before.namespaces.get(name) is namespace:
            kept = known.get(name)
            yield name, kept if kept and kept[0] is namespace else (namespace, _namespace(namespace, nothing, None))


def _with_mutual_peers(boxes: dict[str, NamespaceBox]) -> dict[str, NamespaceBox]:
    """Return the boxes; a removed interface loses its cable where another interface has its peer's name now."""
    peers = {interface.end: interface.peer for box in boxes.values() for interface in box.interfaces}

    def checked(interface: InterfaceBox) -> InterfaceBox:
        is_mutual = interface.peer is None or peers.get(interface.peer) == interface.end
        return interface if is_mutual else replace(interface, peer=None)

    def whole(box: NamespaceBox) -> NamespaceBox:
        interfaces = tuple(map(checked, box.interfaces))
        return box if interfaces == box.interfaces else replace(box, interfaces=interfaces)

    return {name: whole(box) for name, box in boxes.items()}


def _namespace(namespace: Namespace, changes: Difference, before: Network | None) -> NamespaceBox:
    name = namespace.name
    came = "came" if name in changes.namespaces_added else ""
    marks = {end.ifname: "came" for end in changes.links_added if end.netns == name}
    marks |= {end.ifname: "changed" for end in changes.links_changed if end.netns == name}
    renamed = {new: old for old, new in changes.links_moved if old.netns == new.netns}
    marks |= {end.ifname: "changed" for end in renamed if end.netns == name}
    marks = {} if came else marks
    interfaces = [
        _interface(name, link, marks.get(link.ifname, "")) for link in namespace.links if link.kind != "loopback"
    ]
    moved = {old for old, _new in changes.links_moved}
    for end in changes.links_removed:
        if before and end.netns == name and end not in renamed.values():
            interfaces.append(_removed(name, before.end(end), joined=end not in moved))
    old = before.namespaces.get(name) if before else None
    return NamespaceBox(
        name,
        _kind(namespace),
        tuple(interfaces),
        state_of(namespace.lo).kind if namespace.lo else "down",
        marks.get(namespace.lo.ifname, "") if namespace.lo else "",
        tuple(_notes(namespace, old)),
        namespace.ip_forward and (old is None or old.ip_forward),
        came,
        namespace.container,
    )


def _kind(namespace: Namespace) -> str:
    if namespace.name == HOST:
        return "host"
    if namespace.container:
        return "container"
    addressed = [link for link in namespace.links if link.kind != "loopback" and link.addresses]
    return "router" if namespace.ip_forward and len(addressed) > 1 else "namespace"


def _interface(netns: str, link: Link, change: str) -> InterfaceBox:
    end, far = End(netns, link.ifname), _far(netns, link)
    return InterfaceBox(end, link.ifindex, link.kind, state_of(link), link.addresses, far, link.master, change)


def _far(netns: str, link: Link) -> End | None:
    """Return the other end of a link's cable, `@if3` where it is in a namespace without a name."""
    if link.peer is None and link.link_netnsid is not None and link.peer_ifindex:
        return End(_unnamed(netns, link.link_netnsid), f"@if{link.peer_ifindex}")
    return link.peer


def _removed(netns: str, link: Link, change: str = "gone", joined: bool = True) -> InterfaceBox:
    """Return a removed interface; one that moved is not `joined`, because its cable is at its new place."""
    peer = link.peer if joined else None
    return InterfaceBox(End(netns, link.ifname), link.ifindex, link.kind, GONE, (), peer, link.master, change)


def _removed_namespace(before: Network, name: str) -> NamespaceBox:
    was = before.namespaces[name]
    interfaces = tuple(_removed(name, link, "") for link in was.links if link.kind != "loopback")
    return NamespaceBox(name, _kind(was), interfaces, "gone", change="gone", container=was.container)


def _unnamed(netns: str, nsid: int) -> str:
    """Return a key for a namespace that has no name; a real name has no slash."""
    return f"{netns}/{nsid}"


def _unnamed_namespaces(network: Network) -> Iterator[NamespaceBox]:
    seen: dict[str, list[InterfaceBox]] = {}
    for name, namespace in network.namespaces.items():
        for link in namespace.links:
            peer = _far(name, link)
            if link.peer is None and peer:
                far = InterfaceBox(peer, link.peer_ifindex or 0, "veth", GONE, (), End(name, link.ifname))
                seen.setdefault(peer.netns, []).append(far)
    for key, interfaces in seen.items():
        yield NamespaceBox(key, "unnamed", tuple(interfaces), "gone")


def _notes(namespace: Namespace, old: Namespace | None) -> Iterator[Note]:
    if old and namespace.ip_forward != old.ip_forward:
        yield Note("ip_forward = 1", "came" if namespace.ip_forward else "gone")
    yield from _other_names(namespace, old)
    now, then = list(_shown_routes(namespace)), list(_shown_routes(old)) if old else None
    for route in now[:SHOWN_ROUTES]:
        yield Note(route, "came" if then is not None and route not in then else "")
    if len(now) > SHOWN_ROUTES:
        yield Note(_("and {count} more routes").format(count=len(now) - SHOWN_ROUTES))
    yield from (Note(route, "gone") for route in then or () if route not in now)


def _other_names(namespace: Namespace, old: Namespace | None) -> Iterator[Note]:
    """Yield a note for each name that a container's namespace has in /run/netns."""
    were = old.also if old else namespace.also
    yield from (Note(f"/run/netns/{name}", "" if name in were else "came") for name in namespace.also)
    yield from (Note(f"/run/netns/{name}", "gone") for name in were if name not in namespace.also)


def _shown_routes(namespace: Namespace) -> Iterator[str]:
    for route in namespace.routes:
        if route.gateway or route.type != "unicast":
            words = [] if route.type == "unicast" else [route.type]
            yield " ".join([*words, route.dst, *(["via", route.gateway] if route.gateway else [])])
