"""Whether `ping` and `journey` give the same reason as `why` finds."""

BEYOND = {"not_forwarding", "no_echo", "no_listener", "no_nat", "rp_filter", "short_life", "no_hairpin"}
"""Findings that can be right only if the next hop has answered."""


def contradiction(finding, journey, ping):
    """Return the reasons of `journey` and `ping` that name another place or cause than a finding, or nothing."""
    return " ".join(
        f"{words!r} against {finding}"
        for words, agrees in (_of_journey(finding, journey.finding), _of_ping(finding, ping.reason))
        if not agrees
    )


def _of_journey(finding, said):
    if not said:
        return "", True
    return f"{said}", (finding.id, finding.place) == (said.id, said.place)


def _of_ping(finding, reason):
    if reason.endswith(" state DOWN"):
        return reason, finding.id == "link_down" and finding.place.ifname == reason.split()[1]
    if reason.endswith(" NO-CARRIER"):
        return reason, finding.id in ("link_down", "no_carrier", "not_in_bridge")
    if reason.endswith((" FAILED", " INCOMPLETE")):
        return reason, finding.id not in BEYOND
    return reason, True
