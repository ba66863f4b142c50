"""Notifications of changes: in which namespace, and which part.

Linux multicasts each change (rtnetlink(7)). One socket receives those of all namespaces: it is in a namespace of its
own, which has an nsid for each of them (NETLINK_LISTEN_ALL_NSID), so it keeps none of them alive and is visible in
none. A namespace is added and removed by a mount in /run/netns, which /proc/self/mountinfo reports; inotify reports
symbolic links there, and the container engine its containers.
Whoever receives a change reads that part again, so a lost message is harmless: the socket reports the loss.
"""

import contextlib
import os
import select
import socket
import struct
import threading
from collections.abc import Iterable

from nslab_kernel.errors import NoNamespace, RefusedByLinux
from nslab_kernel.linux import container_netns, engine_api, libc, namespaces, nsids, uapi
from nslab_kernel.linux.container_netns import NamespaceRef
from nslab_kernel.linux.netlink import HEADER, Netlink, open_multicast_socket
from nslab_kernel.linux.new_namespace import in_new_namespace
from nslab_kernel.linux.stale_parts import INDEX_AT, StaleParts

_READ_BYTES = 65536
_ROUTE_GROUPS = (
    *(uapi.RTNLGRP_LINK, uapi.RTNLGRP_NEIGH, uapi.RTNLGRP_TC, uapi.RTNLGRP_NSID, uapi.RTNLGRP_NEXTHOP),
    *(uapi.RTNLGRP_IPV4_IFADDR, uapi.RTNLGRP_IPV4_ROUTE, uapi.RTNLGRP_IPV4_RULE, uapi.RTNLGRP_IPV4_NETCONF),
    *(uapi.RTNLGRP_IPV6_IFADDR, uapi.RTNLGRP_IPV6_ROUTE, uapi.RTNLGRP_IPV6_RULE, uapi.RTNLGRP_IPV6_NETCONF),
    *(uapi.RTNLGRP_IPV6_IFINFO, uapi.RTNLGRP_BRVLAN, uapi.RTNLGRP_MDB),
)


class Events(contextlib.AbstractContextManager["Events"]):
    """Receives changes of the host and all namespaces. One thread waits; any thread may wake it."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._closing = threading.Lock()
        self._namespaces: dict[str, NamespaceRef] = {}
        self._names_by_nsid: dict[int, set[str]] = {}
        """The names of a namespace, by nsid."""
        self._next_nsid = 0
        self._engine_stream: socket.socket | None = None
        """Reports containers that start and end."""
        self._folder = libc.inotify()  # first, because the inotify instances per user are limited
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._mounts = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        self._sockets: list[socket.socket] = []
        try:
            for descriptor, what in ((self._wake, select.EPOLLIN), (self._folder, select.EPOLLIN), (self._mounts, 0)):
                self._poll.register(descriptor, what or select.EPOLLPRI | select.EPOLLERR)
            self._control = self._open_sockets()
            self._open_engine_stream()
            self._update_namespaces()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def namespaces(self) -> dict[str, NamespaceRef]:
        """The namespaces that are listened to, by name, the host first and the others sorted."""
        return self._namespaces

    def wait(self, timeout_s: float | None = None) -> dict[str, StaleParts]:
        """Wait for changes; return the stale parts by namespace, also for namespaces that were added or removed.

        The result may be empty: the time ran out, or `wake` was called.
        """
        ready = {descriptor for descriptor, _events in self._poll.poll(timeout_s)}
        changed: dict[str, StaleParts] = {}
        if self._wake in ready:
            os.eventfd_read(self._wake)
        told = bool(ready & {self._folder, self._mounts})
        if self._folder in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._folder, _READ_BYTES)
        if told or self._receive_engine(ready) or (self._engine_stream is None and self._open_engine_stream()):
            changed = self._update_namespaces()
        # After updating the names, so that messages of deleted namespaces are dropped.
        for opened in self._sockets:
            if opened.fileno() in ready:
                self._receive(opened, changed)
        return changed

    def look(self) -> dict[str, StaleParts]:
        """Return the parts that have become stale since the last call, without waiting."""
        changed = self.wait(0)
        if self._engine_stream:  # an event may arrive after the command that caused it has ended
            changed |= self._update_namespaces()
        return changed

    def wake(self) -> None:
        """End `wait`, from another thread; after `close` do nothing."""
        with self._closing:
            if not self._poll.closed:
                os.eventfd_write(self._wake, 1)

    def close(self) -> None:
        """Close every socket and descriptor."""
        for opened in self._sockets:
            opened.close()
        if hasattr(self, "_control"):
            self._control.close()
        self._close_engine_stream()
        with self._closing:
            self._poll.close()
            for descriptor in (self._wake, self._folder, self._mounts):
                os.close(descriptor)
        self._namespaces, self._names_by_nsid = {}, {}

    def _open_sockets(self) -> Netlink:
        """Open the receiving sockets in a namespace of their own; return one for queries there."""

        def open_all() -> Netlink:
            self._sockets.append(open_multicast_socket(uapi.NETLINK_ROUTE, _ROUTE_GROUPS))
            self._sockets.append(open_multicast_socket(uapi.NETLINK_NETFILTER, (uapi.NFNLGRP_NFTABLES,)))
            with contextlib.suppress(OSError):  # a Linux without IPsec
                self._sockets.append(
                    open_multicast_socket(uapi.NETLINK_XFRM, (uapi.XFRMNLGRP_SA, uapi.XFRMNLGRP_POLICY))
                )
            return Netlink()

        control = in_new_namespace(open_all, set_defaults=False)
        # lsns(8) lists each namespace that a process has a socket in; hide this one from the learner.
        libc.hide_descriptors()
        for one in self._sockets:
            self._poll.register(one, select.EPOLLIN)
        return control

    def _update_namespaces(self) -> dict[str, StaleParts]:
        """Start receiving from new namespaces; return all that were added or removed as stale."""
        with contextlib.suppress(FileNotFoundError):  # no namespace was ever made
            libc.watch_names(self._folder, str(namespaces.FOLDER))
        before, here = self._namespaces, container_netns.all_namespaces()
        if here == before:
            return {}
        different = {name for name in before.keys() | here.keys() if before.get(name) != here.get(name)}
        gone = different & before.keys()
        self._names_by_nsid = {number: left for number, names in self._names_by_nsid.items() if (left := names - gone)}
        self._assign_nsids({name: here[name] for name in different if name in here})
        self._namespaces = here
        return {name: StaleParts(all=True) for name in different}

    def _assign_nsids(self, namespaces: dict[str, NamespaceRef]) -> None:
        """Give namespaces an nsid, so that their changes are received."""
        for name, ref in namespaces.items():
            with contextlib.suppress(NoNamespace, RefusedByLinux):  # gone meanwhile
                number = nsids.assign_nsid(self._control, ref.where, self._next_nsid)
                self._next_nsid = max(self._next_nsid, number + 1)
                self._names_by_nsid.setdefault(number, set()).add(name)

    def _receive(self, opened: socket.socket, changed: dict[str, StaleParts]) -> None:
        """Read all pending messages."""
        while True:
            try:
                data, ancillary, _flags, _address = opened.recvmsg(_READ_BYTES, socket.CMSG_SPACE(4))
            except BlockingIOError:
                return
            except OSError:  # ENOBUFS: messages were lost
                for name in self._namespaces:
                    changed.setdefault(name, StaleParts()).all = True
                continue
            for name in self._namespaces_of(ancillary):
                self._parse(changed.setdefault(name, StaleParts()), opened, data)

    def _namespaces_of(self, ancillary: list[tuple[int, int, bytes]]) -> Iterable[str]:
        for level, kind, value in ancillary:
            if (level, kind) == (uapi.SOL_NETLINK, uapi.NETLINK_LISTEN_ALL_NSID):
                return self._names_by_nsid.get(struct.unpack("=i", value[:4])[0], ())
        return ()

    def _parse(self, stale: StaleParts, opened: socket.socket, data: bytes) -> None:
        if opened is not self._sockets[0]:
            stale.parts.add("ruleset" if opened is self._sockets[1] else "xfrm")
            return
        at = 0
        while at + INDEX_AT + 4 - HEADER.size <= len(data):
            length, kind, *_rest = HEADER.unpack_from(data, at)
            if length >= INDEX_AT + 4:
                stale.note_message(kind, data, at, at + length)
            at += (length + 3) & ~3 or len(data)

    def _open_engine_stream(self) -> bool:
        """Subscribe to the container engine's events; return whether there is an engine."""
        self._engine_stream = engine_api.open_event_stream()
        if self._engine_stream:
            self._poll.register(self._engine_stream, select.EPOLLIN)
        return self._engine_stream is not None

    def _receive_engine(self, ready: set[int]) -> bool:
        """Read pending engine events; return whether there were any."""
        if self._engine_stream is None or self._engine_stream.fileno() not in ready:
            return False
        try:
            told = self._engine_stream.recv(_READ_BYTES)
        except OSError:
            told = b""
        if not told:
            self._close_engine_stream()
        return True

    def _close_engine_stream(self) -> None:
        if self._engine_stream:
            self._engine_stream.close()
            self._engine_stream = None
