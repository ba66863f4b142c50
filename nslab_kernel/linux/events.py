"""What changes, the moment it changes: where, not what.

Linux sends each change to whoever listens in its namespace (rtnetlink(7), multicast groups). A namespace comes and goes
with a mount in /run/netns, which /proc/self/mountinfo tells of; inotify tells of names that are links to elsewhere,
and the container engine of its containers.
Who hears of a change reads that namespace anew, so a message that was lost costs nothing: the socket says that one was.
"""

import contextlib
import os
import select
import socket
import threading
from types import TracebackType

from nslab_kernel.errors import NoNamespace
from nslab_kernel.linux import docker, libc, namespaces, sockets, tenants, worker
from nslab_kernel.linux.tenants import Room
from nslab_kernel.linux.uapi import (
    NETLINK_ROUTE,
    RTNLGRP_IPV4_IFADDR,
    RTNLGRP_IPV4_NETCONF,
    RTNLGRP_IPV4_ROUTE,
    RTNLGRP_IPV6_IFADDR,
    RTNLGRP_IPV6_ROUTE,
    RTNLGRP_LINK,
    RTNLGRP_NEIGH,
    RTNLGRP_NSID,
)
from nslab_kernel.model.network import HOST

_GROUPS = (
    RTNLGRP_LINK,
    RTNLGRP_NEIGH,
    RTNLGRP_IPV4_IFADDR,
    RTNLGRP_IPV4_ROUTE,
    RTNLGRP_IPV6_IFADDR,
    RTNLGRP_IPV6_ROUTE,
    RTNLGRP_IPV4_NETCONF,
    RTNLGRP_NSID,
)
_MASK = sum(1 << (group - 1) for group in _GROUPS)
_BUFFER_BYTES = 8 << 20
"""Three hundred veth pairs made at once overflow the usual 208 KiB."""
_READ_BYTES = 65536


class Events:
    """Listens in the host and in every named namespace. One thread waits; any thread may wake it.

    Each namespace has one socket, closed as soon as its name is gone: a socket keeps a namespace alive.
    """

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._closing = threading.Lock()
        self._listeners: dict[str, tuple[Room, socket.socket]] = {}
        """By name: the namespace, and the socket in it."""
        self._engine: socket.socket | None = None
        """Tells of containers that start and end."""
        self._where: dict[int, str] = {}
        self._names = libc.inotify()  # first, for a user has few of them
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._mounts = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        for descriptor, what in ((self._wake, select.EPOLLIN), (self._names, select.EPOLLIN), (self._mounts, 0)):
            self._poll.register(descriptor, what or select.EPOLLPRI | select.EPOLLERR)
        try:
            self._call_engine()
            self._follow_names()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Events":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def rooms(self) -> dict[str, Room]:
        """The namespaces that are listened to, by name, the host first."""
        found = {name: room for name, (room, _socket) in self._listeners.items()}
        return {name: found[name] for name in (HOST, *sorted(found.keys() - {HOST}))}

    def wait(self, timeout_s: float | None = None) -> set[str]:
        """Wait for changes; return the namespaces where there were any, those that came and those that went too.

        Nothing has changed where the time ran out or `wake` was called.
        """
        ready = [descriptor for descriptor, _events in self._poll.poll(timeout_s)]
        changed = {self._where[descriptor] for descriptor in ready if descriptor in self._where}
        for name in changed:
            self._empty(name)
        if self._wake in ready:
            os.eventfd_read(self._wake)
        if self._names in ready or self._mounts in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._names, _READ_BYTES)
            changed |= self._follow_names()
        elif self._hear_engine(ready) or (self._engine is None and HOST in changed and self._call_engine()):
            changed |= self._follow_names()
        return changed

    def wake(self) -> None:
        """End the waiting, from another thread; after `close` it does nothing."""
        with self._closing:
            if not self._poll.closed:
                os.eventfd_write(self._wake, 1)

    def close(self) -> None:
        """Close every socket and descriptor."""
        for _room, listener in self._listeners.values():
            listener.close()
        self._hang_up()
        with self._closing:
            self._poll.close()
            for descriptor in (self._wake, self._names, self._mounts):
                os.close(descriptor)
        self._listeners, self._where = {}, {}

    def _follow_names(self) -> set[str]:
        """Listen in the namespaces that came, no longer in those that went; return both."""
        with contextlib.suppress(FileNotFoundError):  # no namespace was ever made
            libc.watch_names(self._names, str(namespaces.FOLDER))
        here = tenants.rooms_and_host()
        gone = {name for name, room in self.rooms.items() if here.get(name) != room} if self._listeners else set()
        for name in gone:
            _room, listener = self._listeners.pop(name)
            del self._where[listener.fileno()]
            listener.close()  # epoll forgets it by itself
        came = {name for name, room in here.items() if name not in self._listeners and self._listen(name, room)}
        return gone | came

    def _listen(self, name: str, room: Room) -> bool:
        try:
            with worker.inside(room.where):
                listener = _listener()
        except NoNamespace:  # gone again
            return False
        self._listeners[name] = room, listener
        self._where[listener.fileno()] = name
        self._poll.register(listener, select.EPOLLIN)
        return True

    def _call_engine(self) -> bool:
        """Let the container engine tell of its containers, if there is one; return whether there is now."""
        self._engine = docker.listen()
        if self._engine:
            self._poll.register(self._engine, select.EPOLLIN)
        return self._engine is not None

    def _hear_engine(self, ready: list[int]) -> bool:
        """Read what the engine tells; return whether it told of something."""
        if self._engine is None or self._engine.fileno() not in ready:
            return False
        try:
            told = self._engine.recv(_READ_BYTES)
        except OSError:
            told = b""
        if not told:
            self._hang_up()
        return True

    def _hang_up(self) -> None:
        if self._engine:
            self._engine.close()
            self._engine = None

    def _empty(self, name: str) -> None:
        """Read all that has come; what it says is of no interest."""
        listener = self._listeners[name][1]
        while True:
            try:
                listener.recv(_READ_BYTES)
            except BlockingIOError:
                return
            except OSError:  # ENOBUFS: some was lost, and the namespace is read anew in any case
                continue


def _listener() -> socket.socket:
    kind = socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
    listener = socket.socket(socket.AF_NETLINK, kind, NETLINK_ROUTE)
    sockets.enlarge(listener, _BUFFER_BYTES)
    listener.bind((0, _MASK))
    return listener
