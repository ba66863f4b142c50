"""Captured packets as a file that tcpdump and Wireshark read.

The format is pcapng, which stores the interface of each packet: draft-ietf-opsawg-pcapng.
"""

import os
import struct
from collections.abc import Iterable
from pathlib import Path

from nslab_kernel.errors import BadValue
from nslab_kernel.language import translate as _
from nslab_kernel.model.journey_result import Journey, Packet
from nslab_kernel.saving import save
from nslab_kernel.spelling import as_python, visible

_SECTION, _INTERFACE, _ENHANCED = 0x0A0D0D0A, 1, 6
_BYTE_ORDER = 0x1A2B3C4D
_ETHERNET = 1
_IF_NAME, _IF_TSRESOL, _EPB_FLAGS = 2, 9, 2
_NANOSECONDS = 9
_MAGIC = (b"\n\r\r\n", b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d")
"""The first bytes of a capture: pcapng, then pcap in microseconds and in nanoseconds, in either byte order."""
_INBOUND, _OUTBOUND = 1, 2


def pcap_save(journey: Journey, path: str | os.PathLike[str] = "journey.pcap", overwrite: bool = False) -> Path:
    """Save what a journey captured as a file for `tcpdump -r` and Wireshark.

    The file has each packet once for each interface that it passed; Wireshark shows that interface's name.

    Args:
        journey: The value that `journey()` returned.
        path: The file; an existing capture is replaced.
        overwrite: Whether a file of another kind is replaced as well.

    Returns:
        The file's path.

    Raises:
        BadValue: The value is no journey, the path has another kind of file, or cannot be written; nothing is changed.

    Example:
        >>> pcap_save(journey("192.168.1.2", netns="test1"), "ping.pcap")

    See tcpdump(8), pcap-savefile(5).
    """
    if not isinstance(journey, Journey):
        raise BadValue(
            _("{value} is no journey.").format(value=as_python(journey)),
            try_='pcap_save(journey("192.168.1.2", netns="test1"))',
        )
    return save(path, pcap(journey.packets), "pcap", lambda head: head.startswith(_MAGIC), overwrite)


def pcap(packets: Iterable[Packet]) -> bytes:
    """Return packets as the content of a pcapng file."""
    packets = tuple(packets)
    interfaces = {place: number for number, place in enumerate(dict.fromkeys((p.netns, p.ifname) for p in packets))}
    blocks = [_block(_SECTION, struct.pack("=IHHq", _BYTE_ORDER, 1, 0, -1))]
    for netns, ifname in interfaces:
        options = _option(_IF_NAME, visible(f"{netns}/{ifname}").encode()) + _option(_IF_TSRESOL, bytes([_NANOSECONDS]))
        blocks.append(_block(_INTERFACE, struct.pack("=HHI", _ETHERNET, 0, 0) + options + _option(0)))
    blocks += [_packet(packet, interfaces[packet.netns, packet.ifname]) for packet in packets]
    return b"".join(blocks)


def _packet(packet: Packet, interface: int) -> bytes:
    size = len(packet.data)
    header = struct.pack("=IIIII", interface, packet.time_ns >> 32, packet.time_ns & 0xFFFFFFFF, size, size)
    direction = _option(_EPB_FLAGS, struct.pack("=I", _OUTBOUND if packet.direction == "out" else _INBOUND))
    return _block(_ENHANCED, header + _padded(packet.data) + direction + _option(0))


def _block(kind: int, body: bytes) -> bytes:
    size = len(body) + 12
    return struct.pack("=II", kind, size) + body + struct.pack("=I", size)


def _option(kind: int, value: bytes = b"") -> bytes:
    return struct.pack("=HH", kind, len(value)) + _padded(value)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)
