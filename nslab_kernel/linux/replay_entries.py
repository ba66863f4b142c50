"""Sends entries to Linux again, as they were read."""

import contextlib
from collections.abc import Callable
from dataclasses import replace

from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux import bridge_entries, entries, mptcp, uapi, worker, xfrm
from nslab_kernel.linux.kernel_defaults import kernel_defaults
from nslab_kernel.linux.netlink import attribute, attributes
from nslab_kernel.linux.replay import change, tolerating
from nslab_kernel.model.entry import Entry


def add_entry(entry: Entry, netns: str | None) -> None:
    """Add an entry; one that says that a default is missing deletes this default."""
    if entry.is_lack:
        change(netns, entries.KINDS[entry.shown_by].delete, entry.message, gone=True)
    elif entry.shown_by in _SPECIAL_CHANGES:
        worker.run(netns, _change_other, entry, True)
    else:
        new, delete, flags, _ifindex_at = entries.KINDS[entry.shown_by]
        if entry.shown_by == entries.LABEL:  # Linux may not notice that the prefix has a label
            change(netns, delete, entry.message, gone=True)
        # Some filters come with others; of some disciplines, such as red, Linux reports less than it requires. `build`
        # checks the result.
        with contextlib.suppress(*((RefusedByLinux,) if entry.shown_by in entries.OF_TC else ())):
            change(netns, new, entry.message, flags, there=True)


def delete_entry(entry: Entry, netns: str | None) -> None:
    """Delete an entry if it is still there; one that says that a default is missing restores this default."""
    if entry.is_lack:
        add_entry(replace(entry, text=""), netns)
    elif entry.shown_by in _SPECIAL_CHANGES:
        worker.run(netns, _change_other, entry, False)
    else:
        message = entry.message
        if entry.shown_by == entries.NEXTHOP:  # it is deleted by its id alone
            found = attributes(message, 8)
            message = bytes(8) + attribute(uapi.NHA_ID, found[uapi.NHA_ID])
        with contextlib.suppress(RefusedByLinux):  # a class or filter is deleted with its discipline
            change(netns, entries.KINDS[entry.shown_by].delete, message, gone=True)


def _change_multipath(entry: Entry, is_wanted: bool) -> None:
    mptcp.change(entry, is_wanted, kernel_defaults().mptcp_limits)


_SPECIAL_CHANGES: dict[str, Callable[[Entry, bool], None]] = {
    entries.VLAN: bridge_entries.set_vlans,
    entries.XFRM_STATE: xfrm.change,
    entries.XFRM_POLICY: xfrm.change,
    entries.MPTCP_ENDPOINT: _change_multipath,
    entries.MPTCP_LIMITS: _change_multipath,
}
"""By `shown_by`, the function that adds or deletes an entry, for kinds where one rtnetlink message cannot."""


def _change_other(entry: Entry, is_wanted: bool) -> None:
    with tolerating(there=is_wanted, gone=not is_wanted):
        _SPECIAL_CHANGES[entry.shown_by](entry, is_wanted)
