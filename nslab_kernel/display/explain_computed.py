"""Explanations that depend on the text around a field.

Each function returns a sentence, with the values of placeholders other than the pattern's groups and `ifname`.
"""

import re
from ipaddress import ip_interface, ip_network

from nslab_kernel.display.explain_rules import Context, Explanation
from nslab_kernel.language import translate as _
from nslab_kernel.language import translate_plural


def up(found: re.Match[str], context: Context) -> Explanation:
    """Explain the flag UP, with and without LOWER_UP."""
    if "LOWER_UP" in context.flags:
        return _("Somebody switched {ifname} on. LOWER_UP beside it says that it works, too.")
    return _("Somebody switched {ifname} on. There is no LOWER_UP, so it does not work yet.")


def lower_up(found: re.Match[str], context: Context) -> Explanation:
    """Explain the flag LOWER_UP by the kind of interface."""
    if "LOOPBACK" in context.flags:
        return _("{ifname} has no cable: once switched on, it works.")
    if context.is_cable:
        return _("The cable works: {ifname} is up, and so is its other end.")
    if context.is_bridge:
        return _("The bridge {ifname} has carrier: at least one of its ports has.")
    return _("The layer below {ifname} reports that it has carrier.")


def no_carrier(found: re.Match[str], context: Context) -> Explanation:
    """Explain the flag NO-CARRIER by the kind of interface."""
    if context.is_cable:
        return _("{ifname} is up, its other end is not: the cable does not work.")
    if context.is_bridge:
        return _("The bridge {ifname} is up, but none of its ports has carrier.")
    return _("{ifname} is up, but nothing below it has carrier.")


def ifindex(found: re.Match[str], context: Context) -> Explanation:
    """Explain the number before an interface's name, its ifindex."""
    if context.ifname == "lo":
        return _("The number of lo (its ifindex). lo is 1 in every namespace.")
    if context.is_cable:
        return _("The number of {ifname} (its ifindex). Seen from another namespace, its end is @if{number}.")
    return _("The number of {ifname} (its ifindex). The kernel itself works with numbers, not names.")


def ifname(found: re.Match[str], context: Context) -> Explanation:
    """Explain the name of an interface."""
    if found["w"] == "lo":
        return _("The loopback. Every namespace has its own, and it starts switched off.")
    words = _("Its name: {bytes} of at most 15 bytes. Another namespace may use the same name.")
    return words, {"bytes": len(found["w"].encode(errors="replace"))}


def peer_name(found: re.Match[str], context: Context) -> Explanation:
    """Explain `@veth1`: the peer, or the interface below, in the same namespace."""
    if context.is_cable:
        return _("The other end of this cable is {other}. It is in the same namespace, so ip can name it.")
    return _("{ifname} stands on {other}: its frames leave through it.")


def mtu(found: re.Match[str], context: Context) -> Explanation:
    """Explain the MTU."""
    if "LOOPBACK" in context.flags:
        return _("The largest packet: {mtu} bytes. There is no wire here to set a smaller limit.")
    if found[1] == "1500":
        return _("The largest packet: {mtu} bytes, the usual size on Ethernet.")
    return _("The largest packet: {mtu} bytes. Ethernet's usual size is 1500.")


def state(found: re.Match[str], context: Context) -> Explanation:
    """Explain the operational state by the flags."""
    if found[1] == "DOWN" and "UP" not in context.flags:
        return _("{ifname} is not switched on: there is no UP among its flags.")
    if found[1] in ("DOWN", "LOWERLAYERDOWN"):
        return _state_without_carrier(found[1], context)
    if found[1] == "UNKNOWN" and "LOOPBACK" in context.flags:
        return _("Normal for lo: it has no cable to report on. The flags UP and LOWER_UP say that it works.")
    if found[1] == "UNKNOWN":
        return _("{ifname} does not report a state. Go by its flags UP and LOWER_UP.")
    if found[1] == "UP" and context.is_cable:
        return _("Ready: {ifname} and its other end are both up, so the cable works.")
    if found[1] == "UP":
        return _("Ready: {ifname} is switched on and has carrier.")
    return _("The state in the words of RFC 2863. Go by the flags UP and LOWER_UP.")


def _state_without_carrier(state: str, context: Context) -> Explanation:
    if context.is_bridge:
        return _("The bridge {ifname} is switched on, but none of its ports has carrier.")
    if not context.is_cable:
        return _("{ifname} is switched on, but nothing below it has carrier.")
    words = _(
        "{ifname} is switched on, its other end is not. "
        "With another history the kernel says {other} for the same thing: trust the flags."
    )
    return words, {"other": "LOWERLAYERDOWN" if state == "DOWN" else "DOWN"}


def mac(found: re.Match[str], context: Context) -> Explanation:
    """Explain a MAC address by the kind of interface and the bit for locally administered addresses."""
    address = found["w"]
    if not address.strip("0:"):
        return _("All zeros: lo needs no MAC address, because nothing ever leaves it.")
    if context.is_bridge:
        return _("The bridge's MAC address. If nobody sets one, it takes the smallest of its ports.")
    made_up = _("Its second digit, {digit}, says: made up here, not given by a maker.")
    reached = _("The MAC address: by it the neighbours on the cable reach {ifname}.")
    return f"{reached} {made_up}" if int(address[:2], 16) & 2 else reached, {"digit": address[1]}


def link_netnsid(found: re.Match[str], context: Context) -> Explanation:
    """Explain `link-netnsid`, the number of the peer's namespace."""
    words = _(
        "The other end is in the namespace that {here} calls number {number}. "
        "Each namespace numbers the others for itself; ip has no name for this one."
    )
    return words, {"here": context.here or _("the host")}


def netns_id(found: re.Match[str], context: Context) -> Explanation:
    """Explain `id` in the output of `ip netns`, the number of a namespace."""
    words = _("{here} calls it number {number}, since a cable leads or led there. Others number it differently.")
    return words, {"here": context.here or _("The host")}


def address(found: re.Match[str], context: Context) -> Explanation:
    """Explain an address by its prefix length."""
    try:
        interface = ip_interface(found["w"])
    except ValueError:
        return ""
    length = interface.network.prefixlen
    if interface.is_loopback:
        words = _("{addr} means myself, in every namespace. Packets to it go through lo.")
    elif interface.is_link_local and interface.version == 6:
        words = _("The kernel gave itself this address when {ifname} came up. It counts on this cable only.")
    elif length == interface.max_prefixlen:
        words = _("{addr} alone: /{length} leaves no neighbours on the cable. Without a length, ip takes this one.")
    else:
        words = _(
            "The address {addr}. /{length}: the first {length} bits name the subnet, so all of {subnet} are neighbours."
        )
    return words, {"addr": interface.ip, "length": length, "subnet": interface.network}


def destination(found: re.Match[str], context: Context) -> Explanation:
    """Explain a route's destination by how many addresses it covers."""
    try:
        subnet = ip_network(found["dst"])
    except ValueError:
        return ""
    if subnet.num_addresses == 1:
        return _("Packets to {dst} take this way.")
    words = _("Packets to {first} up to {last} take this line, unless a narrower one fits.")
    return words, {"first": subnet[0], "last": subnet[-1]}


def reply_size(found: re.Match[str], context: Context) -> Explanation:
    """Explain the size of a reply."""
    return _("The size of the reply: {data} bytes of filling and 8 of ICMP."), {"data": int(found[1]) - 8}


def ttl(found: re.Match[str], context: Context) -> Explanation:
    """Explain a TTL by the number of routers on the path."""
    left = int(found[1])
    start = next(limit for limit in (64, 128, 255) if left <= limit)
    hops = start - left
    words = translate_plural(
        "It probably set out with {start}, and each router takes one off: {hops} router lies between.",
        "It probably set out with {start}, and each router takes one off: {hops} routers lie between.",
        hops,
    )
    if not hops:
        words = _("The reply set out with {start}, and each router takes one off: none lies between.")
    return words, {"start": start, "hops": hops}


def time(found: re.Match[str], context: Context) -> Explanation:
    """Explain a round-trip time."""
    times = [float(time) for time in re.findall(r"time=([\d.]+)", context.text)]
    first = "icmp_seq=1 " in context.block
    if first and len(times) > 1 and times[0] > 2 * max(times[1:]):
        return _("There and back took {time} ms. The first one probably had to ask for the MAC address.")
    return _("There and back took {time} ms.")
