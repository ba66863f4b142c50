"""Sends a packet and captures it at every interface."""

import errno
import ipaddress
import os
import random
import select
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace

from nslab_kernel.errors import errno_text
from nslab_kernel.linux import worker
from nslab_kernel.linux.capture import Capture
from nslab_kernel.linux.echo import Echo, Heard, destination
from nslab_kernel.model.journey_result import (
    ANSWERED,
    ERROR,
    REFUSED,
    REJECTED,
    REPLY,
    REQUEST,
    SILENT,
    Journey,
    Packet,
    Sighting,
)
from nslab_kernel.model.network import Network
from nslab_kernel.packets.frames import read_frame
from nslab_kernel.packets.trace import on_path, own_packets, seen_last, stops, trace_steps

_TIMESTAMP_DELAY_S = 0.003
"""Wait before sending: Linux enables packet timestamps a moment after the first socket asks for them."""
_LATE_PACKETS_S = 0.002
"""Wait after the reply for packets that are captured late."""
_MAX_PACKETS = 10_000
"""Stop capturing after so many packets: a routing or bridging loop multiplies them."""


def travel(asked: Journey, timeout_s: float, size: int = 16) -> Journey:
    """Send the packet of a journey at once, and return the journey with its outcome.

    Args:
        asked: The source, the destination, and the present lab.
        timeout_s: Seconds to wait for the reply.
        size: The payload of a ping in bytes, without the ICMP and IP headers; at least 16.
    """
    trip = _capture(asked.dst, asked.netns, asked.port, timeout_s, asked.network, size)
    seen = own_packets(trip.packets, trip.mark, _addresses(asked, trip), asked.network)
    start = asked.network.namespace(asked.netns).name
    outcome, said = _outcome(seen.values(), trip, start)
    found = replace(asked, outcome=outcome, said=said, packets=tuple(seen))
    return with_sightings(found, on_path(tuple(seen.values()), start, asked.network))


def with_sightings(journey: Journey, sightings: tuple[Sighting, ...]) -> Journey:
    """Return the journey with these sightings, and the steps and stops that follow from them."""
    steps = trace_steps(sightings, journey.dst, journey.network)
    last = seen_last(sightings, journey.network) if journey.outcome == SILENT else None
    return replace(journey, steps=steps, stops=stops(steps), sightings=sightings, last=last)


def gateways(network: Network) -> list[str]:
    """Return the gateways of all routes of the lab."""
    return [route.gateway for namespace in network.namespaces.values() for route in namespace.routes if route.gateway]


@dataclass(frozen=True, slots=True)
class _Captured:
    """The packets captured since the packet was sent, and the answer that the sender's socket got."""

    packets: tuple[Packet, ...]
    mark: bytes
    refused: int = 0
    """The errno with which Linux refused to send; 0 if it sent the packet."""
    heard: bool = False
    """Whether the sender's socket got an answer: a packet captured at its interface may still be dropped."""
    replied: bool = False
    """Whether that was an echo reply: in a loop of many packets it may not be captured."""


def _capture(dst: str, netns: str | None, port: int | None, timeout_s: float, network: Network, size: int) -> _Captured:
    with Capture(network.namespaces) as capture:
        time.sleep(_TIMESTAMP_DELAY_S)
        since_ns, deadline_s = time.time_ns(), time.monotonic() + timeout_s
        if port is None:
            trip = _ping(dst, netns, deadline_s, capture, size)
        else:
            trip = _connect(dst, netns, port, deadline_s, capture)
    return replace(trip, packets=tuple(packet for packet in trip.packets if packet.time_ns >= since_ns))


def _ping(dst: str, netns: str | None, deadline_s: float, capture: Capture, size: int) -> _Captured:
    mark = random.randbytes(size)
    heard: list[Heard] = []
    with closing(Echo(netns, "", 6 if ":" in dst else 4, random.randrange(1 << 16))) as echo:

        def is_ours() -> bool:
            # An ICMP error may quote only the beginning of the payload.
            heard.extend(one for one in echo.receive() if mark.startswith(one.payload))
            return bool(heard)

        try:
            echo.send(destination(dst, netns), 1, mark)
            packets, came = _capture_until_answer(echo.fileno(), select.EPOLLIN, is_ours, capture, deadline_s)
        except OSError as error:
            return _Captured(tuple(capture.read()), mark, error.errno or errno.EIO)
    return _Captured(packets, mark, heard=came, replied=any(not one.said for one in heard))


def _connect(dst: str, netns: str | None, port: int, deadline_s: float, capture: Capture) -> _Captured:
    family = socket.AF_INET6 if ":" in dst else socket.AF_INET
    with worker.run(netns, socket.socket, family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as opened:
        number = opened.connect_ex(destination(dst, netns, port))
        refused = 0 if number in (0, errno.EINPROGRESS, errno.ECONNREFUSED) else number
        packets, came = _capture_until_answer(opened.fileno(), select.EPOLLOUT, lambda: True, capture, deadline_s)
        local = opened.getsockname()
    frames = (read_frame(packet.data) for packet in packets)
    first = (f for f in frames if f and f.words == "SYN" and f.ports[0] == local[1])
    return _Captured(packets, next((frame.mark for frame in first), b"none"), refused, came)


def _capture_until_answer(
    descriptor: int, event: int, is_ours: Callable[[], bool], capture: Capture, deadline_s: float
) -> tuple[tuple[Packet, ...], bool]:
    """Capture until the answer comes or the time is over; return the packets, and whether the answer came.

    Wait for an event of epoll(7) at a descriptor; then `is_ours` returns whether it is the answer.
    """
    packets: list[Packet] = []
    came, left = False, 1.0
    with select.epoll() as poll:
        poll.register(capture.fileno(), select.EPOLLIN)
        poll.register(descriptor, event)
        while not came and left > 0 and len(packets) < _MAX_PACKETS:
            left = max(0.0, deadline_s - time.monotonic())
            ready = [found for found, _events in poll.poll(left)]
            packets += capture.read()
            came = descriptor in ready and is_ours()
    if came:
        time.sleep(_LATE_PACKETS_S)
    return (*packets, *capture.read()), came


def _outcome(seen: Iterable[Sighting], trip: _Captured, start: str) -> tuple[str, str]:
    if trip.refused:
        return REFUSED, errno_text(trip.refused)
    for one in seen:
        if (one.at.netns, one.direction) != (start, "in") or (one.kind == REPLY and not trip.heard):
            continue
        if one.kind == REPLY and one.words == "RST":
            return REJECTED, f"{os.strerror(errno.ECONNREFUSED)} (ECONNREFUSED)"
        if one.kind == REPLY:
            return ANSWERED, ""
        if one.kind == ERROR:
            return REJECTED, f"From {one.src}: {one.words}"
    return (ANSWERED if trip.replied else SILENT), ""


def _addresses(asked: Journey, trip: _Captured) -> set[str]:
    """Return the addresses that ARP may resolve on the path: all sources and destinations, and every gateway."""
    frames = (read_frame(packet.data) for packet in trip.packets)
    ends = {addr for f in frames if f and f.mark == trip.mark for addr in (f.src, f.dst) if f.kind in (REQUEST, REPLY)}
    return {str(ipaddress.ip_address(asked.dst.partition("%")[0])), *ends, *gateways(asked.network)}
