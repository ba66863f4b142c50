"""Faults between two interfaces: cables, bridges, bridge ports."""

import re
from collections.abc import Collection, Iterator
from itertools import pairwise
from shlex import quote

from nslab_kernel.doctor import fixes
from nslab_kernel.doctor.addresses import down, usual
from nslab_kernel.doctor.evidence import Case, Stand
from nslab_kernel.doctor.findings import found
from nslab_kernel.doctor.segments import Piece
from nslab_kernel.doctor.traced import filtered
from nslab_kernel.doctor.vlans import is_filtering, number, pvid, taken
from nslab_kernel.model.diagnosis import Finding, Fix, Place
from nslab_kernel.model.lookup import interfaces_with_mac
from nslab_kernel.model.network import End
from nslab_kernel.packets.link_paths import path

_PORT_FLAGS = {"flood": True, "bcast_flood": True, "mcast_flood": True, "locked": False}
"""The options with which a bridge port passes all frames; bridge(8)."""

_FILTER = re.compile(r"(parent \S+ protocol \S+ pref \d+) (\w+)(?: chain \d+)?(?: (?:fh|handle) (\S+))?")
"""A filter as `tc` writes it: its place, kind and handle; tc(8)."""


def hindrance(
    case: Case, start: End, goals: Collection[End], stand: Stand, mac: str = "", is_inward: bool = False
) -> Iterator[Finding]:
    """Yield what is wrong on the path from an interface to the nearest of `goals`.

    Args:
        case: The case.
        start: The interface where the packet was seen last, or must leave.
        goals: The interfaces where it should arrive.
        stand: The packet.
        mac: Its destination MAC address; empty for a broadcast.
        is_inward: Whether it arrived at `start`, a bridge port.
    """
    hops = path(start, goals, case.network)
    for one, other in pairwise(hops):
        yield from _link_states(case, one, other, stand)
    for one, bridge, other in zip(hops, hops[1:], hops[2:], strict=False):
        link = case.link(bridge)
        if link.kind == "bridge" and one.netns == bridge.netns == other.netns:
            yield from _isolated_ports(case, one, bridge, other, stand)
    yield from _macvlans(case, hops, stand) if not is_inward else ()
    yield from mistagged(case, hops, stand)
    for bridge, other in pairwise(hops) if mac else ():
        if (bridge.netns, case.link(other).master) == bridge:
            yield from _wrong_fdb_entry(case, bridge, other, mac, stand)
    if is_inward and len(hops) > 1 and hops[1] == case.link(start).peer:
        yield _option(start, "hairpin", False, True, "no_hairpin", stand)
    yield from _port_states(case, hops, stand)
    for netns in dict.fromkeys(end.netns for end in hops if case.is_bridged(end)):
        yield from filtered(case, netns, stand)
    yield from _flags(case, hops, stand)
    for end in hops[:-1]:
        yield from dropped_by_queue(case, end, stand)


def no_carrier(case: Case, end: End, stand: Stand, hop: str = "") -> Iterator[Finding]:
    """Yield why an interface that is up has no carrier; for a bridge also that no port leads to `hop`."""
    link = case.link(end)
    if link.lower in case.segments.links:
        if not case.link(link.lower).up:
            yield down(case, link.lower, stand)
        elif not case.link(link.lower).carrier:
            yield from no_carrier(case, link.lower, stand, hop)
    peer = link.peer if link.peer in case.segments.links else None
    if peer and not case.link(peer).up:
        yield down(case, peer, stand)
    for port in [port for port, _its in case.segments.ends(end) if case.segments.master(port) == end]:
        if not case.link(port).up:
            yield down(case, port, stand)
        elif not case.link(port).carrier:
            yield from no_carrier(case, port, stand)
    if link.kind == "bridge":
        for owner in case.having(hop):
            yield from apart(case, stand, end, owner)
    yield found(stand, "no_carrier", Place(*end), "LOWER_UP", "NO-CARRIER", (), end.ifname, peer)


def apart(case: Case, stand: Stand, out: End, owner: End) -> Iterator[Finding]:
    """Yield why two interfaces are on different segments: an interface is a port of no bridge, or of a wrong one."""
    segments = case.segments
    here, there = segments.of(out), segments.of(owner)
    unplugged = [(end, here) for end, link in segments.links.items() if link.kind == "vxlan" and not link.master]
    unplugged += [(end, there) for end, _here in unplugged]
    ends = [(end, here) for end, _link in segments.ends(owner)] + [(end, there) for end, _link in segments.ends(out)]
    for end, other in ends + unplugged:
        link, bridges = case.link(end), _bridges(case, end.netns, other)
        if not bridges or link.master in bridges or link.kind not in ("veth", "vxlan") or usual(link):
            continue
        if not link.master or _is_odd(case, end):
            fix = (fixes.set_master(end, bridges[0]),)
            expected, actual = f"master {bridges[0]}", f"master {link.master}" if link.master else "no master"
            yield found(stand, "not_in_bridge", Place(*end), expected, actual, fix, bridges[0])


def looped(case: Case, stand: Stand) -> Iterator[Finding]:
    """Yield the cable that closes a bridging loop where the packet is: broadcasts circulate in it for ever."""
    ends = [one.at for one in case.journey.sightings if one.at in case.segments.links]
    if not case.owns(stand.netns, stand.dst):
        ends += [end for end, _link in case.segments.of_namespace(stand.netns)]
    seen = {case.segments.of(end) for end in ends}
    joined: dict[End, End] = {}

    def first(bridge: End) -> End:
        return first(joined[bridge]) if bridge in joined else bridge

    for end, other in _bridge_links(case):
        one, two = (first(End(port.netns, case.link(port).master or "")) for port in (end, other))
        if one != two:
            joined[one] = two
        elif case.segments.of(end) in seen:
            words = "one way between two bridges", "another way, STP off"
            fix = (fixes.link_down(end), *_flush_fdb(case, end))
            yield found(stand, "bridge_loop", Place(*end), *words, fix, end.ifname, other)


def _flush_fdb(case: Case, end: End) -> Iterator[Fix]:
    """Yield the lines that flush the learned entries of all bridges on a segment."""
    for bridge, link in case.segments.ends(end):
        if link.kind == "bridge":
            yield fixes.run(bridge.netns, f"bridge fdb flush dev {quote(bridge.ifname)} dynamic")


def _bridge_links(case: Case) -> Iterator[tuple[End, End]]:
    """Yield the cables between two bridge ports that both forward."""
    for end, link in case.segments.links.items():
        if link.peer and end < link.peer and all(_forwards(case, port) for port in (end, link.peer)):
            yield end, link.peer


def _forwards(case: Case, end: End) -> bool:
    bridge = case.master(end)
    carries = bool(bridge and bridge.up and case.link(end).carrier)
    return carries and any(port.get("state") == "forwarding" for port in _options(case, end))


def dropped_by_queue(case: Case, out: End, stand: Stand) -> Iterator[Finding]:
    """Yield the finding that a queueing discipline dropped packets."""
    for qdisc in case.json_output(out.netns, "tc -j -s qdisc show"):
        if qdisc.get("dev") == out.ifname and qdisc.get("drops") and qdisc.get("root"):
            fix = (fixes.run(out.netns, f"tc qdisc del dev {quote(out.ifname)} root"),)
            actual = f"{qdisc.get('kind')}: {qdisc['drops']} dropped"
            yield found(stand, "qdisc_drop", Place(*out), "0 dropped", actual, fix, str(qdisc.get("kind")))


def dropped_by_filter(case: Case, end: End, stand: Stand) -> Iterator[Finding]:
    """Yield the finding that a tc filter which drops is at the interface where the packet was seen last."""
    for entry in case.network.namespaces[end.netns].entries:
        is_there = entry.shown_by == "tc filter" and entry.text.endswith(f" dev {end.ifname}")
        if is_there and " drop " in entry.text:
            words = _filter_words(entry.text)
            fix = (fixes.run(end.netns, f"tc filter del dev {quote(end.ifname)} {words}"),)
            yield found(stand, "tc_drop", Place(*end), "pass", entry.text, fix, " ".join(words.split()[:2]))


def _filter_words(text: str) -> str:
    """Return the words that identify a tc filter of an interface."""
    found = _FILTER.search(text)
    where, kind, handle = found.groups() if found else (text, "", "")
    return f"{where} handle {handle} {kind}" if handle else where


def _link_states(case: Case, one: End, other: End, stand: Stand) -> Iterator[Finding]:
    """Yield the finding that one of two connected interfaces is down or has no carrier."""
    here, there = case.link(one), case.link(other)
    for end, link in ((one, here), (other, there)):
        if not link.up:
            yield down(case, end, stand)
    if here.peer == other and not (here.carrier and there.carrier):
        yield found(stand, "no_carrier", Place(*one), "LOWER_UP", "NO-CARRIER", (), one.ifname, other)


def _isolated_ports(case: Case, one: End, bridge: End, other: End, stand: Stand) -> Iterator[Finding]:
    """Yield the finding that two ports of a bridge are isolated from each other."""
    if all(any(port.get("isolated") for port in _options(case, end)) for end in (one, other)):
        yield _option(other, "isolated", True, False, "port_isolated", stand)


def _macvlans(case: Case, hops: tuple[End, ...], stand: Stand) -> Iterator[Finding]:
    """Yield that the mode separates two macvlans of one lower link, or that a link cannot reach its own lower link."""
    for one, lower, other in zip(hops, hops[1:], hops[2:], strict=False):
        both = [end for end in (one, other) if case.link(end).lower == lower and case.link(end).kind == "macvlan"]
        modes = {end: case.details(end).get("mode", "bridge") for end in both if len(both) > 1}
        wrong = [end for end, mode in modes.items() if mode != "bridge"]
        fix = (fixes.run(end.netns, f"ip link set dev {quote(end.ifname)} type macvlan mode bridge") for end in wrong)
        if wrong:
            words = "mode bridge", f"mode {modes[wrong[0]]}"
            yield found(stand, "macvlan_mode", Place(*wrong[0]), *words, tuple(fix), lower.ifname, lower)
    for upper, lower in (hops, hops[::-1]) if len(hops) == 2 else ():
        if case.link(upper).lower == lower:
            words = "another interface", lower.ifname
            yield found(stand, "not_to_lower", Place(*upper), *words, (), lower.ifname, lower)


def _wrong_fdb_entry(case: Case, bridge: End, other: End, mac: str, stand: Stand) -> Iterator[Finding]:
    """Yield the forwarding database entry that sends a MAC address to a port that is not on the path."""
    for entry in case.json_output(bridge.netns, f"bridge -j fdb show br {quote(bridge.ifname)}"):
        if (entry.get("mac"), entry.get("master")) != (mac, bridge.ifname):
            continue
        if entry["ifname"] not in (other.ifname, *(end.ifname for end in interfaces_with_mac(mac, case.network))):
            end = End(bridge.netns, entry["ifname"])
            fix = (fixes.run(bridge.netns, f"bridge fdb del {mac} dev {quote(end.ifname)} master"),)
            expected, actual = f"{mac} dev {other.ifname}", f"{mac} dev {end.ifname} {entry['state']}"
            yield found(stand, "wrong_fdb", Place(*end), expected, actual, fix, mac, other)


def _port_states(case: Case, hops: tuple[End, ...], stand: Stand) -> Iterator[Finding]:
    """Yield the finding that a bridge port is not in the state forwarding."""
    for end in hops:
        for port in _options(case, end):
            if port.get("state") != "forwarding" and case.link(end).carrier:
                bridge = case.segments.master(end)
                is_stp = bridge and case.details(bridge).get("stp_state")  # Linux sets it in half a minute
                fix = () if is_stp else (fixes.run(end.netns, f"bridge link set dev {quote(end.ifname)} state 3"),)
                words = "state forwarding", f"state {port.get('state')}"
                yield found(stand, "port_state", Place(*end), *words, fix, end.ifname)


def _flags(case: Case, hops: tuple[End, ...], stand: Stand) -> Iterator[Finding]:
    for end in hops:
        for port in _options(case, end):
            for name, value in _PORT_FLAGS.items():
                if port.get(name, value) != value:
                    yield _option(end, name, port[name], value, "port_option", stand)


def _options(case: Case, end: End) -> list[dict[str, object]]:
    bridge = case.master(end)
    if not bridge or bridge.kind != "bridge":
        return []
    return [port for port in case.json_output(end.netns, "bridge -j -d link show") if port.get("ifname") == end.ifname]


def _option(end: End, name: str, value: object, wanted: bool, id: str, stand: Stand) -> Finding:
    words = [f"{name} {'on' if one else 'off'}" for one in (wanted, value)]
    fix: tuple[Fix, ...] = (fixes.run(end.netns, f"bridge link set dev {quote(end.ifname)} {words[0]}"),)
    return found(stand, id, Place(*end), words[0], words[1], fix, words[0])


def mistagged(case: Case, hops: tuple[End, ...], stand: Stand) -> Iterator[Finding]:
    """Yield the finding where VLAN settings drop a frame with, or without, the tag that it has there."""
    tag, since = 0, next(iter(hops), None)
    for at, end in enumerate(hops):
        before, after = hops[at - 1 : at], hops[at + 1 : at + 2]
        vid, vlans = number(case.link(end)), taken(case.network, end)
        if vid and (case.link(end).lower,) == after:
            tag, since = vid, end
        elif vid and tag != vid:
            yield found(stand, "vlan_number", Place(*end), f"id {tag}", f"id {vid}", (), "", since)
            return
        elif vid:
            tag = 0
        if _enters(case, end, before, after):
            if tag not in {0, *vlans}:
                yield _not_in_vlan(case, stand, end, tag, True, since)
                return
            tag, since = tag or pvid(vlans), end
        if _enters(case, end, after, before):
            is_tagged = _expects_tag(case, hops[at + 1 :], tag)
            if not tag and since:
                yield _not_in_vlan(case, stand, since, pvid(vlans), False, end)
                return
            if vlans.get(tag) != (frozenset() if is_tagged else {"pvid", "untagged"}):
                yield _not_in_vlan(case, stand, end, tag, is_tagged, since)
                return
            tag = tag if is_tagged else 0


def _enters(case: Case, end: End, outside: tuple[End, ...], inside: tuple[End, ...]) -> bool:
    """Return whether a frame enters a bridge with VLAN filtering here, by a port or from the bridge itself."""
    master = case.master(end)
    if master and is_filtering(master):
        return inside == (End(end.netns, master.ifname),)
    return is_filtering(case.link(end)) and (not outside or case.link(outside[0]).lower == end)


def _expects_tag(case: Case, rest: tuple[End, ...], tag: int) -> bool:
    """Return whether the rest of the path expects frames of a VLAN with its tag."""
    for end in rest:
        master = case.master(end)
        if case.link(end).kind == "vlan":
            return True
        if master and is_filtering(master):
            return "pvid" not in taken(case.network, end).get(tag, ())
    return False


def _not_in_vlan(case: Case, stand: Stand, end: End, vid: int, is_tagged: bool, other: End | None) -> Finding:
    wanted = f"vid {vid}" + ("" if is_tagged else " pvid untagged")
    words = [" ".join([f"vid {number}", *sorted(words)]) for number, words in taken(case.network, end).items()]
    line = f"bridge vlan add dev {quote(end.ifname)} {wanted}" + (" self" if is_filtering(case.link(end)) else "")
    fix = (fixes.run(end.netns, line),)
    return found(stand, "vlan_differs", Place(*end), wanted, ", ".join(words) or "no VLAN", fix, str(vid), other)


def _bridges(case: Case, netns: str, piece: Piece) -> list[str]:
    links = case.network.namespaces[netns].links
    bridges = [link.ifname for link in links if link.kind == "bridge"]
    return [ifname for ifname in bridges if case.segments.of(End(netns, ifname)) == piece]


def _is_odd(case: Case, end: End) -> bool:
    """Return whether the peer of a port shares no subnet with any other interface on the segment."""
    peer = case.link(end).peer
    seats = case.segments.seats(end)
    mine = {seat.addr.network for seat in seats if seat.end == peer}
    return not any(seat.addr.network in mine for seat in seats if seat.end != peer)
