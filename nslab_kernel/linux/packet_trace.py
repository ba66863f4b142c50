"""What the packet filter of a namespace does with a packet; nft(8).

The tables that turn tracing on are owned by an nft process: Linux deletes them when it ends, however it ends.
"""

import contextlib
import re
import select
import socket
import struct
import subprocess
import time
from typing import NamedTuple

from nslab_kernel.errors import MissingProgram
from nslab_kernel.interrupts import uninterrupted
from nslab_kernel.linux import uapi, worker
from nslab_kernel.linux.netlink import attributes, open_multicast_socket

_NFNLGRP_NFTRACE = 9
_TABLE, _CHAIN, _HANDLE, _KIND, _VERDICT, _ID, _IP_HEADER, _MARK, _POLICY = 1, 2, 3, 4, 5, 6, 8, 14, 16
"""enum nft_trace_attributes."""
_OF_POLICY, _OF_RULE, _DROP = 1, 3, 0
_MESSAGE_HEADER = 20  # struct nlmsghdr, struct nfgenmsg
_TRACE_TABLE = "nslab_why"
_FIRST, _LAST = -450, 450
_DEVICE_HOOK = re.compile(r"hook (ingress|egress) devices? (?:= \{ )?([^;{}]+?)(?: \})? priority")


class Rule(NamedTuple):
    """A rule of the packet filter, or a chain's policy."""

    family: str
    table: str
    chain: str
    handle: int
    """nft's number for the rule; 0 means the chain's policy."""
    text: str
    """The rule as nft writes it; `policy drop` for a policy."""


class Traced(NamedTuple):
    """A packet at one rule or policy."""

    packet: int
    """The trace id, which tells this packet from others."""
    rule: Rule
    """The rule, with an empty text; `rule_text` finds that."""
    is_dropped: bool
    src: str
    dst: str
    """The packet's addresses at that moment; empty if an earlier message for the packet had them."""
    mark: int = 0
    """The packet's mark, which rules can set for policy routing; ip-rule(8), `fwmark`."""


class PacketTrace:
    """Traces, within a `with` block, what the packet filter of a namespace does with packets.

    Args:
        netns: The namespace; `None` is the host.
        ruleset: The namespace's rules, as in `Namespace.ruleset`.
        protocol: The protocol to trace, as nft takes it behind `meta l4proto`.
        patience_s: Seconds to wait until nft confirms that tracing is on.

    Raises:
        MissingProgram: `nft` is not installed.
    """

    def __init__(self, netns: str | None, ruleset: str, protocol: str, patience_s: float) -> None:
        self._netns, self._patience_s = netns, patience_s
        self._script = "\n".join(_tables(ruleset, protocol))

    def __enter__(self) -> "PacketTrace":
        with uninterrupted():
            self._socket = worker.run(self._netns, open_multicast_socket, uapi.NETLINK_NETFILTER, (_NFNLGRP_NFTRACE,))
            try:
                self._program = worker.run(self._netns, _start)
            except FileNotFoundError:
                self._socket.close()
                raise MissingProgram("nft", "nftables") from None
        try:
            self._say(f"{self._script}\nlist table inet {_TRACE_TABLE}\n")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        with uninterrupted():
            self._socket.close()
            self._program.kill()
            self._program.communicate()

    def read(self) -> tuple[Traced, ...]:
        """Return the trace messages that have come since the last call."""
        found = []
        with contextlib.suppress(BlockingIOError):
            while True:
                data = self._socket.recv(65536)
                found.append(_traced(data))
        return tuple(one for one in found if one.rule.table != _TRACE_TABLE or one.dst)

    def _say(self, script: str) -> None:
        """Send a script to nft and wait until it is in force: until the answer to its last line begins."""
        program = self._program
        assert program.stdin and program.stdout
        with contextlib.suppress(BrokenPipeError):
            program.stdin.write(script)
            program.stdin.flush()
        deadline_s = time.monotonic() + self._patience_s
        while (left := deadline_s - time.monotonic()) > 0 and select.select([program.stdout], [], [], left)[0]:
            line = program.stdout.readline()
            if not line or line.startswith(("table", "Error")):
                return


def rule_text(rule: Rule, listed: str) -> str:
    """Return a rule as nft writes it.

    Args:
        rule: The rule.
        listed: The rule's chain, as `nft -a list chain` writes it.
    """
    if not rule.handle:
        return "policy drop"
    lines = (line.strip() for line in listed.splitlines() if line.endswith(f" # handle {rule.handle}"))
    return next(lines, "").rpartition(" # handle ")[0]


def _start() -> "subprocess.Popen[str]":
    """Start nft in the thread's namespace: it takes commands until it is ended."""
    return subprocess.Popen(
        ["nft", "-i"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True, text=True,
    )  # fmt: skip


def _tables(ruleset: str, protocol: str) -> list[str]:
    """Return commands for the tracing tables of each family with rules: chains before all others, and after them."""
    ask = f"meta l4proto {protocol} meta nftrace set 1"
    first = [("prerouting", ask), ("output", ask)]
    last = [(hook, "") for hook in ("input", "forward", "postrouting")]
    lines = [_table("inet", first, last)]
    if "table bridge " in ruleset:
        lines.append(_table("bridge", [(hook, "meta nftrace set 1") for hook, _ask in first], []))
    if "table arp " in ruleset:
        lines.append(_table("arp", [("input", "meta nftrace set 1"), ("output", "meta nftrace set 1")], []))
    named = [(hook, device.strip()) for hook, devices in _DEVICE_HOOK.findall(ruleset) for device in devices.split(",")]
    hooks = [(f"{hook} device {device}", "meta nftrace set 1") for hook, device in dict.fromkeys(named)]
    return [*lines, *([_table("netdev", hooks, [])] if hooks else [])]


def _table(family: str, first: list[tuple[str, str]], last: list[tuple[str, str]]) -> str:
    chains = [
        f"chain c{number} {{ type filter hook {hook} priority {priority}; {rule}; }};"
        for number, (hook, rule, priority) in enumerate(
            [(*one, _FIRST) for one in first] + [(*one, _LAST) for one in last]
        )
    ]
    return f"add table {family} {_TRACE_TABLE} {{ flags owner; {' '.join(chains)} }}"


def _traced(data: bytes) -> Traced:
    found = attributes(data, _MESSAGE_HEADER)
    kind = _number(found.get(_KIND))
    verdict = attributes(found.get(_VERDICT, b""))
    code = found.get(_POLICY) if kind == _OF_POLICY else verdict.get(1)
    src, dst = _addresses(found.get(_IP_HEADER, b""))
    table, chain = (found.get(name, b"").rstrip(b"\0").decode(errors="replace") for name in (_TABLE, _CHAIN))
    handle = _number(found.get(_HANDLE)) if kind == _OF_RULE else 0
    rule = Rule(uapi.TABLE_FAMILIES.get(data[16], ""), table, chain, handle, "")
    is_dropped = code is not None and _number(code) == _DROP
    return Traced(_number(found.get(_ID)), rule, is_dropped, src, dst, _number(found.get(_MARK)))


def _number(data: bytes | None) -> int:
    return int.from_bytes(data or b"", "big")


def _addresses(header: bytes) -> tuple[str, str]:
    with contextlib.suppress(struct.error, ValueError, IndexError):
        if header[0] >> 4 == 4:
            return socket.inet_ntop(socket.AF_INET, header[12:16]), socket.inet_ntop(socket.AF_INET, header[16:20])
        return socket.inet_ntop(socket.AF_INET6, header[8:24]), socket.inet_ntop(socket.AF_INET6, header[24:40])
    return "", ""
