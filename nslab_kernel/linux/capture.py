"""Captures packets with the kernel's timestamps; packet(7)."""

import contextlib
import select
import socket
from collections.abc import Iterable

from nslab_kernel.errors import NoNamespace
from nslab_kernel.linux import socket_options, worker
from nslab_kernel.model.journey_result import Packet
from nslab_kernel.model.naming import netns_of

_ETH_P_ALL = 3
_BUFFER_BYTES = 4 << 20
_READ_BYTES = 65536
_ANCILLARY_BYTES = 256
_MOST = 2000
"""The most packets that one read() takes from a namespace: in a forwarding loop they never end."""


class Capture(contextlib.AbstractContextManager["Capture"]):
    """Captures on every interface of some namespaces, with one socket each.

    Args:
        names: The namespaces; the host is `host`.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._poll = select.epoll()
        self._sockets: dict[int, tuple[str, socket.socket]] = {}
        for name in names:
            with contextlib.suppress(NoNamespace):  # deleted meanwhile
                opened = worker.run(netns_of(name), _open)
                self._sockets[opened.fileno()] = name, opened
                self._poll.register(opened.fileno(), select.EPOLLIN)

    def __exit__(self, *_error: object) -> None:
        for _name, opened in self._sockets.values():
            opened.close()
        self._poll.close()

    def fileno(self) -> int:
        """Return a descriptor that is readable when there are packets."""
        return self._poll.fileno()

    def read(self) -> list[Packet]:
        """Return the packets captured since the last call."""
        packets: list[Packet] = []
        for descriptor, _events in self._poll.poll(0):
            packets += _read(*self._sockets[descriptor])
        return packets


def _open() -> socket.socket:
    kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    opened = socket.socket(socket.AF_PACKET, kind, socket.htons(_ETH_P_ALL))
    socket_options.set_receive_buffer(opened, _BUFFER_BYTES)
    socket_options.enable_timestamps(opened)
    return opened


def _read(name: str, opened: socket.socket) -> list[Packet]:
    packets = []
    with contextlib.suppress(BlockingIOError):
        for _turn in range(_MOST):
            data, ancillary, _flags, where = opened.recvmsg(_READ_BYTES, _ANCILLARY_BYTES)
            ifname, _protocol, kind, *_rest = where
            direction = "out" if kind == socket.PACKET_OUTGOING else "in"
            packets.append(Packet(socket_options.time_ns(ancillary), name, ifname, direction, data))
    return packets
