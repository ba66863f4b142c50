"""What Linux is asked: its way to an address, its switches."""

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

_KERNEL = "RTNETLINK answers: "
_PATIENCE_S = 1.0
_deadline_s: ContextVar[float] = ContextVar("_deadline_s", default=inf)
"""By time.monotonic()."""


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Let nothing be asked any more, and no probe be sent, once a time is over."""
    token = _deadline_s.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline_s.reset(token)


def left_s() -> float:
    """Return how many seconds are left."""
    return max(0.0, _deadline_s.get() - time.monotonic())


@dataclass(frozen=True, slots=True)
class Way:
    """What `ip route get` says."""

    netns: str
    """Where it was asked."""
    command: str
    """What was asked, as one types it."""
    text: str
    """Its line; where Linux refuses, its words."""
    error: str = ""
    """The words with which Linux refuses."""
    is_known: bool = True
    """Whether an answer came in time: on a busy machine it may not, which proves nothing."""
    is_local: bool = False
    """Whether it stays here."""
    is_to_many: bool = False
    """Whether it is for no one interface: broadcast, multicast."""
    dev: str = ""
    """The interface that it goes out of."""
    hop: str = ""
    """The address that must be on the cable: the gateway, or the destination itself."""
    src: str = ""
    """The address that it leaves with, where Linux chooses."""


def ask_way(netns: str, dst: str, src: str = "", iif: str = "", mark: int = 0) -> Way:
    """Ask Linux where a packet would go, ip-route(8).

    Args:
        netns: The namespace.
        dst: Where to; a link-local address with its interface, `fe80::1%eth0`.
        src: Where from; with `iif` any, without one an address of the namespace.
        iif: The interface that it comes in by; empty where the namespace itself sends it.
        mark: What the packet filter has marked it with; ip-rule(8), `fwmark`.
    """
    addr, _percent, dev = dst.partition("%")
    words = {"from": src, "iif": iif, "oif": dev, "mark": str(mark or "")}
    line = f"ip route get {addr}" + "".join(f" {word} {shlex.quote(value)}" for word, value in words.items() if value)
    finished = run(netns, line)
    typed = as_typed(netns, line)
    text = next(iter(finished.text.strip().splitlines()), "").strip()
    fields = text.split()
    if finished.status == command.TIMED_OUT or not fields:
        return Way(netns, typed, "?", is_known=False)
    if finished.status or "error" in fields:
        return Way(netns, typed, text, error=text.removeprefix(_KERNEL))
    after = dict(pairwise(fields))
    is_local, is_to_many = fields[0] == "local", fields[0] in ("broadcast", "multicast")
    text = text.removesuffix(" uid 0")
    dev, hop, chosen = after.get("dev", ""), after.get("via", addr), after.get("src", "")
    return Way(netns, typed, text, "", True, is_local, is_to_many, dev, hop, chosen)


def as_typed(netns: str, line: str) -> str:
    """Return a command as one types it on the host, to run it in a namespace."""
    return f"{shlex.join(container_netns.exec_prefix(netns))} {line}" if netns_of(netns) else line


def switch(netns: str, key: str) -> int:
    """Return what a switch is set to; 0 where there is none of that name, or it is no number."""
    with contextlib.suppress(LabError, ValueError):
        return int(sysctls.get(key, netns_of(netns)))
    return 0


def conf(netns: str, ifname: str, name: str, family: int = 4) -> int:
    """Return a switch that counts for an interface: the larger of its own and that of `all`; kernel doc ip-sysctl."""
    return max(switch(netns, key) for key in (conf_key(ifname, name, family), conf_key("all", name, family)))


def conf_key(ifname: str, name: str, family: int = 4) -> str:
    """Return the name of an interface's switch."""
    return f"net.ipv{family}.conf.{ifname.replace('.', '/')}.{name}"


def closed_to_others(netns: str, ifname: str, family: int) -> str:
    """Return the switch that keeps a namespace from passing on what comes in at an interface; nothing if none does."""
    here, all_ = conf_key(ifname, "forwarding"), f"net.ipv{family}.conf.all.forwarding"
    if family == 4 and not switch(netns, here):
        return here if switch(netns, "net.ipv4.ip_forward") else "net.ipv4.ip_forward"
    # force_forwarding came with Linux 6.17.
    is_off = family == 6 and not switch(netns, all_) and not switch(netns, conf_key(ifname, "force_forwarding", 6))
    return all_ if is_off else ""


def deaf_to_pings(netns: str, family: int) -> str:
    """Return the switch with which a namespace answers no echo request; nothing if it does answer."""
    key = "net.ipv4.icmp_echo_ignore_all" if family == 4 else "net.ipv6.icmp.echo_ignore_all"
    return key if switch(netns, key) else ""


def told(netns: str, line: str) -> Any:
    """Run a program that writes JSON, and return what it wrote; an empty list where it wrote none."""
    with contextlib.suppress(LabError, ValueError):
        return json.loads(run(netns, line).text)
    return []


def run(netns: str, line: str) -> command.Finished:
    """Run a command in a namespace, with the host's files: what is started there needs no `ip netns exec`.

    When the time is over it is not run any more.
    """
    patience_s = min(_PATIENCE_S, left_s())
    if not patience_s:
        return command.Finished("", command.TIMED_OUT)
    return worker.run(netns_of(netns), command.run, shlex.split(line), timeout_s=patience_s)
