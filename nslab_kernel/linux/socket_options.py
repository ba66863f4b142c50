"""Socket options that Python does not name: socket(7)."""

import socket
import struct

_SO_TIMESTAMPNS, _SO_RCVBUFFORCE = 35, 33
_TIME = struct.Struct("=qq")


def set_receive_buffer(opened: socket.socket, size: int) -> None:
    """Set a socket's receive buffer to so many bytes; without CAP_NET_ADMIN the machine's limit applies."""
    try:
        opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)
    except OSError:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)


def enable_timestamps(opened: socket.socket) -> None:
    """Let the kernel timestamp each packet."""
    opened.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def time_ns(ancillary: list[tuple[int, int, bytes]]) -> int:
    """Return a packet's timestamp, by the kernel's clock (CLOCK_REALTIME); 0 if it has none."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            seconds, nanoseconds = _TIME.unpack_from(data)
            return int(seconds) * 10**9 + int(nanoseconds)
    return 0
