"""Plans the operations that create, move, set and delete interfaces."""

from collections.abc import Iterator
from dataclasses import replace

from nslab_kernel.language import translate as _
from nslab_kernel.model.network import End, Link, Namespace, Network
from nslab_kernel.network import bridge_inheritance, link_state, operation
from nslab_kernel.network.config_equality import configured_addresses, deleted_kernel_routes, without_volatile
from nslab_kernel.network.left_out import creatable
from nslab_kernel.network.link_matching import links_by_key, match, peer_key
from nslab_kernel.network.link_state import LinkState, is_born, is_built_in, own_mac
from nslab_kernel.network.operation import Operation
from nslab_kernel.network.peers import LinkKey
from nslab_kernel.network.validate_network import IPV6_MTU_MIN

EMPTY = Namespace("")
_DEEPEST = 8
"""How many links can be stacked on each other; linux/netdevice.h, MAX_NEST_DEV."""


class LinkPlan:
    """The operations that turn the interfaces of one Network into those of another."""

    def __init__(self, now: Network, target: Network) -> None:
        self.matches = match(now, target)
        target, left_out = creatable(target, self.matches)
        self.left_out = list(left_out)
        """One sentence for each thing that cannot be made; complete after all operations were yielded."""
        self.now, self.target = now, target
        self.old, self.new = links_by_key(now), links_by_key(target)
        self.states: dict[LinkKey, LinkState] = {}

    def _sides(self) -> Iterator[tuple[str, Namespace, Namespace]]:
        """Yield the name of each wanted namespace that is not unchanged, with its present and its wanted value."""
        for name, namespace in self.target.namespaces.items():
            was = self.now.namespaces.get(name, EMPTY)
            if was is not namespace:
                yield name, was, namespace

    def _delete_links(self) -> Iterator[Operation]:
        stay, gone = set(self.matches.values()), set()
        # Upper links first: Linux deletes them with their lower link.
        for key, link in sorted(self.old.items(), key=lambda item: -_depth(item[1], self.now)):
            if key in stay or key in gone or is_built_in(link):
                continue
            ends = {key, peer_key(link, self.now) or key}
            gone |= ends
            # Linux deletes a namespace's links asynchronously; a peer elsewhere would still hold its name.
            if any(end.netns in self.target.namespaces for end in ends):
                yield operation.delete_link(key.netns, link)

    def _move_links(self) -> Iterator[Operation]:
        moving = []
        # The wanted names of the interfaces that stay, by their present names.
        masters = {(was.netns, self.old[was].ifname): self.new[key].ifname for key, was in self.matches.items()}
        for key, was in self.matches.items():
            link = self.old[was]
            if link is self.new[key] and key == was:
                self.states[key] = LinkState(link, link)
                continue
            master = masters.get((was.netns, link.master)) if link.master else None
            state = self.states[key] = LinkState(replace(link, master=master), link)
            if was.netns == key.netns and link.ifname == self.new[key].ifname:
                continue
            if link.up and link.ifname != self.new[key].ifname:
                # Before Linux 6.2 only a link that is down can be renamed.
                yield link_state.set_down(was.netns, state)
            if self._needs_temporary_name(key, was):
                yield link_state.rename(was.netns, state, f"link{link.ifindex}")
            moving.append((key, was, state))
        for key, was, state in moving:
            yield from self._move(key, was, state)

    def _needs_temporary_name(self, key: LinkKey, was: LinkKey) -> bool:
        """Return whether another link wants this link's present name here, or has or wants it in its new namespace."""
        name, new = self.old[was].ifname, self.new[key].ifname
        wanted = {(at.netns, link.ifname) for at, link in self.new.items() if at != key}
        taken = {(at.netns, link.ifname) for at, link in self.old.items() if at != was}
        return (was.netns, name) in wanted or (name != new and (key.netns, name) in wanted | taken)

    def _move(self, key: LinkKey, was: LinkKey, state: LinkState) -> Iterator[Operation]:
        if was.netns != key.netns:
            yield operation.move(was.netns, state.link, key.netns)
            state.link = replace(state.link, flags=(), addresses=(), address_details=(), master=None)
            state.routes_lost = True
        if state.link.ifname != self.new[key].ifname:
            yield link_state.rename(key.netns, state, self.new[key].ifname)

    def _add_links(self) -> Iterator[Operation]:
        named = {(key.netns, link.ifname) for key, link in self.old.items()}
        waiting = [key for key in self.new if key not in self.states]
        for key in waiting:  # first, because another link may take the name lo
            link = self.new[key]
            if link.kind == "loopback" and link.ifname != "lo":
                yield operation.rename(key.netns, replace(link, ifname="lo"), link.ifname)
        # Lower links first.
        for key in sorted(waiting, key=lambda key: _depth(self.new[key], self.target)):
            link = self.new[key]
            if key in self.states:
                continue  # it was created with its peer
            if link.kind == "wireguard":
                what = _("{ifname} is made without its keys and peers: the lab does not read what wg sets.")
                self.left_out.append(what.format(ifname=link.ifname))
            peer = peer_key(link, self.target)
            for end in filter(None, (key, peer)):
                # If an old link had this name, it has been deleted, and its routes with it.
                was_named = (end.netns, self.new[end].ifname) in named
                self.states[end] = LinkState(link_state.just_made(self.new[end]), None, routes_lost=was_named)
            if is_born(link):
                continue
            # A bridge that inherits its MAC address gets none. Its MTU is set last: adding ports would change it.
            inherits = bridge_inheritance.inherits_mac(link, self.target.namespaces[key.netns])
            mac = None if inherits else own_mac(link) or None
            mtu = None if link.kind == "bridge" else link.mtu
            yield operation.add_link(key.netns, link, (peer.netns, self.new[peer]) if peer else None, mac, mtu)

    def _set_links(self) -> Iterator[Operation]:
        """Set MAC addresses, MTUs, masters and options; those of bridges last, as bridges inherit from their ports."""
        all_states = ((key.netns, state, self.new[key]) for key, state in self.states.items())
        states = [one for one in all_states if one[1].link is not one[2]]
        # Lower links first: their MTU limits the MTU of the links above.
        states.sort(key=lambda one: _depth(one[2], self.target))
        for netns, state, link in states:
            if link.kind != "bridge" and link.mac == bridge_inheritance.NO_MAC != state.link.mac and state.was:
                what = _("{ifname} keeps its address: Linux gives an address of zeros only to a new interface.")
                self.left_out.append(what.format(ifname=link.ifname))
            elif link.kind != "bridge" and own_mac(state.link) != own_mac(link) != "":
                yield operation.set_mac(netns, link, own_mac(link))
            if link.kind != "bridge" and state.link.mtu != link.mtu:
                yield operation.set_mtu(netns, link, link.mtu)
            yield from self._set_altnames(netns, state.link, link)
        for netns, state, link in states:
            if state.link.master != link.master:
                there = {one.ifname: one for one in self.target.namespaces[netns].links}
                was, master = (there.get(one.master) if one.master else None for one in (state.link, link))
                yield from link_state.set_master(netns, state, link, was, master)
        for netns, state, link in states:
            yield from link_state.set_attributes(netns, state, link)
        for netns, state, link in states:
            if link.kind == "bridge":
                yield from self._set_bridge(netns, state.was, link)

    def _set_altnames(self, netns: str, was: Link, link: Link) -> Iterator[Operation]:
        for altname in was.altnames:
            if altname not in link.altnames:
                yield operation.set_altname(netns, link, altname, there=False)
        for altname in link.altnames:
            if altname not in was.altnames:
                yield operation.set_altname(netns, link, altname, there=True)

    def _set_bridge(self, netns: str, was: Link | None, link: Link) -> Iterator[Operation]:
        if not was:
            if not bridge_inheritance.inherits_mtu(link, self.target.namespaces[netns]):
                yield operation.set_mtu(netns, link, link.mtu)
            return
        sides = was, self.now.namespaces[netns], link, self.target.namespaces[netns]
        if mac := bridge_inheritance.mac_to_set(*sides):
            yield operation.set_mac(netns, link, mac)
        if mtu := bridge_inheritance.mtu_to_set(*sides):
            yield operation.set_mtu(netns, link, mtu)

    def _set_states(self) -> Iterator[Operation]:
        for key, state in self.states.items():
            if state.link.up and not self.new[key].up:
                yield link_state.set_down(key.netns, state)
        vlans = [(key, link) for key, link in self.new.items() if link.kind == "vlan" and not link.up]
        # Veth ends first: an end that comes up sends packets, which a bridge that is already up would flood.
        for key, state in sorted(self.states.items(), key=lambda item: self.new[item[0]].kind != "veth"):
            if self.new[key].up and not state.link.up:
                yield operation.set_up(key.netns, self.new[key])
                if state.link.kind == "loopback" and not link_state.of_family(configured_addresses(state.link), 4):
                    # Linux adds this address when a `lo` without an IPv4 address is set up.
                    state.link = replace(state.link, addresses=("127.0.0.1/8",))
                for at, upon in vlans:  # Linux sets VLANs up with their lower link
                    if upon.link == End(key.netns, self.new[key].ifname):
                        yield operation.set_down(at.netns, upon)

    def _set_addresses(self) -> Iterator[Operation]:
        for key, state in self.states.items():
            if state.link is self.new[key]:
                continue
            there, wanted = configured_addresses(state.link), configured_addresses(self.new[key])
            stays_small = state.was is not None and state.was.mtu == self.new[key].mtu
            if self._has_ipv6_off(key) or (self._is_without_ipv6(key) and not stays_small):
                there = link_state.of_family(there, 4)  # Linux has removed the IPv6 addresses
            for family in (4, 6):
                old, new = link_state.of_family(there, family), link_state.of_family(wanted, family)
                same = link_state.common_start(old, new)
                # Last first: deleting a primary address may delete its secondaries.
                for addr, details in reversed(old[same:]):
                    state.routes_lost |= (family == 4 and not same) or self._is_source(key.netns, addr)
                    yield operation.delete_address(key.netns, self.new[key], addr, details)
                for addr, details in new[same:]:
                    yield operation.add_address(key.netns, self.new[key], addr, details)

    def _is_source(self, netns: str, addr: str) -> bool:
        """Return whether a wanted route has an address as its source: Linux deletes that route with the address."""
        source = addr.partition("/")[0]
        return any(route.prefsrc == source for route in self.target.namespaces[netns].routes)

    def _is_without_ipv6(self, key: LinkKey) -> bool:
        """Return whether an interface has IPv6 disabled, or an MTU too small for IPv6 (RFC 8200, section 5)."""
        return self.new[key].mtu < IPV6_MTU_MIN or self._has_ipv6_off(key)

    def _has_ipv6_off(self, key: LinkKey) -> bool:
        sysctls, ifname = dict(self.target.namespaces[key.netns].sysctls), self.new[key].ifname.replace(".", "/")
        return any(sysctls.get(f"net.ipv6.conf.{which}.disable_ipv6") == "1" for which in ("all", ifname))

    def _delete_own(self) -> Iterator[Operation]:
        """Delete what Linux adds with an address or with UP, where a target that was read from Linux lacks it."""
        for key, state in self.states.items():
            namespace, link = self.target.namespaces[key.netns], self.new[key]
            was = self.now.namespaces.get(key.netns, EMPTY)
            if not namespace.inode or not link.up:
                continue  # a Network typed by hand does not list what Linux adds itself
            for route in deleted_kernel_routes(link, namespace):
                if state.link is not link or without_volatile(route) in {without_volatile(one) for one in was.routes}:
                    yield operation.delete_route(key.netns, route, link.ifindex)
            lacks = link.kind == "loopback" and "::1/128" not in link.addresses and not self._is_without_ipv6(key)
            if lacks and (not state.link.up or "::1/128" in state.link.addresses):
                yield operation.delete_address(key.netns, link, "::1/128", None)


def _depth(link: Link, network: Network) -> int:
    """Return how many links are stacked below a link."""
    depth = 0
    while link.link and depth < _DEEPEST:
        try:
            link, depth = network.end(link.link), depth + 1
        except KeyError:
            break
    return depth
