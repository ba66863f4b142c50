"""Asks Linux: the route to an address, sysctls, programs with JSON."""

import contextlib
import json
import shlex
import time
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Any

from nslab_kernel.errors import LabError
from nslab_kernel.linux import command, container_netns, sysctls, worker
from nslab_kernel.model.naming import netns_of

_ERROR_PREFIX = "RTNETLINK answers: "
_PATIENCE_S = 1.0
_deadline_s: ContextVar[float] = ContextVar("_deadline_s", default=inf)
"""When the time limit ends, by time.monotonic(); infinity without a limit."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Set a time limit for the block: after it no command runs and no probe is sent."""
    token = _deadline_s.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline_s.reset(token)


def left_s() -> float:
    """Return the seconds until the time limit ends; infinity without a limit."""
    return max(0.0, _deadline_s.get() - time.monotonic())


@dataclass(frozen=True, slots=True)
class RouteLookup:
    """The answer of `ip route get`."""

    netns: str
    """The namespace in which the command ran."""
    command: str
    """The command, as typed on the host."""
    text: str
    """The first line of the output."""
    error: str = ""
    """The error message of Linux; empty if there is a route."""
    is_known: bool = True
    """Whether an answer came in time; on a busy machine a missing answer proves nothing."""
    is_local: bool = False
    """Whether the destination is an address of the namespace itself."""
    is_to_many: bool = False
    """Whether the destination is a broadcast or multicast address."""
    dev: str = ""
    """The outgoing interface."""
    hop: str = ""
    """The address to resolve to a MAC address: the gateway, or the destination itself."""
    src: str = ""
    """The source address that Linux chooses; empty if none is shown."""


def look_up_route(netns: str, dst: str, src: str = "", iif: str = "", mark: int = 0) -> RouteLookup:
    """Ask Linux which route a packet would take; ip-route(8), `ip route get`.

    Args:
        netns: The namespace.
        dst: The destination; a link-local address with its interface, `fe80::1%eth0`.
        src: The source address: with `iif` any, otherwise an address of the namespace.
        iif: The incoming interface; empty if the namespace itself sends the packet.
        mark: The mark that the packet filter gave the packet; ip-rule(8), `fwmark`.
    """
    addr, _percent, dev = dst.partition("%")
    words = {"from": src, "iif": iif, "oif": dev, "mark": str(mark or "")}
    line = f"ip route get {addr}" + "".join(f" {word} {shlex.quote(value)}" for word, value in words.items() if value)
    finished = run(netns, line)
    typed = as_typed(netns, line)
    text = next(iter(finished.text.strip().splitlines()), "").strip()
    fields = text.split()
    if finished.status == command.TIMED_OUT or not fields:
        return RouteLookup(netns, typed, "?", is_known=False)
    if finished.status or "error" in fields:
        return RouteLookup(netns, typed, text, error=text.removeprefix(_ERROR_PREFIX))
    after = dict(pairwise(fields))
    is_local, is_to_many = fields[0] == "local", fields[0] in ("broadcast", "multicast")
    text = text.removesuffix(" uid 0")
    dev, hop, chosen = after.get("dev", ""), after.get("via", addr), after.get("src", "")
    return RouteLookup(netns, typed, text, "", True, is_local, is_to_many, dev, hop, chosen)


def as_typed(netns: str, line: str) -> str:
    """Return a command as typed on the host to run it in a namespace."""
    return f"{shlex.join(container_netns.exec_prefix(netns))} {line}" if netns_of(netns) else line


def sysctl(netns: str, key: str) -> int:
    """Return the value of a sysctl; 0 if it does not exist or is no number."""
    with contextlib.suppress(LabError, ValueError):
        return int(sysctls.get(key, netns_of(netns)))
    return 0


def conf(netns: str, ifname: str, name: str, family: int = 4) -> int:
    """Return a sysctl's effective value for an interface: the larger of its own and that of `all`; ip-sysctl.rst."""
    return max(sysctl(netns, key) for key in (conf_key(ifname, name, family), conf_key("all", name, family)))


def conf_key(ifname: str, name: str, family: int = 4) -> str:
    """Return the name of an interface's sysctl."""
    return f"net.ipv{family}.conf.{ifname.replace('.', '/')}.{name}"


def sysctl_against_forwarding(netns: str, ifname: str, family: int) -> str:
    """Return the sysctl that stops a namespace from forwarding what arrives at an interface; empty if none does."""
    here, all_ = conf_key(ifname, "forwarding"), f"net.ipv{family}.conf.all.forwarding"
    if family == 4 and not sysctl(netns, here):
        return here if sysctl(netns, "net.ipv4.ip_forward") else "net.ipv4.ip_forward"
    # force_forwarding came with Linux 6.17.
    is_off = family == 6 and not sysctl(netns, all_) and not sysctl(netns, conf_key(ifname, "force_forwarding", 6))
    return all_ if is_off else ""


def sysctl_against_replies(netns: str, family: int) -> str:
    """Return the sysctl by which a namespace ignores echo requests; empty if it answers them."""
    key = "net.ipv4.icmp_echo_ignore_all" if family == 4 else "net.ipv6.icmp.echo_ignore_all"
    return key if sysctl(netns, key) else ""


def json_output(netns: str, line: str) -> Any:
    """Run a program that writes JSON, and return the decoded output; an empty list if there is none."""
    with contextlib.suppress(LabError, ValueError):
        return json.loads(run(netns, line).text)
    return []


def run(netns: str, line: str) -> command.Finished:
    """Run a command in a namespace, in the host's mount namespace, unlike `ip netns exec`.

    After the time limit of `time_limit` return at once, with the status `TIMED_OUT`.
    """
    patience_s = min(_PATIENCE_S, left_s())
    if not patience_s:
        return command.Finished("", command.TIMED_OUT)
    return worker.run(netns_of(netns), command.run, shlex.split(line), timeout_s=patience_s)
