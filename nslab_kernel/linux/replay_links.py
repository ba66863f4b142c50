"""Sends interfaces to Linux again, as they were read.

All of it runs in the worker thread (`worker.py`).
"""

import contextlib
import errno
import re
import socket
import struct
from itertools import accumulate

from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux import command, link_reader, uapi, worker
from nslab_kernel.linux.netlink import Netlink, attribute, attributes, flat, link_header, number, places
from nslab_kernel.linux.new_namespace import in_new_namespace
from nslab_kernel.linux.replay import change, opened_socket, text_attribute
from nslab_kernel.model.naming import netns_of
from nslab_kernel.model.network import Attributes, Link


def make_link(
    link: Link, netns: str | None, peer: tuple[Link, str | None] | None, mac: str | None, mtu: int | None
) -> None:
    """Make an interface in its namespace, with its ifindex and the options of its kind.

    Args:
        link: The interface to make.
        netns: Its namespace; `None` is the host.
        peer: The other end of a veth, and the namespace of that end.
        mac: Its MAC address; `None` lets Linux choose.
        mtu: In bytes; `None` lets Linux choose.

    Raises:
        RefusedByLinux: Linux refused.
    """
    if link.kind == "tun":
        _make_tun(link, netns)
        return
    here = netns_of(link.link.netns) if link.link else netns
    with contextlib.ExitStack() as stack:
        netlink = stack.enter_context(opened_socket(here))
        data = flat(_of_kind(link))
        if peer:
            end, its_netns = peer
            body = _described(end, end.mac, end.mtu, here, its_netns, stack)
            data = attribute(uapi.IFLA_INFO_DATA, attribute(uapi.VETH_INFO_PEER, link_header(end.ifindex) + body))
        described = _described(link, mac, mtu, here, netns, stack)
        if link.link:
            described += number(uapi.IFLA_LINK, link.peer_ifindex or 0)
        kind = attribute(uapi.IFLA_INFO_KIND, link.kind.encode() + b"\0")
        _send_tolerantly(netlink, link_header(link.ifindex) + described, kind, data)


def delete_link(ifindex: int, netns: str | None) -> None:
    """Delete an interface, if it is still there."""
    change(netns, uapi.RTM_DELLINK, link_header(ifindex), gone=True)


def delete_links(indices: tuple[int, ...], netns: str | None) -> None:
    """Delete many interfaces at once, which takes Linux no longer than deleting one."""
    group = number(uapi.IFLA_GROUP, _DELETION_GROUP)
    with opened_socket(netns) as netlink:
        for ifindex in indices:
            with contextlib.suppress(RefusedByLinux):
                netlink.change(uapi.RTM_NEWLINK, link_header(ifindex) + group)
        with contextlib.suppress(RefusedByLinux):
            netlink.change(uapi.RTM_DELLINK, link_header() + group)


def move_link(ifindex: int, target: str | None, netns: str | None) -> None:
    """Move an interface to another namespace."""
    with worker.opened(target) as descriptor:
        change(netns, uapi.RTM_NEWLINK, link_header(ifindex) + number(uapi.IFLA_NET_NS_FD, descriptor))


def rename_link(ifindex: int, new: str, netns: str | None) -> None:
    """Give an interface another name."""
    change(netns, uapi.RTM_NEWLINK, link_header(ifindex) + text_attribute(uapi.IFLA_IFNAME, new))


def set_up(ifindex: int, up: bool, netns: str | None) -> None:
    """Set an interface up or down."""
    with opened_socket(netns) as netlink:
        # As `ip` does: a query for one link makes Linux update its state, which otherwise happens once a second.
        list(netlink.ask(uapi.RTM_GETLINK, [link_header(ifindex)]))
        netlink.change(uapi.RTM_NEWLINK, link_header(ifindex, uapi.IFF_UP if up else 0, uapi.IFF_UP))


def set_mac(ifindex: int, mac: str, netns: str | None) -> None:
    """Set an interface's MAC address."""
    change(netns, uapi.RTM_NEWLINK, link_header(ifindex) + _mac_attribute(mac))


def set_mtu(ifindex: int, mtu: int, netns: str | None) -> None:
    """Set an interface's MTU, in bytes."""
    change(netns, uapi.RTM_NEWLINK, link_header(ifindex) + number(uapi.IFLA_MTU, mtu))


def set_master(ifindex: int, master: int, netns: str | None) -> None:
    """Make an interface a port of the bridge with this ifindex, or of none (0)."""
    change(netns, uapi.RTM_NEWLINK, link_header(ifindex) + number(uapi.IFLA_MASTER, master))


def set_attributes(ifindex: int, kind: str, given: Attributes, netns: str | None) -> None:
    """Set further attributes of an interface, one by one; skip those that Linux refuses."""
    with opened_socket(netns) as netlink:
        for where, value in given:
            for part in _each_switch(value) if (kind, where) == _SWITCHES else [value]:
                with contextlib.suppress(RefusedByLinux):  # `build` checks the result
                    netlink.change(uapi.RTM_NEWLINK, _attribute_message(ifindex, kind, where, part))


def set_altname(ifindex: int, altname: str, there: bool, netns: str | None) -> None:
    """Add an alternative name to an interface, or delete it."""
    names = attribute(uapi.IFLA_PROP_LIST | 0x8000, text_attribute(uapi.IFLA_ALT_IFNAME, altname))
    if there:
        change(
            netns,
            uapi.RTM_NEWLINKPROP,
            link_header(ifindex) + names,
            uapi.NLM_F_CREATE | uapi.NLM_F_EXCL | uapi.NLM_F_APPEND,
            there=True,
        )
    else:
        change(netns, uapi.RTM_DELLINKPROP, link_header(ifindex) + names, gone=True)


def _send_tolerantly(netlink: Netlink, start: bytes, kind: bytes, data: bytes) -> None:
    """Make a link; drop single options that Linux refuses."""
    options = attributes(data).get(uapi.IFLA_INFO_DATA, b"")
    left = [options[at - 4 : (end + 3) & ~3] for _kind, at, end in places(options)]
    while True:
        kept = b"".join(left)
        body = start + attribute(uapi.IFLA_LINKINFO, kind + (attribute(uapi.IFLA_INFO_DATA, kept) if kept else b""))
        try:
            return netlink.change(uapi.RTM_NEWLINK, body, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL)
        except RefusedByLinux:
            at = netlink.refused_at - (len(body) - len(kept))
            ends = list(accumulate(map(len, left)))
            bad = next((i for i, end in enumerate(ends) if 0 <= at < end), None)
            if bad is None:
                raise
            del left[bad]


def _described(
    link: Link, mac: str | None, mtu: int | None, here: str | None, netns: str | None, stack: contextlib.ExitStack
) -> bytes:
    """Return the attributes of a new interface; `stack` keeps its namespace open if it is not `here`."""
    body = text_attribute(uapi.IFLA_IFNAME, link.ifname)
    body += _mac_attribute(mac) if mac else b""
    body += number(uapi.IFLA_MTU, mtu) if mtu else b""
    body += flat(tuple((where, value) for where, value in link.attributes if where in QUEUES))
    if netns != here:
        body += number(uapi.IFLA_NET_NS_FD, stack.enter_context(worker.opened(netns)))
    return body


def _mac_attribute(mac: str) -> bytes:
    return attribute(uapi.IFLA_ADDRESS, bytes.fromhex(mac.replace(":", "")))


def _of_kind(link: Link) -> Attributes:
    return tuple(
        (part, value[:4] * 2 if (link.kind, where) == _SWITCHES else value)
        for where, whole in link.attributes
        if where[:2] == link_reader.OF_A_KIND
        for part, value in _within_info(link.kind, where, whole)
    )


def _each_switch(value: bytes) -> list[bytes]:
    """Split a bridge's boolean options into one value each: Linux may refuse one, even if it stays as it is."""
    values, mask = struct.unpack("=II", value)
    return [struct.pack("=II", values & 1 << bit, 1 << bit) for bit in range(32) if mask & 1 << bit]


def _make_tun(link: Link, netns: str | None) -> None:
    """Make a tun or tap device without a program; tun(4). As netlink cannot make one, `ip tuntap` does."""
    argv = ["ip", "tuntap", "add", "dev", link.ifname, *tun_words(link)]

    def make(target: int) -> None:
        finished = command.run(argv)
        if finished.status:
            raise RefusedByLinux(errno.EINVAL, finished.text.strip())
        with Netlink() as netlink:
            there = socket.if_nametoindex(link.ifname)
            where = number(uapi.IFLA_NET_NS_FD, target) + number(uapi.IFLA_NEW_IFINDEX, link.ifindex)
            netlink.change(uapi.RTM_NEWLINK, link_header(there) + where)

    # A tun device can be given an ifindex only by moving it to another namespace.
    with worker.opened(netns) as target:
        in_new_namespace(lambda: make(target), set_defaults=False)


def tun_words(link: Link) -> list[str]:
    """Return a device's options for `ip tuntap add`, which says `mode` where `ip -d link` says `type`."""
    told = next((option for option in link.options if option.startswith("type tun")), "").removeprefix("type tun")
    words = re.sub(r"\b(pi|vnet_hdr) off\b", "", re.sub(r"\b(pi|vnet_hdr) on\b", r"\1", told))
    return words.replace("type ", "mode ").split() or ["mode", "tun"]


QUEUES = {(uapi.IFLA_NUM_TX_QUEUES,): "numtxqueues", (uapi.IFLA_NUM_RX_QUEUES,): "numrxqueues"}
"""Attributes that can be set only when an interface is made, with the words of `ip link add`."""
_SWITCHES = ("bridge", (*link_reader.OF_A_KIND, 46))
"""IFLA_BR_MULTI_BOOLOPT: boolean options, read as values and a mask of those that Linux knows; all off at first."""
_SOURCES = ("macvlan", (*link_reader.OF_A_KIND, link_reader.MACVLAN_SOURCES))
_SOURCES_MODE, _SET = (uapi.IFLA_INFO_DATA, 3), struct.pack("=I", 3)
"""IFLA_MACVLAN_MACADDR_MODE, MACVLAN_MACADDR_SET: these sources replace all others."""
_DELETION_GROUP = 0x6E736C62
"""The group that interfaces join to be deleted together; its four bytes are `nslb`."""


def _attribute_message(ifindex: int, kind: str, where: tuple[int, ...], value: bytes) -> bytes:
    if where == link_reader.FLAGS:
        return link_header(ifindex, struct.unpack("=I", value)[0], link_reader.SETTABLE)
    if where[0] != uapi.IFLA_LINKINFO:
        return link_header(ifindex) + flat(((where, value),))
    # For a port, Linux takes the kind from its master.
    word = attribute(uapi.IFLA_INFO_KIND, kind.encode() + b"\0") if where[1] == uapi.IFLA_INFO_DATA else b""
    return link_header(ifindex) + attribute(uapi.IFLA_LINKINFO, word + flat(_within_info(kind, where, value)))


def _within_info(kind: str, where: tuple[int, ...], value: bytes) -> Attributes:
    """Return an attribute as it is within IFLA_LINKINFO, with a further one that Linux requires for some."""
    alone = ((where[1:], value),)
    return ((_SOURCES_MODE, _SET), *alone) if (kind, where) == _SOURCES else alone
