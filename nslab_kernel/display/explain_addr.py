"""What `ip addr` adds to `ip link`, explained."""

import re
from ipaddress import ip_interface

from nslab_kernel.display.explain_flags import ifname_of
from nslab_kernel.display.explain_link import LINK_RULES
from nslab_kernel.display.explain_rules import Around, Rule
from nslab_kernel.language import translate as _


def _address(found: re.Match[str], around: Around) -> str:
    try:
        interface = ip_interface(found["w"])
    except ValueError:
        return ""
    addr, length, subnet = interface.ip, interface.network.prefixlen, interface.network
    if interface.is_loopback:
        return _("{addr} means myself, in every namespace. Packets to it go through lo.").format(addr=addr)
    if interface.is_link_local and interface.version == 6:
        return _("The kernel gave itself this address when {ifname} came up. It counts on this cable only.").format(
            ifname=ifname_of(around)
        )
    if length == interface.max_prefixlen:
        return _(
            "{addr} alone: /{length} leaves no neighbours on the cable. Without a length, ip takes this one."
        ).format(addr=addr, length=length)
    return _(
        "The address {addr}. /{length}: the first {length} bits name the subnet, so all of {subnet} are neighbours."
    ).format(addr=addr, length=length, subnet=subnet)


def _family(found: re.Match[str], around: Around) -> str:
    return _("An IPv6 address follows.") if found["w"] == "inet6" else _("An IPv4 address follows.")


def _broadcast(found: re.Match[str], around: Around) -> str:
    return _("A packet to {addr} is meant for everybody in the subnet.").format(addr=found[1])


def _scope(found: re.Match[str], around: Around) -> str:
    return {
        "global": _("Counts everywhere: others beyond this cable may answer to it."),
        "link": _("Counts on this cable only: no router passes it on."),
        "host": _("Counts inside this namespace only: it never leaves."),
    }.get(found[1], "")


def _label(found: re.Match[str], around: Around) -> str:
    return _("The label of the address: the interface's name again, kept for old programs.")


def _lifetime(found: re.Match[str], around: Around) -> str:
    word, time = found[1], found[2]
    if time == "forever":
        return {
            "valid_lft": _("Stays until somebody removes it: nobody lent it for a time."),
            "preferred_lft": _("May be the source of new connections for as long as it stays."),
        }[word]
    return {
        "valid_lft": _("Lent: it disappears in {time}, unless the loan is renewed."),
        "preferred_lft": _("New connections may use it as source for {time} more."),
    }[word].format(time=time)


def _plain(found: re.Match[str], around: Around) -> str:
    return {
        "tentative": _("The kernel still asks whether a neighbour has this address. Until then it is not used."),
        "dadfailed": _("A neighbour has this address already, so the kernel does not use it."),
        "deprecated": _("No longer used for new connections."),
        "dynamic": _("Lent for a time, not set by hand."),
        "secondary": _("The interface has an earlier address in the same subnet; that one goes out as source."),
        "noprefixroute": _("No route came with this address."),
        "proto kernel_ll": _("The kernel made it by itself: every interface that is up gets one from fe80::."),
        "proto kernel_lo": _("The kernel made it by itself when lo came up."),
    }[found[0]]


ADDR_RULES = (
    Rule(r"(?<=inet )(?P<w>[\d.]+(/\d+)?)", _address, "ip-address(8)"),
    Rule(r"(?<=inet6 )(?P<w>[\da-f:.]+(/\d+)?)", _address, "ip-address(8)"),
    Rule(r"\b(?P<w>inet6?)(?= )", _family, "ip-address(8)"),
    Rule(r"\bbrd (\d+\.[\d.]+)", _broadcast, "ip-address(8)"),
    Rule(r"scope (\w+)", _scope, "ip-address(8)"),
    Rule(r"(valid_lft|preferred_lft) (\w+)", _lifetime, "ip-address(8)"),
    Rule(
        r"\b(tentative|dadfailed|deprecated|dynamic|secondary|noprefixroute|proto kernel_l[lo])\b",
        _plain,
        "ip-address(8)",
    ),
    Rule(r"^ +inet .*scope \w+ (?:\w+ )*(?P<w>\S+)$", _label, "ip-address(8)"),
    *LINK_RULES,
)
