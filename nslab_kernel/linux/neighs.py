"""Neighbours: forget them; ip-neighbour(8)."""

import contextlib
import errno
import socket
import struct

from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux import messages, worker
from nslab_kernel.linux.lookup import index
from nslab_kernel.linux.names import check_ifname
from nslab_kernel.linux.netlink import Netlink, attribute, attributes
from nslab_kernel.linux.uapi import NDA_DST, NUD_INCOMPLETE, NUD_NOARP, NUD_PERMANENT, RTM_DELNEIGH, RTM_GETNEIGH

_NEIGHBOUR = struct.Struct("=BxxxiHBB")  # family, index, state, flags, type


def flush(dev: str, netns: str | None = None) -> None:
    """Forget all that an interface has learnt about its neighbours, as `ip neigh flush dev DEV` does.

    Raises:
        NoLink: There is no interface of that name.
        NoNamespace: There is no namespace of that name.
        RefusedByLinux: Linux said no.
    """
    check_ifname(dev)
    worker.run(netns, _flush, dev, netns)


def known(netns: str | None) -> set[tuple[int, bytes]]:
    """Return what a namespace knows or asks about: interface number and address."""
    return set(worker.run(netns, _states))


def forget_others(known: set[tuple[int, bytes]], netns: str | None) -> None:
    """Forget all neighbours but the known ones and those that are being asked for."""
    worker.run(netns, _forget_others, known)


def _states() -> dict[tuple[int, bytes], int]:
    with Netlink() as netlink:
        states = {}
        for data, at, end in netlink.dump(RTM_GETNEIGH, bytes(_NEIGHBOUR.size)):
            _family, ifindex, state, _flags, _type = _NEIGHBOUR.unpack_from(data, at)
            states[ifindex, attributes(data, at + _NEIGHBOUR.size, end)[NDA_DST]] = state
        return states


def _forget_others(known: set[tuple[int, bytes]]) -> None:
    states = _states()
    with Netlink() as netlink:
        for (ifindex, dst), state in states.items():
            if (ifindex, dst) in known or state & (NUD_NOARP | NUD_PERMANENT | NUD_INCOMPLETE):
                continue
            family = socket.AF_INET if len(dst) == 4 else socket.AF_INET6
            with contextlib.suppress(RefusedByLinux):  # it went by itself meanwhile
                netlink.change(RTM_DELNEIGH, _NEIGHBOUR.pack(family, ifindex, 0, 0, 0) + attribute(NDA_DST, dst))


def _flush(dev: str, netns: str | None) -> None:
    ifindex = index(dev, netns)
    with Netlink() as netlink:
        for data, at, end in netlink.dump(RTM_GETNEIGH, bytes(_NEIGHBOUR.size)):
            family, at_index, state, _flags, _type = _NEIGHBOUR.unpack_from(data, at)
            if at_index != ifindex or state & (NUD_NOARP | NUD_PERMANENT):
                continue
            address = socket.inet_ntop(family, attributes(data, at + _NEIGHBOUR.size, end)[NDA_DST])
            try:
                netlink.change(RTM_DELNEIGH, messages.neigh({"family": family, "ifindex": ifindex}, NDA_DST=address))
            except RefusedByLinux as refused:
                if refused.errno != errno.ENOENT:  # else it went by itself meanwhile
                    raise
