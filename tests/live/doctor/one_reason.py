"""Whether what `ping` and `journey` say in one line agrees with what `why` has found."""

from nslab_kernel.model import journey_result as cause

ROUTING = {"route", "way back", "passage"}
"""Links of the chain that a namespace's routing belongs to."""
BEYOND = {"not_forwarding", "no_echo", "no_listener", "no_nat", "rp_filter", "short_life", "no_hairpin"}
"""What can only be wrong for a packet whose next hop has answered."""


def contradiction(finding, journey, ping):
    """What of the two lines names another place, or another cause; empty where they agree."""
    return " ".join(
        f"{words!r} against {finding}"
        for words, agrees in (_of_journey(finding, journey.loss), _of_ping(finding, ping.reason))
        if not agrees
    )


def _of_journey(finding, loss):
    if not loss or not loss.cause:
        return "", True
    here = finding.place.netns == loss.at.netns
    agrees = {
        cause.NO_CARRIER: (finding.id in ("link_down", "no_carrier") and finding.place.end in loss.ends)
        # A bridge has a carrier when one of its ports has: without ports it has none.
        or (finding.id == "not_in_bridge" and finding.subject in [end.ifname for end in loss.ends]),
        cause.BRIDGE_DOWN: finding.id == "link_down" and finding.place.end in loss.ends,
        cause.NOT_FORWARDED: finding.id == "not_forwarding" and here,
        cause.NO_ECHO: finding.id == "no_echo" and here,
        # Who has no way back may not be who is to blame: a router should have rewritten the source.
        # With an interface that is down its routes are gone.
        cause.NO_ROUTE: finding.id == "no_nat"
        or (here and (finding.link in ROUTING or finding.id in ("wrong_prefix", "link_down"))),
        cause.NO_NEIGHBOUR: finding.id not in BEYOND,
        cause.FOREIGN_MAC: finding.link in ("neighbour", "arrival", "address", "interface"),
    }
    return f"{loss.cause}: {loss.words}", agrees[loss.cause]


def _of_ping(finding, reason):
    if reason.endswith(" state DOWN"):
        return reason, finding.id == "link_down" and finding.place.ifname == reason.split()[1]
    if reason.endswith(" NO-CARRIER"):
        return reason, finding.id in ("link_down", "no_carrier", "not_in_bridge")
    if reason.endswith((" FAILED", " INCOMPLETE")):
        return reason, finding.id not in BEYOND
    return reason, True
