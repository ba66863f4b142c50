"""Why no interface has an address that Linux asks for."""

import re
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address

from nslab_kernel.doctor import fixes
from nslab_kernel.doctor.addresses import is_odd, usual, without_ipv6
from nslab_kernel.doctor.evidence import Case, Stand, unrewritten
from nslab_kernel.doctor.findings import found
from nslab_kernel.doctor.gateways import covering, forwards, gateway, wrong_gateway
from nslab_kernel.doctor.segments import Seat
from nslab_kernel.doctor.traced import Passage, rule_place
from nslab_kernel.linux.packet_trace import Rule
from nslab_kernel.model.diagnosis import ADDRESS, NEIGHBOUR, Finding, Fix, Place
from nslab_kernel.model.journey_result import REQUEST
from nslab_kernel.model.network import End
from nslab_kernel.packets.queries import run


def nobody(case: Case, stand: Stand, out: End, hop: str) -> Iterator[Finding]:
    """Yield why no interface has the address of a next hop: it was deleted, mistyped, or never existed."""
    is_gateway = hop != stand.target
    length = next((addr.partition("/")[2] for end, addr in covering(case, out.netns, hop) if end == out), "")
    free = [
        end
        for end, _link in case.segments.ends(out)
        if end.netns != out.netns and _has_no_address(case, end, is_gateway)
    ]
    routers = [end for end in free if forwards(case, end.netns)]
    for end in free:
        yield from without_ipv6(case, stand, end)
    # A gateway that only one namespace uses may be that namespace's mistake.
    is_meant = len(_users_of_gateway(case, hop, out)) > (1 if is_gateway else 0)
    if is_meant and len(routers) == 1 and length:
        yield _no_address(stand, routers[0], f"{hop}/{length}", out)
    if is_meant and not routers and (unused := _unused_router(case, hop, out)):
        yield _wrong_address(stand, unused, hop, out)
    if is_gateway and gateway(case, out.netns, stand.dst):
        yield wrong_gateway(case, out.netns, stand, hop)
    yield from rewritten(case, stand, out, hop)
    if len(free) == 1 and length:
        yield _no_address(stand, free[0], f"{hop}/{length}", out)
    odd = [seat for seat in case.segments.seats(out) if seat.end.netns != out.netns and is_odd(case, seat)]
    if len(odd) == 1 and length:
        yield _wrong_address(stand, odd[0], hop, out)
    if is_gateway:
        yield wrong_gateway(case, out.netns, stand, hop)
    facing = _peer_in_same_net(case, out, hop)
    actual, other = (str(facing.addr.ip), facing.end) if facing else ("", None)
    yield found(stand, "nobody_has", Place(*out), hop, actual, (), hop, other)


def _peer_in_same_net(case: Case, out: End, hop: str) -> Seat | None:
    """Return the peer's address in the subnet of the missing one, if only two interfaces are on the segment."""
    ends = [end for end, _link in case.segments.ends(out) if end != out]
    seats = [seat for seat in case.segments.seats(out) if [seat.end] == ends]
    return next((seat for seat in seats if ip_address(hop) in seat.addr.network), None)


def rewritten(case: Case, stand: Stand, out: End, hop: str) -> Iterator[Finding]:
    """Yield the NAT rule that wrote an address that no interface has: a destination, or for a reply the source."""
    id, word = ("wrong_snat", "snat") if stand.is_back else ("wrong_dnat", "dnat")
    netns = next((one.at.netns for one in unrewritten(case, hop)), "") if stand.is_back else _redirector(case, stand)
    if not netns or not case.network.namespaces[netns].ruleset:
        return
    meant = stand if stand.is_back or netns == stand.netns else Stand(netns, stand.src, case.dst)
    rule = Passage(case, netns, meant).rewritten_by(word)
    if rule:
        fix = _right_rewriting(case, stand, out, rule, netns)
        yield found(stand, id, rule_place(netns, rule), "an address of the lab", hop, fix, hop)


def _wrong_address(stand: Stand, seat: Seat, hop: str, out: End) -> Finding:
    """Return the finding that an interface has another address than the wanted one."""
    end, addr = seat
    right = f"{hop}/{addr.network.prefixlen}"
    fix = fixes.addr_del(end, addr), fixes.addr_add(end, right)
    return found(stand, "wrong_address", Place(*end), right, str(addr), fix, hop, out)


def _no_address(stand: Stand, end: End, addr: str, out: End) -> Finding:
    """Return the finding that an interface without an address lacks the wanted one.

    For a request the broken link is not the route, which exists, but the address, or for a gateway the neighbour.
    """
    subject = addr.partition("/")[0]
    finding = found(stand, "no_address", Place(*end), addr, "", (fixes.addr_add(end, addr),), subject, out)
    link = ADDRESS if subject == stand.target else NEIGHBOUR
    return finding if stand.is_back else replace(finding, link=link)


def _unused_router(case: Case, hop: str, out: End) -> Seat | None:
    """Return the router on a segment whose address is no route's gateway; None unless there is exactly one."""
    seats = [seat for seat in case.segments.seats(out) if ip_address(hop) in seat.addr.network]
    routers = [seat for seat in seats if forwards(case, seat.end.netns)]
    unknown = [seat for seat in routers if not _users_of_gateway(case, str(seat.addr.ip), out)]
    return unknown[0] if len(unknown) == 1 else None


def _users_of_gateway(case: Case, hop: str, out: End) -> set[str]:
    """Return the namespaces on a segment that have a route via this gateway."""
    namespaces = {end.netns for end, _link in case.segments.ends(out)}
    return {name for name in namespaces for route in case.network.namespaces[name].routes if route.gateway == hop}


def _right_rewriting(case: Case, stand: Stand, out: End, rule: Rule, netns: str) -> tuple[Fix, ...]:
    """Return the fix of a NAT rule that writes an address that no interface has; empty if the right one is unknown."""
    to = "masquerade" if stand.is_back else f"dnat to {_listener(case, out, rule)}"
    if to[-1] != " ":
        return fixes.rule_replace(netns, rule, re.sub(r"[sd]nat (ip6? )?to \S+", to, rule.text))
    is_there = case.journey.port is None and case.having(case.dst)
    return fixes.rule_del(netns, rule) if is_there else ()


def _listener(case: Case, out: End, rule: Rule) -> str:
    """Return the one address and port on the segment where a program listens at the rule's port; else empty."""
    port = rule.text.rpartition("dnat")[2].partition(":")[2].split(" ")[0] or str(case.journey.port)
    seats = [seat for seat in case.segments.seats(out) if seat.end.netns != out.netns]
    there = [f"{seat.addr.ip}:{port}" for seat in seats if f":{port} " in run(seat.end.netns, "ss -Hltn").text]
    return there[0] if len(there) == 1 else ""


def _redirector(case: Case, stand: Stand) -> str:
    """Return the namespace that changed the request's destination; if none was seen to, the present one."""
    left = (one.at.netns for one in case.passed(REQUEST) if one.dst == stand.dst != case.dst)
    return next(left, stand.netns)


def _has_no_address(case: Case, end: End, is_gateway: bool) -> bool:
    """Return whether an interface lacks an address; a bridge counts only if a gateway is missing."""
    link = case.link(end)
    is_bare = not usual(link, case.family) and not case.master(end)
    return is_bare and (is_gateway if link.kind == "bridge" else link.kind != "vxlan")
