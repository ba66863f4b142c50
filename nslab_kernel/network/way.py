"""The way from one Network to another: each change, in its order."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from nslab_kernel.errors import BadValue
from nslab_kernel.language import translate as _
from nslab_kernel.model.network import Link, Network, Route
from nslab_kernel.network import following, operation
from nslab_kernel.network.matching import match, places
from nslab_kernel.network.operation import Operation
from nslab_kernel.network.snapshot import Place, given_addresses, made_by_hand

CAN_BE_MADE = ("veth", "bridge", "dummy")
"""Kinds that can be made from what a Network tells of them."""
_BUILT_IN = ("loopback", "ether", "other")
"""Kinds that nobody can make or delete."""
_BORN = ("tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "ip6_vti0", "sit0", "ip6tnl0", "ip6gre0")
"""Interfaces that some machines put into every new namespace."""


@dataclass
class _Stand:
    """A link on its way: as it stands after the changes so far."""

    link: Link
    was: Link | None
    """As it is now; `None` where it is made anew."""
    disturbed: bool = False
    """Whether its routes may have gone."""


class Way:
    """The way from one Network to another."""

    def __init__(self, now: Network, target: Network) -> None:
        self.now, self.target = now, target
        self.old, self.new = places(now), places(target)
        self.matches = match(now, target)
        self.stands: dict[Place, _Stand] = {}

    def operations(self) -> Iterator[Operation]:
        """Yield the changes: first what goes, then what moves and comes, then what each link is set to, then routes."""
        yield from self._delete_routes()
        yield from self._delete_links()
        yield from map(operation.add_namespace, _only_in(self.target, self.now))
        yield from self._move_links()
        yield from map(operation.delete_namespace, _only_in(self.now, self.target))
        yield from self._add_links()
        yield from self._set_links()
        yield from self._set_states()
        yield from self._set_addresses()
        yield from self._add_routes()
        yield from self._set_forwarding()

    def _delete_routes(self) -> Iterator[Operation]:
        stay = {(place.netns, self.old[place].ifname) for place in self.matches.values()}
        for name, namespace in self.now.namespaces.items():
            target = self.target.namespaces.get(name)
            wanted = [_plain(route) for route in target.routes] if target else []
            for route in namespace.routes:
                # What goes out of a link that goes, goes with it.
                stays = target and (route.dev is None or (name, route.dev) in stay)
                if stays and made_by_hand(route) and _plain(route) not in wanted:
                    yield operation.delete_route(name, route)

    def _delete_links(self) -> Iterator[Operation]:
        stay, gone = set(self.matches.values()), set()
        for place, link in self.old.items():
            if place in stay or place in gone or link.kind in _BUILT_IN or link.ifname in _BORN:
                continue
            if link.peer:
                other = Place(link.peer.netns, self.now.end(link.peer).ifindex)
                gone.add(other)
                survives = {place.netns, other.netns} & set(self.target.namespaces)
            else:
                survives = {place.netns} & set(self.target.namespaces)
            # A namespace takes its links along, but in its own time: an end elsewhere would stand in the way.
            if survives:
                yield operation.delete_link(place.netns, link.ifname)

    def _move_links(self) -> Iterator[Operation]:
        moving = []
        # Under which name a bridge that a link was a port of is still there.
        masters = {(was.netns, self.old[was].ifname): self.new[place].ifname for place, was in self.matches.items()}
        for place, was in self.matches.items():
            link = self.old[was]
            master = masters.get((was.netns, link.master)) if link.master else None
            stand = self.stands[place] = _Stand(replace(link, master=master), link)
            if was.netns == place.netns and link.ifname == self.new[place].ifname:
                continue
            if link.up and link.ifname != self.new[place].ifname:
                # Before Linux 6.2 only a link that is down takes another name.
                yield _set_down(was.netns, stand)
            if self._in_the_way(place, was):
                yield _rename(was.netns, stand, f"link{link.ifindex}")
            moving.append((place, was, stand))
        for place, was, stand in moving:
            yield from self._move(place, was, stand)

    def _in_the_way(self, place: Place, was: Place) -> bool:
        """Whether a link needs a name in between: its own is wanted by another where it is, or taken where it goes."""
        name, new = self.old[was].ifname, self.new[place].ifname
        wanted = {(at.netns, link.ifname) for at, link in self.new.items() if at != place}
        taken = {(at.netns, link.ifname) for at, link in self.old.items() if at != was}
        return (was.netns, name) in wanted or (name != new and (place.netns, name) in wanted | taken)

    def _move(self, place: Place, was: Place, stand: _Stand) -> Iterator[Operation]:
        if was.netns != place.netns:
            yield operation.move(was.netns, stand.link.ifname, place.netns)
            stand.link = replace(stand.link, flags=(), addresses=(), master=None)
            stand.disturbed = True
        if stand.link.ifname != self.new[place].ifname:
            yield _rename(place.netns, stand, self.new[place].ifname)

    def _add_links(self) -> Iterator[Operation]:
        named = {(place.netns, link.ifname) for place, link in self.old.items()}
        for place, link in self.new.items():
            if place in self.stands:
                continue
            namespace = self.target.namespaces[place.netns]
            made = replace(link, flags=(), addresses=(), master=None)
            # An old link of this name took its routes along.
            self.stands[place] = _Stand(made, None, disturbed=(place.netns, link.ifname) in named)
            if link.kind == "loopback" or link.ifname in _BORN:
                continue
            peer = Place(link.peer.netns, self.target.end(link.peer).ifindex) if link.peer else None
            if peer in self.stands:
                continue  # it came with its peer
            _require_makeable(link)
            # A bridge that is to follow its ports is given no MAC address; and its MTU later, it would lose it to them.
            mac = None if following.follows_mac(link, namespace) else link.mac
            mtu = None if link.kind == "bridge" else link.mtu
            yield operation.add_link(place.netns, link, (peer.netns, self.new[peer]) if peer else None, mac, mtu)

    def _set_links(self) -> Iterator[Operation]:
        """MAC addresses, MTUs, bridges; bridges last, for they follow their ports."""
        stands = [(place.netns, stand, self.new[place]) for place, stand in self.stands.items()]
        for netns, stand, link in stands:
            if link.kind != "bridge" and stand.link.mac != link.mac:
                yield operation.set_mac(netns, link.ifname, link.mac)
            if link.kind != "bridge" and stand.link.mtu != link.mtu:
                yield operation.set_mtu(netns, link.ifname, link.mtu)
        for netns, stand, link in stands:
            if stand.link.master != link.master:
                yield operation.set_master(netns, link.ifname, link.master)
        for netns, stand, link in stands:
            if link.kind == "bridge":
                yield from self._set_bridge(netns, stand.was, link)

    def _set_bridge(self, netns: str, was: Link | None, link: Link) -> Iterator[Operation]:
        if not was:
            if not following.follows_mtu(link, self.target.namespaces[netns]):
                yield operation.set_mtu(netns, link.ifname, link.mtu)
            return
        sides = was, self.now.namespaces[netns], link, self.target.namespaces[netns]
        if mac := following.mac_to_set(*sides):
            yield operation.set_mac(netns, link.ifname, mac)
        if mtu := following.mtu_to_set(*sides):
            yield operation.set_mtu(netns, link.ifname, mtu)

    def _set_states(self) -> Iterator[Operation]:
        for place, stand in self.stands.items():
            if stand.link.up and not self.new[place].up:
                yield _set_down(place.netns, stand)
        for place, stand in self.stands.items():
            if self.new[place].up and not stand.link.up:
                yield operation.set_up(place.netns, self.new[place].ifname)
                if stand.link.kind == "loopback" and not _of_family(stand.link.addresses, 4):
                    # Linux gives it to a `lo` that has none.
                    stand.link = replace(stand.link, addresses=("127.0.0.1/8",))

    def _set_addresses(self) -> Iterator[Operation]:
        for place, stand in self.stands.items():
            there, wanted = given_addresses(stand.link), given_addresses(self.new[place])
            for family in (4, 6):
                old, new = _of_family(there, family), _of_family(wanted, family)
                same = _common_start(old, new)
                # From the end: a first address may take the others of its net along.
                for addr in reversed(old[same:]):
                    stand.disturbed = True
                    yield operation.delete_address(place.netns, self.new[place].ifname, addr)
                for addr in new[same:]:
                    yield operation.add_address(place.netns, self.new[place].ifname, addr)

    def _add_routes(self) -> Iterator[Operation]:
        """Add what is missing, and what may have gone on the way: with a link's UP, its bridge, or an address."""
        disturbed = {place.netns for place, stand in self.stands.items() if stand.disturbed}
        for name, namespace in self.target.namespaces.items():
            was = self.now.namespaces.get(name)
            there = [_plain(route) for route in was.routes] if was else []
            wanted = [_plain(route) for route in namespace.routes if made_by_hand(route)]
            for route in sorted(wanted, key=lambda route: route.gateway is not None):
                if route not in there or name in disturbed:
                    yield operation.replace_route(name, route)

    def _set_forwarding(self) -> Iterator[Operation]:
        for name, namespace in self.target.namespaces.items():
            was = self.now.namespaces.get(name)
            if namespace.ip_forward != (was.ip_forward if was else False):
                yield operation.set_forwarding(name, namespace.ip_forward)


def _require_makeable(link: Link) -> None:
    if link.kind not in CAN_BE_MADE or (link.kind == "veth" and not link.peer):
        rule = _("Its kind is {kind}; made are veth pairs with both ends, bridges and dummies.")
        what = _("The interface {ifname} cannot be made again.").format(ifname=link.ifname)
        raise BadValue(what, rule.format(kind=link.kind))


def _only_in(one: Network, other: Network) -> list[str]:
    return [name for name in one.namespaces if name not in other.namespaces]


def _rename(netns: str, stand: _Stand, new: str) -> Operation:
    renaming = operation.rename(netns, stand.link.ifname, new)
    stand.link = replace(stand.link, ifname=new)
    return renaming


def _set_down(netns: str, stand: _Stand) -> Operation:
    """Routes and IPv6 addresses go with UP."""
    left = _of_family(stand.link.addresses, 4)
    stand.link, stand.disturbed = replace(stand.link, flags=(), addresses=left), True
    return operation.set_down(netns, stand.link.ifname)


def _common_start(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Return how many are the same from the first on."""
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _of_family(addresses: tuple[str, ...], family: int) -> tuple[str, ...]:
    """Return the addresses of one family, in the order of their coming: Linux lists IPv6 from the newest."""
    if family == 4:
        return tuple(addr for addr in addresses if ":" not in addr)
    return tuple(addr for addr in reversed(addresses) if ":" in addr)


def _plain(route: Route) -> Route:
    """A route without what comes and goes with the carrier."""
    return replace(route, flags=("onlink",) if "onlink" in route.flags else ())
