"""What a new namespace, interface and port are like on this machine.

What somebody set is what differs from that. It is looked up once, in a namespace that nobody else sees.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux import entries, libc, switches, sysctl_tree
from nslab_kernel.linux.lab import SANDBOX, lab
from nslab_kernel.linux.link_reader import FLAGS, ReadLink, read_links
from nslab_kernel.linux.netlink import Netlink, attribute, link_header, number
from nslab_kernel.linux.uapi import (
    IFLA_BROADCAST,
    IFLA_IFALIAS,
    IFLA_IFNAME,
    IFLA_INFO_DATA,
    IFLA_INFO_KIND,
    IFLA_LINKINFO,
    IFLA_MASTER,
    IFLA_NUM_RX_QUEUES,
    IFLA_NUM_TX_QUEUES,
    IFLA_TXQLEN,
    NLM_F_CREATE,
    NLM_F_EXCL,
    RTM_NEWLINK,
    VETH_INFO_PEER,
)
from nslab_kernel.model.network import Attributes

T = TypeVar("T")


@dataclass(frozen=True)
class Newborn:
    """What is usual."""

    rules: frozenset[bytes]
    """As messages."""
    sysctls: dict[str, str]
    """By place below /proc/sys/net, without those of interfaces."""
    lo_sysctls: dict[str, str]
    interface_sysctls: dict[str, str]
    """Of an interface such as a veth end."""
    unset: dict[str, bytes]
    """The switches of `switches.py` as Linux alone would have them."""
    folders: tuple[str, ...]
    """Of its switches, below /proc/sys/net."""
    _links: dict[str, dict[tuple[int, ...], bytes]]
    """Of each kind that could be tried, its attributes."""
    _port: dict[tuple[int, ...], bytes]

    def unusual(self, link: ReadLink) -> Attributes:
        """Return those of a link's attributes that somebody has set."""
        usual = self._of(link.kind) | self._port
        return tuple((where, value) for where, value in link.attributes if usual.get(where) != value)

    def usual(self, kind: str, where: tuple[int, ...]) -> bytes | None:
        """Return the value of an attribute that nobody has set; `None` where that is not known."""
        if where == (IFLA_IFALIAS,):
            return b""
        return self._port.get(where) if where[:2] == entries.OF_A_PORT else self._of(kind).get(where)

    def _of(self, kind: str) -> dict[tuple[int, ...], bytes]:
        """Of a kind that was not tried, what is usual of every kind is."""
        of_all = {where: value for where, value in self._links["veth"].items() if where not in _OWN}
        return self._links.get(kind) or _sample(kind) or of_all


_OWN = (FLAGS, (IFLA_TXQLEN,), (IFLA_NUM_TX_QUEUES,), (IFLA_NUM_RX_QUEUES,), (IFLA_BROADCAST,))
"""What differs from kind to kind."""
_SAMPLES = {"vxlan": attribute(IFLA_INFO_DATA, number(1, 1))}  # IFLA_VXLAN_ID
"""Options without which a kind cannot be tried."""


@cache
def newborn() -> Newborn:
    """Return what a new namespace is like."""
    unset = in_new_namespace(switches.read_here, set_defaults=False)
    return in_new_namespace(lambda: _look(unset))


@cache
def _sample(kind: str) -> dict[tuple[int, ...], bytes]:
    """Return the attributes of a new link of a kind that somebody has; empty where it cannot be tried."""
    if kind not in _SAMPLES:
        return {}

    def look() -> dict[tuple[int, ...], bytes]:
        with Netlink() as netlink:
            _make(netlink, "x", kind, _SAMPLES[kind])
            return next(dict(link.attributes) for link in read_links(netlink).values() if link.ifname == "x")

    try:
        return in_new_namespace(look)
    except RefusedByLinux:
        return {}


def usual_sysctls(is_host: bool) -> dict[str, str]:
    """Return the switches of a new namespace, or of the host of a new lab, by place below /proc/sys/net."""
    if not is_host or lab().kind != SANDBOX:
        return newborn().sysctls
    # Where /proc/sys is read-only, the host has none of them.
    settable = {place for place in switches.HOST_DEFAULTS if os.access(f"{sysctl_tree.ROOT}/{place}", os.W_OK)}
    return newborn().sysctls | {place: switches.HOST_DEFAULTS[place] for place in settable}


def in_new_namespace(function: Callable[[], T], set_defaults: bool = True) -> T:
    """Run a function in a new namespace; the notebook's own thread never moves, another comes back.

    Args:
        function: What is to be run there.
        set_defaults: Whether its switches are first set as in every namespace of the lab.

    Raises:
        Exception: What it raised.
    """
    if threading.current_thread() is threading.main_thread():
        with ThreadPoolExecutor(1, "nslab-new-netns") as other:
            return other.submit(lambda: in_new_namespace(function, set_defaults)).result()
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        libc.unshare(libc.CLONE_NEWNET)
        try:
            if set_defaults and lab().kind == SANDBOX:
                switches.pin_here()
            return function()
        finally:
            libc.setns(home)
    finally:
        os.close(home)


def _look(unset: dict[str, bytes]) -> Newborn:
    folders = sysctl_tree.folders()
    sysctls = sysctl_tree.read_all(folders)
    lo_sysctls = sysctl_tree.read_interface("lo")
    with Netlink() as netlink:
        rules = entries.usual_rules(netlink)
        _make(netlink, "b", "bridge")
        _make(netlink, "v", "veth", attribute(IFLA_INFO_DATA, attribute(VETH_INFO_PEER, link_header() + _name("w"))))
        links = {link.ifname: link for link in read_links(netlink).values()}
        port = link_header(links["v"].ifindex) + number(IFLA_MASTER, links["b"].ifindex)
        netlink.change(RTM_NEWLINK, port)
        joined = next(link for link in read_links(netlink).values() if link.ifname == "v")
        return Newborn(
            rules,
            sysctls,
            lo_sysctls,
            sysctl_tree.read_interface("w"),
            unset,
            folders,
            {links[name].kind: dict(links[name].attributes) for name in ("lo", "b", "v")},
            {where: value for where, value in joined.attributes if where[:2] == entries.OF_A_PORT},
        )


def _make(netlink: Netlink, ifname: str, kind: str, data: bytes = b"") -> None:
    info = attribute(IFLA_LINKINFO, attribute(IFLA_INFO_KIND, kind.encode()) + data)
    netlink.change(RTM_NEWLINK, link_header() + _name(ifname) + info, NLM_F_CREATE | NLM_F_EXCL)


def _name(ifname: str) -> bytes:
    return attribute(IFLA_IFNAME, os.fsencode(ifname) + b"\0")
