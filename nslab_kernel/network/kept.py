"""The lab as a Network, kept true by what Linux tells of changes."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from nslab_kernel.errors import NoNamespace
from nslab_kernel.linux import nsids, options, reading, switch_reading, sysctl_tree, tenants, worker
from nslab_kernel.linux.dirty import Dirty
from nslab_kernel.linux.events import Events
from nslab_kernel.linux.lab import MACHINE, host_inode, lab
from nslab_kernel.linux.link_reader import ReadLink
from nslab_kernel.linux.newborn import newborn
from nslab_kernel.linux.reading import Reading
from nslab_kernel.linux.sysctl_tree import Written
from nslab_kernel.linux.tenants import Room
from nslab_kernel.linux.uapi import IFF_UP
from nslab_kernel.model.network import HOST, Attributes, End, Link, Namespace, Network
from nslab_kernel.network.link_value import as_link
from nslab_kernel.network.peers import Place, find_peers


@dataclass
class _Kept:
    """One namespace that is kept true."""

    room: Room
    reading: Reading
    namespace: Namespace
    links: dict[int, Link] = field(default_factory=dict)


class Lab:
    """The whole lab, kept true. All its methods run within the worker thread."""

    def __init__(self) -> None:
        self.host = host_inode()
        self._events = Events()
        self._watcher = sysctl_tree.watcher()
        self._kept: dict[str, _Kept] = {}
        self._peers: dict[Place, End] = {}
        self._cables: dict[Place, tuple[str, int | None, int | None]] = {}
        """Of each veth end, its name and where it says that its other end is."""
        self._network = Network()
        self._made_here = self._thorough = False
        self._update({name: Dirty(all=True) for name in self._events.rooms})

    def network(self, thorough: bool, neighbours_of: Iterable[str], made_here: bool) -> Network:
        """Return the lab as it is now; the very same value as the last time where nothing has changed."""
        changed, written = self._events.look(), self._watcher.written()
        self._made_here = made_here
        for name in neighbours_of:
            changed.setdefault(name, Dirty()).neighbours.add(0)
        if thorough:
            changed |= {name: Dirty(all=True, parts={"untold"}) for name in self._events.rooms}
        self._thorough = thorough
        if changed or written:
            self._update(changed, written)
        return self._network

    def close(self) -> None:
        """Close every socket and descriptor."""
        self._events.close()

    def _update(self, changed: dict[str, Dirty], written: Iterable[Written] = ()) -> None:
        different: set[Place] = set()
        called = {name: self._called(name) for name in changed}
        for name, dirty in changed.items():
            different |= self._refresh(name, dirty)
        # Of an end that was set down or moved, Linux tells the other end's namespace a second later, or never.
        for name, others in self._beyond(different).items():
            different |= self._refresh(name, Dirty(links=others))
        stale = self._read_written(written) | {place.netns for place in different} | changed.keys()
        peers = self._find_peers(different)
        called = {name: was for name, was in called.items() if was != self._called(name)}
        links = different
        if peers is not self._peers:
            links = links | {place for place, _end in self._peers.items() ^ peers.items()}
        # Links tell what `ip netns` calls the namespace of their other end.
        links |= {place for place, end in peers.items() if end.netns in called} if called else set()
        self._peers = peers
        indices: dict[str, set[int]] = {name: set() for name in stale}
        for place in links:
            indices.setdefault(place.netns, set()).add(place.ifindex)
        for name in indices.keys() & self._kept.keys():
            self._make(name, indices[name])
        order = [name for name in self._events.rooms if name in self._kept]
        now = {name: self._kept[name].namespace for name in order}
        if now != dict(self._network.namespaces):
            self._network = Network(now)

    def _refresh(self, name: str, dirty: Dirty) -> set[Place]:
        """Read what is dirty in a namespace; return the links that are different."""
        room, kept = self._events.rooms.get(name), self._kept.get(name)
        before = kept.reading.links if kept else {}
        if kept and (room is None or room.inode != kept.room.inode):
            self._watcher.forget(kept.room.inode)
            del self._kept[name]
            kept = None
        if room is None:
            return {Place(name, index) for index in before}
        try:
            with worker.inside(room.where):
                if kept:
                    return {Place(name, index) for index in self._read_again(kept, room, dirty)}
                self._read_first(name, room)
        except NoNamespace:  # deleted meanwhile
            self._kept.pop(name, None)
            return {Place(name, index) for index in before}
        return {Place(name, index) for index in before.keys() | self._kept[name].reading.links.keys()}

    def _read_first(self, name: str, room: Room) -> None:
        found = reading.read(name == HOST)
        if name != HOST or lab().kind != MACHINE:  # the machine's own switches are not the lab's
            switch_reading.read_switches(found, self._watcher, room.inode, self._watcher.is_new(room.inode))
        self._kept[name] = _Kept(room, found, Namespace(name))

    def _read_again(self, kept: _Kept, room: Room, dirty: Dirty) -> set[int]:
        before, kept.room = dict(kept.reading.links), room
        different = reading.refresh(kept.reading, dirty)
        thorough = self._thorough
        if (different or thorough) and (not kept.reading.is_host or lab().kind != MACHINE):
            switch_reading.read_new_interfaces(kept.reading, self._watcher, room.inode, self._made_here)
            changed = kept.reading.links.keys() if thorough else different
            switch_reading.read_changed_interfaces(kept.reading, before, changed, every=thorough)
        return different

    def _beyond(self, different: Iterable[Place]) -> dict[str, set[int]]:
        """Return the other ends of these links, by namespace, those that were not read just now."""
        beyond: dict[str, set[int]] = {}
        for place in different:
            end = self._peers.get(place)
            if end and end.netns in self._kept:
                for index, link in self._kept[end.netns].reading.links.items():
                    if link.peer_ifindex == place.ifindex and Place(end.netns, index) not in different:
                        beyond.setdefault(end.netns, set()).add(index)
        return beyond

    def _read_written(self, written: Iterable[Written]) -> set[str]:
        if not written:
            return set()
        by_inode: dict[int, list[Written]] = {}
        for one in written:
            by_inode.setdefault(one.inode, []).append(one)
        touched = set()
        for name, kept in self._kept.items():
            if kept.room.inode in by_inode:
                with contextlib.suppress(NoNamespace), worker.inside(kept.room.where):
                    switch_reading.read_written(kept.reading, by_inode[kept.room.inode])
                    touched.add(name)
        return touched

    def _find_peers(self, different: set[Place]) -> dict[Place, End]:
        """Find the other end of every veth whose own end or other end is different; the rest is known."""
        cables = {place: self._cable(place) for place in different}
        different = {place for place, cable in cables.items() if cable != self._cables.get(place)}
        if not different:
            return self._peers
        known = dict(self._peers)
        for place in different:
            end, was = known.pop(place, None), self._cables.pop(place, None)
            if end and was and was[1]:
                known.pop(Place(end.netns, was[1]), None)
        self._cables |= {place: cable for place in different if (cable := cables[place])}
        readings = {name: kept.reading for name, kept in self._kept.items()}
        rooms = {name: kept.room for name, kept in self._kept.items()}
        return known | find_peers(readings, rooms, [place for place in self._cables if place not in known])

    def _cable(self, place: Place) -> tuple[str, int | None, int | None] | None:
        """Return what a veth end is called, and where it says that its other end is."""
        kept = self._kept.get(place.netns)
        link = kept.reading.links.get(place.ifindex) if kept else None
        return (link.ifname, link.peer_ifindex, link.link_netnsid) if link and link.peer_ifindex else None

    def _make(self, name: str, indices: set[int]) -> None:
        """Make the value of a namespace anew, and of its links those that are different."""
        kept = self._kept[name]
        found, old = kept.reading, kept.namespace
        # A link tells the names of its bridge and of the link below it, and whether its peer beside it is up.
        told = {
            index
            for index, link in found.links.items()
            if link.master in indices or link.lower_ifindex in indices or link.peer_ifindex in indices
        }
        for index in (indices | told) & found.links.keys():
            kept.links[index] = self._link(kept, found.links[index], name)
        kept.links = {index: kept.links[index] for index in found.links}
        room = kept.room
        now = Namespace(
            name,
            tuple(kept.links.values()),
            tuple(found.routes),
            tuple(found.all_neighbours),
            found.ip_forward,
            found.entries,
            found.ruleset,
            found.keys,
            room.inode,
            room.container,
            room.also,
        )
        kept.namespace = old if old == now else now

    def _link(self, kept: _Kept, link: ReadLink, name: str) -> Link:
        found = kept.reading
        peer = self._peers.get(Place(name, link.ifindex))
        called = self._called(peer.netns) if peer and peer.netns != name else None
        beside = found.links.get(link.peer_ifindex) if link.peer_ifindex and link.link_netnsid is None else None
        master = found.links.get(link.master) if link.master else None
        attributes = newborn().unusual(link)
        addresses = found.addresses.get(link.ifindex, [])
        details = tuple(detail for _addr, detail in addresses)
        return as_link(
            link,
            beside is not None and not beside.flags & IFF_UP,
            tuple(addr for addr, _detail in addresses),
            peer,
            master.ifname if master else None,
            called,
            self._below(name, link),
            attributes,
            self._options(kept, link, attributes),
            details if any(details) else (),
            name == HOST and self._is_engines(link, peer, master),
        )

    def _is_engines(self, link: ReadLink, peer: End | None, master: ReadLink | None) -> bool:
        """Whether a container engine made a link of the host: its bridge, or a cable from there into a container."""
        if master is None:
            return tenants.is_engines(link.ifname)
        into_container = peer is None or (peer.netns in self._kept and bool(self._kept[peer.netns].room.container))
        return link.kind == "veth" and into_container and tenants.is_engines(master.ifname)

    def _called(self, netns: str) -> str | None:
        room = self._kept[netns].room if netns in self._kept else None
        return "".join(room.also[:1]) if room and room.container else None

    def _below(self, name: str, link: ReadLink) -> End | None:
        """Return the interface below, where it is in a namespace of the lab."""
        if not link.lower_ifindex:
            return None
        if link.link_netnsid is None:
            lower = self._kept[name].reading.links.get(link.lower_ifindex)
            return End(name, lower.ifname) if lower else None
        with contextlib.suppress(NoNamespace), worker.inside(self._kept[name].room.where):
            where = {kept.room.where: other for other, kept in self._kept.items()}
            for path, number in nsids.numbers(where).items():
                lower = self._kept[where[path]].reading.links.get(link.lower_ifindex)
                if number == link.link_netnsid and lower:
                    return End(where[path], lower.ifname)
        return None

    def _options(self, kept: _Kept, link: ReadLink, attributes: Attributes) -> tuple[str, ...]:
        if not attributes:
            return ()
        with contextlib.suppress(NoNamespace), worker.inside(kept.room.where):
            return options.options(link, attributes)
        return ()
