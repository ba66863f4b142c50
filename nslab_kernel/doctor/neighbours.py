"""Why the next hop does not answer, or has another MAC address."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_interface
from shlex import quote

from nslab_kernel.doctor import fixes
from nslab_kernel.doctor.addresses import down, duplicate, own_trouble, shared, wrong_prefix
from nslab_kernel.doctor.evidence import Case, Stand, upstream
from nslab_kernel.doctor.findings import found
from nslab_kernel.doctor.fixes import Interface
from nslab_kernel.doctor.gateways import covering, no_gateway, wrong_dev, wrong_gateway
from nslab_kernel.doctor.nobody import nobody
from nslab_kernel.doctor.refusals import refused, without_rule
from nslab_kernel.doctor.traced import filtered
from nslab_kernel.doctor.tunnels import tunnelled
from nslab_kernel.doctor.wires import apart, dropped_by_filter, dropped_by_queue, hindrance, mistagged
from nslab_kernel.model.diagnosis import Finding, Fix, Place
from nslab_kernel.model.journey_result import ASK, Sighting
from nslab_kernel.model.lookup import interfaces_with_mac
from nslab_kernel.model.network import End, Link, Neighbour
from nslab_kernel.packets.link_paths import path
from nslab_kernel.packets.queries import conf, conf_key, look_up_route, sysctl


def unanswered(case: Case, stand: Stand, out: End, hop: str) -> Iterator[Finding]:
    """Yield why there is no answer to Linux's ARP or neighbour discovery requests for a next hop."""
    yield from own_trouble(case, out.netns, hop, stand)
    yield from shared(case, stand, out.netns, hop)  # Linux ignores ARP replies for an address of its own
    having = [end for end in case.having(hop) if end.netns != out.netns]
    if not having:
        yield from nobody(case, stand, out, hop)
        return
    if not any((one.kind, one.direction, one.dst) == (ASK, "out", hop) for one in case.journey.sightings):
        yield from dropped_by_queue(case, out, stand)
    piece = case.segments.of(out)
    namespaces = {end.netns for end in having}
    ends = [end for end, _link in case.segments.ends(out)]
    beside = [end for end in ends if end in having] or case.led_to(out, having)
    beside = beside or [end for end in ends if end.netns in namespaces and not case.master(end)]
    if not beside:
        yield from tunnelled(case, stand, out, having[0])
        yield from _on_other_segment(case, stand, out, hop, having[0])
        return
    asking = [one for one in case.journey.sightings if one.kind == ASK and one.dst == hop]
    asking = [one for one in asking if one.at.netns in namespaces]
    if not any(one.direction == "in" and case.segments.of(one.at) == piece for one in asking):
        yield from hindrance(case, out, beside, stand)
    yield from _not_answering(case, stand, out, hop, beside[0], having)


def mistaken(case: Case, stand: Stand, end: End, hop: str) -> Iterator[Finding]:
    """Yield the finding that ARP is off, that a neighbour entry has a wrong MAC address, or that a MAC is duplicate."""
    if _has_arp_off(case.link(end)):
        yield _no_arp(stand, end, hop)
    entry = neighbour(case, end, hop)
    piece = case.segments.of(end)
    having = [one for one in case.having(hop) if case.segments.of(one) == piece]
    right = [case.link(one).mac for one in having]
    if entry and entry.mac and right and entry.mac not in right:
        fix: tuple[Fix, ...] = (fixes.neigh_del(end, hop),)
        expected, actual = f"{hop} lladdr {right[0]}", f"{hop} lladdr {entry.mac} {entry.state}"
        yield found(stand, "wrong_neighbour", Place(*end), expected, actual, fix, hop, having[0])
    yield from _duplicate_macs(case, stand, end, entry.mac if entry else None, having)


def _duplicate_macs(case: Case, stand: Stand, end: End, mac: str | None, having: list[End]) -> Iterator[Finding]:
    """Yield the finding that several interfaces have a MAC address: a bridge sends to the port where it saw it last."""
    piece = case.segments.of(end)
    twins = [one for one in interfaces_with_mac(mac or "", case.network) if case.segments.of(one) == piece]
    # A bridge may have the MAC address of a port, and an interface that of its lower link.
    twins = [one for one in twins if not case.is_bridged(one) and case.link(one).lower not in twins]
    if len(twins) > 1:
        other = next((one for one in twins if one not in having), twins[0])
        twin = next(one for one in twins if one != other)
        fix = tuple(_new_mac(case, other))
        yield found(stand, "duplicate_mac", Place(*other), "another MAC", mac or "", fix, mac or "", twin)


def _new_mac(case: Case, end: End) -> Iterator[Fix]:
    """Yield the lines that give an interface an unused MAC address, and flush the bridge's learned entries."""
    taken = {link.mac for link in case.segments.links.values()}
    mine = case.link(end)
    mac = next(new for n in range(1, 256) if (new := f"02:{n:02x}{mine.mac[5:]}") not in taken)
    yield fixes.set_mac(end, mac)
    port = mine.peer if mine.peer in case.segments.links else None
    if port and (master := case.link(port).master):
        yield fixes.run(port.netns, f"bridge fdb flush dev {quote(master)} dynamic")


def astray(case: Case, stand: Stand) -> Iterator[Finding]:
    """Yield why a packet arrived in a wrong namespace."""
    before = upstream(case, stand)
    if not before:
        return
    hop = look_up_route(before.at.netns, before.dst).hop or before.dst
    yield from mistaken(case, stand, before.at, hop)
    having = case.having(hop)
    mine = [end for end in having if end.netns == stand.netns]
    others = [end for end in having if end.netns not in (stand.netns, before.at.netns)]
    if mine and others:
        yield duplicate(case, stand, mine[0], others[0], hop)
    for end in having:
        if not case.link(end).up:
            yield down(case, end, stand)
    if not having:
        yield from nobody(case, stand, before.at, hop)
    elif not any(case.segments.of(end) == case.segments.of(before.at) for end in having):
        yield from apart(case, stand, before.at, having[0])
    else:
        yield from hindrance(case, before.at, having, stand, before.mac)


def unplugged(case: Case, stand: Stand) -> Iterator[Finding]:
    """Yield why a packet arrived on another segment than its next hop's address: Linux answers ARP at any interface."""
    before = upstream(case, stand)
    hop = look_up_route(before.at.netns, before.dst).hop if before else ""
    having = [end for end in case.having(hop) if end.netns == stand.netns]
    if before and having and not any(case.segments.of(end) == case.segments.of(before.at) for end in having):
        yield from apart(case, stand, before.at, having[0])


def neighbour(case: Case, end: End, hop: str) -> Neighbour | None:
    """Return the neighbour entry of an address at an interface; `None` if there is none."""
    known = case.network.namespaces[end.netns].neighbours
    return next((one for one in known if (one.dst, one.dev) == (hop, end.ifname)), None)


def _two_in_one_net(case: Case, stand: Stand, out: End, hop: str, end: End) -> Finding:
    """Return the finding that two interfaces have the subnet of an address, and Linux chooses the wrong one."""
    fix: tuple[Fix, ...] = tuple(
        fixes.addr_del(where, addr) for where, addr in covering(case, out.netns, hop) if where == out
    )
    words = f"{hop} dev {end.ifname}", look_up_route(out.netns, hop).text
    return found(stand, "two_in_one_net", Place(*out), *words, fix, hop, end)


def _wrong_interfaces(case: Case, stand: Stand, hop: str, holders: tuple[End, ...]) -> Iterator[Finding]:
    """Yield the finding that an address is on the wrong interface: others of its subnet are behind another one.

    `holders` are the interfaces to test: the one that asks for an address, and the one that has it.
    """
    for holder in holders:
        for text in case.link(holder).addresses:
            addr = ip_interface(text)
            is_alone = ip_address(hop) in addr.network and not _others_in_net(case, addr, holder, holder)
            for end, _link in case.segments.of_namespace(holder.netns) if is_alone else ():
                is_covered = any(where == end for where, _addr in covering(case, holder.netns, str(addr.ip)))
                if end != holder and not is_covered and _others_in_net(case, addr, end, holder):
                    fix = fixes.addr_del(holder, addr), fixes.addr_add(end, addr)
                    expected, actual = f"{addr} dev {end.ifname}", f"{addr} dev {holder.ifname}"
                    yield found(stand, "wrong_interface", Place(*holder), expected, actual, fix, str(addr), end)


def _others_in_net(case: Case, addr: Interface, end: End, holder: End) -> bool:
    """Return whether another interface on the segment of `end` has an address in the subnet of `addr`."""
    return any(seat.end != holder and seat.addr.ip in addr.network for seat in case.segments.seats(end))


def _on_other_segment(case: Case, stand: Stand, out: End, hop: str, owner: End) -> Iterator[Finding]:
    """Yield why Linux asks for an address on a segment that does not lead to it."""
    yield from _wrong_interfaces(case, stand, hop, (out, owner))
    covered = {end for end, _addr in covering(case, out.netns, hop)}
    for end, _link in case.segments.of_namespace(out.netns):
        if end != out and case.segments.of(end) == case.segments.of(owner) and covered:
            if {out, end} <= covered:
                yield _two_in_one_net(case, stand, out, hop, end)
            yield from wrong_dev(case, stand, out, hop, end)
    yield from no_gateway(case, out, stand)
    yield from apart(case, stand, out, owner)
    if hop != stand.target:
        yield wrong_gateway(case, out.netns, stand, hop)
    beside = [seat.addr for seat in case.segments.seats(out) if seat.end != out]
    for where, text in covering(case, out.netns, hop):
        addr = ip_interface(text)
        lengths = [one.network.prefixlen for one in beside if one.version == addr.version and one.ip in addr.network]
        if where == out and lengths and max(lengths) > addr.network.prefixlen:
            yield wrong_prefix(out, addr, max(lengths), stand)
    yield found(stand, "not_on_cable", Place(*out), f"{hop} on this cable", "", (), hop, owner)


def _not_answering(case: Case, stand: Stand, out: End, hop: str, end: End, having: list[End]) -> Iterator[Finding]:
    """Yield why a namespace that has the address and receives the request does not answer."""
    netns, link = end.netns, case.link(end)
    yield from (_no_arp(stand, where, hop) for where in (out, end) if _has_arp_off(case.link(where)))
    if not link.up:
        yield down(case, end, stand)
    for mac in dict.fromkeys((link.mac, case.link(out).mac)):
        yield from _duplicate_macs(case, stand, end, mac, having)
    yield from dropped_by_filter(case, end, stand)
    yield from own_trouble(case, netns, hop, stand)
    asker = next((one.src for one in case.journey.sightings if one.kind == ASK and one.dst == hop), "")
    for mine in case.having(asker):
        if mine.netns == netns:  # Linux drops packets with a source address of its own
            yield duplicate(case, stand, mine, out, asker)
    if asker:
        yield from mistaken(case, stand, end, asker)  # IPv6 answers to the MAC of its neighbour entry
    if asker and case.family == 4:
        yield from _refusing(case, stand, end, hop, asker)
    ignore = conf(netns, end.ifname, "arp_ignore")
    if ignore and (end not in having or ignore > 2):
        keys = [key for key in (conf_key(name, "arp_ignore") for name in (end.ifname, "all")) if sysctl(netns, key)]
        fix, key = tuple(fixes.sysctl(netns, key, 0) for key in keys), keys[0]
        yield found(stand, "arp_ignored", Place(*end), f"{key} = 0", f"{key} = {ignore}", fix, key)
    for namespace in (netns, out.netns):
        yield from filtered(case, namespace, Stand(namespace, asker, hop))
    if end not in having:
        yield from apart(case, stand, out, having[0])
    yield from mistagged(case, path(out, [end], case.network), stand)
    yield from hindrance(case, end, [out], stand, case.link(out).mac)  # the path of the answer
    if end not in having:  # IPv6 does not answer for an address of another interface
        yield from no_gateway(case, out, stand)
        yield from _wrong_interfaces(case, stand, hop, (having[0],))
    if _request_at(case, end, hop):
        yield found(stand, "no_answer", Place(*end), f"{hop} lladdr {link.mac}", _state(case, out, hop), (), hop)


def _refusing(case: Case, stand: Stand, end: End, hop: str, asker: str) -> Iterator[Finding]:
    """Yield why Linux ignores an ARP request: for the reasons for which it would refuse a packet from the asker."""
    lookup = look_up_route(end.netns, hop, asker, end.ifname)
    heard = Stand(end.netns, asker, hop, stand.is_back, _request_at(case, end, hop))
    if case.owns(end.netns, hop):
        yield from without_rule(case, heard, lookup)
    if lookup.error:
        case.lookup = lookup
        yield from refused(case, heard, lookup)


def _has_arp_off(link: Link) -> bool:
    """Return whether ARP is off at an interface of a kind that needs it."""
    return "NOARP" in link.flags and "POINTOPOINT" not in link.flags and link.kind not in ("ipvlan", "vrf", "dummy")


def _no_arp(stand: Stand, end: End, hop: str) -> Finding:
    fix = (fixes.run(end.netns, f"ip link set dev {quote(end.ifname)} arp on"),)
    return found(stand, "no_arp", Place(*end), "ARP", "NOARP", fix, hop)


def _request_at(case: Case, end: End, hop: str) -> Sighting | None:
    wanted = ASK, hop, "in", end
    return next((s for s in case.journey.sightings if (s.kind, s.dst, s.direction, s.at) == wanted), None)


def _state(case: Case, out: End, hop: str) -> str:
    entry = neighbour(case, out, hop)
    return f"{hop} {entry.state}" if entry else f"{hop} ?"
