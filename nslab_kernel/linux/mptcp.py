"""Endpoints and limits of MPTCP; ip-mptcp(8).

They are read and written in the same form, over generic netlink.
"""

import struct

from nslab_kernel.linux import uapi
from nslab_kernel.linux.entries import KINDS, MPTCP_ENDPOINT, MPTCP_LIMITS, shown
from nslab_kernel.linux.netlink import Netlink, attribute, attributes
from nslab_kernel.model.entry import Entry

_HEADER = struct.Struct("=BBxx")  # command, version: struct genlmsghdr
_VERSION = 1


def usual_limits() -> bytes:
    """Return the limits of the thread's new namespace, as a message; empty if Linux was built without MPTCP."""
    with Netlink(uapi.NETLINK_GENERIC) as netlink:
        return _limits(netlink, _family(netlink))


def entries(usual: bytes) -> tuple[Entry, ...]:
    """Read the endpoints of the thread's namespace, and its limits if they are not the `usual` ones."""
    with Netlink(uapi.NETLINK_GENERIC) as netlink:
        family = _family(netlink)
        if family is None:
            return ()
        told = netlink.dump(family, _HEADER.pack(uapi.MPTCP_PM_CMD_GET_ADDR, _VERSION))
        endpoints = [data[at + _HEADER.size : end] for data, at, end in told]
        limits = _limits(netlink, family)
    texts = shown(MPTCP_ENDPOINT.split()) if endpoints else []
    found = [Entry(MPTCP_ENDPOINT, *one) for one in zip(texts, endpoints, strict=False) if not _is_implicit(one[1])]
    return (*found, *([Entry(MPTCP_LIMITS, limits_text(limits), limits)] if limits != usual else []))


def limits_text(limits: bytes) -> str:
    """Return limits as `ip mptcp limits` shows them."""
    found = attributes(limits)
    addresses, flows = (
        struct.unpack("=I", found[kind])[0] for kind in (uapi.MPTCP_PM_ATTR_RCV_ADD_ADDRS, uapi.MPTCP_PM_ATTR_SUBFLOWS)
    )
    return f"add_addr_accepted {addresses} subflows {flows}"


def change(entry: Entry, is_wanted: bool, usual: bytes) -> None:
    """Add or delete an endpoint in the thread's namespace; or set the limits, or reset them to the `usual` ones.

    Raises:
        RefusedByLinux: Linux refused.
    """
    kind = KINDS[entry.shown_by]
    command = kind.new if is_wanted else kind.delete
    body = entry.message if is_wanted or entry.shown_by == MPTCP_ENDPOINT else usual
    with Netlink(uapi.NETLINK_GENERIC) as netlink:
        netlink.change(_family(netlink) or 0, _HEADER.pack(command, _VERSION) + body)


def _family(netlink: Netlink) -> int | None:
    """Return the id of MPTCP's generic netlink family."""
    asked = _HEADER.pack(uapi.CTRL_CMD_GETFAMILY, _VERSION) + attribute(uapi.CTRL_ATTR_FAMILY_NAME, b"mptcp_pm\0")
    answer = next(netlink.ask(uapi.GENL_ID_CTRL, [asked]))
    if answer is None:
        return None
    found: int = struct.unpack("=H", attributes(answer, _HEADER.size)[uapi.CTRL_ATTR_FAMILY_ID])[0]
    return found


def _limits(netlink: Netlink, family: int | None) -> bytes:
    asked = _HEADER.pack(uapi.MPTCP_PM_CMD_GET_LIMITS, _VERSION)
    return (next(netlink.ask(family, [asked])) or b"")[_HEADER.size :] if family else b""


def _is_implicit(endpoint: bytes) -> bool:
    """Return whether Linux added the endpoint itself, for a connection."""
    inner = attributes(endpoint)[uapi.MPTCP_PM_ATTR_ADDR]
    flags = attributes(inner).get(uapi.MPTCP_PM_ADDR_ATTR_FLAGS, bytes(4))
    return bool(struct.unpack("=I", flags)[0] & uapi.MPTCP_PM_ADDR_FLAG_IMPLICIT)
