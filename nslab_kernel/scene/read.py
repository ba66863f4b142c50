"""From a Network to the things of its picture, changes marked."""

from collections.abc import Iterator
from dataclasses import replace

from nslab_kernel.language import language
from nslab_kernel.language import translate as _
from nslab_kernel.model.difference import Difference, difference
from nslab_kernel.model.network import HOST, End, Link, Namespace, Network, Route
from nslab_kernel.scene.state import state_of
from nslab_kernel.scene.things import Note, Room, Socket, Things

SHOWN_ROUTES = 3


def things_of(
    network: Network, before: Network | None = None, changes: Difference | None = None, last: Things | None = None
) -> Things:
    """Return what a picture of the network shows.

    Args:
        network: What there is.
        before: What there was.
        changes: What is different; it is marked.
        last: The last picture's: its rooms are taken again where nothing is different.
    """
    changes = changes or difference(network, network)
    plain = dict(_plain_rooms(network, before, last))
    rooms = {
        name: plain[name][1] if name in plain else _room(namespace, changes, before)
        for name, namespace in network.namespaces.items()
    }
    for name in changes.namespaces_gone if before else ():
        rooms[name] = _ghost_room(before, name) if before else rooms[name]
    unnamed = list(_unnamed_rooms(network))
    return replace(_mutual(rooms | {room.name: room for room in unnamed}), plain=plain, lang=language())


def _plain_rooms(
    network: Network, before: Network | None, last: Things | None
) -> Iterator[tuple[str, tuple[Namespace, Room]]]:
    """Yield the rooms in which nothing is marked, and what they were made of: in a large lab nearly all."""
    known = last.plain if last and last.lang == language() else {}
    nothing = difference(Network(), Network())
    for name, namespace in network.namespaces.items():
        if before is None or before.namespaces.get(name) is namespace:
            kept = known.get(name)
            yield name, kept if kept and kept[0] is namespace else (namespace, _room(namespace, nothing, None))


def _mutual(rooms: dict[str, Room]) -> Things:
    """Return the things without a ghost's cable to what has taken its peer's place."""
    peers = {socket.end: socket.peer for room in rooms.values() for socket in room.sockets}

    def checked(socket: Socket) -> Socket:
        return socket if socket.peer is None or peers.get(socket.peer) == socket.end else replace(socket, peer=None)

    def whole(room: Room) -> Room:
        sockets = tuple(map(checked, room.sockets))
        return room if sockets == room.sockets else replace(room, sockets=sockets)

    return Things({name: whole(room) for name, room in rooms.items()})


def _room(namespace: Namespace, changes: Difference, before: Network | None) -> Room:
    name = namespace.name
    came = "came" if name in changes.namespaces_came else ""
    marks = {end.ifname: "came" for end in changes.links_came if end.netns == name}
    marks |= {end.ifname: "changed" for end in changes.links_changed if end.netns == name}
    renamed = {new: old for old, new in changes.links_moved if old.netns == new.netns}
    marks |= {end.ifname: "changed" for end in renamed if end.netns == name}
    marks = {} if came else marks
    sockets = [_socket(name, link, marks.get(link.ifname, "")) for link in namespace.links if link.kind != "loopback"]
    moved = {old for old, _new in changes.links_moved}
    for end in changes.links_gone if before else ():
        if before and end.netns == name and end not in renamed.values():
            sockets.append(_ghost(name, before.end(end), joined=end not in moved))
    old = before.namespaces.get(name) if before else None
    return Room(
        name,
        _kind(namespace),
        tuple(sockets),
        state_of(namespace.lo).look if namespace.lo else "down",
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


def _socket(netns: str, link: Link, mark: str = "") -> Socket:
    return Socket(
        End(netns, link.ifname),
        link.ifindex,
        link.kind,
        *state_of(link),
        link.addresses,
        _far(netns, link),
        link.master,
        mark,
    )


def _far(netns: str, link: Link) -> End | None:
    """Return the other end of a link's cable."""
    if link.peer is None and link.link_netnsid is not None and link.peer_ifindex:
        return End(_unnamed(netns, link.link_netnsid), f"@if{link.peer_ifindex}")
    return link.peer


def _ghost(netns: str, link: Link, mark: str = "gone", joined: bool = True) -> Socket:
    """Return what was there; a link that moved took its cable along."""
    peer = link.peer if joined else None
    return Socket(End(netns, link.ifname), link.ifindex, link.kind, "gone", "", (), peer, link.master, mark)


def _ghost_room(before: Network, name: str) -> Room:
    was = before.namespaces[name]
    sockets = tuple(_ghost(name, link, "") for link in was.links if link.kind != "loopback")
    return Room(name, _kind(was), sockets, "gone", mark="gone", container=was.container)


def _unnamed(netns: str, nsid: int) -> str:
    """Return a key for a namespace that has no name; a real name has no slash."""
    return f"{netns}/{nsid}"


def _unnamed_rooms(network: Network) -> Iterator[Room]:
    seen: dict[str, list[Socket]] = {}
    for name, namespace in network.namespaces.items():
        for link in namespace.links:
            peer = _far(name, link)
            if link.peer is None and peer:
                far = Socket(peer, link.peer_ifindex or 0, "veth", "gone", "", (), End(name, link.ifname))
                seen.setdefault(peer.netns, []).append(far)
    for key, sockets in seen.items():
        yield Room(key, "unnamed", tuple(sockets), "gone")


def _notes(namespace: Namespace, old: Namespace | None) -> Iterator[Note]:
    if old and namespace.ip_forward and not old.ip_forward:
        yield Note("ip_forward = 1", "came")
    if old and old.ip_forward and not namespace.ip_forward:
        yield Note("ip_forward = 1", "gone")
    yield from _called(namespace, old)
    now, then = list(_ways(namespace)), list(_ways(old)) if old else None
    for way in now[:SHOWN_ROUTES]:
        yield Note(way, "came" if then is not None and way not in then else "")
    if len(now) > SHOWN_ROUTES:
        yield Note(_("and {count} more routes").format(count=len(now) - SHOWN_ROUTES))
    yield from (Note(way, "gone") for way in then or () if way not in now)


def _called(namespace: Namespace, old: Namespace | None) -> Iterator[Note]:
    """Yield a line for each name that `ip netns` has for a container's namespace."""
    were = old.also if old else namespace.also
    yield from (Note(f"/run/netns/{name}", "" if name in were else "came") for name in namespace.also)
    yield from (Note(f"/run/netns/{name}", "gone") for name in were if name not in namespace.also)


def _ways(namespace: Namespace) -> Iterator[str]:
    for route in namespace.routes:
        if route.gateway or route.type != "unicast":
            yield _way(route)


def _way(route: Route) -> str:
    words = [] if route.type == "unicast" else [route.type]
    return " ".join([*words, route.dst, *(["via", route.gateway] if route.gateway else [])])
