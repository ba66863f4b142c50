"""Plans the operations that turn one Network into another, in order."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from nslab_kernel.language import translate as _
from nslab_kernel.linux import entries, link_reader, sysctl_tree
from nslab_kernel.linux.kernel_defaults import kernel_defaults, sysctl_defaults
from nslab_kernel.model.entry import Entry
from nslab_kernel.model.network import HOST, Link, Namespace, Network, Route
from nslab_kernel.network import operation, ruleset
from nslab_kernel.network.config_equality import is_user_route, without_volatile
from nslab_kernel.network.entry_order import depth_in, entries_by_key, ifindex_of, port_of
from nslab_kernel.network.link_plan import LinkPlan
from nslab_kernel.network.operation import Operation
from nslab_kernel.network.peers import LinkKey
from nslab_kernel.network.unreached_gateways import add_nexthop, add_route

_AFTER_ROUTES = [kind for kind in entries.KINDS if kind not in (entries.NEXTHOP, *entries.OF_TC)]


class Plan(LinkPlan):
    """The operations that turn one Network into another."""

    def operations(self) -> Iterator[Operation]:
        """Yield the operations: first deletions, then moves and new links, then the links' settings, then the rest."""
        yield from self._delete_routes()
        yield from self._delete_entries()
        yield from self._delete_links()
        yield from map(operation.add_namespace, _only_in(self.target, self.now))
        yield from self._move_links()
        yield from map(operation.delete_namespace, _only_in(self.now, self.target))
        yield from self._add_links()
        yield from self._set_links()
        yield from self._set_sysctls()
        yield from self._set_groups_of_inactive_bridges()
        yield from self._set_states()
        yield from self._set_addresses()
        yield from self._delete_own()
        yield from self._add_entries(entries.NEXTHOP)
        yield from self._add_routes()
        for shown_by in _AFTER_ROUTES:
            yield from self._add_entries(shown_by)
        yield from self._add_entries(entries.QDISC, entries.CLASS)
        yield from self._add_entries(entries.FILTER)
        yield from self._set_rulesets()

    def _delete_routes(self) -> Iterator[Operation]:
        stay = {(key.netns, self.old[key].ifname) for key in self.matches.values()}
        for name, was, namespace in self._sides():
            if was.routes == namespace.routes:
                continue
            wanted = {without_volatile(route) for route in namespace.routes}
            for route in was.routes:
                # Linux deletes the routes of a deleted link itself.
                stays = route.dev is None or (name, route.dev) in stay
                if stays and is_user_route(route) and without_volatile(route) not in wanted:
                    yield operation.delete_route(name, route, _index(was, route.dev))

    def _delete_entries(self) -> Iterator[Operation]:
        for name, was, namespace in self._sides():
            if not was.entries:
                continue
            going = [*_only_there(was, namespace), *_behind_new_rules(namespace, was)]
            going = [entry for entry in going if not _is_of_inactive_bridge(entry, was)]
            disciplines = {ifindex_of(entry) for entry in going if entry.shown_by == entries.QDISC}
            for shown_by in reversed(entries.KINDS):
                for entry in reversed(going):
                    is_inside = shown_by in (entries.CLASS, entries.FILTER) and ifindex_of(entry) in disciplines
                    if entry.shown_by == shown_by and not is_inside:
                        yield operation.delete_entry(name, entry)

    def _set_groups_of_inactive_bridges(self) -> Iterator[Operation]:
        """Change multicast groups of bridges that are or will be inactive, each of them activated for that moment."""
        for name, was, namespace in self._sides():
            gone = [entry for entry in _only_there(was, namespace) if _is_of_inactive_bridge(entry, was)]
            came = [entry for entry in _only_there(namespace, was) if _is_of_inactive_bridge(entry, namespace)]
            for index in sorted({ifindex_of(entry) for entry in (*gone, *came)}):
                key = LinkKey(name, index)
                if key not in self.states:
                    continue  # the bridge is deleted itself, or cannot be made
                state, bridge = self.states[key], self.new[key]
                if not state.link.up:
                    yield operation.set_up(name, bridge)
                    state.link = replace(state.link, flags=("UP",))
                if not _snoops(bridge):
                    yield operation.set_snooping(name, bridge, True)
                if state.was is not None and state.was is self.old.get(key):
                    ports = {index, *(link.ifindex for link in namespace.links if link.master == bridge.ifname)}
                    left = (one for one in gone if ifindex_of(one) == index and port_of(one) in ports)
                    yield from (operation.delete_entry(name, one) for one in left)
                yield from (operation.add_entry(name, one) for one in came if ifindex_of(one) == index)
                if not _snoops(bridge):
                    yield operation.set_snooping(name, bridge, False)

    def _set_sysctls(self) -> Iterator[Operation]:
        """Set IPv4 forwarding first, then `all` and `default`, because these overwrite values of single interfaces."""
        for name, was, namespace in self._sides():
            if namespace.ip_forward != was.ip_forward:
                yield operation.set_sysctl(name, "net.ipv4.ip_forward", str(int(namespace.ip_forward)))
            old, new = dict(was.sysctls) | self._inherited(name, was), dict(namespace.sysctls)
            gone = {link.ifname for link in was.links} - {link.ifname for link in namespace.links}
            for key in sorted(old.keys() | new.keys(), key=_all_first):
                value = new.get(key, _usual_value(key, namespace))
                if old.get(key) != value and value is not None and sysctl_tree.interface_of_key(key) not in gone:
                    yield operation.set_sysctl(name, key, value)

    def _inherited(self, name: str, was: Namespace) -> dict[str, str]:
        """Return the sysctls that interfaces made by this plan inherit from `default`."""
        defaults = [(key, value) for key, value in was.sysctls if ".default." in key]
        made = [self.new[key].ifname for key, state in self.states.items() if key.netns == name and not state.was]
        return {
            key.replace(".default.", f".{ifname.replace('.', '/')}."): value
            for key, value in defaults
            for ifname in made
        }

    def _add_routes(self) -> Iterator[Operation]:
        """Add missing routes, and those that earlier operations of the plan may have removed."""
        routes_lost = {key.netns for key, state in self.states.items() if state.routes_lost}
        for name, was, namespace in self._sides():
            there = {without_volatile(route) for route in was.routes}
            wanted = [without_volatile(route) for route in namespace.routes if is_user_route(route)]
            # A kernel route that is missing although its address was there before was deleted by somebody.
            had = {source.partition("/")[0] for link in was.links for source in link.addresses}
            wanted += [without_volatile(r) for r in namespace.routes if not is_user_route(r) and r.prefsrc in had]
            shown = {without_volatile(route): route for route in namespace.routes}
            own = {source.partition("/")[0] for link in namespace.links for source in link.addresses}
            counts = Counter(map(_where_to, wanted))
            for route in sorted(wanted, key=lambda route: (route.gateway is not None, bool(route.attributes))):
                if route not in there or name in routes_lost:
                    oif, beside = _index(namespace, route.dev), counts[_where_to(route)] > 1
                    made = add_route(name, namespace, replace(shown[route], flags=route.flags), oif, beside)
                    # Linux keeps routes via a gateway that became a local address, but accepts no new ones.
                    may_fail = route in there or (namespace.inode and route.gateway in own)
                    yield operation.if_taken(made) if may_fail else made

    def _add_entries(self, *shown_by: str) -> Iterator[Operation]:
        for name, was, namespace in self._sides():
            if not namespace.entries:
                continue
            missing = [*_only_there(namespace, was), *_behind_new_rules(namespace, was)]
            missing = [entry for entry in missing if entry.shown_by in shown_by]
            missing = [entry for entry in missing if not _is_of_inactive_bridge(entry, namespace)]
            for entry in sorted(missing, key=depth_in(missing)):
                is_nexthop = entry.shown_by == entries.NEXTHOP
                yield add_nexthop(name, was, namespace, entry) if is_nexthop else operation.add_entry(name, entry)

    def _set_rulesets(self) -> Iterator[Operation]:
        for name, was, namespace in self._sides():
            if was.ruleset == namespace.ruleset:
                continue
            for program, text in ruleset.changes(was.ruleset, namespace.ruleset):
                yield operation.set_rules(name, program, text)
            for program in sorted(ruleset.unread(was.ruleset) | ruleset.unread(namespace.ruleset)):
                what = _("What {program} shows of the packet filter is left out: the program is not installed.")
                self.left_out.append(what.format(program=program))


def _usual_value(key: str, namespace: Namespace) -> str | None:
    """Return the value that a sysctl has in a new namespace or for a new interface; `None` if unknown."""
    key = sysctl_tree.place(key)
    folder, _slash, name = key.rpartition("/")
    if ifname := sysctl_tree.interface_of(folder):
        kind = next((link.kind for link in namespace.links if link.ifname == ifname), "")
        usual = kernel_defaults().sysctl_defaults(ifname, kind)
        return usual.get(f"{folder.rpartition('/')[0]}/{name}")
    return sysctl_defaults(namespace.name == HOST).get(key)


def _only_there(one: Namespace, other: Namespace) -> list[Entry]:
    """Return the entries of one namespace that the other does not have."""
    if not one.entries:
        return []
    others = entries_by_key(other)
    return [entry for key, entry in entries_by_key(one).items() if key not in others]


def _behind_new_rules(wanted: Namespace, was: Namespace) -> Iterator[Entry]:
    """Yield the rules that must be added again to follow a new one: Linux adds a rule as the last of its priority."""
    there, new = entries_by_key(was), set()
    for key, entry in entries_by_key(wanted).items():
        if entry.shown_by in (entries.RULE, entries.RULE6):
            place = entry.shown_by, entry.text.partition(":")[0]
            if key not in there:
                new.add(place)
            elif place in new:
                yield entry


def _is_of_inactive_bridge(entry: Entry, namespace: Namespace) -> bool:
    """Return whether an entry is a multicast group of a bridge that is down or does not snoop in this namespace.

    Linux changes no groups of such a bridge; `br_mdb_config_init` in net/bridge/br_mdb.c.
    """
    active = (link.up and _snoops(link) for link in namespace.links if link.ifindex == ifindex_of(entry))
    return entry.shown_by == entries.MDB and not next(active, True)


def _snoops(bridge: Link) -> bool:
    return dict(bridge.attributes).get(link_reader.MCAST_SNOOPING) != b"\0"


def _all_first(key: str) -> tuple[bool, bool, str]:
    return ".all." not in key, ".default." not in key, key


def _where_to(route: Route) -> tuple[object, ...]:
    """Return the key by which `ip route replace` finds a route."""
    return route.family, route.dst, route.tos, route.metric, route.table


def _index(namespace: Namespace, ifname: str | None) -> int:
    return namespace.link(ifname).ifindex if ifname else 0


def _only_in(one: Network, other: Network) -> list[str]:
    return [name for name in one.namespaces if name not in other.namespaces]
