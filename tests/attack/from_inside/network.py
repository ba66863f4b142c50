"""Attacks that reach for the machine's network and services."""

import array
import contextlib
import ctypes
import errno
import fcntl
import json
import os
import select
import socket
import struct
import subprocess

_LIMIT_S = 1.0
_COOKIE = 71  # SO_NETNS_COOKIE of socket(7)
_PIDFD_OPEN, _PIDFD_GETFD = 434, 438
_NEWNET, _SIOCGSKNS = 0x40000000, 0x894C
_NS_GET_USERNS, _NS_GET_PARENT = 0xB701, 0xB702
_libc = ctypes.CDLL(None, use_errno=True)


def dials_the_server(machine):
    """Connect to the machine's Jupyter server, at each of its addresses."""
    return [f"connected to {address}" for address in machine.addresses if _dials(socket.socket(), tuple(address))]


def turns_a_listener_round(machine):
    """Disconnect an inherited socket by connect(2) with AF_UNSPEC, and connect it to the machine's server."""
    handed_in = [found for found in _sockets() if found.family in (socket.AF_INET, socket.AF_INET6)]
    listening = [found for found in handed_in if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)]
    achieved = []
    for address in machine.addresses:
        for found in listening or handed_in:
            _take_from_epolls(found)
            if _disconnects(found) and _dials(found, tuple(address)):
                achieved.append(f"connected to {address} through a socket that was handed in")
                break
    if listening and not achieved and not _a_listener_may_dial():
        raise NotImplementedError("this Linux connects no socket that has listened")
    return achieved


def dials_a_socket(machine, *paths):
    """Connect to Unix sockets of the machine, by their paths."""
    kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET)
    places = [path.replace("~", machine.home) for path in paths]
    return [f"reached {path}" for path in places for kind in kinds if _dials(socket.socket(1, kind), path)]


def is_taken_for_root(machine):
    """Connect to a service in the notebook's own folder, which is allowed; the service checks the peer's uid."""
    _dials(socket.socket(socket.AF_UNIX), f"{machine.notebooks}/service.sock")
    return []


def dials_the_abstract_socket(machine):
    """Connect to an abstract Unix socket of the machine, with a new socket and with the inherited ones."""
    handed_in = [found for found in _sockets() if found.family == socket.AF_UNIX]
    return ["reached it" for found in (socket.socket(socket.AF_UNIX), *handed_in) if _dials(found, machine.abstract)]


def opens_vsock(machine):
    """Make sockets of address families that no network namespace separates."""
    families = {40: "vsock", 31: "bluetooth", 39: "nfc", 42: "qipcrtr"}
    achieved, refusals = [], set()
    for family, name in families.items():
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            try:
                socket.socket(family, kind).close()
                achieved.append(f"made a socket of the family {name}")
                break
            except OSError as error:
                refusals.add(error.errno)
    if not achieved and refusals == {errno.EAFNOSUPPORT}:
        raise NotImplementedError("this Linux has no such sockets")
    return achieved


def holds_a_socket_of_the_machine(machine):
    """Look in every process for descriptors of sockets that belong to the machine's network namespace."""
    achieved = []
    for found in _sockets():
        with contextlib.suppress(OSError):
            cookie = int.from_bytes(found.getsockopt(socket.SOL_SOCKET, _COOKIE, 8), "little")
            if found.family != socket.AF_UNIX and cookie == machine.cookie:
                achieved.append(f"has a socket of the machine's network: {found.family.name} {found.type.name}")
    return sorted(set(achieved))


def enters_the_network(machine):
    """Enter the machine's network namespace through processes, sockets, or the parents of namespaces."""
    ways = [f"/proc/{pid}/ns/net" for pid in os.listdir("/proc") if pid.isdigit()]
    ways += [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    descriptors = [os.open(way, os.O_RDONLY | os.O_NONBLOCK) for way in ways if _is_namespace(way)]
    for found in _sockets():
        with contextlib.suppress(OSError):
            descriptors.append(fcntl.ioctl(found, _SIOCGSKNS))
    for request in (_NS_GET_USERNS, _NS_GET_PARENT):
        for kind in ("net", "user", "pid"):
            with contextlib.suppress(OSError), open(f"/proc/self/ns/{kind}") as namespace:
                descriptors.append(fcntl.ioctl(namespace, request))
    return _in_a_child(lambda: [f"entered {name}" for found in descriptors if (name := _enters(found, machine))])


def moves_a_link_to_the_machine(machine):
    """Move an interface into the network namespace of a process of the machine, which checks whether it arrived."""

    def work():
        _libc.unshare(_NEWNET)
        subprocess.Popen(["sleep", "3"])  # keeps this namespace with the other end alive: else Linux deletes both ends
        for words in ("add nslab-out type veth peer name nslab-in", f"set dev nslab-out netns {machine.sleeper}"):
            subprocess.run(["ip", "link", *words.split()], check=False, stderr=subprocess.DEVNULL)
        return []

    return _in_a_child(work)


def _dials(dialled, address):
    """Connect, send the mark, and return whether the stand-in answered; then close the socket."""
    blocking = os.get_blocking(dialled.fileno())  # a flag of the open file, which other descriptors share
    with dialled:
        try:
            dialled.settimeout(_LIMIT_S)
            dialled.connect(address)
            dialled.sendall(b"nslab-was-here")
            return bool(dialled.recv(100)) if dialled.type != socket.SOCK_DGRAM else True
        except OSError:
            return False
        finally:
            os.set_blocking(dialled.fileno(), blocking)


def _disconnects(connected):
    unspecified = struct.pack("H14x", socket.AF_UNSPEC)
    return _libc.connect(connected.fileno(), unspecified, len(unspecified)) == 0


def _a_listener_may_dial():
    """Return whether Linux connects a socket that has listened, tried with two new sockets; 6.18.44 does not."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return _disconnects(one) and one.connect_ex(other.getsockname()) != errno.EINVAL


def _take_from_epolls(watched):
    """Remove a socket from every epoll of this process: ZeroMQ ends the process when the socket is disconnected."""
    same = [n for n in _numbers() if _link(n) == _link(watched.fileno())]
    for number in _numbers():
        if "eventpoll" in _link(number):
            for watched_number in same:
                with contextlib.suppress(OSError):
                    select.epoll.fromfd(os.dup(number)).unregister(watched_number)


def _sockets():
    """Return duplicates of all sockets of all visible processes, and of the inherited ones of this process."""
    copies = [os.dup(number) for number in _numbers() if _link(number).startswith("socket:")]
    for pid in filter(str.isdigit, os.listdir("/proc")):
        process = _libc.syscall(_PIDFD_OPEN, int(pid), 0)
        if process >= 0 and int(pid) != os.getpid():
            taken = [_libc.syscall(_PIDFD_GETFD, process, number, 0) for number in range(64)]
            for number in taken:
                if _link(number).startswith("socket:"):
                    copies.append(number)
                elif number >= 0:  # e.g. the pipe whose closing tells a lab that its outer process has ended
                    os.close(number)
            os.close(process)
    return [socket.socket(fileno=number) for number in copies]


def _numbers():
    return [int(name) for name in os.listdir("/proc/self/fd")]


def _link(number):
    with contextlib.suppress(OSError):
        return os.readlink(f"/proc/self/fd/{number}")
    return ""


def _is_namespace(path):
    with contextlib.suppress(OSError):
        return "net:[" in os.readlink(path)
    return False


def _enters(descriptor, machine):
    with contextlib.suppress(OSError):
        os.fstat(descriptor)
        if _libc.setns(descriptor, 0) == 0:
            for kind, inode in machine.namespaces.items():
                if kind in ("net", "user") and os.stat(f"/proc/thread-self/ns/{kind}").st_ino == inode:
                    return f"the machine's {kind} namespace"
    return ""


def _in_a_child(work):
    """Call a function that changes the process in a child process, and return its result."""
    answer, result = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(result, json.dumps(work()).encode())
        finally:
            os._exit(0)
    os.close(result)
    with os.fdopen(answer) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return json.loads(said or "[]")


def receives_a_descriptor(machine):
    """Receive a descriptor (SCM_RIGHTS) from the peer of an inherited Unix socket."""
    achieved = []
    if machine.plain:  # the control: a peer sends a descriptor of the machine's root folder
        given, _handed_in = socket.socketpair()
        socket.send_fds(given, [b"."], [os.open("/", os.O_RDONLY)])
    for found in _sockets():
        if found.family == socket.AF_UNIX and not found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            with contextlib.suppress(OSError):
                _, ancillary, *_ = found.recvmsg(0, socket.CMSG_SPACE(4), socket.MSG_DONTWAIT | socket.MSG_PEEK)
                for *_, data in ancillary:
                    numbers = array.array("i", data[: len(data) - len(data) % 4])
                    achieved += [f"was given {_link(number)}" for number in numbers]
    return achieved
