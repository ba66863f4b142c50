"""The line with which Linux shows what was found."""

from shlex import quote

from nslab_kernel.doctor.evidence import Case
from nslab_kernel.model.diagnosis import NEIGHBOUR, Finding
from nslab_kernel.model.results import Listing
from nslab_kernel.packets.asking import as_typed, run

_SILENT = (" FAILED", " INCOMPLETE")


def proof(case: Case, finding: Finding) -> Listing | None:
    """Return what one types to see a finding, or what Linux says of the way on, with the line that is meant.

    Returns:
        None where no line shows it.
    """
    netns, ifname, rule = finding.place
    key, way = finding.actual.partition(" ")[0], case.way
    if finding.id in ("link_down", "no_carrier"):
        return _listed(netns, f"ip link show dev {quote(ifname)}")
    if finding.id != "rp_filter" and key.startswith("net."):
        return _listed(netns, f"sysctl {quote(key)}")
    if finding.id == "filter_drop":
        chain, _colon, text = rule.partition(": ")
        return _listed(netns, f"nft -s list chain {chain}", text)
    if finding.id == "wrong_neighbour":
        return _listed(netns, _neigh(finding.subject, ifname))
    if finding.id == "lost" and case.network.namespaces[netns].ruleset and not _is_traced(case, netns):
        return _listed(netns, "nft list ruleset")
    if way and way.error:
        return Listing(way.command, way.text, 1)
    shown = _listed(way.netns, _neigh(way.hop, way.dev)) if way and way.dev else None
    return shown if shown and (finding.link == NEIGHBOUR or shown.text.endswith(_SILENT)) else None


def _is_traced(case: Case, netns: str) -> bool:
    return any(events for (where, _protocol), events in case.traces.items() if where == netns)


def _neigh(hop: str, ifname: str) -> str:
    return f"ip neigh show {hop} dev {quote(ifname)}"


def _listed(netns: str, line: str, text: str = "") -> Listing | None:
    """Return a command, and of what it writes the first line that has a text in it."""
    finished = run(netns, line)
    lines = [one.strip() for one in finished.text.splitlines() if text in one and one.strip()]
    return Listing(as_typed(netns, line), lines[0], finished.status) if lines else None
