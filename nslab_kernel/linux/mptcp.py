"""Endpoints and limits of MPTCP; ip-mptcp(8).

They are read and written in the same form, over generic netlink.
"""

import struct

from nslab_kernel.linux.entries import MPTCP_ENDPOINT, MPTCP_LIMITS, shown
from nslab_kernel.linux.netlink import Netlink, attribute, attributes
from nslab_kernel.linux.uapi import (
    CTRL_ATTR_FAMILY_ID,
    CTRL_ATTR_FAMILY_NAME,
    CTRL_CMD_GETFAMILY,
    GENL_ID_CTRL,
    MPTCP_PM_ADDR_ATTR_FLAGS,
    MPTCP_PM_ADDR_FLAG_IMPLICIT,
    MPTCP_PM_ATTR_ADDR,
    MPTCP_PM_ATTR_RCV_ADD_ADDRS,
    MPTCP_PM_ATTR_SUBFLOWS,
    MPTCP_PM_CMD_ADD_ADDR,
    MPTCP_PM_CMD_DEL_ADDR,
    MPTCP_PM_CMD_GET_ADDR,
    MPTCP_PM_CMD_GET_LIMITS,
    MPTCP_PM_CMD_SET_LIMITS,
    NETLINK_GENERIC,
)
from nslab_kernel.model.entry import Entry

_HEADER = struct.Struct("=BBxx")  # command, version: struct genlmsghdr
_VERSION = 1


def usual_limits() -> bytes:
    """Within a new namespace: return its limits, as a message; empty if Linux was built without MPTCP."""
    with Netlink(NETLINK_GENERIC) as netlink:
        return _limits(netlink, _family(netlink))


def entries(usual: bytes) -> tuple[Entry, ...]:
    """Within its namespace: read the endpoints, and the limits if they are not the default."""
    with Netlink(NETLINK_GENERIC) as netlink:
        family = _family(netlink)
        if family is None:
            return ()
        told = netlink.dump(family, _HEADER.pack(MPTCP_PM_CMD_GET_ADDR, _VERSION))
        endpoints = [data[at + _HEADER.size : end] for data, at, end in told]
        limits = _limits(netlink, family)
    texts = shown(MPTCP_ENDPOINT.split()) if endpoints else []
    found = [Entry(MPTCP_ENDPOINT, *one) for one in zip(texts, endpoints, strict=False) if not _is_implicit(one[1])]
    return (*found, *([Entry(MPTCP_LIMITS, limits_text(limits), limits)] if limits != usual else []))


def limits_text(limits: bytes) -> str:
    """Return limits as `ip mptcp limits` shows them."""
    found = attributes(limits, 0, len(limits))
    addresses, flows = (
        struct.unpack("=I", found[kind])[0] for kind in (MPTCP_PM_ATTR_RCV_ADD_ADDRS, MPTCP_PM_ATTR_SUBFLOWS)
    )
    return f"add_addr_accepted {addresses} subflows {flows}"


def change(entry: Entry, is_wanted: bool, usual: bytes) -> None:
    """Within its namespace: add or delete an endpoint; set the limits, or reset them to the usual ones.

    Raises:
        RefusedByLinux: Linux said no.
    """
    if entry.shown_by == MPTCP_ENDPOINT:
        command, body = MPTCP_PM_CMD_ADD_ADDR if is_wanted else MPTCP_PM_CMD_DEL_ADDR, entry.message
    else:
        command, body = MPTCP_PM_CMD_SET_LIMITS, entry.message if is_wanted else usual
    with Netlink(NETLINK_GENERIC) as netlink:
        netlink.change(_family(netlink) or 0, _HEADER.pack(command, _VERSION) + body)


def _family(netlink: Netlink) -> int | None:
    """Return the id of MPTCP's generic netlink family."""
    asked = _HEADER.pack(CTRL_CMD_GETFAMILY, _VERSION) + attribute(CTRL_ATTR_FAMILY_NAME, b"mptcp_pm\0")
    answer = next(netlink.ask(GENL_ID_CTRL, [asked]))
    if answer is None:
        return None
    found: int = struct.unpack("=H", attributes(answer, _HEADER.size, len(answer))[CTRL_ATTR_FAMILY_ID])[0]
    return found


def _limits(netlink: Netlink, family: int | None) -> bytes:
    asked = _HEADER.pack(MPTCP_PM_CMD_GET_LIMITS, _VERSION)
    return (next(netlink.ask(family, [asked])) or b"")[_HEADER.size :] if family else b""


def _is_implicit(endpoint: bytes) -> bool:
    """Whether Linux added it itself, for a connection."""
    inner = attributes(endpoint, 0, len(endpoint))[MPTCP_PM_ATTR_ADDR]
    flags = attributes(inner, 0, len(inner)).get(MPTCP_PM_ADDR_ATTR_FLAGS, bytes(4))
    return bool(struct.unpack("=I", flags)[0] & MPTCP_PM_ADDR_FLAG_IMPLICIT)
