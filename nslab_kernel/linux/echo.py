"""Echo requests by raw sockets, many at once; icmp(7), raw(7).

A matrix has thousands of directions; real `ping` would need a process for each. With IP_RECVERR Linux reports all
errors, also that its neighbour table is full.
"""

import contextlib
import os
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

from nslab_kernel.linux import socket_options, worker
from nslab_kernel.linux.links import index

_HEADER = struct.Struct("!BBHHH")  # type, code, checksum, identifier, sequence
_EXTENDED = struct.Struct("=IBBBxII")  # errno, origin, type, code, info, data
_ICMP_FILTER, _SOL_RAW = 1, 255
_IP_RECVERR, _IPV6_RECVERR = 11, 25
_ICMP6_FILTER = 1
_MSG_ERRQUEUE = 0x2000
_BUFFER_BYTES = 1 << 20
_READ_BYTES = 2048
_ANCILLARY_BYTES = 512
_FROM_ICMP = (2, 3)
_REQUEST, _REPLY = {4: 8, 6: 128}, {4: 0, 6: 129}
_WORDS = {
    (4, 3, 0): "Destination Net Unreachable", (4, 3, 1): "Destination Host Unreachable",
    (4, 3, 2): "Destination Protocol Unreachable", (4, 3, 3): "Destination Port Unreachable",
    (4, 3, 4): "Frag needed", (4, 3, 9): "Destination Net Prohibited", (4, 3, 10): "Destination Host Prohibited",
    (4, 3, 13): "Packet filtered", (4, 11, 0): "Time to live exceeded",
    (6, 1, 0): "No route", (6, 1, 1): "Administratively prohibited", (6, 1, 3): "Address unreachable",
    (6, 1, 4): "Port unreachable", (6, 2, 0): "Packet too big", (6, 3, 0): "Hop limit exceeded",
}  # fmt: skip
"""ICMP errors in the words of ping(8), by family, type and code."""


Destination = tuple[str, int] | tuple[str, int, int, int]
"""The argument of sendto(): address and port; where an interface must be named, flow label and ifindex too."""


class Heard(NamedTuple):
    """The reply to one request, or the error that came instead."""

    seq: int
    time_ns: int
    """When the reply came, by the kernel's clock (CLOCK_REALTIME); 0 for an error."""
    said: str = ""
    """The error that a host on the way, or the own kernel, reported; empty for a reply."""
    payload: bytes = b""
    """The payload of the request; in an error, as much of it as was quoted."""


class Echo:
    """A socket in one namespace that sends requests from one address.

    Args:
        netns: The namespace; `None` is the host.
        addr: The source address; an empty text leaves the choice to Linux.
        family: 4 or 6.
        identifier: The ICMP identifier that marks our requests, 0 to 65535.

    Raises:
        NoNamespace: There is no namespace of that name.
        OSError: Linux refuses a raw socket, or the namespace does not have the address.
    """

    def __init__(self, netns: str | None, addr: str, family: int, identifier: int) -> None:
        self._family, self._identifier = family, identifier
        self._socket = worker.run(netns, _open, family)
        try:
            if addr:
                self._socket.bind((addr, 0))
        except OSError:
            self._socket.close()
            raise

    def fileno(self) -> int:
        """Return the descriptor, to wait on."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def send(self, dst: Destination, seq: int, payload: bytes = b"") -> None:
        """Send one request.

        Args:
            dst: The destination, as `destination` returns it.
            seq: Its sequence number.
            payload: Its payload.

        Raises:
            BlockingIOError: The send buffer is full; read the answers first, then send again.
            OSError: The kernel refuses to send.
        """
        request = self._request(seq, payload)
        try:
            self._socket.sendto(request, dst)
        except BlockingIOError:
            raise
        except OSError:
            # Linux may have reported a pending error of an earlier packet, once (raw(7)): send again.
            self._socket.sendto(request, dst)

    def receive(self) -> Iterator[Heard]:
        """Yield the replies and errors that have come for our requests."""
        while True:
            try:
                data, ancillary, _flags, _from = self._socket.recvmsg(_READ_BYTES, _ANCILLARY_BYTES)
            except BlockingIOError:
                break
            except OSError:  # _errors reads this error in full
                continue
            if self._family == 4:
                data = data[(data[0] & 0xF) * 4 :]
            if len(data) >= _HEADER.size and data[0] == _REPLY[self._family]:
                yield from self._ours(data, socket_options.time_ns(ancillary), "")
        yield from self._errors()

    def _errors(self) -> Iterator[Heard]:
        with contextlib.suppress(BlockingIOError):
            while True:
                data, ancillary, _flags, _from = self._socket.recvmsg(_READ_BYTES, _ANCILLARY_BYTES, _MSG_ERRQUEUE)
                if said := _said(ancillary):
                    yield from self._ours(data, 0, said)

    def _ours(self, data: bytes, time_ns: int, said: str) -> Iterator[Heard]:
        if len(data) >= _HEADER.size:
            *_, identifier, seq = _HEADER.unpack_from(data)
            if identifier == self._identifier:
                yield Heard(seq, time_ns, said, data[_HEADER.size :])

    def _request(self, seq: int, payload: bytes) -> bytes:
        header = _HEADER.pack(_REQUEST[self._family], 0, 0, self._identifier, seq)
        # For IPv6 the kernel computes the checksum, because it covers the addresses too.
        checksum = _checksum(header + payload) if self._family == 4 else 0
        return header[:2] + struct.pack("!H", checksum) + header[4:] + payload


def destination(dst: str, netns: str | None, port: int = 0) -> Destination:
    """Return an address as a socket in a namespace takes it.

    Args:
        dst: An address; a link-local one is followed by its interface, `fe80::1%veth-test1` (RFC 4007).
        netns: The namespace that the interface is in; `None` is the host.
        port: The port.

    Raises:
        NoLink: There is no interface of that name.
        NoNamespace: There is no namespace of that name.
    """
    addr, _percent, ifname = dst.partition("%")
    return (addr, port, 0, worker.run(netns, index, ifname, netns)) if ifname else (addr, port)


def _open(family: int) -> socket.socket:
    version, protocol = (
        (socket.AF_INET, socket.IPPROTO_ICMP) if family == 4 else (socket.AF_INET6, socket.IPPROTO_ICMPV6)
    )
    opened = socket.socket(version, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol)
    socket_options.set_receive_buffer(opened, _BUFFER_BYTES)
    socket_options.enable_timestamps(opened)
    if family == 4:
        opened.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", ~1 & 0xFFFFFFFF))  # replies only
        opened.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
    else:
        blocked = [0xFFFFFFFF] * 8
        blocked[_REPLY[6] >> 5] &= ~(1 << (_REPLY[6] & 31))
        opened.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, struct.pack("=8I", *blocked))
        opened.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
    return opened


def _said(ancillary: list[tuple[int, int, bytes]]) -> str:
    for level, _kind, data in ancillary:
        if level not in (socket.IPPROTO_IP, socket.IPPROTO_IPV6) or len(data) < _EXTENDED.size + 8:
            continue
        errno, origin, kind, code, _info, _data = _EXTENDED.unpack_from(data)
        if origin not in _FROM_ICMP:
            return os.strerror(errno)
        family = 4 if level == socket.IPPROTO_IP else 6
        offender = _address(data[_EXTENDED.size :])
        return f"From {offender}: {_WORDS.get((family, kind, code), os.strerror(errno))}"
    return ""


def _address(sockaddr: bytes) -> str:
    version = struct.unpack_from("=H", sockaddr)[0]
    start, size = (4, 4) if version == socket.AF_INET else (8, 16)
    return socket.inet_ntop(version, sockaddr[start : start + size])


def _checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF
