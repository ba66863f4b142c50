"""Why a packet is lost: the causes, most likely first."""

from collections.abc import Iterator
from ipaddress import ip_address

from nslab_kernel.doctor import fixes
from nslab_kernel.doctor.addresses import down, own_trouble, shared, unfit_source, usual
from nslab_kernel.doctor.evidence import Case, Stand, probe, unrewritten, upstream
from nslab_kernel.doctor.findings import found, lost
from nslab_kernel.doctor.gateways import covering, misrouted, misrouted_before, straying
from nslab_kernel.doctor.held import held
from nslab_kernel.doctor.neighbours import astray, mistaken, neighbour, unanswered, unplugged
from nslab_kernel.doctor.nobody import nobody, rewritten
from nslab_kernel.doctor.refusals import bypassing, not_forwarding, refused, without_rule
from nslab_kernel.doctor.traced import Passage, filtered
from nslab_kernel.doctor.tunnels import is_local, remotes, tunnelled
from nslab_kernel.doctor.wires import (
    apart,
    dropped_by_filter,
    dropped_by_queue,
    hindrance,
    looped,
    mistagged,
    no_carrier,
)
from nslab_kernel.model.diagnosis import INTERFACE, NEIGHBOUR, Finding, Place
from nslab_kernel.model.journey_result import Sighting
from nslab_kernel.model.lookup import interfaces_with_mac
from nslab_kernel.model.network import End
from nslab_kernel.packets.frames import read_frame
from nslab_kernel.packets.link_paths import path
from nslab_kernel.packets.queries import RouteLookup, left_s, look_up_route, run, sysctl, sysctl_against_replies

_BELOW_S = 0.3


def causes(case: Case) -> Iterator[Finding]:
    """Yield the causes why the packet of a case, or its reply, is lost, most likely first.

    The last one, which is always there, says only where it was seen last.
    """
    stand = case.stand
    yield from _without_lo(case)
    yield from looped(case, stand)
    yield from _expired(case, stand)
    yield from unfit_source(case)
    yield from _below(case)
    yield from _on_cable(case, stand, stand.left) if stand.left else _inside(case, stand)
    if stand.came and (before := upstream(case, stand)):
        yield from mistagged(case, path(before.at, [stand.came.at], case.network), stand)
    seen = stand.last.at if stand.last else End(stand.netns, case.lookup.dev if case.lookup else "")
    yield from dropped_by_filter(case, seen, stand)
    yield lost(stand, f"{stand.src} > {stand.dst}", case.journey.said or "-")


def _without_lo(case: Case) -> Iterator[Finding]:
    """Yield the finding that `lo` is down for a packet to a loopback address, which may leave by a default route."""
    lo = case.network.namespaces[case.start].lo
    if ip_address(case.dst).is_loopback and lo and not lo.up:
        yield down(case, End(case.start, lo.ifname), Stand(case.start, "", case.dst))


def _below(case: Case) -> Iterator[Finding]:
    """Yield why a packet is lost in a tunnel: the packets that carry it are lost."""
    links = case.segments.links
    seen = [one for one in case.journey.sightings if one.at in links and links[one.at].kind == "vxlan"]
    if not seen or any(one.direction == "in" for one in seen) or left_s() < _BELOW_S:
        return
    start = seen[-1].at
    for remote in remotes(case, start)[:1]:
        is_right = case.having(remote) or is_local(case, remote)
        if is_right and not (inner := probe(case, start.netns, remote, _BELOW_S)).journey:
            yield from causes(inner)


def _on_cable(case: Case, stand: Stand, left: Sighting) -> Iterator[Finding]:
    """Yield why a packet that left an interface did not arrive."""
    lookup = case.look_up_route(stand.netns, stand.dst, stand.src if stand.came else "", stand.iif)
    hop = lookup.hop
    if case.master(left.at):
        yield from _address_on_port(case, left.at, stand)
    yield from mistaken(case, stand, left.at, hop)
    piece = case.segments.of(left.at)
    having = case.having(hop)
    goals = [end for end in (*interfaces_with_mac(left.mac, case.network), *having) if case.segments.of(end) == piece]
    goals = [end for end in goals if end != left.at and not case.master(end)] or case.led_to(left.at, having)
    last = [one for one in case.journey.sightings if one.kind == stand.kind][-1]
    if not goals and having:
        yield from tunnelled(case, stand, left.at, having[0])
        yield from apart(case, stand, left.at, having[0])
    if lookup.is_to_many:
        yield _to_many(stand, lookup)
    if hop and not goals and not having and not _leads_out(case, left.at):
        yield from nobody(case, stand, left.at, hop)
    yield from hindrance(case, left.at, goals, stand, left.mac)
    if last.direction == "in":
        yield from hindrance(case, last.at, goals, stand, left.mac, is_inward=True)


def _leads_out(case: Case, end: End) -> bool:
    """Return whether an interface's segment leads out of the lab: a link on it has no peer that nslab knows."""
    ends = case.segments.ends(end)
    return any(link.kind != "bridge" and link.peer not in case.segments.links for _end, link in ends)


def _inside(case: Case, stand: Stand) -> Iterator[Finding]:
    """Yield why a namespace neither sends a packet on nor accepts it."""
    netns, dst, mark = stand.netns, stand.dst, 0
    if stand.came and _is_foreign(case, stand.came):
        yield from astray(case, stand)
        return  # Linux forwards no packet to another MAC address
    yield from unplugged(case, stand)
    dropped = tuple(filtered(case, netns, stand))
    if case.network.namespaces[netns].ruleset:
        passage = Passage(case, netns, stand)
        dst, mark = passage.dst, passage.mark
    to = _sender(case, netns, dst) if stand.is_back else dst
    there = Stand(netns, stand.src, to, stand.is_back, stand.came)
    is_own = stand.came and case.link(stand.came.at).kind == "loopback"
    src = stand.src if stand.came or stand.is_back else ""
    lookup = case.look_up_route(netns, to, src, "" if is_own else stand.iif, mark)
    if dropped:
        yield from straying(case, there, lookup)
    yield from dropped
    if dst != stand.dst and not stand.is_back and not case.having(dst):
        yield from rewritten(case, stand, End(netns, look_up_route(netns, dst).dev), dst)
    dst = to
    if case.owns(netns, dst):
        yield from without_rule(case, there, lookup)
    if lookup.error:
        if stand.came and not case.owns(netns, dst):
            yield from astray(case, stand)
        yield from own_trouble(case, netns, stand.src, stand)
        yield from refused(case, there, lookup)
    elif lookup.is_to_many and stand.came:
        yield _to_many(there, lookup)
    elif lookup.is_local:
        yield from _delivered(case, there, lookup)
    elif lookup.is_known:
        yield from _onward(case, there, lookup)


def _sender(case: Case, netns: str, dst: str) -> str:
    """Return to which address a namespace forwards a reply: it may have changed the request's source (NAT)."""
    return next((one.src for one in unrewritten(case, dst) if one.at.netns == netns), dst)


def _onward(case: Case, stand: Stand, lookup: RouteLookup) -> Iterator[Finding]:
    """Yield why a packet that has a route does not leave."""
    if stand.came:
        yield from misrouted(case, stand)
        if case.family == 6:
            yield from not_forwarding(case, stand)
    out = End(stand.netns, lookup.dev)
    link = case.link(out)
    if case.master(out):
        yield from _address_on_port(case, out, stand)
    at = held(case.network.namespaces[stand.netns], lookup).link
    if not link.up:
        yield down(case, out, stand)
    if at == INTERFACE:
        yield from no_carrier(case, out, stand, lookup.hop)
    if lookup.is_to_many:
        yield _to_many(stand, lookup)
    yield from own_trouble(case, stand.netns, lookup.src, stand)
    if at == NEIGHBOUR or not neighbour(case, out, lookup.hop):
        yield from unanswered(case, stand, out, lookup.hop)
    yield from mistaken(case, stand, out, lookup.hop)
    yield from dropped_by_queue(case, out, stand)


def _delivered(case: Case, stand: Stand, lookup: RouteLookup) -> Iterator[Finding]:
    """Yield why the namespace with the destination address does not answer a request, or does not accept a reply."""
    netns, dst = stand.netns, stand.target
    if not stand.came and not stand.is_back and held(case.network.namespaces[netns], lookup).link:
        yield down(case, End(netns, lookup.dev), stand)
    yield from own_trouble(case, netns, dst, stand)
    if stand.is_back:
        yield from shared(case, stand, netns, dst) if netns != case.start else bypassing(case, stand)
        return
    if case.journey.port is None:
        if key := sysctl_against_replies(netns, case.family):
            fix = (fixes.sysctl(netns, key, 0),)
            yield found(stand, "no_echo", Place(netns), f"{key} = 0", f"{key} = 1", fix, key)
    elif case.journey.said:
        yield _no_listener(case, stand)
    if stand.came:
        yield from _inside(case, Stand(netns, stand.dst, stand.came.src, True))


def _to_many(stand: Stand, lookup: RouteLookup) -> Finding:
    """Return the finding that the destination is broadcast or multicast: Linux ignores such IPv4 pings; icmp(7)."""
    return found(
        stand, "to_many", Place(stand.netns, stand.iif or lookup.dev), "an address of one", lookup.text, (), lookup.hop
    )


def _no_listener(case: Case, stand: Stand) -> Finding:
    """Return the finding that no program listens at the port, or only at another address."""
    netns, dst = stand.netns, stand.dst
    port = _port_there(case)
    there = [line.split() for line in run(netns, "ss -Hltn").text.splitlines()]
    elsewhere = [words[3] for words in there if len(words) > 3 and words[3].rpartition(":")[2] == str(port)]
    actual = " ".join(elsewhere) or "-"
    return found(stand, "no_listener", Place(netns), f"{dst}:{port}", actual, (), str(port))


def _port_there(case: Case) -> int:
    """Return the destination port with which the packet arrived: NAT may have changed it."""
    frames = [read_frame(packet.data) for packet in case.journey.packets if packet.netns == case.stand.netns]
    ports = [frame.ports[1] for frame in frames if frame and frame.words == "SYN"]
    return ports[-1] if ports else case.journey.port or 0


def _expired(case: Case, stand: Stand) -> Iterator[Finding]:
    """Yield the routing loop in which the TTL ran out, or the finding that the first TTL was too low.

    No error may be seen: its rate is limited, and the error about a reply goes to the reply's sender.
    """
    came, to = stand.came, _sender(case, stand.netns, stand.dst) if stand.is_back else stand.dst
    is_here = case.owns(stand.netns, to) or ip_address(to.partition("%")[0]).is_multicast
    is_over = came and came.ttl == 1 and not stand.left and not is_here
    if not is_over and "exceeded" not in case.journey.said:
        return
    seen = case.passed(stand.kind)
    entries = [one.at for one in seen if one.direction == "in"]
    if len({*entries}) < len(entries):
        yield from misrouted_before(case, stand)
        lookup = look_up_route(stand.netns, stand.dst)
        place, expected = Place(stand.netns, lookup.dev), f"{stand.dst} dev ..."
        yield found(stand, "routing_loop", place, expected, lookup.text, (), stand.dst)
    key = "net.ipv4.ip_default_ttl" if case.family == 4 else "net.ipv6.conf.all.hop_limit"
    sender = seen[0].at.netns
    fix = (fixes.sysctl(sender, key, 64),)
    yield found(stand, "short_life", Place(sender), f"{key} = 64", f"{key} = {sysctl(sender, key)}", fix, key)


def _address_on_port(case: Case, end: End, stand: Stand) -> Iterator[Finding]:
    """Yield the finding that an address is on a bridge port, which passes all that it receives to the bridge."""
    bridge = End(end.netns, case.link(end).master or "")
    for addr in usual(case.link(end)):
        is_there = any(where == bridge for where, _addr in covering(case, end.netns, addr.partition("/")[0]))
        fix = (fixes.addr_del(end, addr), *(() if is_there else (fixes.addr_add(bridge, addr),)))
        expected, actual = f"{addr} dev {bridge.ifname}", f"{addr} dev {end.ifname}"
        yield found(stand, "address_on_port", Place(*end), expected, actual, fix, addr, bridge)


def _is_foreign(case: Case, came: Sighting) -> bool:
    link = case.link(came.at)
    return link.kind != "loopback" and bool(came.mac) and came.mac != link.mac and not int(came.mac[:2], 16) & 1
