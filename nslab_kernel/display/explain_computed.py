"""Explanations that have to be computed from what stands around a field."""

import re
from ipaddress import ip_interface, ip_network

from nslab_kernel.display.explain_rules import Context
from nslab_kernel.language import translate as _
from nslab_kernel.language import translate_plural


def flags_of(context: Context) -> list[str]:
    """Return the flags of the interface that this block is about."""
    return context.find(r"<([A-Z_,-]*)>").split(",")


def ifname_of(context: Context) -> str:
    """Return the name of the interface that this block is about."""
    return context.find(r"^\d+: ([^\s:@]+)")


def is_cable(context: Context) -> bool:
    """Whether the interface of this block looks like one end of a veth pair."""
    ifname, other = ifname_of(context), context.find(r"^\d+: [^\s:@]+@([^\s:]+)")
    elsewhere = bool(re.fullmatch(r"if\d+", other))
    return elsewhere or f" {other}@{ifname}:" in context.text or "M-DOWN" in flags_of(context)


def is_bridge(context: Context) -> bool:
    """Whether another interface of the text is a port of this block's."""
    return f" master {ifname_of(context)} " in context.text


def up(found: re.Match[str], context: Context) -> str:
    """Explain the flag UP by whether LOWER_UP is there too."""
    ifname = ifname_of(context)
    if "LOWER_UP" in flags_of(context):
        return _("Somebody switched {ifname} on. LOWER_UP beside it says that it works, too.").format(ifname=ifname)
    return _("Somebody switched {ifname} on. There is no LOWER_UP, so it does not work yet.").format(ifname=ifname)


def lower_up(found: re.Match[str], context: Context) -> str:
    """Explain the flag LOWER_UP by what the interface is."""
    ifname = ifname_of(context)
    if "LOOPBACK" in flags_of(context):
        return _("{ifname} has no cable: once switched on, it works.").format(ifname=ifname)
    if is_cable(context):
        return _("The cable works: {ifname} is up, and so is its other end.").format(ifname=ifname)
    if is_bridge(context):
        return _("The bridge {ifname} has carrier: at least one of its ports has.").format(ifname=ifname)
    return _("The layer below {ifname} reports that it has carrier.").format(ifname=ifname)


def no_carrier(found: re.Match[str], context: Context) -> str:
    """Explain the flag NO-CARRIER by what the interface is."""
    ifname = ifname_of(context)
    if is_cable(context):
        return _("{ifname} is up, its other end is not: the cable does not work.").format(ifname=ifname)
    if is_bridge(context):
        return _("The bridge {ifname} is up, but none of its ports has carrier.").format(ifname=ifname)
    return _("{ifname} is up, but nothing below it has carrier.").format(ifname=ifname)


def m_down(found: re.Match[str], context: Context) -> str:
    """Explain ip's remark M-DOWN."""
    other = context.find(r"@([^\s:]+)")
    return _("{other}, the other end, is not switched on. A remark of ip's own, not a flag of the kernel.").format(
        other=other
    )


def ifindex(found: re.Match[str], context: Context) -> str:
    """Explain the number before an interface."""
    if ifname_of(context) == "lo":
        return _("The number of lo (its ifindex). lo is 1 in every namespace.")
    if is_cable(context):
        return _("The number of {ifname} (its ifindex). Seen from another namespace, its end is @if{number}.").format(
            ifname=ifname_of(context), number=found["w"]
        )
    return _("The number of {ifname} (its ifindex). The kernel itself works with numbers, not names.").format(
        ifname=ifname_of(context)
    )


def ifname(found: re.Match[str], context: Context) -> str:
    """Explain the name of an interface."""
    if found["w"] == "lo":
        return _("The loopback. Every namespace has its own, and it starts switched off.")
    return _("Its name: {bytes} of at most 15 bytes. Another namespace may use the same name.").format(
        bytes=len(found["w"].encode(errors="replace"))
    )


def peer_number(found: re.Match[str], context: Context) -> str:
    """Explain `@if3`: the peer in another namespace."""
    netns = context.find(r"link-netns (\S+)")
    if netns:
        return _(
            "The other end of this cable is interface number {number} in {netns}. "
            "Its name cannot be seen from here, so ip writes the number."
        ).format(number=found["n"], netns=netns)
    return _(
        "The other end of this cable is interface number {number} in another namespace. "
        "Its name cannot be seen from here, so ip writes the number."
    ).format(number=found["n"])


def peer_name(found: re.Match[str], context: Context) -> str:
    """Explain `@veth1`: the peer, or the interface below, in the same namespace."""
    if is_cable(context):
        return _("The other end of this cable is {other}. It is in the same namespace, so ip can name it.").format(
            other=found["other"]
        )
    return _("{ifname} stands on {other}: its frames leave through it.").format(
        ifname=ifname_of(context), other=found["other"]
    )


def mtu(found: re.Match[str], context: Context) -> str:
    """Explain the MTU."""
    if "LOOPBACK" in flags_of(context):
        return _("The largest packet: {mtu} bytes. There is no wire here to set a smaller limit.").format(mtu=found[1])
    if found[1] == "1500":
        return _("The largest packet: {mtu} bytes, the usual size on Ethernet.").format(mtu=found[1])
    return _("The largest packet: {mtu} bytes. Ethernet's usual size is 1500.").format(mtu=found[1])


def qdisc(found: re.Match[str], context: Context) -> str:
    """Explain the queueing discipline."""
    if found[1] == "noop":
        return _("No queue yet, and packets put here are thrown away: {ifname} was never switched on.").format(
            ifname=ifname_of(context)
        )
    if found[1] == "noqueue":
        return _("No queue: {ifname} hands each packet on at once, so nothing ever waits.").format(
            ifname=ifname_of(context)
        )
    return _("Packets that wait to leave are queued by the rules of {qdisc}.").format(qdisc=found[1])


def state(found: re.Match[str], context: Context) -> str:
    """Explain the operational state by the flags."""
    ifname, on = ifname_of(context), "UP" in flags_of(context)
    if found[1] == "DOWN" and not on:
        return _("{ifname} is not switched on: there is no UP among its flags.").format(ifname=ifname)
    if found[1] in ("DOWN", "LOWERLAYERDOWN"):
        return _state_without_carrier(found[1], ifname, context)
    if found[1] == "UNKNOWN" and "LOOPBACK" in flags_of(context):
        return _("Normal for lo: it has no cable to report on. The flags UP and LOWER_UP say that it works.")
    if found[1] == "UNKNOWN":
        return _("{ifname} does not report a state. Go by its flags UP and LOWER_UP.").format(ifname=ifname)
    if found[1] == "UP" and is_cable(context):
        return _("Ready: {ifname} and its other end are both up, so the cable works.").format(ifname=ifname)
    if found[1] == "UP":
        return _("Ready: {ifname} is switched on and has carrier.").format(ifname=ifname)
    return _("The state in the words of RFC 2863. Go by the flags UP and LOWER_UP.")


def _state_without_carrier(state: str, ifname: str, context: Context) -> str:
    if is_bridge(context):
        return _("The bridge {ifname} is switched on, but none of its ports has carrier.").format(ifname=ifname)
    if not is_cable(context):
        return _("{ifname} is switched on, but nothing below it has carrier.").format(ifname=ifname)
    other = "LOWERLAYERDOWN" if state == "DOWN" else "DOWN"
    return _(
        "{ifname} is switched on, its other end is not. "
        "With another history the kernel says {other} for the same thing: trust the flags."
    ).format(ifname=ifname, other=other)


def queue_length(found: re.Match[str], context: Context) -> str:
    """Explain the length of the queue, if there is one."""
    if context.find(r"qdisc (noop|noqueue)"):
        return _("Up to {length} packets could wait, if there were a queue. Here there is none.").format(
            length=found[1]
        )
    return _("At most {length} packets may wait to leave.").format(length=found[1])


def mac(found: re.Match[str], context: Context) -> str:
    """Explain a MAC address by the interface and its bit for locally made ones."""
    address = found["w"]
    if not address.strip("0:"):
        return _("All zeros: lo needs no MAC address, because nothing ever leaves it.")
    if is_bridge(context):
        return _("The bridge's MAC address. If nobody sets one, it takes the smallest of its ports.")
    made_up = _("Its second digit, {digit}, says: made up here, not given by a maker.").format(digit=address[1])
    reached = _("The MAC address: by it the neighbours on the cable reach {ifname}.").format(ifname=ifname_of(context))
    return f"{reached} {made_up}" if int(address[:2], 16) & 2 else reached


def broadcast_mac(found: re.Match[str], context: Context) -> str:
    """Explain the broadcast MAC address."""
    if "LOOPBACK" in flags_of(context):
        return _("There is nobody else here to ping.")
    return _("A frame to this MAC address goes to everybody on the cable.")


def link_netnsid(found: re.Match[str], context: Context) -> str:
    """Explain a number for the peer's namespace."""
    return _(
        "The other end is in the namespace that {here} calls number {number}. "
        "Each namespace numbers the others for itself; ip has no name for this one."
    ).format(here=context.here or _("the host"), number=found[1])


def netns_id(found: re.Match[str], context: Context) -> str:
    """Explain a number for a namespace."""
    return _("{here} calls it number {number}, since a cable leads or led there. Others number it differently.").format(
        here=context.here or _("The host"), number=found[1]
    )


def address(found: re.Match[str], context: Context) -> str:
    """Explain an address by its prefix length."""
    try:
        interface = ip_interface(found["w"])
    except ValueError:
        return ""
    addr, length, subnet = interface.ip, interface.network.prefixlen, interface.network
    if interface.is_loopback:
        return _("{addr} means myself, in every namespace. Packets to it go through lo.").format(addr=addr)
    if interface.is_link_local and interface.version == 6:
        return _("The kernel gave itself this address when {ifname} came up. It counts on this cable only.").format(
            ifname=ifname_of(context)
        )
    if length == interface.max_prefixlen:
        return _(
            "{addr} alone: /{length} leaves no neighbours on the cable. Without a length, ip takes this one."
        ).format(addr=addr, length=length)
    return _(
        "The address {addr}. /{length}: the first {length} bits name the subnet, so all of {subnet} are neighbours."
    ).format(addr=addr, length=length, subnet=subnet)


def destination(found: re.Match[str], context: Context) -> str:
    """Explain a route's destination."""
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


def linkdown(found: re.Match[str], context: Context) -> str:
    """Explain a route whose interface has no carrier."""
    return _("The route is there, but {dev} has no carrier at the moment.").format(dev=context.find(r"dev (\S+)"))


def reply_size(found: re.Match[str], context: Context) -> str:
    """Explain the size of a reply."""
    return _("The size of the reply: {data} bytes of filling and 8 of ICMP.").format(data=int(found[1]) - 8)


def ttl(found: re.Match[str], context: Context) -> str:
    """Explain a TTL by the number of routers on the path."""
    left = int(found[1])
    start = next(limit for limit in (64, 128, 255) if left <= limit)
    hops = start - left
    if not hops:
        return _("The reply set out with {start}, and each router takes one off: none lies between.").format(
            start=start
        )
    return translate_plural(
        "It probably set out with {start}, and each router takes one off: {hops} router lies between.",
        "It probably set out with {start}, and each router takes one off: {hops} routers lie between.",
        hops,
    ).format(start=start, hops=hops)


def time(found: re.Match[str], context: Context) -> str:
    """Explain a round-trip time."""
    times = [float(time) for time in re.findall(r"time=([\d.]+)", context.text)]
    first = "icmp_seq=1 " in context.block
    if first and len(times) > 1 and times[0] > 2 * max(times[1:]):
        return _("There and back took {time} ms. The first one probably had to ask for the MAC address.").format(
            time=found[1]
        )
    return _("There and back took {time} ms.").format(time=found[1])
