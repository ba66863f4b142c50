"""The defaults of a new namespace, interface and port on this machine.

Whatever differs from them was set by somebody. They are read once, in a temporary namespace.
"""

import os
import socket
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux import bridge_entries, default_sysctls, entries, mptcp, sysctl_tree, uapi
from nslab_kernel.linux.lab import SANDBOX, lab
from nslab_kernel.linux.link_reader import BOND_PRIMARY, FLAGS, OF_A_KIND, OF_A_PORT, ReadLink, read_links
from nslab_kernel.linux.netlink import Netlink, attribute, attributes, link_header, number
from nslab_kernel.linux.new_namespace import in_new_namespace
from nslab_kernel.model.network import Attributes


@dataclass(frozen=True)
class KernelDefaults:
    """The defaults of this machine's Linux."""

    rules: frozenset[bytes]
    """Policy rules, as messages."""
    labels: frozenset[bytes]
    """Labels of IPv6 prefixes, as messages."""
    mptcp_limits: bytes
    """The limits of MPTCP, as a message."""
    has_bridge_vlans: bool
    """Whether Linux reports the VLANs of bridges."""
    sysctls: dict[str, str]
    """By path below /proc/sys/net, without those of interfaces."""
    kernel_sysctls: dict[str, str]
    """The sysctls that `default_sysctls.py` sets, with the values that Linux itself gives them."""
    folders: tuple[str, ...]
    """The folders of its sysctls, below /proc/sys/net."""
    builtin_links: "dict[str, LinkDefaults]"
    """The interfaces that it starts with, by name: `lo`, and with some modules `gre0`, `sit0`, ..."""
    _samples: "dict[str, LinkDefaults]"
    """Defaults of the kinds bridge and veth, which are read together with the namespace's."""
    _port: dict[tuple[int, ...], bytes]

    def non_default(self, link: ReadLink) -> Attributes:
        """Return those of a link's attributes that are not the default."""
        usual = self._link_defaults(link.ifname, link.kind).attributes | self._port
        return tuple((where, value) for where, value in link.attributes if usual.get(where) != value)

    def default(self, ifname: str, kind: str, where: tuple[int, ...]) -> bytes | None:
        """Return the default of an interface's attribute; `None` if unknown."""
        if where in _UNSET:
            return _UNSET[where]
        if where[:2] == OF_A_PORT:
            return self._port.get(where)
        return self._link_defaults(ifname, kind).attributes.get(where)

    def sysctl_defaults(self, ifname: str, kind: str) -> dict[str, str]:
        """Return the default sysctls of an interface."""
        return self._link_defaults(ifname, kind).sysctls

    def _link_defaults(self, ifname: str, kind: str) -> "LinkDefaults":
        """Return an interface's defaults; for a kind that cannot be made on trial, those common to all kinds."""
        veth = self._samples["veth"]
        of_all = {where: value for where, value in veth.attributes.items() if where not in _KIND_SPECIFIC}
        # An interface named lo need not be the loopback, and the loopback may have another name.
        name = "lo" if kind == "loopback" else ifname
        return (
            (self.builtin_links.get(name) if (name == "lo") == (kind == "loopback") else None)
            or self._samples.get(kind)
            or _sample(kind)
            or LinkDefaults(of_all, veth.sysctls)
        )


_UNSET = {(uapi.IFLA_IFALIAS,): b"", BOND_PRIMARY: bytes(4)}
"""Attributes that Linux omits when unset, with the value that unsets them."""
_KIND_SPECIFIC = (
    FLAGS,
    (uapi.IFLA_TXQLEN,),
    (uapi.IFLA_NUM_TX_QUEUES,),
    (uapi.IFLA_NUM_RX_QUEUES,),
    (uapi.IFLA_BROADCAST,),
)
"""Attributes whose defaults differ from kind to kind."""
KINDS_WITHOUT_OPTIONS = ("dummy", "ifb", "bond", "wireguard")
"""Kinds that can be made without any options."""
_SAMPLES = {
    "vxlan": number(1, 1),  # IFLA_VXLAN_ID
    "geneve": number(1, 1),  # IFLA_GENEVE_ID
    "vrf": number(1, 1),  # IFLA_VRF_TABLE
    **dict.fromkeys(("gre", "gretap"), number(6, 1)),  # IFLA_GRE_LOCAL
    **dict.fromkeys(("ip6gre", "ip6gretap"), attribute(6, b"1" * 16)),
    **dict.fromkeys(("ipip", "sit"), number(2, 1)),  # IFLA_IPTUN_LOCAL
    "ip6tnl": attribute(2, b"1" * 16),
    **dict.fromkeys(KINDS_WITHOUT_OPTIONS, b""),
}
"""Kinds that can be made on trial, without another interface, with the options that they require."""


class LinkDefaults(NamedTuple):
    """The defaults of an interface."""

    attributes: dict[tuple[int, ...], bytes]
    sysctls: dict[str, str]


@cache
def kernel_defaults() -> KernelDefaults:
    """Return the defaults of this machine's Linux."""
    kernel_sysctls = in_new_namespace(default_sysctls.read_current, set_defaults=False)
    return in_new_namespace(lambda: _look(kernel_sysctls))


@cache
def _sample(kind: str) -> LinkDefaults | None:
    """Return the defaults of a kind, which is made on trial; `None` if that is not possible."""

    def look() -> LinkDefaults:
        with Netlink() as netlink:
            options = _SAMPLES[kind]
            _make(netlink, "x", kind, attribute(uapi.IFLA_INFO_DATA, options))
            found = _samples(netlink)["x"]
            # The options that it had to be given are not defaults.
            given = {(*OF_A_KIND, option) for option in attributes(options)}
            return found._replace(attributes={k: v for k, v in found.attributes.items() if k not in given})

    try:
        return in_new_namespace(look) if kind in _SAMPLES else None
    except RefusedByLinux:
        return None


def _samples(netlink: Netlink) -> dict[str, LinkDefaults]:
    """Return the present attributes and sysctls of all interfaces, by name."""
    links = read_links(netlink).values()
    return {link.ifname: LinkDefaults(dict(link.attributes), sysctl_tree.read_interface(link.ifname)) for link in links}


def sysctl_defaults(is_host: bool) -> dict[str, str]:
    """Return the sysctls of a new namespace, or of the host of a new lab, by path below /proc/sys/net."""
    if not is_host or lab().kind != SANDBOX:
        return kernel_defaults().sysctls
    # Where /proc/sys is read-only, the host did not get HOST_DEFAULTS.
    settable = {place for place in default_sysctls.HOST_DEFAULTS if os.access(f"{sysctl_tree.ROOT}/{place}", os.W_OK)}
    return kernel_defaults().sysctls | {place: default_sysctls.HOST_DEFAULTS[place] for place in settable}


def _look(kernel_sysctls: dict[str, str]) -> KernelDefaults:
    folders = sysctl_tree.folders()
    sysctls = sysctl_tree.read_all(folders)
    with Netlink() as netlink:
        builtin_links = _samples(netlink)
        rules, labels = frozenset(entries.rule_messages(netlink)), entries.labels(netlink)
        _make(netlink, "b", "bridge")
        peer = attribute(uapi.VETH_INFO_PEER, link_header() + _name("w"))
        _make(netlink, "v", "veth", attribute(uapi.IFLA_INFO_DATA, peer))
        made = _samples(netlink)
        port = link_header(socket.if_nametoindex("v")) + number(uapi.IFLA_MASTER, socket.if_nametoindex("b"))
        netlink.change(uapi.RTM_NEWLINK, port)
        joined = _samples(netlink)["v"].attributes
        return KernelDefaults(
            rules,
            labels,
            mptcp.usual_limits(),
            bridge_entries.has_vlans(netlink),
            sysctls,
            kernel_sysctls,
            folders,
            builtin_links,
            {"bridge": made["b"], "veth": made["v"]},
            {where: value for where, value in joined.items() if where[:2] == OF_A_PORT},
        )


def _make(netlink: Netlink, ifname: str, kind: str, data: bytes = b"") -> None:
    info = attribute(uapi.IFLA_LINKINFO, attribute(uapi.IFLA_INFO_KIND, kind.encode()) + data)
    netlink.change(uapi.RTM_NEWLINK, link_header() + _name(ifname) + info, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL)


def _name(ifname: str) -> bytes:
    return attribute(uapi.IFLA_IFNAME, os.fsencode(ifname) + b"\0")
