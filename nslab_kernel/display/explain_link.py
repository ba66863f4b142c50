"""What `ip link` and `bridge link` write, explained."""

import re

from nslab_kernel.display.explain_flags import FLAG_RULES, flags_of, ifname_of, is_bridge, is_cable
from nslab_kernel.display.explain_rules import Around, Rule
from nslab_kernel.language import translate as _


def _number(found: re.Match[str], around: Around) -> str:
    if ifname_of(around) == "lo":
        return _("The number of lo (its ifindex). lo is 1 in every namespace.")
    if is_cable(around):
        return _("The number of {ifname} (its ifindex). Seen from another namespace, its end is @if{number}.").format(
            ifname=ifname_of(around), number=found["w"]
        )
    return _("The number of {ifname} (its ifindex). The kernel itself works with numbers, not names.").format(
        ifname=ifname_of(around)
    )


def _name(found: re.Match[str], around: Around) -> str:
    if found["w"] == "lo":
        return _("The loopback. Every namespace has its own, and it starts switched off.")
    return _("Its name: {bytes} of at most 15 bytes. Another namespace may use the same name.").format(
        bytes=len(found["w"].encode(errors="replace"))
    )


def _at_number(found: re.Match[str], around: Around) -> str:
    netns = around.find(r"link-netns (\S+)")
    if netns:
        return _(
            "The other end of this cable is interface number {number} in {netns}. "
            "Its name cannot be seen from here, so ip writes the number."
        ).format(number=found["n"], netns=netns)
    return _(
        "The other end of this cable is interface number {number} in another namespace. "
        "Its name cannot be seen from here, so ip writes the number."
    ).format(number=found["n"])


def _at_name(found: re.Match[str], around: Around) -> str:
    if is_cable(around):
        return _("The other end of this cable is {other}. It is in the same namespace, so ip can name it.").format(
            other=found["other"]
        )
    return _("{ifname} stands on {other}: its frames leave through it.").format(
        ifname=ifname_of(around), other=found["other"]
    )


def _mtu(found: re.Match[str], around: Around) -> str:
    if "LOOPBACK" in flags_of(around):
        return _("The largest packet: {mtu} bytes. There is no wire here to set a smaller limit.").format(mtu=found[1])
    if found[1] == "1500":
        return _("The largest packet: {mtu} bytes, the usual size on Ethernet.").format(mtu=found[1])
    return _("The largest packet: {mtu} bytes. Ethernet's usual size is 1500.").format(mtu=found[1])


def _qdisc(found: re.Match[str], around: Around) -> str:
    if found[1] == "noop":
        return _("No queue yet, and packets put here are thrown away: {ifname} was never switched on.").format(
            ifname=ifname_of(around)
        )
    if found[1] == "noqueue":
        return _("No queue: {ifname} hands each packet on at once, so nothing ever waits.").format(
            ifname=ifname_of(around)
        )
    return _("Packets that wait to leave are queued by the rules of {qdisc}.").format(qdisc=found[1])


def _master(found: re.Match[str], around: Around) -> str:
    return _("{ifname} is a port of {master}: the frames that come in here go to {master}.").format(
        ifname=ifname_of(around), master=found[1]
    )


def _state(found: re.Match[str], around: Around) -> str:
    ifname, on = ifname_of(around), "UP" in flags_of(around)
    if found[1] == "DOWN" and not on:
        return _("{ifname} is not switched on: there is no UP among its flags.").format(ifname=ifname)
    if found[1] in ("DOWN", "LOWERLAYERDOWN"):
        return _no_carrier(found[1], ifname, around)
    if found[1] == "UNKNOWN" and "LOOPBACK" in flags_of(around):
        return _("Normal for lo: it has no cable to report on. The flags UP and LOWER_UP say that it works.")
    if found[1] == "UNKNOWN":
        return _("{ifname} does not report a state. Go by its flags UP and LOWER_UP.").format(ifname=ifname)
    if found[1] == "UP" and is_cable(around):
        return _("Ready: {ifname} and its other end are both up, so the cable works.").format(ifname=ifname)
    if found[1] == "UP":
        return _("Ready: {ifname} is switched on and has carrier.").format(ifname=ifname)
    return _("The state in the words of RFC 2863. Go by the flags UP and LOWER_UP.")


def _no_carrier(state: str, ifname: str, around: Around) -> str:
    if is_bridge(around):
        return _("The bridge {ifname} is switched on, but none of its ports has carrier.").format(ifname=ifname)
    if not is_cable(around):
        return _("{ifname} is switched on, but nothing below it has carrier.").format(ifname=ifname)
    other = "LOWERLAYERDOWN" if state == "DOWN" else "DOWN"
    return _(
        "{ifname} is switched on, its other end is not. "
        "With another history the kernel says {other} for the same thing: trust the flags."
    ).format(ifname=ifname, other=other)


def _qlen(found: re.Match[str], around: Around) -> str:
    if around.find(r"qdisc (noop|noqueue)"):
        return _("Up to {length} packets could wait, if there were a queue. Here there is none.").format(
            length=found[1]
        )
    return _("At most {length} packets may wait to leave.").format(length=found[1])


def _mac(found: re.Match[str], around: Around) -> str:
    mac = found["w"]
    if not mac.strip("0:"):
        return _("All zeros: lo needs no MAC address, because nothing ever leaves it.")
    if is_bridge(around):
        return _("The bridge's MAC address. If nobody sets one, it takes the smallest of its ports.")
    made_up = _("Its second digit, {digit}, says: made up here, not given by a maker.").format(digit=mac[1])
    reached = _("The MAC address: by it the neighbours on the cable reach {ifname}.").format(ifname=ifname_of(around))
    return f"{reached} {made_up}" if int(mac[:2], 16) & 2 else reached


def _everybody(found: re.Match[str], around: Around) -> str:
    if "LOOPBACK" in flags_of(around):
        return _("There is nobody else here to ping.")
    return _("A frame to this MAC address goes to everybody on the cable.")


def _link_netnsid(found: re.Match[str], around: Around) -> str:
    return _(
        "The other end is in the namespace that {here} calls number {number}. "
        "Each namespace numbers the others for itself; ip has no name for this one."
    ).format(here=around.here or _("the host"), number=found[1])


def _plain(found: re.Match[str], around: Around) -> str:
    return {
        "mode": _("DEFAULT: it is ready as soon as it is switched on and has carrier. DORMANT would wait for more."),
        "group": _("Interfaces can be grouped and handled together. All start in the group default."),
        "link/ether": _("An Ethernet interface; what follows is its MAC address."),
        "link/loopback": _("A loopback, not a cable; what follows would be its MAC address."),
        "link-netns": _("The other end of this cable is in the namespace {netns}."),
        "altname": _("One more name for the same interface."),
    }[found["key"]].format(netns=found["value"])


def _port_state(found: re.Match[str], around: Around) -> str:
    ifname = ifname_of(around)
    return {
        "forwarding": _("The bridge passes frames in and out of {ifname}."),
        "disabled": _("The bridge does not use {ifname}: it is down or has no carrier."),
        "blocking": _("The bridge keeps {ifname} shut, so that no loop arises."),
        "listening": _("The bridge only listens at {ifname} before it opens the port."),
        "learning": _("The bridge learns MAC addresses at {ifname} before it opens the port."),
    }.get(found[1], "").format(ifname=ifname)


def _spanning_tree(found: re.Match[str], around: Around) -> str:
    if found[1] == "priority":
        return _("Which port wins where several lead to the same place; the smaller number does.")
    return _("What a way through this port costs. Only the spanning tree protocol reads it.")


_MAC = r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}"
_HEAD = (
    Rule(r"^(?P<w>\d+)(?=: )", _number, "ip-link(8)"),
    Rule(r"^\d+: (?P<w>[^\s:@]+)", _name, "ip-link(8)"),
    Rule(r"^\d+: [^\s:@]+(?P<w>@if(?P<n>\d+))", _at_number, "veth(4)"),
    Rule(r"^\d+: [^\s:@]+(?P<w>@(?P<other>[^\s:]+))", _at_name, "veth(4)"),
    *FLAG_RULES,
    Rule(r"mtu (\d+)", _mtu, "ip-link(8)"),
    Rule(r"qdisc (\S+)", _qdisc, "tc(8)"),
    Rule(r"master (\S+)", _master, "ip-link(8)"),
)
LINK_RULES = (
    *_HEAD,
    Rule(r"state ([A-Z]+)", _state, "RFC 2863"),
    Rule(r"qlen (\d+)", _qlen, "ip-link(8)"),
    Rule(rf"link/\S+ (?P<w>{_MAC})", _mac, "ip-link(8)"),
    Rule(r"link-netnsid (\d+)", _link_netnsid, "ip-netns(8)"),
    Rule(rf"brd {_MAC}", _everybody, "ip-link(8)"),
    Rule(r"(?P<w>(?P<key>mode|group|link-netns|altname) (?P<value>\S+))", _plain, "ip-link(8)"),
    Rule(r"(?P<w>(?P<key>link/(?:ether|loopback))(?P<value>))", _plain, "ip-link(8)"),
)
BRIDGE_RULES = (
    *_HEAD,
    Rule(r"state ([a-z]+)", _port_state, "bridge(8)"),
    Rule(r"(priority|cost) \d+", _spanning_tree, "bridge(8)"),
)
