"""The packet filter of a namespace, as text; nft(8), iptables-save(8)."""

import re

from nslab_kernel.errors import LabError, RefusedByLinux
from nslab_kernel.linux import command
from nslab_kernel.linux.netlink import Netlink
from nslab_kernel.linux.uapi import (
    NETLINK_NETFILTER,
)

_OF_IPTABLES = re.compile(r"^# Warning: table (ip6?) (\w+) is managed by iptables-nft", re.MULTILINE)
_TABLE = re.compile(r"^table (\S+) (\S+) \{\n.*?^\}\n", re.MULTILINE | re.DOTALL)
_CHAIN = re.compile(r"^\s+chain (\S+) \{", re.MULTILINE)
_SAVED = re.compile(r"^\*(\w+)\n(.*?)^COMMIT$", re.MULTILINE | re.DOTALL)
_GET_TABLES = (10 << 8) | 1  # NFNL_SUBSYS_NFTABLES, NFT_MSG_GETTABLE


def ruleset() -> str:
    """Return the packet filter of the thread's namespace, table by table, without counters.

    As `nft list ruleset` writes it, and what iptables made as `iptables-save` does, with the family behind the table:
    nft does not know all its words. nft(8), iptables-save(8).
    """
    with Netlink(NETLINK_NETFILTER) as netlink:
        try:
            there_is_any = netlink.dump(_GET_TABLES, bytes(4))
        except RefusedByLinux:  # a kernel without nftables
            return ""
    if not there_is_any:
        return ""
    try:
        told = command.run(["nft", "-s", "list", "ruleset"]).text
    except LabError:  # without the program there is no text
        return ""
    native = [line for line in told.splitlines() if line and not line.startswith("#")]
    of_iptables = _OF_IPTABLES.findall(told)
    if not of_iptables:
        return "\n".join(native)
    saved = {family: _saved(family, told) for family in dict.fromkeys(family for family, _name in of_iptables)}
    # A table where somebody put chains by nft as well is told by nft alone.
    of_iptables = [(family, name) for family, name in of_iptables if name in saved[family]]
    left = _TABLE.sub(lambda table: "" if (table[1], table[2]) in of_iptables else table[0], "\n".join(native) + "\n")
    return "\n".join([left.strip(), *(saved[family][name] for family, name in of_iptables)])


def _saved(family: str, listed: str) -> dict[str, str]:
    """Return the tables that iptables made, by name, with counters at zero, and only the chains that there are."""
    try:
        told = command.run(["iptables-save" if family == "ip" else "ip6tables-save"]).text
    except LabError:
        return {}
    listed_here = [table for table in _TABLE.finditer(listed) if table[1] == family]
    chains = {(table[2], chain) for table in listed_here for chain in _CHAIN.findall(table[0])}

    def kept(name: str, rest: str) -> str:
        lines = re.sub(r"\[\d+:\d+\]", "[0:0]", rest).splitlines()
        return "\n".join(line for line in lines if line[0] != ":" or (name, line[1:].split()[0]) in chains)

    there = {
        (name, line[1:].split()[0])
        for name, rest in _SAVED.findall(told)
        for line in rest.splitlines()
        if line[0] == ":"
    }
    mixed = {name for name, _chain in chains - there}
    tables = ((name, rest) for name, rest in _SAVED.findall(told) if name not in mixed)
    return {name: f"*{name} {family}\n{kept(name, rest)}\nCOMMIT" for name, rest in tables}
