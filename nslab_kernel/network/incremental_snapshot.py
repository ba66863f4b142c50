"""The lab as a Network, updated from the kernel's notifications."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from nslab_kernel.errors import NoNamespace
from nslab_kernel.linux import (
    container_netns,
    link_options,
    namespace_state,
    nsids,
    sysctl_state,
    sysctl_writes,
    uapi,
    worker,
)
from nslab_kernel.linux.bridge_entries import filtered_address
from nslab_kernel.linux.container_netns import NamespaceRef
from nslab_kernel.linux.events import Events
from nslab_kernel.linux.kernel_defaults import kernel_defaults
from nslab_kernel.linux.lab import MACHINE, host_inode, lab
from nslab_kernel.linux.link_reader import ReadLink
from nslab_kernel.linux.namespace_state import NamespaceState
from nslab_kernel.linux.stale_parts import StaleParts
from nslab_kernel.linux.sysctl_writes import Written
from nslab_kernel.model.entry import Entry
from nslab_kernel.model.lookup import ends
from nslab_kernel.model.network import HOST, Attributes, End, Link, Namespace, Network, in_columns
from nslab_kernel.network.link_flags import flags_of
from nslab_kernel.network.peers import LinkKey, find_peers


@dataclass
class _KnownNamespace:
    """One namespace as it was read last."""

    ref: NamespaceRef
    state: NamespaceState
    namespace: Namespace
    links: dict[int, Link] = field(default_factory=dict)


class IncrementalSnapshot:
    """The whole lab, updated at each call of `network()`. All methods run in the worker thread."""

    def __init__(self) -> None:
        self.host = host_inode()
        self._events = Events()
        self._watcher = sysctl_writes.watcher()
        self._known: dict[str, _KnownNamespace] = {}
        self._peers: dict[LinkKey, End] = {}
        self._veth_ends: dict[LinkKey, tuple[str, int | None, int | None]] = {}
        """The name of each veth end, with its peer's ifindex and nsid."""
        self._silent: set[LinkKey] = set()
        """Links that each snapshot reads, because Linux may send no notification when one of their options is set."""
        self._above_others: set[LinkKey] = set()
        """Links whose lower link is in another network namespace."""
        self._macs_above: dict[LinkKey, set[str]] = {}
        """For each lower link, the MAC addresses of the links above: Linux adds them to its FDB without notifying."""
        self._network = Network()
        self._made_here = self._thorough = False
        self._update({name: StaleParts(all=True) for name in self._events.namespaces})

    def network(self, thorough: bool, neighbours_of: Iterable[str] | None, made_here: bool) -> Network:
        """Return the lab as it is now; the same object as last time if nothing changed.

        Args:
            thorough: Whether to read everything anew.
            neighbours_of: The namespaces whose neighbours are read in any case; `None` means all.
            made_here: Whether the lab itself has just made what is new, so that its sysctls have their defaults.
        """
        changed, written = self._events.look(), self._watcher.written()
        self._made_here = made_here
        for name in self._events.namespaces if neighbours_of is None else neighbours_of:
            changed.setdefault(name, StaleParts()).neighbours.add(0)
        for key in self._silent:
            changed.setdefault(key.netns, StaleParts()).links.add(key.ifindex)
        if thorough:
            changed |= {name: StaleParts(all=True, parts={"unnotified"}) for name in self._events.namespaces}
        self._thorough = thorough
        if changed or written:
            self._update(changed, written)
        return self._network

    def close(self) -> None:
        """Close every socket and descriptor."""
        self._events.close()

    def _update(self, changed: dict[str, StaleParts], written: Iterable[Written] = ()) -> None:
        """Read what changed, then rebuild the Links and Namespaces whose fields depend on it."""
        old_names = {name: self._netns_name(name) for name in changed}
        different = self._read_changed(changed)
        stale = self._read_written(written) | {key.netns for key in different} | changed.keys()
        renamed = {name for name, was in old_names.items() if was != self._netns_name(name)}
        indices: dict[str, set[int]] = {name: set() for name in stale}
        for key in self._links_to_rebuild(different, renamed):
            indices.setdefault(key.netns, set()).add(key.ifindex)
        for name in indices.keys() & self._known.keys():
            self._rebuild(name, indices[name])
        for name in self._update_macs_above() & self._known.keys():
            self._rebuild(name, set())
        now = self._known_network()
        if now.namespaces != self._network.namespaces:
            self._network = now

    def _known_network(self) -> Network:
        order = [name for name in self._events.namespaces if name in self._known]
        return Network({name: self._known[name].namespace for name in order})

    def _update_macs_above(self) -> set[str]:
        """Collect the MAC addresses of links stacked on others; return the namespaces where they changed."""
        before, self._macs_above = self._macs_above, {}
        if any(known.state.fdb for known in self._known.values()):
            links = dict(ends(self._known_network()))
            for link in links.values():
                below = link.link
                while below in links:
                    known_of_it = self._macs_above.setdefault(LinkKey(below.netns, links[below].ifindex), set())
                    if link.mac in known_of_it:
                        break
                    known_of_it.add(link.mac)
                    below = links[below].link
        keys = before.keys() | self._macs_above.keys()
        return {key.netns for key in keys if before.get(key) != self._macs_above.get(key)}

    def _is_by_linux(self, name: str, entry: Entry) -> bool:
        """Return whether Linux itself made this FDB entry, for a link stacked on the link that has the entry."""
        index, mac = filtered_address(entry) or (0, "")
        return mac in self._macs_above.get(LinkKey(name, index), ())

    def _read_changed(self, changed: dict[str, StaleParts]) -> set[LinkKey]:
        """Read the stale parts of namespaces, then the peers of changed veth ends; return the links that changed."""
        different: set[LinkKey] = set()
        for name, parts in changed.items():
            different |= self._refresh(name, parts)
        # When a veth end is set down or moved, Linux notifies its peer's namespace a second later, or never.
        for name, others in self._other_ends(different).items():
            different |= self._refresh(name, StaleParts(links=others))
        self._silent = {key for key in self._silent | different if self._is_silent(key)}
        self._above_others = {key for key in self._above_others | different if self._is_above_another(key)}
        return different

    def _links_to_rebuild(self, different: set[LinkKey], renamed: set[str]) -> set[LinkKey]:
        """Find the peers of veth ends; return the links that changed and the links whose fields depend on them."""
        before, self._peers = self._peers, self._find_peers(different)
        links = set(different)
        if self._peers is not before:
            links |= {key for key, _end in before.items() ^ self._peers.items()}
        # A Link contains its lower link's name, and the name that `ip netns` has for its peer's namespace.
        links |= {key for key, end in self._peers.items() if end.netns in renamed} if renamed else set()
        links |= self._above_others if different else set()
        return links

    def _refresh(self, name: str, stale: StaleParts) -> set[LinkKey]:
        """Read the stale parts of a namespace; return the links that changed."""
        ref, known = self._events.namespaces.get(name), self._known.get(name)
        before = known.state.links if known else {}
        if known and (ref is None or ref.inode != known.ref.inode):
            self._watcher.forget(known.ref.inode)
            del self._known[name]
            known = None
        if ref is None:
            return {LinkKey(name, index) for index in before}
        try:
            with worker.inside(ref.where):
                if known:
                    return {LinkKey(name, index) for index in self._read_again(known, ref, stale)}
                self._read_first(name, ref)
        except NoNamespace:  # deleted meanwhile
            self._known.pop(name, None)
            return {LinkKey(name, index) for index in before}
        return {LinkKey(name, index) for index in before.keys() | self._known[name].state.links.keys()}

    def _read_first(self, name: str, ref: NamespaceRef) -> None:
        found = namespace_state.read(name == HOST)
        if name != HOST or lab().kind != MACHINE:  # the machine's sysctls are not the lab's
            sysctl_state.read_sysctls(found, ref.inode)
        self._known[name] = _KnownNamespace(ref, found, Namespace(name))

    def _read_again(self, known: _KnownNamespace, ref: NamespaceRef, stale: StaleParts) -> set[int]:
        before, known.ref = dict(known.state.links), ref
        different = namespace_state.refresh(known.state, stale)
        thorough = self._thorough
        if (different or thorough) and (not known.state.is_host or lab().kind != MACHINE):
            sysctl_state.read_new_interfaces(known.state, ref.inode, self._made_here)
            changed = known.state.links.keys() if thorough else different
            sysctl_state.read_changed_interfaces(known.state, before, changed, every=thorough)
        return different

    def _other_ends(self, different: Iterable[LinkKey]) -> dict[str, set[int]]:
        """Return the ifindexes of these links' peers that have not just been read, by namespace."""
        beyond: dict[str, set[int]] = {}
        for key in different:
            end = self._peers.get(key)
            if end and end.netns in self._known:
                for index, link in self._known[end.netns].state.links.items():
                    if link.peer_ifindex == key.ifindex and LinkKey(end.netns, index) not in different:
                        beyond.setdefault(end.netns, set()).add(index)
        return beyond

    def _is_silent(self, key: LinkKey) -> bool:
        """Return whether a link belongs in `_silent`: it is down. Veth ends and built-in links are too many to read."""
        link = self._read_link(key)
        return bool(
            link
            and not link.flags & uapi.IFF_UP
            and link.kind != "veth"
            and link.ifname not in kernel_defaults().builtin_links
        )

    def _is_above_another(self, key: LinkKey) -> bool:
        link = self._read_link(key)
        return bool(link and link.lower_ifindex and link.link_netnsid is not None)

    def _read_link(self, key: LinkKey) -> ReadLink | None:
        known = self._known.get(key.netns)
        return known.state.links.get(key.ifindex) if known else None

    def _read_written(self, written: Iterable[Written]) -> set[str]:
        if not written:
            return set()
        by_inode: dict[int, list[Written]] = {}
        for one in written:
            by_inode.setdefault(one.inode, []).append(one)
        touched = set()
        for name, known in self._known.items():
            if known.ref.inode in by_inode:
                with contextlib.suppress(NoNamespace), worker.inside(known.ref.where):
                    sysctl_state.read_written(known.state, by_inode[known.ref.inode])
                    touched.add(name)
        return touched

    def _find_peers(self, different: set[LinkKey]) -> dict[LinkKey, End]:
        """Return the peers of all veth ends; find anew those of veth ends that changed or whose peer changed."""
        veth_ends = {key: self._veth_end(key) for key in different}
        different = {key for key, veth_end in veth_ends.items() if veth_end != self._veth_ends.get(key)}
        if not different:
            return self._peers
        known = dict(self._peers)
        for key in different:
            end, was = known.pop(key, None), self._veth_ends.pop(key, None)
            if end and was and was[1]:
                known.pop(LinkKey(end.netns, was[1]), None)
        self._veth_ends |= {key: veth_end for key in different if (veth_end := veth_ends[key])}
        states = {name: known.state for name, known in self._known.items()}
        namespaces = {name: known.ref for name, known in self._known.items()}
        return known | find_peers(states, namespaces, [key for key in self._veth_ends if key not in known])

    def _veth_end(self, key: LinkKey) -> tuple[str, int | None, int | None] | None:
        """Return a veth end's name, and its peer's ifindex and nsid."""
        link = self._read_link(key)
        return (link.ifname, link.peer_ifindex, link.link_netnsid) if link and link.peer_ifindex else None

    def _rebuild(self, name: str, indices: set[int]) -> None:
        """Rebuild a Namespace and those of its Links that changed or depend on a change."""
        known = self._known[name]
        found, old = known.state, known.namespace
        names, old_names = found.names, {index: link.ifname for index, link in known.links.items()}
        renamed = {index for index in indices if names.get(index) != old_names.get(index)}
        # A Link contains its master's and lower link's name, and whether a peer in the same namespace is up.
        referring = {
            index
            for index, link in found.links.items()
            if link.master in renamed
            or (link.link_netnsid is None and (link.lower_ifindex in renamed or link.peer_ifindex in indices))
        }
        for index in (indices | referring) & found.links.keys():
            known.links[index] = self._link(known, found.links[index], name)
        known.links = {index: known.links[index] for index in found.links}
        ref = known.ref
        now = Namespace(
            name,
            tuple(known.links.values()),
            tuple(found.routes),
            tuple(found.all_neighbours),
            found.ip_forward,
            tuple(entry for entry in found.entries if not self._is_by_linux(name, entry)),
            found.ruleset,
            found.keys,
            ref.inode,
            ref.container,
            ref.also,
        )
        known.namespace = old if old == now else now

    def _link(self, known: _KnownNamespace, link: ReadLink, name: str) -> Link:
        found = known.state
        peer = self._peers.get(LinkKey(name, link.ifindex))
        netns_name = self._netns_name(peer.netns) if peer and peer.netns != name else None
        peer_here = found.links.get(link.peer_ifindex) if link.peer_ifindex and link.link_netnsid is None else None
        master = found.links.get(link.master) if link.master else None
        attributes = kernel_defaults().non_default(link)
        addresses, details = in_columns(found.addresses.get(link.ifindex, ()))
        return Link(
            link.ifname,
            link.ifindex,
            link.kind,
            link.mac,
            link.mtu,
            link.operstate,
            flags_of(link, peer_here is not None and not peer_here.flags & uapi.IFF_UP),
            addresses,
            peer,
            peer_ifindex=link.peer_ifindex or link.lower_ifindex,
            link_netnsid=link.link_netnsid,
            master=master.ifname if master else None,
            qdisc=link.qdisc,
            peer_netns_unnamed=netns_name == "",
            peer_netns_name=netns_name or "",
            link=self._lower_link(name, link),
            altnames=link.altnames,
            attributes=attributes,
            options=self._options(known, link, attributes),
            address_details=details,
            engine=name == HOST and self._is_engines(link, peer, master),
        )

    def _is_engines(self, link: ReadLink, peer: End | None, master: ReadLink | None) -> bool:
        """Return whether a host's link is a container engine's bridge, or the veth port of one, to a container."""
        if master is None:
            return container_netns.is_engine_bridge(link.ifname)
        into_container = peer is None or (peer.netns in self._known and bool(self._known[peer.netns].ref.container))
        return link.kind == "veth" and into_container and container_netns.is_engine_bridge(master.ifname)

    def _netns_name(self, netns: str) -> str | None:
        ref = self._known[netns].ref if netns in self._known else None
        return "".join(ref.also[:1]) if ref and ref.container else None

    def _lower_link(self, name: str, link: ReadLink) -> End | None:
        """Return the interface below a link; `None` if it is not in a namespace of the lab."""
        if not link.lower_ifindex:
            return None
        if link.link_netnsid is None:
            lower = self._known[name].state.links.get(link.lower_ifindex)
            return End(name, lower.ifname) if lower else None
        with contextlib.suppress(NoNamespace), worker.inside(self._known[name].ref.where):
            where = {known.ref.where: other for other, known in self._known.items()}
            for path, number in nsids.nsids_of(where).items():
                lower = self._known[where[path]].state.links.get(link.lower_ifindex)
                if number == link.link_netnsid and lower:
                    return End(where[path], lower.ifname)
        return None

    def _options(self, known: _KnownNamespace, link: ReadLink, attributes: Attributes) -> tuple[str, ...]:
        if not attributes:
            return ()
        with contextlib.suppress(NoNamespace), worker.inside(known.ref.where):
            return link_options.options(link, attributes)
        return ()
