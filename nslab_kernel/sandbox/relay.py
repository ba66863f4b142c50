"""Carries bytes between the sockets on the machine and in the lab.

A socket of the machine's network inside the lab would lead out of it: connect(2) works even on a listening socket. So
the machine's sockets stay in the outer process. It connects to the lab's sockets by descriptors of their files, whose
names were removed.
See unix(7), open(2) on O_PATH.
"""

import contextlib
import os
import selectors
import socket
import threading
from collections.abc import Mapping
from functools import partial

_CHUNK = 1 << 18


def start_relay(listeners: Mapping[int, socket.socket], connect_descriptors: Mapping[int, int], said: int) -> None:
    """Start a thread that connects each client of a listener with the lab's socket for the same port.

    Args:
        listeners: Sockets that listen on the machine, by port.
        connect_descriptors: Descriptors of the files of the sockets that listen in the lab, by port.
        said: The read end of the pipe that is the lab's standard output and error; copied to this process's stderr.

    Raises:
        RuntimeError: No further thread may be started.
    """
    selector = selectors.DefaultSelector()
    for port, listener in listeners.items():
        listener.setblocking(False)
        selector.register(
            listener, selectors.EVENT_READ, partial(_accept, selector, listener, connect_descriptors[port])
        )
    selector.register(said, selectors.EVENT_READ, partial(_print, selector, said))
    threading.Thread(target=_serve, args=(selector,), daemon=True).start()


def _serve(selector: selectors.BaseSelector) -> None:
    while True:
        for key, _events in selector.select():
            key.data()


def _print(selector: selectors.BaseSelector, said: int) -> None:
    if data := os.read(said, _CHUNK):
        with contextlib.suppress(OSError):  # nobody reads stderr
            os.write(2, data)
    else:
        selector.unregister(said)


def _accept(selector: selectors.BaseSelector, listener: socket.socket, connect_descriptor: int) -> None:
    with contextlib.suppress(OSError):  # the client has disconnected, or no more files may be opened
        client, _address = listener.accept()
        inside = socket.socket(socket.AF_UNIX)
        with contextlib.suppress(OSError):  # the kernel has ended, and this process will end too
            inside.connect(f"/proc/self/fd/{connect_descriptor}")
        if client.family == socket.AF_INET:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # no delay of small messages
        with client, inside:  # the pipes have duplicates
            Pipe(selector, client, inside)
            Pipe(selector, inside, client)


class Pipe:
    """One direction of a connection: it does not read while it has data that cannot be sent yet."""

    def __init__(self, selector: selectors.BaseSelector, source: socket.socket, target: socket.socket) -> None:
        self._selector, self._waiting = selector, memoryview(b"")
        # A selector takes each descriptor only once. With duplicates, one direction can watch a socket for reading
        # and the other for writing, independently.
        self._source, self._target = source.dup(), target.dup()
        self._source.setblocking(False)
        self._target.setblocking(False)
        selector.register(self._source, selectors.EVENT_READ, self._read)

    def _read(self) -> None:
        try:
            data = self._source.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self._waiting = memoryview(data)
        if data:
            self._write(is_watched=False)
        else:
            self._close()

    def _write(self, is_watched: bool = True) -> None:
        try:
            while self._waiting:
                self._waiting = self._waiting[self._target.send(self._waiting) :]
        except BlockingIOError:
            if not is_watched:
                self._selector.unregister(self._source)
                self._selector.register(self._target, selectors.EVENT_WRITE, self._write)
            return
        except OSError:  # the receiver has disconnected
            self._selector.unregister(self._target if is_watched else self._source)
            self._end()
            return
        if is_watched:
            self._selector.unregister(self._target)
            self._selector.register(self._source, selectors.EVENT_READ, self._read)

    def _close(self) -> None:
        self._selector.unregister(self._source)
        with contextlib.suppress(OSError):
            self._target.shutdown(socket.SHUT_WR)
        self._end()

    def _end(self) -> None:
        with contextlib.suppress(OSError):
            self._source.shutdown(socket.SHUT_RD)
        self._source.close()
        self._target.close()
