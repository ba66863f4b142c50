"""The words between the angle brackets of `ip link`, explained."""

import re

from nslab_kernel.display.explain_rules import Around, Rule
from nslab_kernel.language import translate as _


def flags_of(around: Around) -> list[str]:
    """Return the flags of the interface that this block is about."""
    return around.find(r"<([A-Z_,-]*)>").split(",")


def ifname_of(around: Around) -> str:
    """Return the name of the interface that this block is about."""
    return around.find(r"^\d+: ([^\s:@]+)")


def is_cable(around: Around) -> bool:
    """Whether the interface of this block looks like one end of a veth pair."""
    ifname, other = ifname_of(around), around.find(r"^\d+: [^\s:@]+@([^\s:]+)")
    elsewhere = bool(re.fullmatch(r"if\d+", other))
    return elsewhere or f" {other}@{ifname}:" in around.text or "M-DOWN" in flags_of(around)


def is_bridge(around: Around) -> bool:
    """Whether another interface of the text is a port of this block's."""
    return f" master {ifname_of(around)} " in around.text


def _up(found: re.Match[str], around: Around) -> str:
    ifname = ifname_of(around)
    if "LOWER_UP" in flags_of(around):
        return _("Somebody switched {ifname} on. LOWER_UP beside it says that it works, too.").format(ifname=ifname)
    return _("Somebody switched {ifname} on. There is no LOWER_UP, so it does not work yet.").format(ifname=ifname)


def _lower_up(found: re.Match[str], around: Around) -> str:
    ifname = ifname_of(around)
    if "LOOPBACK" in flags_of(around):
        return _("{ifname} has no cable: once switched on, it works.").format(ifname=ifname)
    if is_cable(around):
        return _("The cable works: {ifname} is up, and so is its other end.").format(ifname=ifname)
    if is_bridge(around):
        return _("The bridge {ifname} has carrier: at least one of its ports has.").format(ifname=ifname)
    return _("The layer below {ifname} reports that it has carrier.").format(ifname=ifname)


def _no_carrier(found: re.Match[str], around: Around) -> str:
    ifname = ifname_of(around)
    if is_cable(around):
        return _("{ifname} is up, its other end is not: the cable does not work.").format(ifname=ifname)
    if is_bridge(around):
        return _("The bridge {ifname} is up, but none of its ports has carrier.").format(ifname=ifname)
    return _("{ifname} is up, but nothing below it has carrier.").format(ifname=ifname)


def _m_down(found: re.Match[str], around: Around) -> str:
    other = around.find(r"@([^\s:]+)")
    return _("{other}, the other end, is not switched on. A remark of ip's own, not a flag of the kernel.").format(
        other=other
    )


def _plain(found: re.Match[str], around: Around) -> str:
    return {
        "LOOPBACK": _("A loopback: what is sent out here comes straight back in."),
        "BROADCAST": _("One frame can go to everybody on this cable. ARP asks its questions that way."),
        "MULTICAST": _("One frame can go to a group of receivers. IPv6 finds its neighbours that way."),
        "NOARP": _("No ARP here: nobody is asked for a MAC address."),
        "POINTOPOINT": _("Exactly one other end; no neighbours to choose from."),
        "PROMISC": _("It also takes in frames that are addressed to others, as tcpdump and bridges ask."),
        "ALLMULTI": _("It takes in the frames of every multicast group."),
        "DORMANT": _("It has carrier, but waits for something else, such as a login to the network."),
        "SLAVE": _("It belongs to a bond or a team."),
        "MASTER": _("It bundles other interfaces."),
        "DYNAMIC": _("Its addresses get lost when it goes down."),
    }.get(found["w"], "")


FLAG_RULES = (
    Rule(r"(?<=[<,])(?P<w>UP)(?=[,>])", _up, "netdevice(7)"),
    Rule(r"(?<=[<,])(?P<w>LOWER_UP)(?=[,>])", _lower_up, "netdevice(7)"),
    Rule(r"(?<=[<,])(?P<w>NO-CARRIER)(?=[,>])", _no_carrier, "ip-link(8)"),
    Rule(r"(?<=[<,])(?P<w>M-DOWN)(?=[,>])", _m_down, "ip-link(8)"),
    Rule(r"(?<=[<,])(?P<w>[A-Z]+)(?=[,>])", _plain, "netdevice(7)"),
)
