"""Where one packet went: sent, captured on every interface, told."""

import errno
import ipaddress
import os
import random
import select
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from nslab_kernel.errors import errno_text
from nslab_kernel.linux import worker
from nslab_kernel.linux.argument_checks import check_ping_dst, check_range
from nslab_kernel.linux.capture import Capture
from nslab_kernel.linux.echo import Echo, Heard, destination
from nslab_kernel.linux.lab import require_lab
from nslab_kernel.model.journey_result import (
    ANSWERED,
    ERROR,
    NO_ROUTE,
    NOT_FORWARDED,
    REFUSED,
    REJECTED,
    REPLY,
    REQUEST,
    SILENT,
    Journey,
    Packet,
)
from nslab_kernel.model.network import Network
from nslab_kernel.network.record import attach_command, fill, require_namespace
from nslab_kernel.network.settle import settle
from nslab_kernel.network.snapshot import with_neighbours
from nslab_kernel.packets.frames import read_frame
from nslab_kernel.packets.trace import Seen, on_path, own_packets, sightings, stops, trace_steps, without_later_arp
from nslab_kernel.probe.loss import find_loss
from nslab_kernel.probe.ping import NEIGHBOUR_TIMEOUT_S

_TRY = 'journey("192.168.1.2", netns="test1")'
_STAMPS_S = 0.003
"""Linux switches its packet timestamps on a moment after the first socket asks for them."""
_LAST_S = 0.002
"""After the reply the last interfaces may still have something to tell."""
_PAUSE_S = 0.02
_STORM = 10_000
"""So many packets on behalf of one go round in circles, and nobody needs to see them all."""


def journey(dst: str, netns: str | None = None, port: int | None = None, timeout_s: float = 1) -> Journey:
    """Send one ping, or open one TCP connection, and show where its packets went and what became of them.

    Shell: ping -c 1 -W {timeout_s} {dst}

    It is sent by a socket of its own: the command is what to type to send such a packet by hand. Every interface of
    the lab is listened to meanwhile, as `tcpdump` does. With `port` the packets are those of
    `nc -z -w {timeout_s} {dst} {port}`: SYN, the answer, ACK.

    Args:
        dst: An IP address, not a name; a link-local one as `fe80::1%veth-test1`.
        netns: The namespace to start from; `None` is the host.
        port: A TCP port, 1 to 65535; without one it is a ping.
        timeout_s: Seconds to wait for the reply, 0.01 to 60.

    Raises:
        BadValue: An argument breaks its rule.
        NoLink, NoNamespace: What was named does not exist.

    Times are the kernel's own, from the moment a packet passed an interface. See packet(7), tcpdump(8), RFC 826.

    Example:
        >>> journey("192.168.1.2", netns="test1")
    """
    arguments = {"dst": dst, "netns": netns, "port": port, "timeout_s": timeout_s}
    template = "ping -c 1 -W {timeout_s} {dst}" if port is None else "nc -z -w {timeout_s} {dst} {port}"
    command = fill(template, arguments)
    with attach_command(command):
        require_lab()
        check_ping_dst(dst)
        check_range("timeout_s", timeout_s, (int, float), 0.01, 60, _TRY)
        if port is not None:
            check_range("port", port, int, 1, 65535, _TRY)
        if netns is not None:
            require_namespace(netns)
        settle()
        network = _after_earlier_questions(dst, with_neighbours())
        asked = Journey(dst, netns, port, command, network, SILENT)
        return _told(asked, _trip(dst, netns, port, timeout_s, network))


def travel(asked: Journey, timeout_s: float, size: int = 16) -> Journey:
    """Send the packet of a journey at once, and return what came of it, without a word about the cause of a loss.

    Args:
        asked: Where from and where to, and the lab as it is.
        timeout_s: Seconds to wait for the reply.
        size: How many bytes a ping carries, beside 8 of ICMP and 20 of IPv4, 40 of IPv6; at least 16.
    """
    return _told(asked, _trip(asked.dst, asked.netns, asked.port, timeout_s, asked.network, size), is_explained=False)


def _after_earlier_questions(dst: str, network: Network) -> Network:
    """Wait while Linux still asks for a neighbour on the way on behalf of an earlier packet.

    What is sent meanwhile would share that question's fate: its error would come at once, and no question be seen.
    """
    deadline_s = time.monotonic() + NEIGHBOUR_TIMEOUT_S
    while time.monotonic() < deadline_s and _is_asking(dst, network):
        time.sleep(_PAUSE_S)
        network = with_neighbours()
    return network


def _is_asking(dst: str, network: Network) -> bool:
    asked = {str(ipaddress.ip_address(dst.partition("%")[0])), *_gateways(network)}
    return any(
        neighbour.state == "INCOMPLETE" and neighbour.dst in asked and namespace.link(neighbour.dev).carrier
        for namespace in network.namespaces.values()
        for neighbour in namespace.neighbours
    )


def _gateways(network: Network) -> set[str]:
    return {route.gateway for namespace in network.namespaces.values() for route in namespace.routes if route.gateway}


@dataclass(frozen=True, slots=True)
class _Trip:
    """What was captured since the packet was sent, and what the sender was told."""

    packets: tuple[Packet, ...]
    mark: bytes
    refused: int = 0
    """The error with which the sender's Linux refused; 0 where it sent."""
    heard: bool = False
    """Whether the sender's socket got an answer: what is seen at its interface may be thrown away behind it."""


def _trip(dst: str, netns: str | None, port: int | None, timeout_s: float, network: Network, size: int = 16) -> _Trip:
    with Capture(network.namespaces) as capture:
        time.sleep(_STAMPS_S)
        since_ns, deadline_s = time.time_ns(), time.monotonic() + timeout_s
        if port is None:
            trip = _ping(dst, netns, deadline_s, capture, size)
        else:
            trip = _connect(dst, netns, port, deadline_s, capture)
    return replace(trip, packets=tuple(packet for packet in trip.packets if packet.time_ns >= since_ns))


def _ping(dst: str, netns: str | None, deadline_s: float, capture: Capture, size: int) -> _Trip:
    mark = random.randbytes(size)
    echo = Echo(netns, "", 6 if ":" in dst else 4, random.randrange(1 << 16))
    answer = _Answer(echo.fileno(), select.EPOLLIN, lambda: any(_is_ours(heard, mark) for heard in echo.receive()))
    try:
        echo.send(destination(dst, netns), 1, mark)
        packets = _until(answer, capture, deadline_s)
    except OSError as error:
        return _Trip(tuple(capture.read()), mark, error.errno or errno.EIO)
    finally:
        echo.close()
    return _Trip(packets, mark, heard=answer.came)


def _is_ours(heard: Heard, mark: bytes) -> bool:
    return mark.startswith(heard.payload)  # an error may quote little of it


def _connect(dst: str, netns: str | None, port: int, deadline_s: float, capture: Capture) -> _Trip:
    with _tcp(dst, netns) as opened:
        number = opened.connect_ex(destination(dst, netns, port))
        refused = 0 if number in (0, errno.EINPROGRESS, errno.ECONNREFUSED) else number
        answer = _Answer(opened.fileno(), select.EPOLLOUT, lambda: True)
        packets = _until(answer, capture, deadline_s)
        local = opened.getsockname()
    frames = (read_frame(packet.data) for packet in packets)
    first = (f for f in frames if f and f.words == "SYN" and f.ports[0] == local[1])
    return _Trip(packets, next((frame.mark for frame in first), b"none"), refused, answer.came)


@contextmanager
def _tcp(dst: str, netns: str | None) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in dst else socket.AF_INET
    opened = worker.run(netns, socket.socket, family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        yield opened
    finally:
        opened.close()


@dataclass(slots=True)
class _Answer:
    """What is waited for."""

    descriptor: int
    event: int
    is_ours: Callable[[], bool]
    """Tells, once there is something, whether it is the answer."""
    came: bool = False


def _until(answer: _Answer, capture: Capture, deadline_s: float) -> tuple[Packet, ...]:
    """Return what is captured until the answer comes, or the time is over."""
    packets: list[Packet] = []
    with select.epoll() as poll:
        poll.register(capture.fileno(), select.EPOLLIN)
        poll.register(answer.descriptor, answer.event)
        left = 1.0
        while not answer.came and left > 0 and len(packets) < _STORM:
            left = max(0.0, deadline_s - time.monotonic())
            ready = [found for found, _events in poll.poll(left)]
            packets += capture.read()
            answer.came = answer.descriptor in ready and answer.is_ours()
    if answer.came:
        time.sleep(_LAST_S)
    return (*packets, *capture.read())


def _told(asked: Journey, trip: _Trip, is_explained: bool = True) -> Journey:
    seen = own_packets(trip.packets, trip.mark, _addresses(asked, trip), asked.network)
    start = asked.network.namespace(asked.netns).name
    way = on_path(sightings(seen), start, asked.network)
    outcome, said = _outcome(seen, trip, start)
    loss = find_loss(way, asked) if outcome == SILENT and is_explained else None
    if loss and loss.cause in (NOT_FORWARDED, NO_ROUTE):
        way = without_later_arp(way, loss)
    steps = trace_steps(way, asked.dst, asked.network)
    kept = tuple(one.packet for one in seen)
    return Journey(
        asked.dst, asked.netns, asked.port, asked.command, asked.network,
        outcome, said, steps, stops(steps), way, loss, kept,
    )  # fmt: skip


def _outcome(seen: Iterable[Seen], trip: _Trip, start: str) -> tuple[str, str]:
    if trip.refused:
        return REFUSED, errno_text(trip.refused)
    back = [one.frame for one in seen if one.packet.netns == start and one.packet.direction == "in"]
    for frame in back:
        if frame.kind == REPLY and not trip.heard:
            continue
        if frame.kind == REPLY and frame.words == "RST":
            return REJECTED, f"{os.strerror(errno.ECONNREFUSED)} (ECONNREFUSED)"
        if frame.kind == REPLY:
            return ANSWERED, ""
        if frame.kind == ERROR:
            return REJECTED, f"From {frame.src}: {frame.words}"
    return SILENT, ""


def _addresses(asked: Journey, trip: _Trip) -> set[str]:
    """Return whom the namespaces on the way may ask for by ARP: both ends, rewritten or not, and every gateway."""
    frames = (read_frame(packet.data) for packet in trip.packets)
    ends = {addr for f in frames if f and f.mark == trip.mark for addr in (f.src, f.dst) if f.kind in (REQUEST, REPLY)}
    return {str(ipaddress.ip_address(asked.dst.partition("%")[0])), *ends, *_gateways(asked.network)}
