"""Sends entries to Linux again, as they were read."""

import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import replace

from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux import bridge_entries, entries, mptcp, worker, xfrm
from nslab_kernel.linux.kernel_defaults import kernel_defaults
from nslab_kernel.linux.netlink import Netlink, attribute, attributes
from nslab_kernel.linux.replay import change, opened_socket, tolerating
from nslab_kernel.linux.uapi import (
    NETLINK_XFRM,
    NHA_ID,
    NLM_F_APPEND,
    NLM_F_CREATE,
    NLM_F_EXCL,
    NLM_F_REPLACE,
    RTM_DELADDRLABEL,
    RTM_DELMDB,
    RTM_DELNEIGH,
    RTM_DELNEXTHOP,
    RTM_DELQDISC,
    RTM_DELRULE,
    RTM_DELTCLASS,
    RTM_DELTFILTER,
    RTM_DELVLAN,
    RTM_NEWADDRLABEL,
    RTM_NEWMDB,
    RTM_NEWNEIGH,
    RTM_NEWNEXTHOP,
    RTM_NEWQDISC,
    RTM_NEWRULE,
    RTM_NEWTCLASS,
    RTM_NEWTFILTER,
    RTM_NEWVLAN,
    XFRM_MSG_DELPOLICY,
    XFRM_MSG_DELSA,
    XFRM_MSG_NEWPOLICY,
    XFRM_MSG_NEWSA,
)
from nslab_kernel.model.entry import Entry

_DO = {
    entries.RULE: (RTM_NEWRULE, RTM_DELRULE, NLM_F_CREATE | NLM_F_EXCL),
    entries.RULE6: (RTM_NEWRULE, RTM_DELRULE, NLM_F_CREATE | NLM_F_EXCL),
    entries.NEXTHOP: (RTM_NEWNEXTHOP, RTM_DELNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE),
    entries.NEIGH: (RTM_NEWNEIGH, RTM_DELNEIGH, NLM_F_CREATE | NLM_F_REPLACE),
    entries.FDB: (RTM_NEWNEIGH, RTM_DELNEIGH, NLM_F_CREATE | NLM_F_APPEND),
    entries.LABEL: (RTM_NEWADDRLABEL, RTM_DELADDRLABEL, NLM_F_CREATE),
    entries.MDB: (RTM_NEWMDB, RTM_DELMDB, NLM_F_CREATE),
    entries.QDISC: (RTM_NEWQDISC, RTM_DELQDISC, NLM_F_CREATE | NLM_F_REPLACE),
    entries.CLASS: (RTM_NEWTCLASS, RTM_DELTCLASS, NLM_F_CREATE),
    entries.FILTER: (RTM_NEWTFILTER, RTM_DELTFILTER, NLM_F_CREATE),
}
"""By what shows an entry: the message that makes it, the one that deletes it, and how it is made."""


def add_entry(entry: Entry, netns: str | None) -> None:
    """Add an entry."""
    if entry.is_lack:
        change(netns, _DO[entry.shown_by][1], entry.message, gone=True)
    elif entry.shown_by in _OTHERS:
        worker.run(netns, _OTHERS[entry.shown_by], entry, True)
    elif entry.shown_by == entries.VLAN:
        worker.run(None, _set_vlans, entry.message, netns)
    else:
        new, delete, flags = _DO[entry.shown_by]
        if entry.shown_by == entries.LABEL:  # Linux may not notice that the prefix has one
            change(netns, delete, entry.message, gone=True)
        # Some filters come with others: `build` checks the result.
        with contextlib.suppress(*((RefusedByLinux,) if entry.shown_by == entries.FILTER else ())):
            change(netns, new, entry.message, flags, there=True)


def delete_entry(entry: Entry, netns: str | None) -> None:
    """Delete an entry, if it is still there."""
    if entry.is_lack:
        add_entry(replace(entry, text=""), netns)
    elif entry.shown_by in _OTHERS:
        worker.run(netns, _OTHERS[entry.shown_by], entry, False)
    elif entry.shown_by == entries.VLAN:
        worker.run(None, _set_vlans, entry.message[:4] + bridge_entries.USUAL_VLANS, netns)
    else:
        message = entry.message
        if entry.shown_by == entries.NEXTHOP:  # deletion takes its id alone
            found = attributes(message, 8, len(message))
            message = bytes(8) + attribute(NHA_ID, found[NHA_ID])
        with contextlib.suppress(RefusedByLinux):  # a class or filter goes with its discipline
            change(netns, _DO[entry.shown_by][1], message, gone=True)


def _change_security(entry: Entry, is_wanted: bool) -> None:
    new, delete = (
        (XFRM_MSG_NEWSA, XFRM_MSG_DELSA)
        if entry.shown_by == entries.XFRM_STATE
        else (XFRM_MSG_NEWPOLICY, XFRM_MSG_DELPOLICY)
    )
    with Netlink(NETLINK_XFRM) as netlink, tolerating(there=is_wanted, gone=not is_wanted):
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
            netlink.change(RTM_DELVLAN, header + attribute(1 | 0x8000, whole_range))
        for at in range(0, len(wanted), 4):
            netlink.change(RTM_NEWVLAN, header + attribute(1 | 0x8000, attribute(1, wanted[at : at + 4])))
