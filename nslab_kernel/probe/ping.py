"""Pings one address with the real `ping`."""

import re
import shlex
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from nslab_kernel.doctor.held import held
from nslab_kernel.errors import NoNamespace
from nslab_kernel.linux import command as program
from nslab_kernel.linux.argument_checks import check_bool, check_ping_dst, check_range
from nslab_kernel.linux.lab import require_lab
from nslab_kernel.model.lookup import namespace_at
from nslab_kernel.model.results import PingResult
from nslab_kernel.network.record import attach_command, fill, require_namespace
from nslab_kernel.network.snapshot import with_neighbours
from nslab_kernel.packets.queries import look_up_route

_REPLY = re.compile(r"icmp_seq=(\d+) ttl=(\d+) time=([\d.]+) ms")
_ERROR = re.compile(r"^From \S+(?: \(\S+\))? icmp_seq=\d+ (.+)$", re.MULTILINE)
_REFUSED = re.compile(r"^ping: (?:(?:connect|sendmsg|sendto|socket|bind): )?(.+)$", re.MULTILINE)
_SENT = re.compile(r"(\d+) packets transmitted")
_SEQ = re.compile(r"icmp_seq=(\d+)")
_TEMPLATE = "ping -c {count} -i {interval_s} -W {timeout_s}[ -s {size}][ -M {pmtudisc}][ -t {ttl}] {dst}"
_TRY = 'ping("192.168.1.2", count=3)'
_watchers: list[Callable[[PingResult], None]] = []
NEIGHBOUR_TIMEOUT_S = 3.1
"""Linux asks for a neighbour three times, a second apart, and then gives up: arp(7), `mcast_solicit`."""


def ping(
    dst: str,
    netns: str | None = None,
    count: int = 3,
    interval_s: float = 0.2,
    timeout_s: float = 1,
    size: int | None = None,
    dont_fragment: bool = False,
    ttl: int | None = None,
) -> PingResult:
    """Send echo requests to an address and wait for the replies, as the real `ping` does.

    Shell: ping -c {count} -i {interval_s} -W {timeout_s}[ -s {size}][ -M do][ -t {ttl}] {dst}
    Returns: a PingResult; one without a reply says what the kernel knows about it (`reason`).

    Args:
        dst: An IP address, not a name; a link-local one as `fe80::1%veth-test1`.
        netns: The namespace to send from; `None` is the host.
        count: How many requests, 1 to 1000.
        interval_s: Seconds from one to the next, 0.01 to 60.
        timeout_s: Seconds to wait for the last reply, 0.01 to 60.
        size: The payload in bytes, 16 to 65507, to which 8 of ICMP and 20 of IPv4 (40 of IPv6) are added;
            `None` is 56. With fewer than 16 `ping` measures no time.
        dont_fragment: Forbid fragmentation, by routers and also by this Linux, which otherwise fragments once it has
            learnt the path MTU: a packet that is too long does not arrive (RFC 1191).
        ttl: Time to live, 1 to 255: each router subtracts one, and the router that gets 0 drops the packet and
            reports it to the sender; `None` is the namespace's default, 64.

    Raises:
        BadValue: An argument breaks its rule.
        NoNamespace: There is no such namespace.
        MissingProgram: `ping` is not installed.

    Example:
        >>> ping("192.168.1.2", netns="test1")

    See ping(8), RFC 792.
    """
    arguments = {
        "dst": dst, "netns": netns, "count": count, "interval_s": interval_s, "timeout_s": timeout_s,
        "size": size, "pmtudisc": "do" if dont_fragment else None, "ttl": ttl,
    }  # fmt: skip
    command = fill(_TEMPLATE, arguments)
    with attach_command(command):
        require_lab()
        check_requests(dst, count, 1000, interval_s, timeout_s, _TRY)
        _check_packet(size, dont_fragment, ttl)
        require_namespace(netns)
        _wait_for_neighbour_query(dst, netns)
        # Twice the time that ping itself waits, plus a second: a ping that hangs is ended.
        finished = program.run(shlex.split(command), timeout_s=count * interval_s + 2 * timeout_s + 1)
    result = parse_output(not_yet_sent(dst, netns, command, interval_s), finished.text)
    sent = count if finished.status == program.TIMED_OUT and not _SENT.search(finished.text) else result.sent
    result = replace(ended(result, finished.status), sent=sent)
    for watcher in _watchers:
        watcher(result)
    return result


def watch(watcher: Callable[[PingResult], None]) -> None:
    """Call a function with the result of each ping from now on."""
    _watchers.append(watcher)


def not_yet_sent(dst: str, netns: str | None, command: str, interval_s: float) -> PingResult:
    """Return the result of a ping before it starts: its destination and command, and no replies."""
    return PingResult(dst, netns, 0, 0, (), None, command, "", interval_s=interval_s)


def parse_output(asked: PingResult, text: str) -> PingResult:
    """Return the result that ping's output shows, also while it runs: with `-O` there is a line for each request."""
    replies = {int(seq): (int(ttl), float(ms)) for seq, ttl, ms in _REPLY.findall(text)}
    summary = _SENT.search(text)
    return replace(
        asked,
        sent=int(summary[1]) if summary else max(map(int, _SEQ.findall(text)), default=0),
        received=len(replies),
        rtt_ms=tuple(ms for _ttl, ms in replies.values()),
        ttl=next((ttl for ttl, _ms in replies.values()), None),
        text=text,
        seqs=tuple(replies),
    )


def _wait_for_neighbour_query(dst: str, netns: str | None) -> None:
    """Wait while Linux still resolves the neighbour for an earlier packet.

    A packet sent meanwhile would fail with that query, even if the cable has been repaired since.
    """
    deadline = time.monotonic() + NEIGHBOUR_TIMEOUT_S
    while time.monotonic() < deadline:
        namespace = namespace_at(netns, with_neighbours(netns))
        asked = [each.dst for each in namespace.neighbours if each.state == "INCOMPLETE"] if namespace else []
        if not namespace or not asked or look_up_route(namespace.name, dst).hop not in asked:
            return
        time.sleep(0.02)


def ended(result: PingResult, status: int) -> PingResult:
    """Return the result of an ended ping with its exit status, and the reason if there was no reply."""
    reason = "" if result else _reason_of(result.dst, result.netns, result.text)
    return replace(result, reason=reason, status=status)


def _reason_of(dst: str, netns: str | None, text: str) -> str:
    """Return why there was no reply: the error that ping printed, else what the kernel's tables show.

    With `lo` down the kernel's own "Destination Host Unreachable" never arrives, because it is sent over `lo`.
    """
    if said := _ERROR.search(text) or _REFUSED.search(text):
        return said[1]
    with suppress(NoNamespace):  # gone meanwhile
        if namespace := namespace_at(netns, with_neighbours(netns)):
            return held(namespace, look_up_route(namespace.name, dst)).words
    return ""


def check_requests(dst: object, count: object, most: int, interval_s: object, timeout_s: object, try_: str) -> None:
    """Check a ping's destination, number of requests, interval and timeout.

    Raises:
        BadValue: An argument breaks its rule.
    """
    check_ping_dst(dst)
    check_range("count", count, int, 1, most, try_)
    check_range("interval_s", interval_s, (int, float), 0.01, 60, try_)
    check_range("timeout_s", timeout_s, (int, float), 0.01, 60, try_)


def _check_packet(size: object, dont_fragment: object, ttl: object) -> None:
    if size is not None:
        check_range("size", size, int, 16, 65507, _TRY)
    check_bool("dont_fragment", dont_fragment, 'ping("192.168.1.2", size=1472, dont_fragment=True)')
    if ttl is not None:
        check_range("ttl", ttl, int, 1, 255, _TRY)
