"""Requests to netlink, the kernel's answers, and what it multicasts.

A socket belongs to the namespace of the thread that opens it, so one for requests is opened in the worker thread,
used and closed.
The manual pages are netlink(7) and rtnetlink(7).
"""

import contextlib
import errno
import socket
import struct
from collections.abc import Container, Iterable, Iterator, Mapping

from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux import socket_options, uapi
from nslab_kernel.model.network import Attributes

HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
_ATTRIBUTE = struct.Struct("=HH")  # length, type
_ERRNO = struct.Struct("=i")
_RECEIVE_BYTES = 65536
_BUFFER_BYTES = 8 << 20
"""The size of a receive buffer: three hundred veth pairs made at once overflow the usual 208 KiB."""
Answers = list[tuple[bytes, int, int]]
"""For each answer the received data, the offset where its body starts, and the offset where it ends."""


def attribute(kind: int, data: bytes) -> bytes:
    """Return one attribute, padded to four bytes."""
    return _ATTRIBUTE.pack(len(data) + 4, kind) + data + b"\0" * (-len(data) % 4)


def number(kind: int, value: int) -> bytes:
    """Return an attribute that holds a number of 32 bits."""
    return attribute(kind, struct.pack("=i" if value < 0 else "=I", value))


def link_header(ifindex: int = 0, flags: int = 0, change: int = 0) -> bytes:
    """Return the start of a message about a link: `change` says which of the `flags` count."""
    return struct.pack("=BxHiII", socket.AF_UNSPEC, 0, ifindex, flags, change)


def flat(attributes: Attributes) -> bytes:
    """Return attributes as bytes, nested by their keys."""
    inside: dict[int, Attributes] = {}
    for (first, *rest), value in attributes:
        inside[first] = (*inside.get(first, ()), (tuple(rest), value))
    return b"".join(attribute(kind, found[0][1] if not found[0][0] else flat(found)) for kind, found in inside.items())


def packed(attributes: Mapping[int, bytes]) -> bytes:
    """Return attributes one after the other."""
    return b"".join(attribute(kind, value) for kind, value in attributes.items())


def attributes(
    data: bytes, at: int = 0, end: int | None = None, wanted: Container[int] | None = None
) -> dict[int, bytes]:
    """Read the attributes between two offsets of a message; a link has dozens, so naming the wanted saves time."""
    return {kind: data[start:stop] for kind, start, stop in places(data, at, end) if wanted is None or kind in wanted}


def places(data: bytes, at: int = 0, end: int | None = None) -> Iterator[tuple[int, int, int]]:
    """Yield each attribute's kind, also repeated ones, and where its value begins and ends."""
    end = len(data) if end is None else end
    while at + 4 <= end:
        length, kind = _ATTRIBUTE.unpack_from(data, at)
        if length < 4:
            break
        yield kind & uapi.NLA_TYPE_MASK, at + 4, at + length
        at += (length + 3) & ~3


class Netlink(contextlib.AbstractContextManager["Netlink"]):
    """A socket to rtnetlink, or another of netlink's protocols, in the namespace of the calling thread."""

    def __init__(self, protocol: int = uapi.NETLINK_ROUTE) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, protocol)
        for option in (uapi.NETLINK_CAP_ACK, uapi.NETLINK_EXT_ACK, uapi.NETLINK_GET_STRICT_CHK):
            self._socket.setsockopt(uapi.SOL_NETLINK, option, 1)
        self._sequence = 0
        self.refused_at = 0
        """Offset in the last message's body of the attribute that Linux refused; 0 if unknown."""

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def change(self, kind: int, body: bytes, flags: int = 0) -> None:
        """Ask for a change and wait until Linux has made it.

        Raises:
            RefusedByLinux: Linux refused; the error has its errno and its message.
        """
        self._send(kind, body, flags | uapi.NLM_F_ACK)
        data = self._socket.recv(_RECEIVE_BYTES)
        self.refused_at = _refused_at(data)
        _raise_refusal(data, 0)

    def ask(self, kind: int, bodies: list[bytes]) -> Iterator[bytes | None]:
        """Send requests that have one answer each; yield each answer without its header, or None if Linux refused."""
        for body in bodies:
            self._send(kind, body, 0)
        for _body in bodies:
            data = self._socket.recv(_RECEIVE_BYTES)
            yield None if HEADER.unpack_from(data)[1] == uapi.NLMSG_ERROR else data[HEADER.size :]

    def dump_of_link(self, kind: int, body: bytes) -> Answers:
        """Request a dump for one link; return nothing if the link is gone meanwhile."""
        try:
            return self.dump(kind, body)
        except RefusedByLinux as refused:
            if refused.errno != errno.ENODEV:
                raise
            return []

    def dump(self, kind: int, body: bytes) -> Answers:
        """Request a dump, again if it was inconsistent.

        Raises:
            RefusedByLinux: Linux refused.
        """
        while True:
            self._send(kind, body, uapi.NLM_F_DUMP)
            answers, whole = self._receive_dump()
            if whole:
                return answers

    def _send(self, kind: int, body: bytes, flags: int) -> None:
        self._sequence += 1
        size = HEADER.size + len(body)
        self._socket.send(HEADER.pack(size, kind, flags | uapi.NLM_F_REQUEST, self._sequence, 0) + body)

    def _receive_dump(self) -> tuple[Answers, bool]:
        """Return the answers, and whether nothing changed while Linux wrote them."""
        answers: Answers = []
        whole = True
        while True:
            data = self._socket.recv(_RECEIVE_BYTES)
            at, end = 0, len(data)
            while at < end:
                length, kind, flags, _sequence, _port = HEADER.unpack_from(data, at)
                whole = whole and not flags & uapi.NLM_F_DUMP_INTR
                if kind in (uapi.NLMSG_DONE, uapi.NLMSG_ERROR):
                    _raise_refusal(data, at)  # a refused dump may say so in DONE
                    return answers, whole
                answers.append((data, at + HEADER.size, at + length))
                at += (length + 3) & ~3


def open_multicast_socket(protocol: int, groups: Iterable[int]) -> socket.socket:
    """Open a socket in the thread's namespace for multicasts of all namespaces with an nsid there; netlink(7)."""
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol)
    try:
        socket_options.set_receive_buffer(opened, _BUFFER_BYTES)
        opened.setsockopt(uapi.SOL_NETLINK, uapi.NETLINK_LISTEN_ALL_NSID, 1)
        opened.bind((0, 0))  # an unbound socket receives nothing
        for group in groups:
            with contextlib.suppress(OSError):  # an older kernel has fewer groups
                opened.setsockopt(uapi.SOL_NETLINK, uapi.NETLINK_ADD_MEMBERSHIP, group)
    except BaseException:
        opened.close()
        raise
    return opened


def _raise_refusal(data: bytes, at: int) -> None:
    code = -_ERRNO.unpack_from(data, at + HEADER.size)[0]
    if not code:
        return
    said = _explained(data, at).get(uapi.NLMSGERR_ATTR_MSG, b"")
    raise RefusedByLinux(code, said.rstrip(b"\0").decode(errors="replace"))


def _explained(data: bytes, at: int) -> dict[int, bytes]:
    """Return the attributes that Linux sends with an errno, such as its message."""
    length, kind, flags, _sequence, _port = HEADER.unpack_from(data, at)
    start = at + HEADER.size + _ERRNO.size + (HEADER.size if kind == uapi.NLMSG_ERROR else 0)
    return attributes(data, start, at + length) if flags & uapi.NLM_F_ACK_TLVS else {}


def _refused_at(data: bytes) -> int:
    offset = _explained(data, 0).get(uapi.NLMSGERR_ATTR_OFFS)
    return int(struct.unpack("=I", offset)[0]) - HEADER.size if offset else 0
