"""Carries bytes between the sockets on the machine and in the lab.

A socket of the machine's network inside the lab would lead out of it: connect(2) takes even a listening one elsewhere.
So they stay with the outer process. It reaches the lab's sockets by descriptors of their files, whose names are gone.
See unix(7), open(2) on O_PATH.
"""

import contextlib
import socket
import threading

_CHUNK = 1 << 18


def relay(listener: socket.socket, door: int) -> None:
    """Connect whoever connects to a listener with the socket in the lab, from now on, in threads.

    Args:
        listener: A socket on the machine.
        door: Descriptor of the file of the Unix socket in the lab.
    """
    _start(_accept, listener, door)


def _accept(listener: socket.socket, door: int) -> None:
    while True:
        client, _address = listener.accept()
        if client.family == socket.AF_INET:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # a message must not wait for the next one
        inside = socket.socket(socket.AF_UNIX)
        try:
            inside.connect(f"/proc/self/fd/{door}")
        except OSError:  # the kernel has ended, and so do we in a moment
            client.close()
            continue
        _start(_carry, client, inside)
        _start(_carry, inside, client)


def _carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):  # either end may go at any time
        while data := source.recv(_CHUNK):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _start(work: object, *arguments: object) -> None:
    threading.Thread(target=work, args=arguments, daemon=True).start()  # type: ignore[arg-type]
