"""Sends addresses and routes to Linux again, as they were read."""

import ipaddress
import re
import socket
import struct

from nslab_kernel.language import translate as _
from nslab_kernel.linux import rtnetlink_reader, uapi
from nslab_kernel.linux.argument_checks import MOST, bad_value
from nslab_kernel.linux.netlink import attribute, flat, number
from nslab_kernel.linux.replay import change, text_attribute
from nslab_kernel.model.network import AddressDetails, Route

_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_MOST_OF_A_BYTE = 255


def add_address(addr: str, details: AddressDetails | None, ifindex: int, netns: str | None) -> None:
    """Give an interface an address."""
    change(netns, uapi.RTM_NEWADDR, _address(addr, details, ifindex), uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE)


def add_own_address(addr: str, ifindex: int, netns: str | None) -> None:
    """Give an interface an address marked as Linux's own (IFA_PROTO); no error if it is there already."""
    proto = uapi.IFAPROT_KERNEL_LO if addr == "::1/128" else uapi.IFAPROT_KERNEL_LL
    body = _address(addr, None, ifindex) + attribute(uapi.IFA_PROTO, bytes((proto,)))
    change(netns, uapi.RTM_NEWADDR, body, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL, there=True)


def delete_address(addr: str, details: AddressDetails | None, ifindex: int, netns: str | None) -> None:
    """Take an address from an interface, if it still has it."""
    far = AddressDetails(peer=details.peer) if details else None
    change(netns, uapi.RTM_DELADDR, _address(addr, far, ifindex), gone=True)


def add_route(route: Route, oif: int, beside: bool, netns: str | None) -> None:
    """Add a route exactly as it was read; `beside` keeps other routes to the same destination."""
    how = uapi.NLM_F_APPEND if beside else uapi.NLM_F_REPLACE
    change(netns, uapi.RTM_NEWROUTE, _route(route, oif), uapi.NLM_F_CREATE | how, there=True)


def delete_route(route: Route, oif: int, netns: str | None) -> None:
    """Delete exactly this route, if it is still there."""
    change(netns, uapi.RTM_DELROUTE, _route(route, oif, is_wanted=False), gone=True)


def _address(addr: str, details: AddressDetails | None, ifindex: int) -> bytes:
    given, own = details or AddressDetails(), ipaddress.ip_interface(addr)
    family = _FAMILIES[own.version]
    scope = uapi.RT_SCOPE_HOST if addr.startswith("127.") else uapi.RT_SCOPE_UNIVERSE
    if given.scope:
        scope = _number(rtnetlink_reader.SCOPES, given.scope, _MOST_OF_A_BYTE)
    far = given.peer.partition("/")[0] if given.peer else str(own.ip)
    flags = sum(
        bit for bit, word in rtnetlink_reader.ADDRESS_FLAGS.items() if word in given.flags and word in FLAGS_GIVEN
    )
    body = uapi.IFADDRMSG.pack(family, own.network.prefixlen, 0, scope, ifindex)
    body += attribute(uapi.IFA_LOCAL, own.packed) + attribute(uapi.IFA_ADDRESS, ipaddress.ip_address(far).packed)
    body += text_attribute(uapi.IFA_LABEL, given.label) if given.label else b""
    body += attribute(uapi.IFA_BROADCAST, ipaddress.ip_address(given.broadcast).packed) if given.broadcast else b""
    body += number(uapi.IFA_FLAGS, flags) if flags else b""
    body += number(uapi.IFA_RT_PRIORITY, given.metric) if given.metric else b""
    body += attribute(uapi.IFA_PROTO, bytes([given.protocol])) if given.protocol else b""
    if given.valid_s is not None or given.preferred_s is not None:
        lives = (uapi.INFINITY_LIFE_TIME if life is None else life for life in (given.preferred_s, given.valid_s))
        body += attribute(uapi.IFA_CACHEINFO, struct.pack("=IIII", *lives, 0, 0))
    return body


FLAGS_GIVEN = ("nodad", "optimistic", "home", "mngtmpaddr", "noprefixroute", "autojoin")


def _route(route: Route, oif: int, is_wanted: bool = True) -> bytes:
    family = _FAMILIES[route.family]
    everywhere = "0.0.0.0/0" if route.family == 4 else "::/0"
    net = ipaddress.ip_network(everywhere if route.dst == "default" else route.dst)
    table = _number(rtnetlink_reader.TABLES, route.table, MOST)
    by_number = any(where == (uapi.RTA_NH_ID,) for where, _value in route.attributes)
    source_length = next((value[0] for where, value in route.attributes if where == rtnetlink_reader.SOURCE_LENGTH), 0)
    header = uapi.RTMSG.pack(
        family,
        net.prefixlen,
        source_length,
        route.tos,
        table if table < 256 else 0,
        _number(rtnetlink_reader.PROTOCOLS, route.protocol, _MOST_OF_A_BYTE),
        # Scope "nowhere" matches any scope in a deletion.
        _number(rtnetlink_reader.SCOPES, route.scope, _MOST_OF_A_BYTE) if is_wanted else uapi.RT_SCOPE_NOWHERE,
        _number(rtnetlink_reader.ROUTE_TYPES, "unicast" if by_number else route.type, _MOST_OF_A_BYTE),
        uapi.RTNH_F_ONLINK if "onlink" in route.flags else 0,
    )
    body = number(uapi.RTA_TABLE, table)
    body += attribute(uapi.RTA_DST, net.network_address.packed) if net.prefixlen else b""
    body += attribute(uapi.RTA_PREFSRC, ipaddress.ip_address(route.prefsrc).packed) if route.prefsrc else b""
    body += number(uapi.RTA_PRIORITY, route.metric) if route.metric else b""
    if not by_number:
        body += number(uapi.RTA_OIF, oif) if oif else b""
        body += _gateway(route.gateway, route.family) if route.gateway else b""
    without = {rtnetlink_reader.SOURCE_LENGTH, *(_OF_NEXTHOP if by_number else ())}
    rest = tuple((where, value) for where, value in route.attributes if where not in without)
    return header + body + flat(rest)


_OF_NEXTHOP = ((uapi.RTA_MULTIPATH,), (uapi.RTA_ENCAP_TYPE,), (uapi.RTA_ENCAP,))
"""Attributes of a route that are those of its next hop object, if it has one."""


def _gateway(gateway: str, family: int) -> bytes:
    address = ipaddress.ip_address(gateway)
    if address.version == family:
        return attribute(uapi.RTA_GATEWAY, address.packed)
    return attribute(uapi.RTA_VIA, struct.pack("=H", _FAMILIES[address.version]) + address.packed)


def check_route(route: Route) -> None:
    """Check that a route can be encoded; BadValue, with the known words, if not."""
    _number(rtnetlink_reader.TABLES, route.table, MOST)
    for words, word in (
        (rtnetlink_reader.PROTOCOLS, route.protocol),
        (rtnetlink_reader.SCOPES, route.scope),
        (rtnetlink_reader.ROUTE_TYPES, route.type),
        ({}, str(route.tos)),
    ):
        _number(words, word, _MOST_OF_A_BYTE)


def _number(words: dict[int, str], word: str, most: int) -> int:
    """Return the number of a word, or of a value that is given as a number; BadValue if it is neither."""
    if (found := next((value for value, known in words.items() if known == word), None)) is not None:
        return found
    if not re.fullmatch(r"[0-9]{1,10}", word, re.ASCII) or int(word) > most:
        rule = _("It is a number from 0 to {most}, or one of these words: {words}.")
        raise bad_value(word, rule.format(most=most, words=", ".join(words.values())))
    return int(word)
