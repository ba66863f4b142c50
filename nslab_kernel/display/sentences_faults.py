"""Sentences about faults to find: failing pings, hints, the check."""

from nslab_kernel.display.phrases import call_line, interface, namespace_first, where
from nslab_kernel.language import translate as _
from nslab_kernel.language import translate_plural
from nslab_kernel.model import faults
from nslab_kernel.model.faults import LARGE, BrokenLab, Fault, FaultHint, FixCheck, Symptom
from nslab_kernel.model.naming import netns_of
from nslab_kernel.model.network import End

_SHOWN = 6


def broken_sentences(broken: BrokenLab) -> tuple[str, ...]:
    """Return how many pings fail, one of them, how many faults there are, and what to do now."""
    count = len(broken.symptoms)
    return (
        translate_plural("**{count} ping that worked fails now.**", "**{count} pings that worked fail now.**", count)
        .format(count=count),
        _("One of them: {ping}.").format(ping=_ping(broken.shown)),
        translate_plural("There is {count} fault in the lab.", "There are {count} faults in the lab.", broken.faults)
        .format(count=broken.faults),
        _("Find it, mend it, and run check_fix(); fault_hint() says a little more."),
        _("The same again: break_it(seed={seed}, level={level}).").format(seed=broken.seed, level=broken.level),
    )  # fmt: skip


def check_sentences(check: FixCheck) -> tuple[str, ...]:
    """Return whether all is mended; if so, the faults and the score, else which pings still fail or newly fail."""
    if check:
        return (
            _("**Mended.** All {count} pings work again.").format(count=check.working),
            *(_("The fault: {what}.").format(what=_what(fault)) for fault in check.faults),
            _("{score} of 100 points, {seconds} s.").format(score=check.score, seconds=round(check.took_s)),
        )
    still, newly = check.still, check.newly
    sentences = [_("**Not mended yet.**")]
    if still:
        sentences.append(_("Still failing: {pings}.").format(pings=_pings(still)))
    if newly:
        sentences.append(_("Worked a moment ago and fails now: {pings}.").format(pings=_pings(newly)))
    return tuple(sentences)


def hint_sentences(hint: FaultHint) -> tuple[str, ...]:
    """Return a hint by its number: a question, the namespace, the place, or the heading of the lines that mend it."""
    place = hint.fault.place
    questions = {
        faults.ROUTE: _("Does the sender, or a router, have the right route there? Look at route_get()."),
        faults.NEXT_HOP: _("Is the next hop there, and does it answer? Look at neigh_show() and link_show()."),
        faults.ON_THE_WAY: _("Who has to forward the packet, and who may drop it? Look at journey()."),
        faults.WAY_BACK: _("Does the other side know the way back?"),
        faults.FAR_SIDE: _("Does the packet arrive, and does the other side answer? Look at addr_show() there."),
    }
    if hint.number == 1:
        return (questions[hint.question],)
    if hint.number == 2:
        return (_("Look in {netns}.").format(netns=namespace_first(place.netns)),)
    if hint.number == 3:
        return (_("Look at {place}.").format(place=f"**{_place(hint.fault)}**"),)
    return (_("This mends it:"),)


def hint_lines(hint: FaultHint) -> tuple[str, ...]:
    """Return the command lines that mend the fault, in the last hint; else none."""
    return hint.fault.mends if hint.number >= 4 else ()


def _pings(symptoms: tuple[Symptom, ...]) -> str:
    shown = [_ping(one) for one in symptoms[:_SHOWN]]
    return _(", ").join([*shown, *(["..."] if len(symptoms) > _SHOWN else [])])


def _ping(symptom: Symptom) -> str:
    """Return a ping as a call of `ping()`, because `ip netns exec` knows no containers."""
    call = symptom.call
    options = (f"size={LARGE}", "dont_fragment=True") if symptom.size == LARGE else ()
    return f"**{call_line('ping', call.dst, netns_of(call.netns), *options)}**"


def _place(fault: Fault) -> str:
    return " ".join(filter(None, fault.place))


def _what(fault: Fault) -> str:
    """Return what was wrong, without a full stop."""
    netns, ifname, _rule = fault.place
    return fault_kinds()[fault.kind].format(link=interface(End(netns, ifname)), where=where(netns))


def fault_kinds() -> dict[str, str]:
    """Return what was wrong for each kind of fault, with a placeholder for the interface or the namespace."""
    return {
        "link_down": _("{link} was switched off"),
        "far_end_down": _("{link}, the other end of a cable, was switched off"),
        "bridge_down": _("the bridge {link} was switched off"),
        "arp_off": _("ARP was off on {link}"),
        "mtu_narrow": _("too small an MTU on {link}"),
        "lo_down": _("{link} was switched off"),
        "mac_duplicate": _("{link} had the MAC address of another"),
        "addr_missing": _("an address was missing on {link}"),
        "addr_wrong": _("a wrong address on {link}"),
        "prefix_long": _("too long a prefix on {link}"),
        "prefix_short": _("too short a prefix on {link}"),
        "addr_on_wrong_link": _("an address on {link} that belongs on another interface"),
        "addr_duplicate": _("an address on {link} that somebody else has"),
        "dad_failed": _("an IPv6 address on {link} that Linux does not use: it was a duplicate"),
        "ipv6_off": _("IPv6 was off on {link}"),
        "two_in_one_net": _("a second address of the same subnet on {link}"),
        "route_missing": _("a route was missing {where}"),
        "way_back_missing": _("the route back was missing {where}"),
        "gateway_wrong": _("a wrong gateway {where}"),
        "route_blackhole": _("a blackhole route {where}"),
        "route_unreachable": _("an unreachable route {where}"),
        "route_prohibit": _("a prohibit route {where}"),
        "route_wrong_dev": _("a route to the wrong interface, {link}"),
        "rule_refuses": _("a policy rule {where} that refused an address"),
        "rule_wrong_table": _("a policy rule {where} that looked in the wrong table"),
        "forwarding_off": _("IPv4 forwarding was off {where}"),
        "forwarding6_off": _("IPv6 forwarding was off {where}"),
        "forwarding_here_off": _("forwarding was off on {link}"),
        "rp_filter_strict": _("the strict reverse path filter on {link}"),
        "echo_ignored": _("pings were ignored {where}"),
        "ttl_short": _("too small a time to live {where}"),
        "nft_input_drop": _("a rule {where} that dropped pings"),
        "nft_output_drop": _("a rule {where} that dropped pings on the way out"),
        "nft_forward_drop": _("a rule {where} that dropped pings instead of forwarding them"),
        "nft_forward_reject": _("a rule {where} that rejected pings instead of forwarding them"),
        "nft_prerouting_drop": _("a rule {where} that dropped pings before routing"),
        "nft_postrouting_drop": _("a rule {where} that dropped pings after routing"),
        "nft_source_drop": _("a rule {where} that dropped what came from one address"),
        "nft_policy_drop": _("a chain {where} whose policy was drop"),
        "nft_bridge_drop": _("a rule in a bridge {where} that dropped pings"),
        "nft_arp_drop": _("a rule {where} that dropped ARP"),
        "iptables_drop": _("a rule of iptables {where} that dropped pings"),
        "masquerade_missing": _("the masquerade rule was missing {where}"),
        "stray_dnat": _("a rule {where} that rewrote the destination address"),
        "port_not_in_bridge": _("{link} was not plugged into its bridge"),
        "ports_isolated": _("{link} and another port of the bridge were isolated"),
        "port_disabled": _("{link} was disabled as a port of its bridge"),
        "fdb_wrong": _("an entry of the bridge for {link}, the wrong port"),
        "neigh_wrong": _("a neighbour entry on {link} with a wrong MAC address"),
        "vxlan_remote_wrong": _("a wrong remote address in the tunnel {link}"),
        "vxlan_id_wrong": _("a wrong number (VNI) in the tunnel {link}"),
        "vxlan_port_wrong": _("a wrong UDP port in the tunnel {link}"),
        "qdisc_drops": _("a queueing discipline on {link} that let nothing out"),
    }
