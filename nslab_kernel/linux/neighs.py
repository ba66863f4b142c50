"""Neighbours: forget them; ip-neighbour(8)."""

import errno
import socket
import struct

from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux import messages, worker
from nslab_kernel.linux.lookup import index
from nslab_kernel.linux.names import check_ifname
from nslab_kernel.linux.netlink import Netlink, attributes
from nslab_kernel.linux.uapi import NDA_DST, NUD_NOARP, NUD_PERMANENT, RTM_DELNEIGH, RTM_GETNEIGH

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
