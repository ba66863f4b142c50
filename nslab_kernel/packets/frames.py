"""Parses frames: ARP, neighbour discovery, echo, ICMP errors, TCP."""

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from nslab_kernel.model.journey_result import ANSWER, ASK, ERROR, REPLY, REQUEST

_ETHERNET = 14
_VLAN, _IPV4, _ARP, _IPV6 = 0x8100, 0x0800, 0x0806, 0x86DD
_ICMP, _TCP, _ICMPV6 = 1, 6, 58
_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
_ERRORS = {
    (4, 3, 0): "net unreachable", (4, 3, 1): "host unreachable", (4, 3, 2): "protocol unreachable",
    (4, 3, 3): "port unreachable", (4, 3, 4): "need to frag", (4, 3, 9): "net prohibited",
    (4, 3, 10): "host prohibited", (4, 3, 13): "admin prohibited", (4, 11, 0): "time exceeded in-transit",
    (6, 1, 0): "no route", (6, 1, 1): "admin prohibited", (6, 1, 3): "address unreachable",
    (6, 1, 4): "port unreachable", (6, 2, 0): "packet too big", (6, 3, 0): "time exceeded in-transit",
}  # fmt: skip
"""ICMP errors in the words of tcpdump, by IP version, type and code."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The parts of a frame that a journey needs."""

    kind: str
    src: str
    dst: str
    words: str
    ttl: int | None = None
    mark: bytes = b""
    """Identifies a ping by its payload, a TCP connection by its initial sequence number."""
    ports: tuple[int, int] = (0, 0)


def read_frame(data: bytes) -> Frame | None:
    """Parse an Ethernet frame; return None if it is of a kind that a journey does not show, or malformed."""
    try:
        return next(_frame(data), None)
    except (struct.error, IndexError, ValueError):  # truncated or malformed
        return None


def _frame(data: bytes) -> Iterator[Frame]:
    at, (kind,) = _ETHERNET, struct.unpack_from("!H", data, 12)
    if kind == _VLAN:
        (kind,) = struct.unpack_from("!H", data, 16)
        at += 4
    packet = data[at:]
    if kind == _ARP:
        yield from _arp(packet)
    elif kind in (_IPV4, _IPV6):
        yield from _ip(4 if kind == _IPV4 else 6, packet)


def _arp(packet: bytes) -> Iterator[Frame]:
    (operation,) = struct.unpack_from("!H", packet, 6)
    mac = packet[8:14].hex(":")
    sender, target = (socket.inet_ntop(socket.AF_INET, packet[at : at + 4]) for at in (14, 24))
    if operation == 1:
        yield Frame(ASK, sender, target, f"who-has {target}")
    elif operation == 2:
        yield Frame(ANSWER, sender, target, f"is-at {mac}")


def _ip(family: int, packet: bytes) -> Iterator[Frame]:
    if family == 4:
        ttl, protocol = packet[8], packet[9]
        src, dst = (socket.inet_ntop(socket.AF_INET, packet[at : at + 4]) for at in (12, 16))
        start, end = (packet[0] & 0xF) * 4, struct.unpack_from("!H", packet, 2)[0]
    else:
        protocol, ttl = packet[6], packet[7]
        src, dst = (socket.inet_ntop(socket.AF_INET6, packet[at : at + 16]) for at in (8, 24))
        start, end = 40, 40 + struct.unpack_from("!H", packet, 4)[0]
    rest, frame = packet[start:end], Frame("", src, dst, "", ttl)
    if protocol == (_ICMP if family == 4 else _ICMPV6):
        yield from _icmp(family, rest, frame)
    elif protocol == _TCP:
        yield from _tcp(rest, frame)


def _icmp(family: int, rest: bytes, frame: Frame) -> Iterator[Frame]:
    kind, code = rest[0], rest[1]
    if kind == (8 if family == 4 else 128):
        yield replace(frame, kind=REQUEST, words="echo request", mark=rest[8:])
    elif kind == (0 if family == 4 else 129):
        yield replace(frame, kind=REPLY, words="echo reply", mark=rest[8:])
    elif family == 6 and kind in (135, 136):
        target = socket.inet_ntop(socket.AF_INET6, rest[8:24])
        yield from _discovery(kind, target, rest, frame)
    elif (family, kind, code) in _ERRORS:
        inner = next(_ip(family, rest[8:]), None)
        if inner:
            yield replace(frame, kind=ERROR, words=_ERRORS[family, kind, code], mark=inner.mark, ports=inner.ports)


def _discovery(kind: int, target: str, rest: bytes, frame: Frame) -> Iterator[Frame]:
    if kind == 135:
        yield Frame(ASK, frame.src, target, f"who has {target}")
    else:
        option = rest[24:32]
        mac = f" {option[2:8].hex(':')}" if option[:2] == b"\2\1" else ""
        yield Frame(ANSWER, target, frame.dst, f"tgt is{mac}" if mac else "advertisement")


def _tcp(rest: bytes, frame: Frame) -> Iterator[Frame]:
    source, target, seq, ack = struct.unpack_from("!HHII", rest)
    # An ICMP error may quote only the first eight bytes.
    flags = rest[13] if len(rest) > 13 else _SYN
    frame = replace(frame, ports=(source, target))
    if flags & _RST:
        yield replace(frame, kind=REPLY, words="RST", mark=_seq_mark(ack - 1))
    elif flags & _SYN:
        answers = flags & _ACK
        words = "SYN, ACK" if answers else "SYN"
        yield replace(
            frame, kind=REPLY if answers else REQUEST, words=words, mark=_seq_mark(ack - 1 if answers else seq)
        )
    elif flags & _ACK and not flags & _FIN:
        yield replace(frame, kind=REQUEST, words="ACK", mark=_seq_mark(seq - 1))


def _seq_mark(value: int) -> bytes:
    return struct.pack("!I", value & 0xFFFFFFFF)
