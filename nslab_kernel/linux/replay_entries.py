"""Sends entries to Linux again, as they were read."""

import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import replace

from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux import bridge_entries, entries, mptcp, uapi, worker, xfrm
from nslab_kernel.linux.kernel_defaults import kernel_defaults
from nslab_kernel.linux.netlink import Netlink, attribute, attributes
from nslab_kernel.linux.replay import change, opened_socket, tolerating
from nslab_kernel.model.entry import Entry

_DO = {
    entries.RULE: (uapi.RTM_NEWRULE, uapi.RTM_DELRULE, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL),
    entries.RULE6: (uapi.RTM_NEWRULE, uapi.RTM_DELRULE, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL),
    entries.NEXTHOP: (uapi.RTM_NEWNEXTHOP, uapi.RTM_DELNEXTHOP, uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE),
    entries.NEIGH: (uapi.RTM_NEWNEIGH, uapi.RTM_DELNEIGH, uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE),
    entries.FDB: (uapi.RTM_NEWNEIGH, uapi.RTM_DELNEIGH, uapi.NLM_F_CREATE | uapi.NLM_F_APPEND),
    entries.LABEL: (uapi.RTM_NEWADDRLABEL, uapi.RTM_DELADDRLABEL, uapi.NLM_F_CREATE),
    entries.MDB: (uapi.RTM_NEWMDB, uapi.RTM_DELMDB, uapi.NLM_F_CREATE),
    entries.QDISC: (uapi.RTM_NEWQDISC, uapi.RTM_DELQDISC, uapi.NLM_F_CREATE | uapi.NLM_F_REPLACE),
    entries.CLASS: (uapi.RTM_NEWTCLASS, uapi.RTM_DELTCLASS, uapi.NLM_F_CREATE),
    entries.FILTER: (uapi.RTM_NEWTFILTER, uapi.RTM_DELTFILTER, uapi.NLM_F_CREATE),
}
"""By what shows an entry: the message that makes it, the one that deletes it, and how it is made."""

_OF_TC = (entries.QDISC, entries.CLASS, entries.FILTER)


def add_entry(entry: Entry, netns: str | None) -> None:
    """Add an entry."""
    if entry.is_lack:
        change(netns, _DO[entry.shown_by][1], entry.message, gone=True)
    elif entry.shown_by in _OTHERS:
        worker.run(netns, _OTHERS[entry.shown_by], entry, True)
    elif entry.shown_by == entries.VLAN:
        _set_vlans(entry.message, netns)
    else:
        new, delete, flags = _DO[entry.shown_by]
        if entry.shown_by == entries.LABEL:  # Linux may not notice that the prefix has one
            change(netns, delete, entry.message, gone=True)
        # Some filters come with others; of some disciplines, such as red, Linux tells less than it asks for. `build`
        # checks the result.
        with contextlib.suppress(*((RefusedByLinux,) if entry.shown_by in _OF_TC else ())):
            change(netns, new, entry.message, flags, there=True)


def delete_entry(entry: Entry, netns: str | None) -> None:
    """Delete an entry, if it is still there."""
    if entry.is_lack:
        add_entry(replace(entry, text=""), netns)
    elif entry.shown_by in _OTHERS:
        worker.run(netns, _OTHERS[entry.shown_by], entry, False)
    elif entry.shown_by == entries.VLAN:
        _set_vlans(entry.message[:4] + bridge_entries.USUAL_VLANS, netns)
    else:
        message = entry.message
        if entry.shown_by == entries.NEXTHOP:  # deletion takes its id alone
            found = attributes(message, 8)
            message = bytes(8) + attribute(uapi.NHA_ID, found[uapi.NHA_ID])
        with contextlib.suppress(RefusedByLinux):  # a class or filter goes with its discipline
            change(netns, _DO[entry.shown_by][1], message, gone=True)


def _change_security(entry: Entry, is_wanted: bool) -> None:
    new, delete = (
        (uapi.XFRM_MSG_NEWSA, uapi.XFRM_MSG_DELSA)
        if entry.shown_by == entries.XFRM_STATE
        else (uapi.XFRM_MSG_NEWPOLICY, uapi.XFRM_MSG_DELPOLICY)
    )
    with Netlink(uapi.NETLINK_XFRM) as netlink, tolerating(there=is_wanted, gone=not is_wanted):
        netlink.change(new if is_wanted else delete, entry.message if is_wanted else xfrm.deleting(entry))


def _change_multipath(entry: Entry, is_wanted: bool) -> None:
    with tolerating(there=is_wanted, gone=not is_wanted):
        mptcp.change(entry, is_wanted, kernel_defaults().mptcp_limits)


_OTHERS: dict[str, Callable[[Entry, bool], None]] = {
    entries.XFRM_STATE: _change_security,
    entries.XFRM_POLICY: _change_security,
    entries.MPTCP_ENDPOINT: _change_multipath,
    entries.MPTCP_LIMITS: _change_multipath,
}
"""Changes entries that are not rtnetlink's."""


def _set_vlans(message: bytes, netns: str | None) -> None:
    """Give a port exactly these VLANs."""
    ifindex, wanted = struct.unpack_from("=I", message)[0], message[4:]
    header = struct.pack("=BxxxI", socket.AF_BRIDGE, ifindex)
    with opened_socket(netns) as netlink:
        whole_range = attribute(1, struct.pack("=HH", 0, 1)) + attribute(2, struct.pack("=H", 4094))
        with contextlib.suppress(RefusedByLinux):
            netlink.change(uapi.RTM_DELVLAN, header + attribute(1 | 0x8000, whole_range))
        for at in range(0, len(wanted), 4):
            netlink.change(uapi.RTM_NEWVLAN, header + attribute(1 | 0x8000, attribute(1, wanted[at : at + 4])))
