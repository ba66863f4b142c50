"""What `ip route` and `ip neigh` write, explained."""

import re
from ipaddress import ip_network

from nslab_kernel.display.explain_rules import Around, Rule
from nslab_kernel.language import translate as _


def _destination(found: re.Match[str], around: Around) -> str:
    dst, kind = found["w"], (found["kind"] or "").strip()
    if kind == "local":
        return _("{dst} is an address of this namespace itself.").format(dst=dst)
    if dst == "default":
        return _("Packets to anywhere, if no other line fits better.")
    try:
        subnet = ip_network(dst)
    except ValueError:
        return ""
    if subnet.num_addresses == 1:
        return _("Packets to {dst} take this way.").format(dst=dst)
    return _("Packets to {first} up to {last} take this line, unless a narrower one fits.").format(
        first=subnet[0], last=subnet[-1]
    )


def _kind(found: re.Match[str], around: Around) -> str:
    return {
        "local": _(
            "One of my own addresses: the packet never leaves, it goes through lo. With lo down, nothing answers."
        ),
        "blackhole": _("Packets that fit this line are thrown away without a word to others."),
        "unreachable": _("Packets that fit this line are refused: host unreachable."),
        "prohibit": _("Packets that fit this line are refused: forbidden by an administrator."),
        "throw": _("This table gives no answer here: the next table is asked."),
        "broadcast": _("Goes to everybody on the cable."),
        "multicast": _("Goes to a group of receivers."),
    }[found["w"]]


def _gateway(found: re.Match[str], around: Around) -> str:
    return _("They go first to {gateway}, a neighbour, who must pass them on.").format(gateway=found[1])


def _device(found: re.Match[str], around: Around) -> str:
    return _("They leave through {dev}.").format(dev=found[1])


def _protocol(found: re.Match[str], around: Around) -> str:
    return {
        "kernel": _("The kernel wrote this line itself, when the interface had an address and came up."),
        "boot": _("Somebody added it by hand."),
        "static": _("Somebody added it by hand, to stay."),
        "ra": _("A router announced it."),
        "dhcp": _("It came by DHCP."),
    }.get(found[1], "")


def _scope(found: re.Match[str], around: Around) -> str:
    return {
        "link": _("The destination is on this very cable: no router in between."),
        "host": _("The destination is this namespace itself."),
        "global": _("The destination may be anywhere."),
    }.get(found[1], "")


def _source(found: re.Match[str], around: Around) -> str:
    return _("A packet that has no sender's address yet gets {src}.").format(src=found[1])


def _metric(found: re.Match[str], around: Around) -> str:
    return _("Where two lines fit equally well, the smaller metric wins. Here it is {metric}.").format(metric=found[1])


def _linkdown(found: re.Match[str], around: Around) -> str:
    return _("The route is there, but {dev} has no carrier at the moment.").format(dev=around.find(r"dev (\S+)"))


def _plain(found: re.Match[str], around: Around) -> str:
    return {
        "onlink": _("The gateway counts as a neighbour, even if no subnet says so."),
        "dead": _("The interface is not up: this line is not used."),
        "pref": _("Among several routers this one is chosen with medium, low or high preference."),
        "uid": _("Asked for the user with this number; 0 is root."),
        "cache": _("The kernel's answer for this one packet, not a line of the table."),
    }[found["key"]]


def _neighbour(found: re.Match[str], around: Around) -> str:
    return _("The neighbour whose MAC address was asked for.")


def _mac(found: re.Match[str], around: Around) -> str:
    return _("{dst} answered: it has this MAC address. Frames to it are sent there.").format(dst=around.find(r"^(\S+)"))


def _on_device(found: re.Match[str], around: Around) -> str:
    return _("It was asked for on the cable of {dev}.").format(dev=found[1])


def _state(found: re.Match[str], around: Around) -> str:
    dst = around.find(r"^(\S+)")
    return {
        "REACHABLE": _("{dst} showed itself within the last half minute or so."),
        "STALE": _("{dst} has not shown itself for a while. The MAC address is used all the same, and then checked."),
        "DELAY": _("A packet went to {dst} on old knowledge. The kernel waits 5 s for a sign of life, then asks."),
        "PROBE": _("The kernel asks {dst} directly whether it is still there."),
        "INCOMPLETE": _("The kernel has asked for {dst}, and nobody has answered yet."),
        "FAILED": _("The kernel asked for {dst} until it gave up: nobody answered."),
        "PERMANENT": _("Set by hand: it is never asked for and never forgotten."),
        "NOARP": _("Needs no asking."),
    }[found["w"]].format(dst=dst)


ROUTE_RULES = (
    Rule(r"^(?P<w>local|blackhole|unreachable|prohibit|throw|broadcast|multicast)(?= )", _kind, "ip-route(8)"),
    Rule(r"^(?P<kind>[a-z]+ )?(?P<w>default|[\da-f.:]+(?:/\d+)?)(?=\s)", _destination, "ip-route(8)"),
    Rule(r"via (\S+)", _gateway, "ip-route(8)"),
    Rule(r"dev (\S+)", _device, "ip-route(8)"),
    Rule(r"proto (\w+)", _protocol, "ip-route(8)"),
    Rule(r"scope (\w+)", _scope, "ip-route(8)"),
    Rule(r"src (\S+)", _source, "ip-route(8)"),
    Rule(r"metric (\d+)", _metric, "ip-route(8)"),
    Rule(r"\blinkdown\b", _linkdown, "ip-route(8)"),
    Rule(r"\b(?P<w>(?P<key>onlink|dead|pref|uid|cache)(?: (?:\d+|low|medium|high))?)", _plain, "ip-route(8)"),
)
NEIGHBOUR_RULES = (
    Rule(r"^(?P<w>[\da-f.:]+)(?= dev )", _neighbour, "ip-neighbour(8)"),
    Rule(r"dev (\S+)", _on_device, "ip-neighbour(8)"),
    Rule(r"lladdr (\S+)", _mac, "arp(7)"),
    Rule(
        r"\b(?P<w>REACHABLE|STALE|DELAY|PROBE|INCOMPLETE|FAILED|PERMANENT|NOARP)\b",
        _state,
        "ip-neighbour(8)",
    ),
)
