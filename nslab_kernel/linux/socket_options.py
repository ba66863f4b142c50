"""Socket options that Python does not name: socket(7)."""

import socket
import struct

_SO_TIMESTAMPNS, _SO_RCVBUFFORCE = 35, 33
_TIME = struct.Struct("=qq")


def set_receive_buffer(opened: socket.socket, size: int) -> None:
    """Let a socket hold so many bytes until they are read; without CAP_NET_ADMIN as many as the machine allows."""
    try:
        opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)
    except OSError:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)


def enable_timestamps(opened: socket.socket) -> None:
    """Let the kernel timestamp each packet."""
    opened.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def time_ns(ancillary: list[tuple[int, int, bytes]]) -> int:
    """Return when a packet passed, by the kernel's clock (CLOCK_REALTIME); 0 where it does not say."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
            seconds, nanoseconds = _TIME.unpack_from(data)
            return int(seconds) * 10**9 + int(nanoseconds)
    return 0
