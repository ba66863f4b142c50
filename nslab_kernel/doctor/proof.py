"""The line with which Linux shows what was found."""

from shlex import quote

from nslab_kernel.doctor.evidence import Case
from nslab_kernel.model.diagnosis import NEIGHBOUR, Finding
from nslab_kernel.model.results import Listing
from nslab_kernel.packets.asking import as_typed, run

_NEIGH = "ip neigh show {subject} dev {dev}"
_SILENT = (" FAILED", " INCOMPLETE")
_LINK, _ADDR, _DAD = (
    ("ip link show dev {dev}", ""),
    ("ip -br addr show dev {dev}", ""),
    ("ip addr show dev {dev}", " {subject}/"),
)
_TUNNEL, _RULE = ("ip -d link show dev {dev}", "vxlan id "), ("nft -s list chain {chain}", "{rule}")
SHOWN_BY = {
    "link_down": _LINK,
    "no_carrier": _LINK,
    "no_arp": _LINK,
    "narrow": _LINK,
    "duplicate_mac": _LINK,
    "not_in_bridge": _LINK,
    "no_address": _ADDR,
    "wrong_address": _ADDR,
    "wrong_prefix": _ADDR,
    "wrong_interface": _ADDR,
    "duplicate_address": _ADDR,
    "address_on_port": _ADDR,
    "dad_failed": _DAD,
    "tentative": _DAD,
    "bridge_loop": ("bridge link show dev {dev}", ""),
    "port_state": ("bridge link show dev {dev}", ""),
    "port_option": ("bridge -d link show dev {dev}", "{actual}"),
    "port_isolated": ("bridge -d link show dev {dev}", " isolated on"),
    "no_hairpin": ("bridge -d link show dev {dev}", " hairpin off"),
    "wrong_fdb": ("bridge fdb show dev {dev}", "{subject}"),
    "vni_differs": _TUNNEL,
    "tunnel_port": _TUNNEL,
    "tunnel_remote": _TUNNEL,
    "wrong_neighbour": (_NEIGH, ""),
    "qdisc_drop": ("tc qdisc show dev {dev}", ""),
    "filter_drop": _RULE,
    "wrong_snat": _RULE,
    "wrong_dnat": _RULE,
}
"""For each finding what one types to see it, and a text that the line has which is meant."""
_OWN_WAY = ("wrong_gateway", "no_gateway", "wrong_dev", "two_in_one_net", "routing_loop")
"""What Linux itself says of the way on shows these."""


def proof(case: Case, finding: Finding) -> Listing | None:
    """Return what one types to see a finding, or what Linux says of the way on, with the line that is meant.

    Returns:
        None where no line shows it.
    """
    netns, ifname, rule = finding.place
    key, way = finding.actual.partition(" ")[0], case.way
    if finding.id in SHOWN_BY and (ifname or rule):
        chain, _colon, text = rule.partition(": ")
        words = {
            "dev": quote(ifname),
            "subject": finding.subject,
            "actual": finding.actual,
            "chain": chain,
            "rule": text,
        }
        line, meant = (part.format(**words) for part in SHOWN_BY[finding.id])
        return _listed(netns, line, meant)
    if finding.id != "rp_filter" and key.startswith("net."):
        return _listed(netns, f"sysctl {quote(key)}")
    if finding.id == "lost" and case.network.namespaces[netns].ruleset and not _is_traced(case, netns):
        return _listed(netns, "nft list ruleset")
    if way and (way.netns == netns if finding.id in _OWN_WAY else way.error):
        return Listing(way.command, way.text, int(bool(way.error)))
    shown = _listed(way.netns, _NEIGH.format(subject=way.hop, dev=quote(way.dev))) if way and way.dev else None
    return shown if shown and (finding.link == NEIGHBOUR or shown.text.endswith(_SILENT)) else None


def _is_traced(case: Case, netns: str) -> bool:
    return any(events for (where, _protocol), events in case.traces.items() if where == netns)


def _listed(netns: str, line: str, text: str = "") -> Listing | None:
    """Return a command, and of what it writes the first line that has a text in it."""
    finished = run(netns, line)
    lines = [one.strip() for one in finished.text.splitlines() if text in one and one.strip()]
    return Listing(as_typed(netns, line), lines[0], finished.status) if lines else None
