"""Reads policy rules, next hops, neighbours and address labels.

Each entry keeps its netlink message, so that it can be sent again. Its text comes from the program that shows it (`ip`,
`bridge`, `tc`), which is run only where there is something that a new namespace does not have.
`usual` is what a new namespace has; if one of these is missing, that is an entry too, with WITHOUT before its text.
`names` are the names of the links, by ifindex.
"""

import ipaddress
import socket
import struct
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from nslab_kernel.errors import LabError, RefusedByLinux
from nslab_kernel.linux import command, uapi
from nslab_kernel.linux.netlink import Answers, Netlink, attribute, attributes, number, packed
from nslab_kernel.linux.rtnetlink_reader import TABLES
from nslab_kernel.model.entry import WITHOUT, Entry
from nslab_kernel.model.network import Neighbour

RULE, RULE6, NEXTHOP, NEIGH = "ip rule", "ip -6 rule", "ip nexthop", "ip neigh"
LABEL, XFRM_STATE, XFRM_POLICY = "ip addrlabel", "ip xfrm state", "ip xfrm policy"
MPTCP_ENDPOINT, MPTCP_LIMITS = "ip mptcp endpoint", "ip mptcp limits"
FDB, MDB, VLAN = "bridge fdb", "bridge mdb", "bridge vlan"
OF_TC = QDISC, CLASS, FILTER = "tc qdisc", "tc class", "tc filter"


class Kind(NamedTuple):
    """The netlink messages for one kind of entries."""

    new: int
    """The type of the message that adds one; `delete` is the type of the message that deletes it."""
    delete: int
    flags: int = 0
    """Of the message that adds one: NLM_F_CREATE, ..."""
    ifindex_at: int | None = None
    """Offset of the ifindex in the message's body; `None` for a kind that belongs to no link."""


_CREATE, _REPLACE = uapi.NLM_F_CREATE, uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE
KINDS = {
    NEXTHOP: Kind(uapi.RTM_NEWNEXTHOP, uapi.RTM_DELNEXTHOP, _REPLACE),
    RULE: Kind(uapi.RTM_NEWRULE, uapi.RTM_DELRULE, _CREATE | uapi.NLM_F_EXCL),
    RULE6: Kind(uapi.RTM_NEWRULE, uapi.RTM_DELRULE, _CREATE | uapi.NLM_F_EXCL),
    NEIGH: Kind(uapi.RTM_NEWNEIGH, uapi.RTM_DELNEIGH, _REPLACE, 4),
    VLAN: Kind(uapi.RTM_NEWVLAN, uapi.RTM_DELVLAN, 0, 0),
    FDB: Kind(uapi.RTM_NEWNEIGH, uapi.RTM_DELNEIGH, _CREATE | uapi.NLM_F_APPEND, 4),
    MDB: Kind(uapi.RTM_NEWMDB, uapi.RTM_DELMDB, _CREATE, 4),
    LABEL: Kind(uapi.RTM_NEWADDRLABEL, uapi.RTM_DELADDRLABEL, _CREATE),
    XFRM_STATE: Kind(uapi.XFRM_MSG_NEWSA, uapi.XFRM_MSG_DELSA),
    XFRM_POLICY: Kind(uapi.XFRM_MSG_NEWPOLICY, uapi.XFRM_MSG_DELPOLICY),
    MPTCP_LIMITS: Kind(uapi.MPTCP_PM_CMD_SET_LIMITS, uapi.MPTCP_PM_CMD_SET_LIMITS),
    MPTCP_ENDPOINT: Kind(uapi.MPTCP_PM_CMD_ADD_ADDR, uapi.MPTCP_PM_CMD_DEL_ADDR),
    QDISC: Kind(uapi.RTM_NEWQDISC, uapi.RTM_DELQDISC, _REPLACE, 4),
    CLASS: Kind(uapi.RTM_NEWTCLASS, uapi.RTM_DELTCLASS, _CREATE, 4),
    FILTER: Kind(uapi.RTM_NEWTFILTER, uapi.RTM_DELTFILTER, _CREATE, 4),
}
"""By the command that shows them, in the order in which they are added: a port's VLAN before the VLAN's entries."""

_LABEL = struct.Struct("=BxBBII")  # family, prefix length, flags, index, sequence
_RULE = struct.Struct("=8sI")  # struct fib_rule_hdr: from the family to the action, flags
_RULE_FLAGS = 0x3
"""FIB_RULE_PERMANENT and FIB_RULE_INVERT."""
_NEXTHOP_FLAGS = struct.Struct("=BBBBI")  # family, scope, protocol, reserved, flags
_NEXTHOP_GIVEN = (1, 2, 3, 4, 5, 6, 7, 8, 11, 12)
"""NHA_ID to NHA_RES_GROUP: a next hop's configuration; the rest are counters."""
_NHA_ENCAP, _NHA_RES_GROUP = 8, 12
_RES_GROUP_GIVEN = (1, 2, 3)
"""NHA_RES_GROUP_BUCKETS to _UNBALANCED_TIMER; the rest counts how long the group has been unbalanced."""
DERIVED_ATTRIBUTES = {uapi.NDA_CACHEINFO, uapi.NDA_PROBES, uapi.NDA_MASTER, uapi.NDA_LINK_NETNSID}
"""Attributes of a neighbour or a forwarding entry that are counters, or that Linux derives itself."""


def rules(netlink: Netlink, usual: frozenset[bytes]) -> tuple[Entry, ...]:
    """Read the policy rules of both families, except those of a new namespace; ip-rule(8)."""
    messages = rule_messages(netlink)
    gone = tuple(_gone_rule(message) for message in sorted(usual.difference(messages)))
    if usual.issuperset(messages):
        return gone
    came: list[Entry] = []
    for family, shown_by in ((socket.AF_INET, RULE), (socket.AF_INET6, RULE6)):
        its = [message for message in messages if message[0] == family]
        pairs = zip(shown(shown_by.split()), its, strict=False)
        came += (Entry(shown_by, text, message) for text, message in pairs if message not in usual)
    return (*came, *gone)


def rule_messages(netlink: Netlink) -> list[bytes]:
    """Return the policy rules as messages, without the flags for a missing interface or target; linux/fib_rules.h.

    Linux omits a priority of 0 when it reports a rule, but takes a request without a priority to mean any.
    """
    found = []
    for data, at, end in netlink.dump(uapi.RTM_GETRULE, bytes(_RULE.size)):
        given, flags = _RULE.unpack_from(data, at)
        first = b"" if attributes(data, at + _RULE.size, end, (uapi.FRA_PRIORITY,)) else number(uapi.FRA_PRIORITY, 0)
        found.append(_RULE.pack(given, flags & _RULE_FLAGS) + first + data[at + _RULE.size : end])
    return found


def _gone_rule(message: bytes) -> Entry:
    """Return the entry that says that a default rule, `from all lookup TABLE`, is missing."""
    found = attributes(message, _RULE.size)
    kinds = uapi.FRA_PRIORITY, uapi.FRA_TABLE
    priority, table = (struct.unpack("=I", found.get(kind, bytes(4)))[0] for kind in kinds)
    shown_by = RULE if message[0] == socket.AF_INET else RULE6
    return Entry(shown_by, f"{WITHOUT}{priority}: from all lookup {TABLES.get(table, table)}", message)


def labels(netlink: Netlink) -> frozenset[bytes]:
    """Return the labels of IPv6 prefixes, as messages; ip-addrlabel(8), RFC 6724."""
    asked = _LABEL.pack(socket.AF_INET6, 0, 0, 0, 0)
    try:
        told = [data[at:end] for data, at, end in netlink.dump(uapi.RTM_GETADDRLABEL, asked)]
    except RefusedByLinux:  # a Linux without IPv6
        return frozenset()
    return frozenset(one[: _LABEL.size - 4] + bytes(4) + one[_LABEL.size :] for one in told)


def address_labels(netlink: Netlink, usual: frozenset[bytes], names: Mapping[int, str]) -> tuple[Entry, ...]:
    """Read the labels that a new namespace does not have, and those of a new one that are missing."""
    there = labels(netlink)
    gone = [Entry(LABEL, f"{WITHOUT}{_label_text(one, names)}", one) for one in sorted(usual - there)]
    came = [Entry(LABEL, _label_text(one, names), one) for one in sorted(there - usual)]
    return (*gone, *came)


def _label_text(label: bytes, names: Mapping[int, str]) -> str:
    _family, length, _flags, index, _sequence = _LABEL.unpack_from(label)
    found = attributes(label, _LABEL.size)
    address = socket.inet_ntop(socket.AF_INET6, found[uapi.IFAL_ADDRESS])
    number = struct.unpack("=I", found[uapi.IFAL_LABEL])[0]
    dev = f" dev {names.get(index, f'if{index}')}" if index else ""
    return f"prefix {address}/{length}{dev} label {number}"


def nexthops(netlink: Netlink) -> tuple[Entry, ...]:
    """Read the next hop objects; ip-nexthop(8)."""
    found = [_nexthop(data[at:end]) for data, at, end in netlink.dump(uapi.RTM_GETNEXTHOP, bytes(_NEXTHOP_FLAGS.size))]
    made = tuple(map(Entry, [NEXTHOP] * len(found), shown(["ip", "nexthop"]), found)) if found else ()
    # Groups after their members, which they refer to.
    return tuple(sorted(made, key=lambda entry: uapi.NHA_GROUP in attributes(entry.message, 8)))


def neighbours(told: Answers, names: Mapping[int, str]) -> dict[int, tuple[Entry, ...]]:
    """Return user-set neighbours by link: permanent ones, and proxies (addresses that this host answers for)."""
    entries: dict[int, tuple[Entry, ...]] = {}
    for data, at, end in told:
        family, index, state, flags, _kind = uapi.NDMSG.unpack_from(data, at)
        given = flags & uapi.NTF_PROXY or (state & uapi.NUD_PERMANENT and not state & uapi.NUD_NOARP)
        if given and family in (socket.AF_INET, socket.AF_INET6) and index in names:
            found = attributes(data, at + uapi.NDMSG.size, end)
            text = _neighbour_text(socket.inet_ntop(family, found[uapi.NDA_DST]), names[index], found, flags)
            entry = Entry(NEIGH, text, message(data[at : at + uapi.NDMSG.size], found, DERIVED_ATTRIBUTES))
            entries[index] = (*entries.get(index, ()), entry)
    return entries


def stale_neighbour(neighbour: Neighbour, ifindex: int) -> Entry:
    """Return an entry that restores a learnt neighbour, in state STALE."""
    address = ipaddress.ip_address(neighbour.dst)
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    header = uapi.NDMSG.pack(family, ifindex, uapi.NUD_STALE, 0, 1)
    mac = bytes.fromhex((neighbour.mac or "").replace(":", ""))
    message = header + attribute(uapi.NDA_DST, address.packed) + attribute(uapi.NDA_LLADDR, mac)
    return Entry(NEIGH, f"{neighbour.dst} dev {neighbour.dev} lladdr {neighbour.mac} STALE", message)


def shown(argv: list[str]) -> list[str]:
    """Return the lines of an iproute2 program that lists objects of the thread's namespace, one line per object."""
    try:
        told = command.run([argv[0], *(["-o"] if argv[0] == "ip" else []), *argv[1:]])
    except LabError:
        return []
    return [" ".join(line.split()) for line in told.text.splitlines() if line]


def message(header: bytes, found: Mapping[int, bytes], without: Iterable[int]) -> bytes:
    """Return a message: the header and the attributes, except those in `without`."""
    return header + packed({kind: value for kind, value in found.items() if kind not in without})


def _nexthop(data: bytes) -> bytes:
    """Return a next hop's message without the flags that come and go with the carrier."""
    family, _scope, protocol, reserved, flags = _NEXTHOP_FLAGS.unpack_from(data)
    found = attributes(data, _NEXTHOP_FLAGS.size, wanted=_NEXTHOP_GIVEN)
    if _NHA_RES_GROUP in found:
        found[_NHA_RES_GROUP] = packed(attributes(found[_NHA_RES_GROUP], wanted=_RES_GROUP_GIVEN))
    # Linux accepts nested attributes only with the flag NLA_F_NESTED.
    marks = dict.fromkeys((_NHA_ENCAP, _NHA_RES_GROUP), uapi.NLA_F_NESTED)
    header = _NEXTHOP_FLAGS.pack(family, 0, protocol, reserved, flags & 4)
    return header + packed({kind | marks.get(kind, 0): value for kind, value in found.items()})


def _neighbour_text(dst: str, dev: str, found: Mapping[int, bytes], flags: int) -> str:
    if flags & uapi.NTF_PROXY:
        return f"{dst} dev {dev} proxy"
    mac = found.get(uapi.NDA_LLADDR, b"").hex(":")
    words = [dst, "dev", dev, *(["lladdr", mac] if mac else []), *(["router"] if flags & uapi.NTF_ROUTER else [])]
    words += ["extern_learn"] if flags & uapi.NTF_EXT_LEARNED else []
    words += ["proto", str(found[uapi.NDA_PROTOCOL][0])] if uapi.NDA_PROTOCOL in found else []
    return " ".join([*words, "PERMANENT"])
