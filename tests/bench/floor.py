"""The floor: tutorial steps 3.1 to 3.9, a star of namespaces and a dump of everything, by raw netlink alone.

Without checks, messages, history and parsing: the time that Linux itself takes. See rtnetlink(7).
"""

import ctypes
import os
import socket
import struct
import threading
from pathlib import Path

CLONE_NEWNET, MS_BIND, MNT_DETACH = 0x40000000, 4096, 2
NEWLINK, GETLINK, NEWADDR, GETADDR, GETROUTE, GETNEIGH = 16, 18, 20, 22, 26, 30
REQUEST, ACK, DUMP, CREATE, EXCLUSIVE, NESTED = 1, 4, 0x300, 0x400, 0x200, 0x8000
IFNAME, MASTER, LINKINFO, NET_NS_FD, INFO_KIND, INFO_DATA, VETH_PEER, IFF_UP = 3, 10, 18, 28, 1, 2, 1, 1
DUMPS = ((GETLINK, 16), (GETADDR, 8), (GETROUTE, 12), (GETNEIGH, 12))
LIBC = ctypes.CDLL(None, use_errno=True)


def steps():
    """Make two namespaces and a veth pair between them with addresses, both ends up; the thread changes namespaces."""
    for name in ("test1", "test2"):
        add_namespace(name)
    files = [os.open(f"/run/netns/{name}", os.O_RDONLY) for name in ("test1", "test2")]
    talk(veth(b"veth-test1", b"veth-test2"))
    for n, file in enumerate(files, 1):
        name = attribute(IFNAME, f"veth-test{n}".encode() + b"\0")
        talk(message(NEWLINK, REQUEST | ACK, link() + name + attribute(NET_NS_FD, struct.pack("=I", file))))
    for n, file in enumerate(files, 1):
        inside(file, address, f"veth-test{n}", f"192.168.1.{n}")
    for n, file in enumerate(files, 1):
        inside(file, raise_, f"veth-test{n}")
    for file in files:
        os.close(file)


def star(addresses):
    """Make a bridge, and for each address a namespace with a veth pair to the bridge, by three messages each.

    The bridge is set up last: otherwise it would flood the packets of each new end to all its ports.
    """
    make = REQUEST | ACK | CREATE | EXCLUSIVE
    talk(message(NEWLINK, make, link() + attribute(IFNAME, b"lab0\0") + kind(b"bridge")))
    master = attribute(MASTER, struct.pack("=I", socket.if_nametoindex("lab0")))
    for n, addr in enumerate(addresses):
        add_namespace(f"n{n}")
        file = os.open(f"/run/netns/n{n}", os.O_RDONLY)
        there = attribute(IFNAME, f"e{n}".encode() + b"\0") + attribute(NET_NS_FD, struct.pack("=I", file))
        cable = kind(b"veth", attribute(VETH_PEER | NESTED, link() + there))
        talk(message(NEWLINK, make, link(0, IFF_UP) + attribute(IFNAME, f"v{n}".encode() + b"\0") + master + cable))
        inside(file, address, f"e{n}", addr)
        inside(file, raise_, f"e{n}")
        os.close(file)
    raise_("lab0")


def dump_all(names):
    """Ask every namespace for its links, addresses, routes and neighbours, without parsing the answers."""
    for name in (None, *names):
        if name is None:
            dump()
        else:
            file = os.open(f"/run/netns/{name}", os.O_RDONLY)
            inside(file, dump)
            os.close(file)


def delete(*names):
    for name in names:
        LIBC.umount2(f"/run/netns/{name}".encode(), MNT_DETACH)
        Path(f"/run/netns/{name}").unlink()


def in_thread(work, *args):
    """Run a function in a new thread and wait for it: the main thread must not change its namespace."""
    thread = threading.Thread(target=work, args=args)
    thread.start()
    thread.join()


def add_namespace(name):
    def make():
        check(LIBC.unshare(CLONE_NEWNET))
        here = f"/proc/self/task/{threading.get_native_id()}/ns/net".encode()
        check(LIBC.mount(here, f"/run/netns/{name}".encode(), b"none", MS_BIND, None))

    os.close(os.open(f"/run/netns/{name}", os.O_CREAT | os.O_EXCL, 0o444))
    in_thread(make)


def inside(file, work, *args):
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    check(LIBC.setns(file, CLONE_NEWNET))
    work(*args)
    check(LIBC.setns(home, CLONE_NEWNET))
    os.close(home)


def veth(name, peer):
    other = attribute(VETH_PEER | NESTED, link() + attribute(IFNAME, peer + b"\0"))
    body = link() + attribute(IFNAME, name + b"\0") + kind(b"veth", other)
    return message(NEWLINK, REQUEST | ACK | CREATE | EXCLUSIVE, body)


def kind(word, data=b""):
    inner = attribute(INFO_KIND, word) + (attribute(INFO_DATA | NESTED, data) if data else b"")
    return attribute(LINKINFO | NESTED, inner)


def address(name, addr):
    raw = socket.inet_aton(addr)
    body = struct.pack("=BBBBi", socket.AF_INET, 24, 0, 0, socket.if_nametoindex(name))
    talk(message(NEWADDR, REQUEST | ACK | CREATE | EXCLUSIVE, body + attribute(2, raw) + attribute(1, raw)))


def raise_(name):
    talk(message(NEWLINK, REQUEST | ACK, link(socket.if_nametoindex(name), IFF_UP)))


def link(index=0, flags=0):
    return struct.pack("=BxHiII", 0, 0, index, flags, flags)


def attribute(kind, data):
    return struct.pack("=HH", len(data) + 4, kind) + data + b"\0" * (-len(data) % 4)


def message(kind, flags, body):
    return struct.pack("=IHHII", 16 + len(body), kind, flags, 1, 0) + body


def talk(request):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as netlink:
        netlink.send(request)
        check(struct.unpack_from("=i", netlink.recv(65536), 16)[0])


def dump():
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as netlink:
        for kind, size in DUMPS:
            netlink.send(message(kind, REQUEST | DUMP, bytes(size)))
            done = False
            while not done:
                answer, at = netlink.recv(65536), 0
                while at < len(answer):
                    length, answered = struct.unpack_from("=IH", answer, at)
                    done, at = answered == 3, at + (length + 3 & ~3)


def check(result):
    if result < 0:
        raise OSError(-result, f"{os.strerror(ctypes.get_errno())} {os.strerror(-result)}")
