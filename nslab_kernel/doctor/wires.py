"""What hinders between two interfaces: cables, bridges and their ports."""

from collections.abc import Collection, Iterator
from itertools import pairwise
from shlex import quote

from nslab_kernel.doctor import fixes
from nslab_kernel.doctor.addresses import down, usual
from nslab_kernel.doctor.evidence import Case, Stand
from nslab_kernel.doctor.findings import found
from nslab_kernel.doctor.traced import filtered
from nslab_kernel.model.diagnosis import Finding, Fix, Place
from nslab_kernel.model.lookup import interfaces_with_mac
from nslab_kernel.model.network import End
from nslab_kernel.packets.link_paths import path

_PORT_FLAGS = {"flood": True, "bcast_flood": True, "mcast_flood": True, "locked": False}
"""What a bridge's port must be set to, that everything gets through; bridge(8)."""


def hindrance(
    case: Case, start: End, goals: Collection[End], stand: Stand, mac: str = "", is_inward: bool = False
) -> Iterator[Finding]:
    """Yield what is wrong on the way from one interface to the nearest of others.

    Args:
        case: The case.
        start: Where the packet was seen last, or has to leave.
        goals: Where it should come in.
        stand: The packet.
        mac: Whom it is sent to; empty where it is for all.
        is_inward: Whether it has come in at `start`, a bridge's port.
    """
    way = path(start, goals, case.network)
    for one, other in pairwise(way):
        yield from _pair(case, one, other, stand)
    for one, bridge, other in zip(way, way[1:], way[2:], strict=False):
        link = case.link(bridge)
        if link.kind == "bridge" and one.netns == bridge.netns == other.netns:
            yield from _through(case, one, bridge, other, stand)
    for bridge, other in pairwise(way) if mac else ():
        if (bridge.netns, case.link(other).master) == bridge:
            yield from _misled(case, bridge, other, mac, stand)
    if is_inward and len(way) > 1 and way[1] == case.link(start).peer:
        yield _option(start, "hairpin", False, True, "no_hairpin", stand)
    yield from _ends(case, way, stand)
    for netns in dict.fromkeys(end.netns for end in way if case.is_bridged(end)):
        yield from filtered(case, netns, stand)
    yield from _flags(case, way, stand)
    for end in way[:-1]:
        yield from dropped_by_queue(case, end, stand)


def no_carrier(case: Case, end: End, stand: Stand, hop: str = "") -> Iterator[Finding]:
    """Yield why an interface that is up has no carrier; of a bridge, also that whoever has an address is beside it."""
    link = case.link(end)
    peer = link.peer if link.peer in case.segments.links else None
    if peer and not case.link(peer).up:
        yield down(case, peer, stand)
    if link.kind == "bridge":
        ports = [port for port, its in case.segments.ends(end) if (port.netns, its.master) == end]
        for port in ports:
            if not case.link(port).up:
                yield down(case, port, stand)
            elif not case.link(port).carrier:
                yield from no_carrier(case, port, stand)
        for owner in case.having(hop):
            yield from apart(case, stand, end, owner)
    yield found(stand, "no_carrier", Place(*end), "LOWER_UP", "NO-CARRIER", (), end.ifname, peer)


def apart(case: Case, stand: Stand, out: End, owner: End) -> Iterator[Finding]:
    """Yield why an interface and the one that it looks for are not on one piece of cable: a port is not plugged in."""
    segments = case.segments
    here, there = segments.of(out), segments.of(owner)
    unplugged = [(end, here) for end, link in segments.links.items() if link.kind == "vxlan" and not link.master]
    unplugged += [(end, there) for end, _here in unplugged]
    ends = [(end, here) for end, _link in segments.ends(owner)] + [(end, there) for end, _link in segments.ends(out)]
    for end, other in ends + unplugged:
        link, bridges = case.link(end), _bridges(case, end.netns, other)
        if not bridges or link.kind not in ("veth", "vxlan") or usual(link):
            continue
        if not link.master or _is_odd(case, end):
            fix = (fixes.set_master(end, bridges[0]),)
            expected, actual = f"master {bridges[0]}", f"master {link.master}" if link.master else "no master"
            yield found(stand, "not_in_bridge", Place(*end), expected, actual, fix, bridges[0])


def looped(case: Case, stand: Stand) -> Iterator[Finding]:
    """Yield the cable that closes a circle of bridges where a packet is: what is for all goes round for ever."""
    ends = [one.at for one in case.journey.sightings if one.at in case.segments.links]
    if not case.owns(stand.netns, stand.dst):
        ends += [end for end, _link in case.segments.of_namespace(stand.netns)]
    seen = {case.segments.of(end) for end in ends}
    joined: dict[End, End] = {}

    def first(bridge: End) -> End:
        return first(joined[bridge]) if bridge in joined else bridge

    for end, other in _trunks(case):
        one, two = (first(End(port.netns, case.link(port).master or "")) for port in (end, other))
        if one != two:
            joined[one] = two
        elif case.segments.of(end) in seen:
            words = "one way between two bridges", "another way, STP off"
            fix = (fixes.link_down(end), *_forget(case, end))
            yield found(stand, "bridge_loop", Place(*end), *words, fix, end.ifname, other)


def _forget(case: Case, end: End) -> Iterator[Fix]:
    """Yield the lines that let all bridges on a cable forget where they saw whom."""
    for bridge, link in case.segments.ends(end):
        if link.kind == "bridge":
            yield fixes.run(bridge.netns, f"bridge fdb flush dev {quote(bridge.ifname)} dynamic")


def _trunks(case: Case) -> Iterator[tuple[End, End]]:
    """Yield the cables between two ports of bridges over which packets go on."""
    for end, link in case.segments.links.items():
        if link.peer and end < link.peer and all(_forwards(case, port) for port in (end, link.peer)):
            yield end, link.peer


def _forwards(case: Case, end: End) -> bool:
    bridge = case.master(end)
    carries = bool(bridge and bridge.up and case.link(end).carrier)
    return carries and any(port.get("state") == "forwarding" for port in _options(case, end))


def dropped_by_queue(case: Case, out: End, stand: Stand) -> Iterator[Finding]:
    """Yield the queueing discipline that threw packets away."""
    for qdisc in case.told(out.netns, "tc -j -s qdisc show"):
        if qdisc.get("dev") == out.ifname and qdisc.get("drops") and qdisc.get("root"):
            fix = (fixes.run(out.netns, f"tc qdisc del dev {quote(out.ifname)} root"),)
            actual = f"{qdisc.get('kind')}: {qdisc['drops']} dropped"
            yield found(stand, "qdisc_drop", Place(*out), "0 dropped", actual, fix, str(qdisc.get("kind")))


def dropped_by_filter(case: Case, end: End, stand: Stand) -> Iterator[Finding]:
    """Yield a filter of tc that drops, at the interface where a packet was seen last; nothing else is known there."""
    for entry in case.network.namespaces[end.netns].entries:
        is_there = entry.shown_by == "tc filter" and entry.text.endswith(f" dev {end.ifname}")
        if is_there and " drop " in entry.text:
            parent = entry.text.split("parent ")[1].split()[0]
            fix = (fixes.run(end.netns, f"tc filter del dev {quote(end.ifname)} parent {parent}"),)
            yield found(stand, "tc_drop", Place(*end), "pass", entry.text, fix, "tc filter")


def _pair(case: Case, one: End, other: End, stand: Stand) -> Iterator[Finding]:
    """Yield which of two neighbouring interfaces is down, or does not carry."""
    here, there = case.link(one), case.link(other)
    for end, link in ((one, here), (other, there)):
        if not link.up and (link.kind == "bridge" or here.peer == other or link.master):
            yield down(case, end, stand)
    if here.peer == other and not (here.carrier and there.carrier):
        yield found(stand, "no_carrier", Place(*one), "LOWER_UP", "NO-CARRIER", (), one.ifname, other)


def _through(case: Case, one: End, bridge: End, other: End, stand: Stand) -> Iterator[Finding]:
    """Yield what keeps a bridge from handing a packet from one of its ports to another."""
    if all(any(port.get("isolated") for port in _options(case, end)) for end in (one, other)):
        yield _option(other, "isolated", True, False, "port_isolated", stand)
    yield from _vlans(case, one, bridge, other, stand)


def _misled(case: Case, bridge: End, other: End, mac: str, stand: Stand) -> Iterator[Finding]:
    """Yield the port to which a bridge sends what is for a MAC, where that is not the port on the way."""
    for entry in case.told(bridge.netns, f"bridge -j fdb show br {quote(bridge.ifname)}"):
        if (entry.get("mac"), entry.get("master")) != (mac, bridge.ifname):
            continue
        if entry["ifname"] not in (other.ifname, *(end.ifname for end in interfaces_with_mac(mac, case.network))):
            end = End(bridge.netns, entry["ifname"])
            fix = (fixes.run(bridge.netns, f"bridge fdb del {mac} dev {quote(end.ifname)} master"),)
            expected, actual = f"{mac} dev {other.ifname}", f"{mac} dev {end.ifname} {entry['state']}"
            yield found(stand, "wrong_fdb", Place(*end), expected, actual, fix, mac, other)


def _ends(case: Case, way: tuple[End, ...], stand: Stand) -> Iterator[Finding]:
    """Yield the port that its bridge does not let forward."""
    for end in way:
        for port in _options(case, end):
            if port.get("state") != "forwarding" and case.link(end).carrier:
                fix = (fixes.run(end.netns, f"bridge link set dev {quote(end.ifname)} state 3"),)
                words = "state forwarding", f"state {port.get('state')}"
                yield found(stand, "port_state", Place(*end), *words, fix, end.ifname)


def _flags(case: Case, way: tuple[End, ...], stand: Stand) -> Iterator[Finding]:
    for end in way:
        for port in _options(case, end):
            for name, value in _PORT_FLAGS.items():
                if port.get(name, value) != value:
                    yield _option(end, name, port[name], value, "port_option", stand)


def _options(case: Case, end: End) -> list[dict[str, object]]:
    bridge = case.master(end)
    if not bridge or bridge.kind != "bridge":
        return []
    return [port for port in case.told(end.netns, "bridge -j -d link show") if port.get("ifname") == end.ifname]


def _option(end: End, name: str, value: object, wanted: bool, id: str, stand: Stand) -> Finding:
    words = [f"{name} {'on' if one else 'off'}" for one in (wanted, value)]
    fix: tuple[Fix, ...] = (fixes.run(end.netns, f"bridge link set dev {quote(end.ifname)} {words[0]}"),)
    return found(stand, id, Place(*end), words[0], words[1], fix, words[0])


def _vlans(case: Case, one: End, bridge: End, other: End, stand: Stand) -> Iterator[Finding]:
    """Yield the port that is not in the VLAN into which the other one puts what comes without a tag."""
    if not case.details(bridge).get("vlan_filtering"):
        return
    vlans = {port["ifname"]: port["vlans"] for port in case.told(bridge.netns, "bridge -j vlan show")}
    first = [entry["vlan"] for entry in vlans.get(one.ifname, []) if "PVID" in entry.get("flags", [])]
    theirs = [entry["vlan"] for entry in vlans.get(other.ifname, []) if "PVID" in entry.get("flags", [])]
    if first != theirs and first:
        line = f"bridge vlan add dev {quote(other.ifname)} vid {first[0]} pvid untagged"
        line += " self" if case.link(other).kind == "bridge" else ""
        words = f"vid {first[0]} pvid untagged", " ".join(f"vid {vid} pvid" for vid in theirs) or "no pvid"
        fix = (fixes.run(bridge.netns, line),)
        yield found(stand, "vlan_differs", Place(*other), *words, fix, str(first[0]), one)


def _bridges(case: Case, netns: str, piece: End) -> list[str]:
    links = case.network.namespaces[netns].links
    bridges = [link.ifname for link in links if link.kind == "bridge"]
    return [ifname for ifname in bridges if case.segments.of(End(netns, ifname)) == piece]


def _is_odd(case: Case, end: End) -> bool:
    """Return whether what hangs on a port shares no net with anybody else on its bridge."""
    peer = case.link(end).peer
    seats = case.segments.seats(end)
    mine = {seat.addr.network for seat in seats if seat.end == peer}
    return not any(seat.addr.network in mine for seat in seats if seat.end != peer)
