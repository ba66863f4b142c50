"""The command whose output shows a finding."""

from shlex import quote

from nslab_kernel.doctor.evidence import Case
from nslab_kernel.model.diagnosis import NEIGHBOUR, Finding
from nslab_kernel.model.results import Listing
from nslab_kernel.packets.queries import as_typed, run

_NEIGH = "ip neigh show {subject} dev {dev}"
_SILENT = (" FAILED", " INCOMPLETE")
_SHOWN = {
    ("ip link show dev {dev}", ""): (
        "link_down", "no_carrier", "no_arp", "narrow", "duplicate_mac", "not_in_bridge",
    ),
    ("ip -br addr show dev {dev}", ""): (
        "no_address", "wrong_address", "wrong_prefix", "wrong_interface", "duplicate_address", "address_on_port",
    ),
    ("ip addr show dev {dev}", " {subject}/"): ("dad_failed", "tentative"),
    ("ip -d link show dev {dev}", "vxlan id "): ("vni_differs", "tunnel_port", "tunnel_remote"),
    ("bridge link show dev {dev}", ""): ("bridge_loop", "port_state"),
    ("bridge -d link show dev {dev}", "{actual}"): ("port_option", "port_isolated", "no_hairpin"),
    ("bridge fdb show dev {dev}", "{subject}"): ("wrong_fdb",),
    (_NEIGH, ""): ("wrong_neighbour",),
    ("bridge vlan show dev {dev}", "{dev}"): ("vlan_differs",),
    ("ip -d link show dev {dev}", "vlan protocol "): ("vlan_number",),
    ("tc filter show dev {dev} {subject}", ""): ("tc_drop",),
    ("tc qdisc show dev {dev}", ""): ("qdisc_drop",),
    ("nft -s list chain {chain}", "{rule}"): ("filter_drop", "wrong_snat", "wrong_dnat"),
}  # fmt: skip
SHOWN_BY = {id: shown for shown, ids in _SHOWN.items() for id in ids}
"""For each finding the command that shows it, and a text that the right line of its output contains."""
_SHOWN_BY_ROUTE_GET = ("wrong_gateway", "no_gateway", "wrong_dev", "two_in_one_net", "routing_loop", "to_many")
"""Findings that `ip route get` shows."""


def proof(case: Case, finding: Finding) -> Listing | None:
    """Run the command that shows a finding, or take the last route lookup; return the line that shows the finding.

    Returns:
        None if no line shows it.
    """
    netns, ifname, rule = finding.place
    key, lookup = finding.actual.partition(" ")[0], case.lookup
    if finding.id in SHOWN_BY and (ifname or rule):
        chain, _colon, text = rule.partition(": ")
        line, meant = (
            part.format(dev=quote(ifname), subject=finding.subject, actual=finding.actual, chain=chain, rule=text)
            for part in SHOWN_BY[finding.id]
        )
        return _listed(netns, line, meant)
    if finding.id != "rp_filter" and key.startswith("net."):
        return _listed(netns, f"sysctl {quote(key)}")
    if finding.id == "lost" and case.network.namespaces[netns].ruleset and not _is_traced(case, netns):
        return _listed(netns, "nft list ruleset")
    if lookup and (lookup.netns == netns if finding.id in _SHOWN_BY_ROUTE_GET else lookup.error):
        return Listing(lookup.command, lookup.text, int(bool(lookup.error)))
    if not lookup or not lookup.dev:
        return None
    shown = _listed(lookup.netns, _NEIGH.format(subject=lookup.hop, dev=quote(lookup.dev)))
    return shown if shown and (finding.link == NEIGHBOUR or shown.text.endswith(_SILENT)) else None


def _is_traced(case: Case, netns: str) -> bool:
    return any(events for (where, _protocol), events in case.traces.items() if where == netns)


def _listed(netns: str, line: str, text: str = "") -> Listing | None:
    """Run a command, and return it with the first line of its output that contains a text; None if there is none."""
    finished = run(netns, line)
    lines = [one.strip() for one in finished.text.splitlines() if text in one and one.strip()]
    return Listing(as_typed(netns, line), lines[0], finished.status) if lines else None
