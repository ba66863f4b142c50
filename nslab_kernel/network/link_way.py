"""The way of interfaces from one Network to another: made, moved, set."""

from collections.abc import Iterator
from dataclasses import replace

from nslab_kernel.language import translate as _
from nslab_kernel.model.network import End, Link, Namespace, Network
from nslab_kernel.network import following, operation
from nslab_kernel.network.comparing import given_addresses, missing_own_routes, plain
from nslab_kernel.network.link_stand import (
    BORN,
    Stand,
    common_start,
    made,
    of_family,
    own_mac,
    rename,
    set_attributes,
    set_down,
    set_master,
    stays_with_namespace,
    why_not,
)
from nslab_kernel.network.matching import match, places
from nslab_kernel.network.operation import Operation
from nslab_kernel.network.peers import Place
from nslab_kernel.network.soundness import IPV6_MTU_MIN

EMPTY = Namespace("")
_DEEPEST = 8
"""So many links lie on one another at most; linux/netdevice.h, MAX_NEST_DEV."""


class LinkWay:
    """The way from one Network to another."""

    left_out: tuple[str, ...] = ()
    """What cannot be made again, a sentence each; known once the operations are."""

    def __init__(self, now: Network, target: Network) -> None:
        self.now, self.target = now, target
        self.old, self.new = places(now), places(target)
        self.matches = match(now, target)
        self.stands: dict[Place, Stand] = {}

    def _sides(self) -> Iterator[tuple[str, Namespace, Namespace]]:
        """Yield each namespace that stays or comes, as it is and as it shall be, where the two differ."""
        for name, namespace in self.target.namespaces.items():
            was = self.now.namespaces.get(name, EMPTY)
            if was is not namespace:
                yield name, was, namespace

    def _delete_links(self) -> Iterator[Operation]:
        stay, gone = set(self.matches.values()), set()
        # What lies upon another comes first: it would go with it.
        for place, link in sorted(self.old.items(), key=lambda item: -_depth(item[1], self.now)):
            if place in stay or place in gone or stays_with_namespace(link):
                continue
            if link.peer:
                other = Place(link.peer.netns, self.now.end(link.peer).ifindex)
                gone.add(other)
                survives = {place.netns, other.netns} & set(self.target.namespaces)
            else:
                survives = {place.netns} & set(self.target.namespaces)
            # A namespace takes its links along, but in its own time: an end elsewhere would stand in the way.
            if survives:
                yield operation.delete_link(place.netns, link)

    def _move_links(self) -> Iterator[Operation]:
        moving = []
        # Under which name a bridge that a link was a port of is still there.
        masters = {(was.netns, self.old[was].ifname): self.new[place].ifname for place, was in self.matches.items()}
        for place, was in self.matches.items():
            link = self.old[was]
            if link is self.new[place] and place == was:
                self.stands[place] = Stand(link, link)
                continue
            master = masters.get((was.netns, link.master)) if link.master else None
            stand = self.stands[place] = Stand(replace(link, master=master), link)
            if was.netns == place.netns and link.ifname == self.new[place].ifname:
                continue
            if link.up and link.ifname != self.new[place].ifname:
                # Before Linux 6.2 only a link that is down takes another name.
                yield set_down(was.netns, stand)
            if self._in_the_way(place, was):
                yield rename(was.netns, stand, f"link{link.ifindex}")
            moving.append((place, was, stand))
        for place, was, stand in moving:
            yield from self._move(place, was, stand)

    def _in_the_way(self, place: Place, was: Place) -> bool:
        """Whether a link needs a name in between: its own is wanted by another where it is, or taken where it goes."""
        name, new = self.old[was].ifname, self.new[place].ifname
        wanted = {(at.netns, link.ifname) for at, link in self.new.items() if at != place}
        taken = {(at.netns, link.ifname) for at, link in self.old.items() if at != was}
        return (was.netns, name) in wanted or (name != new and (place.netns, name) in wanted | taken)

    def _move(self, place: Place, was: Place, stand: Stand) -> Iterator[Operation]:
        if was.netns != place.netns:
            yield operation.move(was.netns, stand.link, place.netns)
            stand.link = replace(stand.link, flags=(), addresses=(), address_details=(), master=None)
            stand.disturbed = True
        if stand.link.ifname != self.new[place].ifname:
            yield rename(place.netns, stand, self.new[place].ifname)

    def _add_links(self) -> Iterator[Operation]:
        named = {(place.netns, link.ifname) for place, link in self.old.items()}
        waiting = [place for place in self.new if place not in self.stands]
        left_out: list[str] = []
        # What lies below another comes first.
        for place in sorted(waiting, key=lambda place: _depth(self.new[place], self.target)):
            link = self.new[place]
            if place in self.stands:
                continue  # it came with its peer
            if why := why_not(link):
                left_out.append(why)
                continue
            if link.kind == "wireguard":
                what = _("{ifname} is made without its keys and peers: the lab does not read what wg sets.")
                left_out.append(what.format(ifname=link.ifname))
            # An old link of this name took its routes along.
            was_named = (place.netns, link.ifname) in named
            new = made(link)
            self.stands[place] = Stand(new, None, disturbed=was_named)
            if link.kind == "loopback" or link.ifname in BORN:
                continue
            peer = Place(link.peer.netns, self.target.end(link.peer).ifindex) if link.peer else None
            if peer:
                end = self.new[peer]
                far = made(end)
                self.stands[peer] = Stand(far, None, disturbed=(peer.netns, end.ifname) in named)
            # A bridge that is to follow its ports is given no MAC address; and its MTU later, it would lose it to them.
            mac = None if following.follows_mac(link, self.target.namespaces[place.netns]) else own_mac(link) or None
            mtu = None if link.kind == "bridge" else link.mtu
            yield operation.add_link(place.netns, link, (peer.netns, self.new[peer]) if peer else None, mac, mtu)
        self.left_out = tuple(left_out)

    def _set_links(self) -> Iterator[Operation]:
        """MAC addresses, MTUs, options, bridges; bridges last, for they follow their ports."""
        stands = [(place.netns, stand, self.new[place]) for place, stand in self.stands.items()]
        # What lies below another comes first: it bounds the MTU of that.
        stands = sorted(
            (one for one in stands if one[1].link is not one[2]), key=lambda one: _depth(one[2], self.target)
        )
        for netns, stand, link in stands:
            if link.kind != "bridge" and link.mac == following.NO_MAC != stand.link.mac and stand.was:
                what = _("{ifname} keeps its address: Linux gives an address of zeros only to a new interface.")
                self.left_out = (*self.left_out, what.format(ifname=link.ifname))
            elif link.kind != "bridge" and own_mac(stand.link) != own_mac(link) != "":
                yield operation.set_mac(netns, link, own_mac(link))
            if link.kind != "bridge" and stand.link.mtu != link.mtu:
                yield operation.set_mtu(netns, link, link.mtu)
            yield from self._set_altnames(netns, stand.link, link)
        for netns, stand, link in stands:
            if stand.link.master != link.master:
                there = {one.ifname: one for one in self.target.namespaces[netns].links}
                was, master = (there.get(one.master) if one.master else None for one in (stand.link, link))
                yield from set_master(netns, stand, link, was, master)
        for netns, stand, link in stands:
            yield from set_attributes(netns, stand, link)
        for netns, stand, link in stands:
            if link.kind == "bridge":
                yield from self._set_bridge(netns, stand.was, link)

    def _set_altnames(self, netns: str, was: Link, link: Link) -> Iterator[Operation]:
        for altname in was.altnames:
            if altname not in link.altnames:
                yield operation.set_altname(netns, link, altname, there=False)
        for altname in link.altnames:
            if altname not in was.altnames:
                yield operation.set_altname(netns, link, altname, there=True)

    def _set_bridge(self, netns: str, was: Link | None, link: Link) -> Iterator[Operation]:
        if not was:
            if not following.follows_mtu(link, self.target.namespaces[netns]):
                yield operation.set_mtu(netns, link, link.mtu)
            return
        sides = was, self.now.namespaces[netns], link, self.target.namespaces[netns]
        if mac := following.mac_to_set(*sides):
            yield operation.set_mac(netns, link, mac)
        if mtu := following.mtu_to_set(*sides):
            yield operation.set_mtu(netns, link, mtu)

    def _set_states(self) -> Iterator[Operation]:
        for place, stand in self.stands.items():
            if stand.link.up and not self.new[place].up:
                yield set_down(place.netns, stand)
        vlans = [(place, link) for place, link in self.new.items() if link.kind == "vlan" and not link.up]
        for place, stand in self.stands.items():
            if self.new[place].up and not stand.link.up:
                yield operation.set_up(place.netns, self.new[place])
                if stand.link.kind == "loopback" and not of_family(given_addresses(stand.link), 4):
                    # Linux gives it to a `lo` that has none.
                    stand.link = replace(stand.link, addresses=("127.0.0.1/8",))
                for at, upon in vlans:  # Linux sets those upon it up as well
                    if upon.link == End(place.netns, self.new[place].ifname):
                        yield operation.set_down(at.netns, upon)

    def _set_addresses(self) -> Iterator[Operation]:
        for place, stand in self.stands.items():
            if stand.link is self.new[place]:
                continue
            there, wanted = given_addresses(stand.link), given_addresses(self.new[place])
            if self._is_without_ipv6(place):
                there = of_family(there, 4)  # the others have gone by themselves
            for family in (4, 6):
                old, new = of_family(there, family), of_family(wanted, family)
                same = common_start(old, new)
                # From the end: a first address may take the others of its net along.
                for addr, details in reversed(old[same:]):
                    stand.disturbed = True
                    yield operation.delete_address(place.netns, self.new[place], addr, details)
                for addr, details in new[same:]:
                    yield operation.add_address(place.netns, self.new[place], addr, details)

    def _is_without_ipv6(self, place: Place) -> bool:
        """Whether an interface has IPv6 switched off, or its packets are too small for it (RFC 8200, section 5)."""
        sysctls, ifname = dict(self.target.namespaces[place.netns].sysctls), self.new[place].ifname.replace(".", "/")
        keys = (f"net.ipv6.conf.{which}.disable_ipv6" for which in ("all", ifname))
        return self.new[place].mtu < IPV6_MTU_MIN or any(sysctls.get(key) == "1" for key in keys)

    def _delete_own(self) -> Iterator[Operation]:
        """Delete what comes with an address or with UP, where a network that was read has it no more."""
        for place, stand in self.stands.items():
            namespace, link = self.target.namespaces[place.netns], self.new[place]
            was = self.now.namespaces.get(place.netns, EMPTY)
            if not namespace.inode or not link.up:
                continue  # typed by hand, a network does not tell them
            for route in missing_own_routes(link, namespace):
                if stand.link is not link or plain(route) in {plain(one) for one in was.routes}:
                    yield operation.delete_route(place.netns, route, link.ifindex)
            lacks = link.kind == "loopback" and "::1/128" not in link.addresses and not self._is_without_ipv6(place)
            if lacks and (not stand.link.up or "::1/128" in stand.link.addresses):
                yield operation.delete_address(place.netns, link, "::1/128", None)


def _depth(link: Link, network: Network) -> int:
    """Return how many links it lies on."""
    depth = 0
    while link.link and depth < _DEEPEST:
        try:
            link, depth = network.end(link.link), depth + 1
        except KeyError:
            break
    return depth
