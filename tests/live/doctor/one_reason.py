"""Whether what `ping` and `journey` say in one line agrees with what `why` has found."""

BEYOND = {"not_forwarding", "no_echo", "no_listener", "no_nat", "rp_filter", "short_life", "no_hairpin"}
"""What can only be wrong for a packet whose next hop has answered."""


def contradiction(finding, journey, ping):
    """What of the two lines names another place, or another cause; empty where they agree."""
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
