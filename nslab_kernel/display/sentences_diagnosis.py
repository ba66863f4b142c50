"""What keeps a packet from getting through, in plain words."""

from collections.abc import Iterator

from nslab_kernel.display.phrases import interface, namespace, namespace_first
from nslab_kernel.language import translate as _
from nslab_kernel.model import diagnosis as chain
from nslab_kernel.model.diagnosis import Diagnosis, Finding
from nslab_kernel.model.lookup import link_at
from nslab_kernel.model.network import Link, Network


def diagnosis_sentences(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Return the answer: what is broken and where, then what that means."""
    dst = diagnosis.dst
    if diagnosis.ok and diagnosis.port is not None:
        return (_("**{dst} answers** at port {port}. Nothing to fix.").format(dst=dst, port=diagnosis.port),)
    if diagnosis.ok:
        return (_("**{dst} answers.** Nothing to fix.").format(dst=dst),)
    # The last finding is about the destination; those before it say why its name server does not answer.
    found = reversed(diagnosis.findings)
    return tuple(sentence for one in found for sentence in finding_sentences(one, diagnosis.network))


def link_name(link: str) -> str:
    """Return the name of a link of the chain for a table."""
    names = {
        chain.ROUTE: _("route"),
        chain.INTERFACE: _("interface is on"),
        chain.NEIGHBOUR: _("next hop answers"),
        chain.ARRIVAL: _("arrives"),
        chain.PASSAGE: _("is forwarded"),
        chain.ADDRESS: _("address is there"),
        chain.WAY_BACK: _("route back"),
        chain.ANSWER: _("answer"),
    }
    return names[link]


def verdict_name(verdict: str) -> str:
    """Return the name of a verdict for a table."""
    return {chain.HOLDS: _("holds"), chain.BROKEN: _("broken"), chain.NOT_REACHED: _("not reached")}[verdict]


def finding_sentences(finding: Finding, network: Network | None) -> Iterator[str]:
    """Yield what is broken and where, then what that means.

    Args:
        finding: What is broken.
        network: The network in which it was found, if known.
    """
    place, netns = finding.place, finding.place.netns
    link = link_at(place.end, network) if place.end and network else None
    facts = {
        "here": interface(place.end) if place.end else namespace_first(netns),
        "netns": namespace_first(netns),
        "inside": namespace(netns),
        "other": interface(finding.other) if finding.other else "?",
        "subject": finding.subject,
        "expected": finding.expected,
        "actual": finding.actual,
        "rule": place.rule,
    }
    yield _template(finding, link).format(**facts)
    if finding.id == "nobody_has" and finding.other:
        yield _("The other end of its cable, {other}, has {actual}.").format(**facts)
    peer = link.peer if link and finding.id == "link_down" else None
    if place.end and peer:
        words = _("The cable between {here} and {other} has no carrier.")
        if network and (beyond := link_at(peer, network)) and not beyond.up:
            words = _("The cable between {here} and {other} has no carrier: both ends are DOWN.")
        yield words.format(here=interface(place.end), other=interface(peer))
    if finding.is_back:
        yield _("The request arrives: it is the reply that is lost.")


def _template(finding: Finding, link: Link | None) -> str:
    """Return the template of a finding's sentence; `link` is the interface at its place."""
    if finding.id == "link_down" and link and link.kind == "loopback":
        return _("{subject} is an address of its own: packets to it go through lo, and lo is DOWN.")
    if finding.id == "link_down" and link and link.kind == "bridge":
        return _("The bridge {here} is DOWN.")
    if finding.id == "no_carrier" and not finding.other:
        return _("{here} is UP, but has no carrier.")
    if finding.id == "no_listener" and finding.actual != "-":
        return _("In {inside} a program listens at {actual} only. Asked was {expected}.")
    if finding.id == "lost" and not finding.place.end:
        return _("The packet never left {inside}. Why is not proven.")
    return _sentences()[finding.id]


def _sentences() -> dict[str, str]:
    return {
        # interfaces
        "link_down": _("{here} is DOWN."),
        "no_carrier": _("The cable between {here} and {other} has no carrier."),
        "narrow": _(
            "{here} takes packets of {subject} bytes at most. Larger ones are lost in silence; small ones get through."
        ),
        "to_many": _("For {inside}, {subject} means many at once (broadcast or multicast), not one interface."),
        "no_address": _("{here} has no address to talk with: {expected} is missing."),
        "wrong_address": _(
            "{here} has {actual}, and nobody else on the cable is in that net. {subject} is looked for."
        ),
        "wrong_interface": _(
            "{here} has {subject}, and nobody on its cable is in that net: who is, is on the cable of {other}."
        ),
        "wrong_prefix": _("{here} has {actual}: with that length it does not share a net with the other side."),
        "duplicate_address": _("{here} has the address {subject}, which {other} has too."),
        "dad_failed": _("{here} does not use {subject}: somebody else on the cable has that address."),
        "tentative": _("{here} does not use {subject} yet: Linux still asks whether somebody else has it."),
        "address_on_port": _("{here} has {subject} and is a port of a bridge: what comes in goes to the bridge."),
        "qdisc_drop": _("The queue {subject} of {here} throws packets away."),
        "ipv6_off": _("IPv6 is off at {here}: {actual}."),
        # bridges
        "not_in_bridge": _("{here} is not a port of the bridge {subject}."),
        "port_state": _("{here} is a bridge's port that forwards nothing: {actual}."),
        "port_isolated": _("{here} is isolated, and so is the port that the packet came by: such two never talk."),
        "port_option": _("{here} is a bridge's port that does not let this packet through: {actual}."),
        "no_hairpin": _(
            "The packet has to leave {here} by the way it came in, and a bridge does that with hairpin only."
        ),
        "macvlan_mode": _("{here} is a macvlan with {actual}: such two upon {other} never talk to each other."),
        "not_to_lower": _("{here} lies upon {other}: what it sends goes out on the cable, never to {other} itself."),
        "bridge_loop": _(
            "The cable from {here} to {other} closes a circle of bridges. STP is off, so broadcasts go round for ever."
        ),
        "vlan_differs": _("{here} is in another VLAN than {other}: {actual}."),
        "vlan_number": _("{here} is in another VLAN than {other}: {actual}."),
        "wrong_fdb": _("The bridge sends what is for {subject} to {here}, but it is behind {other}."),
        "vni_differs": _("{here} has another VXLAN number than {other}: {actual}."),
        "tunnel_port": _("{here} uses another UDP port than {other}: {actual}."),
        "tunnel_remote": _("The tunnel {here} does not lead to {other}: {actual}."),
        # routes
        "no_route": _("{netns} has no route to {subject}."),
        "route_refuses": _("{netns} has a route that refuses: {actual}."),
        "rule_refuses": _("{netns} has a routing rule that refuses: {actual}."),
        "no_rule": _("{netns} does not ask its routing table {subject}: the rule {expected} is missing."),
        "wrong_gateway": _("The route of {inside} leads to {subject}, and from there no way leads on."),
        "no_gateway": _(
            "The route of {inside} has no gateway: Linux looks for {subject} on the cable of {here} itself."
        ),
        "wrong_dev": _("The route of {inside} sends what is for {subject} out of {here}, but it is behind {other}."),
        "two_in_one_net": _("The net of {subject} is at two interfaces. Linux takes {here}, and it is behind {other}."),
        "routing_loop": _("The packet goes in a circle: {netns} sends it back by {actual}."),
        "short_life": _("The packets of {inside} die on the way: {actual}."),
        "not_forwarding": _("{netns} does not forward packets: {actual}."),
        "rp_filter": _("{here} refuses packets from {subject}: the way back to there is another one (rp_filter)."),
        "no_nat": _("{here} lets the private address {subject} out unchanged, and nobody there has a route to it."),
        "reply_bypasses": _(
            "A rule in {inside} has changed the destination of the request, and the reply does not pass there again: "
            "{actual} comes, {expected} is waited for."
        ),
        "wrong_snat": _(
            "A rule in {inside} sends packets with the source {subject}, which nobody has: no reply comes."
        ),
        "wrong_dnat": _("A rule in {inside} sends the packet to {subject}, which nobody has."),
        "unknown_name": _(
            "{netns} does not know the name {subject}: a name server would have to tell it ({actual}). Use an address."
        ),
        # neighbours
        "wrong_neighbour": _("{here} takes a wrong MAC for {subject}; it is at {other}."),
        "duplicate_mac": _("{here} has the MAC {subject}, which another interface on the cable has too."),
        "nobody_has": _("{netns} looks for {subject}, and no interface in the lab has it."),
        "not_on_cable": _("{subject} is not on the cable of {here}; it is at {other}."),
        "no_arp": _("{here} takes no part in ARP (NOARP)."),
        "arp_ignored": _("{here} does not answer ARP: {actual}."),
        "no_answer": _("{here} hears who is asked for, and does not answer."),
        # filters
        "filter_drop": _("A rule of the packet filter in {inside} stops the packet: {rule}."),
        "tc_drop": _("A filter of tc at {here} throws packets away: {actual}."),
        "no_echo": _("{netns} answers no ping: {actual}."),
        "no_listener": _("In {inside} nobody listens at port {subject}."),
        "lost": _("The packet was seen last at {here}. Why it goes no further is not proven."),
    }
