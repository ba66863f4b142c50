"""The packet filter of a namespace, as text; nft(8), iptables-save(8)."""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from nslab_kernel.errors import LabError, MissingProgram, RefusedByLinux
from nslab_kernel.linux import command, uapi
from nslab_kernel.linux.netlink import Netlink, attributes

_OF_IPTABLES = re.compile(r"^# Warning: table (ip6?) (\w+) is managed by iptables-nft", re.MULTILINE)
_TABLE = re.compile(r"^table (\S+) (\S+) \{\n.*?^\}\n", re.MULTILINE | re.DOTALL)
_CHAIN = re.compile(r"^\tchain (\S+) \{\n(.*?)^\t\}\n", re.MULTILINE | re.DOTALL)
_SAVED = re.compile(r"^\*(\w+)\n(.*?)^COMMIT$", re.MULTILINE | re.DOTALL)
_PROGRAMS = {"ip": "iptables", "ip6": "ip6tables"}
_EMPTY_TABLE_LINES = 2
_GET_TABLES = (10 << 8) | 1  # NFNL_SUBSYS_NFTABLES, NFT_MSG_GETTABLE
_HEADER_BYTES, _TABLE_NAME = 4, 1  # struct nfgenmsg, NFTA_TABLE_NAME
UNREAD = re.compile(r"^\t*# not read: (\S+) is not installed$", re.MULTILINE)
"""The line in place of a table's rules when the program that lists them is not installed."""


def ruleset() -> str:
    """Return the packet filter of the thread's namespace, table by table, without counters.

    The format is that of `nft list ruleset`; iptables' own chains are as in `iptables-save`, with the family after the
    table, as nft cannot express all of them. A table with both appears twice. nft(8), iptables-save(8).
    """
    with Netlink(uapi.NETLINK_NETFILTER) as netlink:
        try:
            answers = netlink.dump(_GET_TABLES, bytes(_HEADER_BYTES))
        except RefusedByLinux:  # a kernel without nftables
            return ""
    if not answers:
        return ""
    try:
        told = command.run(["nft", "-s", "list", "ruleset"]).text
    except MissingProgram:
        return "\n".join(f"table {_name(*answer)} {{\n\t{_unread('nft')}\n}}" for answer in answers)
    listed = "".join(f"{line}\n" for line in told.splitlines() if line and not line.startswith("#"))
    of_iptables = set(_OF_IPTABLES.findall(told))
    saved = {family: _saved(family) for family, _name in of_iptables}
    native, others = [], []
    for table in _TABLE.finditer(listed):
        lines = _lines_of_iptables(table, saved[table[1]]) if table.groups() in of_iptables else []
        theirs = {_chain_of(line) for line in lines}
        rest = _CHAIN.sub(lambda chain, theirs=theirs: "" if chain[1] in theirs else chain[0], table[0])  # type: ignore[misc]
        if rest.count("\n") > _EMPTY_TABLE_LINES or not lines:
            native.append(rest.rstrip())
        if lines:
            others.append("\n".join([f"*{table[2]} {table[1]}", *lines, "COMMIT"]))
    return "\n".join([*native, *others])


def _name(data: bytes, at: int, end: int) -> str:
    """Return the family and the name of a table."""
    name = attributes(data, at + _HEADER_BYTES, end)[_TABLE_NAME].rstrip(b"\0")
    return f"{uapi.TABLE_FAMILIES[data[at]]} {os.fsdecode(name)}"


def _unread(program: str) -> str:
    return f"# not read: {program} is not installed"


def legacy() -> str:
    """Return the tables of iptables-legacy; Linux keeps them apart from nftables, and sends no messages of changes.

    Tables in their initial state are left out: listing one creates it.
    """
    return "\n".join(_legacy())


def _legacy() -> Iterator[str]:
    for family, program in _PROGRAMS.items():
        names: list[str] = []
        with contextlib.suppress(OSError):  # a Linux without iptables-legacy
            names = Path(f"/proc/thread-self/net/{family}_tables_names").read_text().split()
        for name, text in _saved_legacy(f"{program}-legacy-save", names):
            yield f"*{name} {family} legacy\n{text}COMMIT"


def _saved_legacy(program: str, names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the name and the lines of each table that is not in its initial state."""
    if not names:
        return
    try:
        told = command.run([program]).text
    except MissingProgram:
        yield from ((name, f"{_unread(program)}\n") for name in names)
        return
    for name, lines in _SAVED.findall(told):
        text = re.sub(r"\[\d+:\d+\]", "[0:0]", lines)
        if not re.fullmatch(r"(?::\S+ ACCEPT \[0:0\]\n)*", text):
            yield name, text


def _saved(family: str) -> dict[str, list[str]]:
    """Return the lines of `iptables-save` by table, with counters at zero; it omits some tables."""
    try:
        told = command.run([f"{_PROGRAMS[family]}-save"]).text
    except LabError:
        return {}
    return {name: re.sub(r"\[\d+:\d+\]", "[0:0]", lines).splitlines() for name, lines in _SAVED.findall(told)}


def _lines_of_iptables(table: re.Match[str], saved: dict[str, list[str]]) -> list[str]:
    """Return the lines of iptables' own chains in a table, recognised by a counter in each rule."""
    family, name = table.groups()
    chains = {chain for chain, lines in _CHAIN.findall(table[0]) if _has_counters(lines)}
    # iptables-save omits a table if a chain of nft cannot be expressed; then list each chain.
    lines = saved[name] if name in saved else [line for chain in sorted(chains) for line in _chain(family, name, chain)]
    return sorted((line for line in lines if _chain_of(line) in chains), key=lambda line: not line.startswith(":"))


def _chain(family: str, table: str, chain: str) -> list[str]:
    """Return one chain as `iptables-save` would write it; nothing if iptables cannot express all its rules."""
    told = command.run([_PROGRAMS[family], "-t", table, "-S", chain])
    if told.status:
        return []
    # After a warning, maybe: -P CHAIN POLICY or -N CHAIN, and its rules.
    own, *rules = (line for line in told.text.splitlines() if line.startswith("-"))
    return [f":{chain} {own.split()[2] if own.startswith('-P') else '-'} [0:0]", *rules]


def _has_counters(lines: str) -> bool:
    """Return whether each rule of a chain has a counter; a line that names the chain's type and hook is no rule."""
    rules = (line for line in lines.splitlines() if not line.startswith("\t\ttype "))
    return all(" counter " in f" {rule.strip()} " for rule in rules)


def _chain_of(line: str) -> str:
    return line[1:].split()[0] if line.startswith(":") else line.split()[1]
