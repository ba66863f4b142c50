"""What changes, the moment it changes: where, not what.

Linux sends each change to whoever listens (rtnetlink(7), multicast groups). One socket hears of all namespaces: it
lies in a namespace of its own, which has a number for each of them (NETLINK_LISTEN_ALL_NSID), so that it keeps none of
them alive and leaves no trace in any. A namespace comes and goes with a mount in /run/netns, which
/proc/self/mountinfo tells of; inotify tells of names that are links to elsewhere, and the container engine of its
containers.
Who hears of a change reads that part anew, so a message that was lost costs nothing: the socket says that one was.
"""

import contextlib
import os
import select
import socket
import struct
import threading
from collections.abc import Iterable
from types import TracebackType

from nslab_kernel.errors import NoNamespace, RefusedByLinux
from nslab_kernel.linux import docker, libc, namespaces, nsids, tenants
from nslab_kernel.linux.dirty import HEADER_BYTES, INDEX_AT, Dirty
from nslab_kernel.linux.listener import ROUTE_GROUPS, listener
from nslab_kernel.linux.netlink import Netlink
from nslab_kernel.linux.tenants import Room
from nslab_kernel.linux.uapi import (
    NETLINK_LISTEN_ALL_NSID,
    NETLINK_NETFILTER,
    NETLINK_ROUTE,
    NETLINK_XFRM,
    NFNLGRP_NFTABLES,
    SOL_NETLINK,
    XFRMNLGRP_POLICY,
    XFRMNLGRP_SA,
)

_READ_BYTES = 65536
_HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port


class Events:
    """Listens in the host and in every named namespace. One thread waits; any thread may wake it."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._closing = threading.Lock()
        self._rooms: dict[str, Room] = {}
        self._names: dict[int, set[str]] = {}
        """By the number of a namespace, what it is called."""
        self._next = 0
        self._engine: socket.socket | None = None
        """Tells of containers that start and end."""
        self._folder = libc.inotify()  # first, for a user has few of them
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._mounts = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        self._sockets: list[socket.socket] = []
        try:
            for descriptor, what in ((self._wake, select.EPOLLIN), (self._folder, select.EPOLLIN), (self._mounts, 0)):
                self._poll.register(descriptor, what or select.EPOLLPRI | select.EPOLLERR)
            self._control = self._open_sockets()
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
        """The namespaces that are listened to, by name, the host first and the others sorted."""
        return self._rooms

    def wait(self, timeout_s: float | None = None) -> dict[str, Dirty]:
        """Wait for changes; return what is different, by namespace, also of those that came and went.

        Nothing has changed where the time ran out or `wake` was called.
        """
        ready = {descriptor for descriptor, _events in self._poll.poll(timeout_s)}
        changed: dict[str, Dirty] = {}
        if self._wake in ready:
            os.eventfd_read(self._wake)
        told = bool(ready & {self._folder, self._mounts})
        if self._folder in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._folder, _READ_BYTES)
        if told or self._hear_engine(ready) or (self._engine is None and self._call_engine()):
            changed = self._follow_names()
        # After the names: of a namespace that went, nobody need know what it was that went with it.
        for opened in self._sockets:
            if opened.fileno() in ready:
                self._hear(opened, changed)
        return changed

    def look(self) -> dict[str, Dirty]:
        """Return what is different since the last time, without waiting."""
        changed = self.wait(0)
        if self._engine:  # it tells of a container a little after its client
            changed |= self._follow_names()
        return changed

    def wake(self) -> None:
        """End the waiting, from another thread; after `close` it does nothing."""
        with self._closing:
            if not self._poll.closed:
                os.eventfd_write(self._wake, 1)

    def close(self) -> None:
        """Close every socket and descriptor."""
        for opened in self._sockets:
            opened.close()
        if hasattr(self, "_control"):
            self._control.close()
        self._hang_up()
        with self._closing:
            self._poll.close()
            for descriptor in (self._wake, self._folder, self._mounts):
                os.close(descriptor)
        self._rooms, self._names = {}, {}

    def _open_sockets(self) -> Netlink:
        """Open the listening sockets in a namespace of their own; return one that asks there."""
        opened: list[Netlink] = []
        errors: list[OSError] = []

        def work() -> None:
            try:
                libc.unshare(libc.CLONE_NEWNET)
                self._sockets.append(listener(NETLINK_ROUTE, ROUTE_GROUPS))
                self._sockets.append(listener(NETLINK_NETFILTER, (NFNLGRP_NFTABLES,)))
                with contextlib.suppress(OSError):  # a Linux without IPsec
                    self._sockets.append(listener(NETLINK_XFRM, (XFRMNLGRP_SA, XFRMNLGRP_POLICY)))
                opened.append(Netlink())
            except OSError as error:
                errors.append(error)

        thread = threading.Thread(target=work, name="nslab-events")
        thread.start()
        thread.join()
        if errors:
            raise errors[0]
        # lsns(8) lists each namespace that a process has a socket in; this one is no part of the learner's lab.
        libc.hide_descriptors()
        for one in self._sockets:
            self._poll.register(one, select.EPOLLIN)
        return opened[0]

    def _follow_names(self) -> dict[str, Dirty]:
        """Listen in the namespaces that came; return those, and those that went."""
        with contextlib.suppress(FileNotFoundError):  # no namespace was ever made
            libc.watch_names(self._folder, str(namespaces.FOLDER))
        before, here = self._rooms, tenants.rooms_and_host()
        if here == before:
            return {}
        different = {name for name in before.keys() | here.keys() if before.get(name) != here.get(name)}
        gone = different & before.keys()
        self._names = {number: left for number, names in self._names.items() if (left := names - gone)}
        self._number({name: here[name] for name in different if name in here})
        self._rooms = here
        return {name: Dirty(all=True) for name in different}

    def _number(self, rooms: dict[str, Room]) -> None:
        """Give namespaces a number, so that their changes are heard."""
        for name, room in rooms.items():
            with contextlib.suppress(NoNamespace, RefusedByLinux):  # gone meanwhile
                number = nsids.give_number(self._control, room.where, self._next)
                self._next = max(self._next, number + 1)
                self._names.setdefault(number, set()).add(name)

    def _hear(self, opened: socket.socket, changed: dict[str, Dirty]) -> None:
        """Read all that has come."""
        while True:
            try:
                data, ancillary, _flags, _address = opened.recvmsg(_READ_BYTES, socket.CMSG_SPACE(4))
            except BlockingIOError:
                return
            except OSError:  # ENOBUFS: some was lost
                for name in self._rooms:
                    changed.setdefault(name, Dirty()).all = True
                continue
            for name in self._told_of(ancillary):
                self._note(changed.setdefault(name, Dirty()), opened, data)

    def _told_of(self, ancillary: list[tuple[int, int, bytes]]) -> Iterable[str]:
        for level, kind, value in ancillary:
            if (level, kind) == (SOL_NETLINK, NETLINK_LISTEN_ALL_NSID):
                return self._names.get(struct.unpack("=i", value[:4])[0], ())
        return ()

    def _note(self, dirty: Dirty, opened: socket.socket, data: bytes) -> None:
        if opened is not self._sockets[0]:
            dirty.parts.add("ruleset" if opened is self._sockets[1] else "security")
            return
        at = 0
        while at + INDEX_AT + 4 - HEADER_BYTES <= len(data):
            length, kind, *_rest = _HEADER.unpack_from(data, at)
            if length >= INDEX_AT + 4:
                dirty.hear(kind, data, at, at + length)
            at += (length + 3) & ~3 or len(data)

    def _call_engine(self) -> bool:
        """Let the container engine tell of its containers, if there is one; return whether there is now."""
        self._engine = docker.listen()
        if self._engine:
            self._poll.register(self._engine, select.EPOLLIN)
        return self._engine is not None

    def _hear_engine(self, ready: set[int]) -> bool:
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
