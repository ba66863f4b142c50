"""What changes, the moment it changes: where, not what.

Linux sends each change to whoever listens in its namespace (rtnetlink(7), multicast groups). A namespace comes and goes
with a mount in /run/netns, which /proc/self/mountinfo tells of; inotify tells of names that are links to elsewhere.
Who hears of a change reads that namespace anew, so a message that was lost costs nothing: the socket says that one was.
"""

import contextlib
import os
import select
import socket
import threading
from types import TracebackType

from nslab_kernel.errors import NoNamespace
from nslab_kernel.linux import libc, namespaces, worker
from nslab_kernel.linux.lab import host_inode
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
_SO_RCVBUFFORCE = 33
_READ_BYTES = 65536


class Events:
    """Listens in the host and in every named namespace. One thread waits; any thread may wake it.

    Each namespace has one socket, closed as soon as its name is gone: a socket keeps a namespace alive.
    """

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._closing = threading.Lock()
        self._listeners: dict[str, tuple[int, socket.socket]] = {}
        """By name: the namespace's inode, and the socket in it."""
        self._where: dict[int, str] = {}
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._names = libc.inotify()
        self._mounts = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        for descriptor, what in ((self._wake, select.EPOLLIN), (self._names, select.EPOLLIN), (self._mounts, 0)):
            self._poll.register(descriptor, what or select.EPOLLPRI | select.EPOLLERR)
        self._follow_names()

    def __enter__(self) -> "Events":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def inodes(self) -> dict[str, int]:
        """The namespaces that are listened to: the inode of each, by name, the host first."""
        return {name: inode for name, (inode, _socket) in self._listeners.items()}

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
        return changed

    def wake(self) -> None:
        """End the waiting, from another thread; after `close` it does nothing."""
        with self._closing:
            if not self._poll.closed:
                os.eventfd_write(self._wake, 1)

    def close(self) -> None:
        """Close every socket and descriptor."""
        for _inode, listener in self._listeners.values():
            listener.close()
        with self._closing:
            self._poll.close()
            for descriptor in (self._wake, self._names, self._mounts):
                os.close(descriptor)
        self._listeners, self._where = {}, {}

    def _follow_names(self) -> set[str]:
        """Listen in the namespaces that came, no longer in those that went; return both."""
        with contextlib.suppress(FileNotFoundError):  # no namespace was ever made
            libc.watch_names(self._names, str(namespaces.FOLDER))
        here = {HOST: host_inode(), **{n: inode for n, inode in namespaces.inodes().items() if n != HOST}}
        gone = {name for name, inode in self.inodes.items() if here.get(name) != inode}
        for name in gone:
            _inode, listener = self._listeners.pop(name)
            del self._where[listener.fileno()]
            listener.close()  # epoll forgets it by itself
        came = {name for name, inode in here.items() if name not in self._listeners and self._listen(name, inode)}
        return gone | came

    def _listen(self, name: str, inode: int) -> bool:
        try:
            with worker.inside(None if name == HOST else name):
                listener = _listener()
        except NoNamespace:  # gone again
            return False
        self._listeners[name] = inode, listener
        self._where[listener.fileno()] = name
        self._poll.register(listener, select.EPOLLIN)
        return True

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
    try:
        listener.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
    except OSError:  # without CAP_NET_ADMIN on the machine: what is lost is said
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
    listener.bind((0, _MASK))
    return listener
