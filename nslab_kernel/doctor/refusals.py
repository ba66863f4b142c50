"""Why Linux refuses a packet: routes, policy rules, sysctls, NAT."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_interface, ip_network
from itertools import pairwise

from nslab_kernel.doctor import fixes
from nslab_kernel.doctor.addresses import beside, down, not_in_use, shared, unusable, without_ipv6
from nslab_kernel.doctor.evidence import Case, Stand, upstream
from nslab_kernel.doctor.findings import found
from nslab_kernel.doctor.gateways import (
    add_route,
    added_route,
    covering,
    gateway,
    misrouted,
    misrouted_before,
    route_of,
)
from nslab_kernel.model.diagnosis import Finding, Fix, Place
from nslab_kernel.model.entry import WITHOUT
from nslab_kernel.model.journey_result import REQUEST, Sighting
from nslab_kernel.packets.queries import RouteLookup, conf, conf_key, look_up_route, sysctl_against_forwarding

_PRIVATE = [ip_network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
"""Private addresses, to which public networks have no route: RFC 1918, RFC 4193."""
_SOURCE_REFUSED = ("Invalid cross-device link", "Invalid argument")
"""Linux's errors about the source of an incoming packet, such as those of the reverse path filter; RFC 3704."""
_NAT = re.compile(r"type nat hook postrouting .*\n((?:\t\t.*\n)*)")
"""A source NAT chain with its rules; nft(8)."""
_SOURCE = re.compile(r"\bip6? saddr ([0-9a-f.:]+(?:/\d+)?)(?: |$)")
_REJECTING_TYPES = ("blackhole", "unreachable", "prohibit")


def refused(case: Case, stand: Stand, lookup: RouteLookup) -> Iterator[Finding]:
    """Yield why Linux refuses a packet, most likely first; `lookup` is what `ip route get` said about it."""
    dst = stand.target
    is_own = case.owns(stand.netns, dst)
    if stand.came:
        if not is_own:
            yield from misrouted(case, stand)
        yield from _own_source(case, stand, is_own)
        if not is_own:
            yield from _returned(case, stand)
            yield from not_forwarding(case, stand)
        if lookup.error in _SOURCE_REFUSED:
            yield from _reverse_path_filter(case, stand)
    yield from _rejecting(case, stand, dst)
    yield from _no_route(case, stand, dst, lookup)


def without_rule(case: Case, stand: Stand, lookup: RouteLookup) -> Iterator[Finding]:
    """Yield the finding that the policy rule for the table `local` or `main` is missing, so its routes are unused."""
    is_own = case.owns(stand.netns, stand.dst)
    priority, table = ("0", "local") if is_own else ("32766", "main")
    if lookup.is_local if is_own else not lookup.error:
        return
    words = ["from", "all", "lookup", table]
    if _lacks(case, stand, priority) and all(there != words for _number, there in _rules(case, stand, stand.dst)):
        family = "-6 " if case.family == 6 else ""
        fix = (fixes.run(stand.netns, f"ip {family}rule add priority {priority} lookup {table}"),)
        expected = f"{priority}: {' '.join(words)}"
        yield found(stand, "no_rule", Place(stand.netns), expected, lookup.text, fix, table)


def not_forwarding(case: Case, stand: Stand) -> Iterator[Finding]:
    """Yield the finding about the sysctl that stops a namespace from forwarding what arrives at an interface."""
    if key := sysctl_against_forwarding(stand.netns, stand.iif, case.family):
        place = Place(stand.netns, stand.iif if key == conf_key(stand.iif, "forwarding") else "")
        fix = (fixes.sysctl(stand.netns, key, 1),)
        yield found(stand, "not_forwarding", place, f"{key} = 1", f"{key} = 0", fix, key)


def _own_source(case: Case, stand: Stand, is_own: bool) -> Iterator[Finding]:
    """Yield the findings about an incoming packet whose source address the namespace itself has."""
    if case.owns(stand.netns, stand.src) and is_own and stand.netns == case.start and not stand.is_back:
        yield from _no_nat(case, stand, f"{stand.src}/32")
    else:
        yield from shared(case, stand, stand.netns, stand.src)


def _returned(case: Case, stand: Stand) -> Iterator[Finding]:
    """Yield the finding that a packet was sent back to its source, where Linux refuses its own source address."""
    before = upstream(case, stand)
    if before and case.owns(stand.netns, stand.src):
        yield from misrouted_before(case, stand)
        lookup = case.look_up_route(before.at.netns, stand.dst)
        yield found(stand, "routing_loop", Place(*before.at), f"{stand.dst} dev ...", lookup.text, (), stand.dst)


def _reverse_path_filter(case: Case, stand: Stand) -> Iterator[Finding]:
    """Yield why the reverse path filter drops a packet."""
    back = look_up_route(stand.netns, stand.src)
    if back.error:  # even without the filter the reply has no route
        yield from refused(case, Stand(stand.netns, stand.dst, stand.src, not stand.is_back), back)
    key = conf_key(stand.iif, "rp_filter")
    value = conf(stand.netns, stand.iif, "rp_filter")
    if value == 1 and not back.error and back.is_known and back.dev != stand.iif:
        fix = (fixes.sysctl(stand.netns, key, 2),)
        place, actual = Place(stand.netns, stand.iif), f"{key} = {value}; {back.text}"
        yield found(stand, "rp_filter", place, f"{key} = 2", actual, fix, stand.src)


def _rejecting(case: Case, stand: Stand, dst: str) -> Iterator[Finding]:
    """Yield the policy rule or route that refuses the packet: rules in their order, each with its table; ip-rule(8)."""
    netns = stand.netns
    for number, words in _rules(case, stand, dst):
        table = words[words.index("lookup") + 1] if "lookup" in words else ""
        route = route_of(case, netns, dst, table=table) if table else None
        if words[-1] in _REJECTING_TYPES:
            family = "-6 " if case.family == 6 else ""
            fix: tuple[Fix, ...] = (fixes.run(netns, f"ip {family}rule del priority {number}"),)
            yield found(stand, "rule_refuses", Place(netns), "lookup main", f"{number}: {' '.join(words)}", fix, dst)
        elif route and route.type in _REJECTING_TYPES:
            better = add_route(case, netns, dst) if not _other_route_matches(case, netns, dst, route.type) else ()
            fix, actual = (fixes.route_del(netns, route), *better), f"{route.type} {route.dst}"
            actual += f" table {route.table}" if route.table != "main" else ""
            yield found(stand, "route_refuses", Place(netns), "unicast", actual, fix, dst)
        elif route:
            return


def _rules(case: Case, stand: Stand, dst: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the policy rules that match a packet, each with its priority, as words.

    Selectors other than addresses, and rules with `not`, are assumed to match.
    """
    for text in _rule_lines(case, stand):
        number, _colon, rule = text.partition(": ")
        words = rule.split()
        if not text.startswith(WITHOUT) and (
            "not" in words or (_selector_matches(stand.src, words, "from") and _selector_matches(dst, words, "to"))
        ):
            yield number, words
    if not _lacks(case, stand, "32766"):
        yield "32766", ["from", "all", "lookup", "main"]


def _lacks(case: Case, stand: Stand, priority: str) -> bool:
    """Return whether a namespace lacks the default rule of a priority."""
    return any(text.startswith(f"{WITHOUT}{priority}: ") for text in _rule_lines(case, stand))


def _rule_lines(case: Case, stand: Stand) -> list[str]:
    shown_by = "ip -6 rule" if case.family == 6 else "ip rule"
    return [entry.text for entry in case.network.namespaces[stand.netns].entries if entry.shown_by == shown_by]


def _selector_matches(addr: str, words: list[str], word: str) -> bool:
    net = words[words.index(word) + 1] if word in words else "all"
    return net == "all" or (bool(addr) and ip_address(addr) in ip_network(net, strict=False))


def _other_route_matches(case: Case, netns: str, dst: str, kind: str) -> bool:
    """Return whether a route of another type matches, too."""
    routes = case.network.namespaces[netns].routes
    return any(route.type != kind and ip_address(dst) in route.net for route in routes)


def _no_route(case: Case, stand: Stand, dst: str, lookup: RouteLookup) -> Iterator[Finding]:
    """Yield why there is no route."""
    netns = stand.netns
    yield from without_ipv6(case, stand)
    yield from without_rule(case, stand, lookup)
    for end, addr in covering(case, netns, dst):
        if not case.link(end).up:
            yield down(case, end, stand)
        elif addr not in not_in_use(case, end):
            net = str(ip_network(addr, strict=False))
            fix: tuple[Fix, ...] = (fixes.route_add(netns, net, dev=end.ifname),)
            expected = f"{net} dev {end.ifname}"
            yield found(stand, "no_route", Place(*end), expected, lookup.error, fix, dst)
        else:
            yield unusable(case, end, addr, stand)
    yield from beside(case, stand, dst)
    if stand.is_back:
        yield from _missing_nat(case, stand)
    if not gateway(case, netns, dst):
        for end, link in case.segments.of_namespace(netns):
            if not link.up and (link.addresses or link.peer):
                yield down(case, end, stand)
    fix = add_route(case, netns, dst)
    yield found(stand, "no_route", Place(netns), added_route(fix) or dst, lookup.error, fix, dst)


def _missing_nat(case: Case, stand: Stand) -> Iterator[Finding]:
    """Yield the finding that source NAT is missing: a reply has no route to a private source address.

    If in doubt, the missing route is blamed: NAT is only missed between a private and a public address, or if a router
    on the path has a source NAT chain that can apply to this source.
    """
    src, dst = ip_address(stand.dst), ip_address(stand.src)
    is_private = [any(one in net for net in _PRIVATE) for one in (src, dst)]
    routers = [one for one in case.passed(REQUEST) if one.direction == "out" and one.at.netns != case.start]
    has_nat = any(_translates(case.network.namespaces[one.at.netns].ruleset, src) for one in routers)
    if is_private == [True, False] or has_nat:
        yield from _no_nat(case, stand, _net_of(case, stand.dst))


def bypassing(case: Case, stand: Stand) -> Iterator[Finding]:
    """Yield the finding that a reply bypasses the router that did DNAT of the request, so its source is wrong."""
    for before, after in pairwise(case.passed(REQUEST)):
        if before.at.netns == after.at.netns and before.dst != after.dst == stand.src != case.dst:
            fix = fixes.masquerade(after.at.netns, _net_of(case, stand.dst), after.at.ifname)
            words = f"{case.dst} > {stand.dst}", f"{stand.src} > {stand.dst}"
            yield found(stand, "reply_bypasses", Place(*after.at), *words, fix, stand.src)


def _net_of(case: Case, addr: str) -> str:
    """Return the subnet of an address as its interface has it; if no interface has it, the address alone."""
    end, ip = next(iter(case.having(addr)), None), ip_address(addr)
    nets = [ip_interface(own).network for own in case.link(end).addresses] if end else []
    return str(next((net for net in nets if ip in net), ip_network(addr)))


def _translates(ruleset: str, src: IPv4Address | IPv6Address) -> bool:
    """Return whether a ruleset has a source NAT chain that can apply to a source; an empty one can apply to all."""
    tables = re.split("^table ", ruleset, flags=re.MULTILINE)
    mine = ("ip6 ", "inet ") if src.version == 6 else ("ip ", "inet ")
    chains = [rules for table in tables if table.startswith(mine) for rules in _NAT.findall(table)]
    return any(not rules or any(_may_be_for(src, rule) for rule in rules.splitlines()) for rules in chains)


def _may_be_for(src: IPv4Address | IPv6Address, rule: str) -> bool:
    """Return whether a rule can match a source: it names none, or a subnet that contains it."""
    named = _SOURCE.search(rule)
    return not named or src in ip_network(named[1], strict=False)


def _no_nat(case: Case, stand: Stand, net: str) -> Iterator[Finding]:
    out = [
        one for one in case.passed(REQUEST) if one.direction == "out" and one.at.netns not in (case.start, stand.netns)
    ]
    if out:
        src = out[-1].src
        left = next((one for one in out if one.src == src and not _is_known_behind(case, one)), out[-1])
        fix, actual = fixes.masquerade(left.at.netns, net, left.at.ifname), f"{src} > {left.dst}"
        yield found(stand, "no_nat", Place(*left.at), "masquerade", actual, fix, src)


def _is_known_behind(case: Case, left: Sighting) -> bool:
    """Return whether the next namespace routes the request's source back to the interface where the request arrived."""
    later = [one for one in case.passed(REQUEST) if one.time_us > left.time_us and one.direction == "in"]
    return bool(later) and look_up_route(later[0].at.netns, left.src).dev == later[0].at.ifname
