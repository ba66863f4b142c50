"""Turns sightings into steps: sent, rewritten, forwarded."""

from collections.abc import Iterable, Iterator
from math import inf

from nslab_kernel.model.journey_result import (
    ANSWER,
    ASK,
    DESTINATION,
    ERROR,
    FORWARDED,
    REPLY,
    REQUEST,
    SOURCE,
    Packet,
    Sighting,
    Step,
)
from nslab_kernel.model.lookup import interfaces_with_addr, link_at
from nslab_kernel.model.network import End, Network
from nslab_kernel.packets.frames import Frame, read_frame
from nslab_kernel.packets.link_paths import device, path

_MAY_BE_FRAGMENT_BYTES = 500
"""An echo payload with more bytes than this may be the first fragment of a larger one (RFC 791)."""


def own_packets(
    packets: Iterable[Packet], mark: bytes, addresses: set[str], network: Network
) -> dict[Packet, Sighting]:
    """Return the captured packets that belong to a journey, sorted by time, each with its sighting.

    Unicast ARP requests are left out: they only confirm a known neighbour, and no packet waits for them. So are
    retransmissions of ARP requests and of a SYN.

    Args:
        packets: The packets captured since the journey began.
        mark: The bytes that identify the journey's packets, which NAT does not change.
        addresses: The addresses that ARP may resolve for the journey.
        network: The lab at that time.
    """
    found: dict[tuple[object, ...], tuple[Packet, Frame]] = {}
    for packet in sorted(packets):
        frame = None if _is_overheard(packet, network) else read_frame(packet.data)
        if frame and (_is_marked(frame, mark) if frame.mark else _is_arp_of_journey(packet, frame, addresses)):
            said = frame.kind, frame.src, frame.dst, frame.words, frame.ttl
            found.setdefault((packet.netns, packet.ifname, packet.direction, *said), (packet, frame))
    start_ns = next((packet.time_ns for packet, _frame in found.values()), 0)
    return {packet: _sighting(packet, frame, start_ns) for packet, frame in found.values()}


def _sighting(packet: Packet, frame: Frame, start_ns: int) -> Sighting:
    time_us, at = (packet.time_ns - start_ns) / 1000, End(packet.netns, packet.ifname)
    said = frame.kind, frame.src, frame.dst, frame.ttl, frame.words
    return Sighting(time_us, at, packet.direction, *said, packet.data[:6].hex(":"))


def _is_marked(frame: Frame, mark: bytes) -> bool:
    """Return whether a packet carries a mark; an ICMP error and a first fragment may contain only its beginning."""
    is_part = frame.kind == ERROR or len(frame.mark) > _MAY_BE_FRAGMENT_BYTES
    return mark.startswith(frame.mark) if is_part else frame.mark == mark


def _is_overheard(packet: Packet, network: Network) -> bool:
    """Return whether a bridge flooded the packet to this interface although its MAC address is not the destination."""
    link = link_at(End(packet.netns, packet.ifname), network)
    if packet.direction == "out" or not link or link.master or not link.peer:
        return False
    beyond, to = link_at(link.peer, network), packet.data[:6]
    return bool(beyond and beyond.master) and not to[0] & 1 and to.hex(":") != link.mac


def lifeline_of(at: End, network: Network) -> End:
    """Return the interface whose lifeline in the diagram shows this one: for a port its bridge."""
    link = link_at(at, network)
    return End(at.netns, link.master) if link and link.master else at


def on_path(seen: tuple[Sighting, ...], start: str, network: Network) -> tuple[Sighting, ...]:
    """Return the sightings without ARP for other packets and interfaces that only received a flooded request."""
    reached = {start: 0.0}
    for one in seen:
        if one.kind in (REQUEST, REPLY, ERROR):
            reached.setdefault(one.at.netns, one.time_us)
    asking = [one for one in seen if one.kind == ASK and one.direction == "out" and _is_own(one, network)]
    asked = {_arp_addresses(one) for one in asking if one.time_us >= reached.get(one.at.netns, inf)}
    seen = tuple(one for one in seen if _arp_addresses(one) in asked or one.kind not in (ASK, ANSWER))
    on_path_stops = {lifeline_of(one.at, network) for one in seen if one.kind != ASK}
    answered = {one.src for one in seen if one.kind == ANSWER}
    for at, dst in {(one.at, one.dst) for one in asking if one in seen}:
        link = link_at(at, network)
        ends = (at, link.peer) if link and link.peer else (at,)
        owners = () if dst in answered else interfaces_with_addr(dst, network)
        on_path_stops |= {lifeline_of(end, network) for end in (*ends, *owners, *path(at, owners, network))}
    return tuple(
        one
        for one in seen
        if lifeline_of(one.at, network) in on_path_stops and not _is_flooded(one, on_path_stops, network)
    )


def without_later_arp(seen: tuple[Sighting, ...], netns: str) -> tuple[Sighting, ...]:
    """Return the sightings without the ARP that a namespace starts after it dropped the packet: it is for others."""
    came = [one.time_us for one in seen if one.kind in (REQUEST, REPLY) and _comes_in(one, netns)]
    later = [one for one in seen if one.kind in (ASK, ANSWER) and one.time_us > max(came, default=inf)]
    others = {
        _arp_addresses(one) for one in later if one.kind == ASK and one.at.netns == netns and one.direction == "out"
    }
    return tuple(one for one in seen if one not in later or _arp_addresses(one) not in others)


def seen_last(seen: tuple[Sighting, ...], network: Network) -> Sighting | None:
    """Return where the packet was seen last; while it waits for a neighbour, where the ARP request was seen last."""
    packet = next((one for one in reversed(seen) if one.kind in (REQUEST, REPLY)), None)
    since = seen[seen.index(packet) :] if packet else seen
    answered = {one.src for one in since if one.kind == ANSWER}
    asking = [one for one in since if one.kind == ASK and one.dst not in answered]
    first = next((one for one in asking if one.direction == "out" and _is_own(one, network)), None)
    is_inside = not packet or (device(packet.at, network) == packet.at and first and _comes_in(packet, first.at.netns))
    if not first or not is_inside:
        return packet
    is_there = interfaces_with_addr(first.dst, network)
    return [one for one in asking if one.dst == first.dst][-1] if is_there else first


def _comes_in(one: Sighting, netns: str) -> bool:
    return (one.at.netns, one.direction) == (netns, "in")


def _is_own(question: Sighting, network: Network) -> bool:
    """Return whether this namespace sent an ARP request itself, with its own address; a bridge may forward others."""
    return any(end.netns == question.at.netns for end in interfaces_with_addr(question.src, network))


def _arp_addresses(one: Sighting) -> tuple[str, str]:
    """Return the asking and the requested address of an ARP request or reply."""
    return (one.dst, one.src) if one.kind == ANSWER else (one.src, one.dst)


def _is_flooded(one: Sighting, on_path_stops: set[End], network: Network) -> bool:
    """Return whether a bridge flooded the packet out of a port that is not on the path."""
    link = link_at(one.at, network)
    beyond = link.peer if link and link.master and one.direction == "out" else None
    return beyond is not None and lifeline_of(beyond, network) not in on_path_stops


def trace_steps(seen: tuple[Sighting, ...], dst: str, network: Network) -> tuple[Step, ...]:
    """Return the steps that the sightings show."""
    steps: list[Step] = []
    last: dict[str, Sighting] = {}
    since: dict[End, float] = {}
    for number, one in enumerate(seen):
        here = lifeline_of(one.at, network)
        before = last.get(one.kind)
        if one.kind in (REQUEST, REPLY) and one.direction == "out":
            steps += _namespace_steps(before, one, here, dst)
        if one.kind in (REQUEST, REPLY, ERROR):
            last[one.kind] = one
        if one.direction == "out" and _is_seen_again_at_port(one, seen, network):
            since[here] = one.time_us
        elif one.direction == "out":
            end = _arrival(one, seen[number + 1 :], network)
            time_us = since.pop(here, one.time_us)
            steps.append(Step(one.kind, time_us, here, lifeline_of(end.at, network) if end else here, one.words))
    return tuple(steps)


def stops(steps: Iterable[Step]) -> tuple[End, ...]:
    """Return the interfaces of the steps in the order of the path, those of one namespace side by side."""
    found = dict.fromkeys(end for step in steps for end in (step.start, step.end))
    namespaces = dict.fromkeys(end.netns for end in found)
    return tuple(end for namespace in namespaces for end in found if end.netns == namespace)


def _namespace_steps(before: Sighting | None, after: Sighting, here: End, dst: str) -> Iterator[Step]:
    """Yield the steps of a namespace between receiving and sending a packet: forwarding, NAT."""
    if before is None:
        if after.kind == REQUEST and after.dst != dst.partition("%")[0]:
            yield Step(DESTINATION, after.time_us, here, here, "", dst, after.dst)
        return
    if before.at.netns != after.at.netns or before.direction == "out":
        return
    if before.ttl and after.ttl and after.ttl < before.ttl:
        yield Step(FORWARDED, after.time_us, here, here, "", str(before.ttl), str(after.ttl))
    if before.src != after.src:
        yield Step(SOURCE, after.time_us, here, here, "", before.src, after.src)
    if before.dst != after.dst:
        yield Step(DESTINATION, after.time_us, here, here, "", before.dst, after.dst)


def _is_seen_again_at_port(one: Sighting, seen: tuple[Sighting, ...], network: Network) -> bool:
    """Return whether a packet that a bridge sent is captured at its port, too: one transmission, captured twice."""
    link = link_at(one.at, network)
    if not link or link.kind != "bridge":
        return False
    ports = {
        End(one.at.netns, port.ifname) for port in network.namespaces[one.at.netns].links if port.master == link.ifname
    }
    return any(_is_same_packet(one, other) and other.at in ports and other.direction == "out" for other in seen)


def _arrival(one: Sighting, later: Iterable[Sighting], network: Network) -> Sighting | None:
    """Return the packet's arrival at the peer of the interface that it left, on loopback at that interface itself."""
    link = link_at(one.at, network)
    peer = one.at if link and link.kind == "loopback" else link.peer if link else None
    return next(
        (other for other in later if other.direction == "in" and other.at == peer and _is_same_packet(one, other)), None
    )


def _is_same_packet(one: Sighting, other: Sighting) -> bool:
    return (one.kind, one.src, one.dst, one.words) == (other.kind, other.src, other.dst, other.words)


def _is_arp_of_journey(packet: Packet, frame: Frame, addresses: set[str]) -> bool:
    if frame.kind == ASK:
        return frame.dst in addresses and bool(packet.data[0] & 1)
    return frame.kind == ANSWER and frame.src in addresses
