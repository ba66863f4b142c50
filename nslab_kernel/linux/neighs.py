"""Forgets neighbours; ip-neighbour(8).

An unknown interface raises `NoLink`, an unknown namespace `NoNamespace`, a refusal by Linux `RefusedByLinux`.
"""

import socket
from collections.abc import Callable

from nslab_kernel.linux import uapi, worker
from nslab_kernel.linux.links import require
from nslab_kernel.linux.netlink import Netlink, attribute, attributes
from nslab_kernel.linux.replay import tolerating
from nslab_kernel.linux.rtnetlink_reader import ask_for_neighbours

_Entry = tuple[int, bytes]
"""The ifindex of an interface, and the neighbour's address."""


def flush(dev: str | None = None, netns: str | None = None) -> None:
    """Forget all neighbours that were learnt, as `ip neigh flush dev DEV` does, or `ip neigh flush all`."""
    ifindex = require(dev, netns) if dev is not None else None

    def is_learnt(entry: _Entry, state: int) -> bool:
        return ifindex in (entry[0], None) and not state & (uapi.NUD_NOARP | uapi.NUD_PERMANENT)

    worker.run(netns, _forget, is_learnt)


def known(netns: str | None) -> set[_Entry]:
    """Return all neighbours of a namespace, also those that Linux is resolving: ifindex and address."""
    return set(worker.run(netns, _states))


def forget_others(known: set[_Entry], netns: str | None) -> None:
    """Delete all neighbours except those in `known`, the permanent and the incomplete ones."""

    def is_other(entry: _Entry, state: int) -> bool:
        return entry not in known and not state & (uapi.NUD_NOARP | uapi.NUD_PERMANENT | uapi.NUD_INCOMPLETE)

    worker.run(netns, _forget, is_other)


def forget_open_questions(netns: str | None) -> None:
    """Forget the neighbours that Linux is resolving now: the next packet to them starts that anew."""
    worker.run(netns, _forget, lambda _entry, state: bool(state & uapi.NUD_INCOMPLETE))


def _states() -> dict[_Entry, int]:
    with Netlink() as netlink:
        states = {}
        for data, at, end in ask_for_neighbours(netlink):
            _family, ifindex, state, _flags, _type = uapi.NDMSG.unpack_from(data, at)
            states[ifindex, attributes(data, at + uapi.NDMSG.size, end)[uapi.NDA_DST]] = state
        return states


def _forget(is_wanted: Callable[[_Entry, int], bool]) -> None:
    """Delete the neighbours for which `is_wanted(entry, state)` is true."""
    wanted = [entry for entry, state in _states().items() if is_wanted(entry, state)]
    with Netlink() as netlink:
        for ifindex, dst in wanted:
            family = socket.AF_INET if len(dst) == 4 else socket.AF_INET6
            body = uapi.NDMSG.pack(family, ifindex, 0, 0, 0) + attribute(uapi.NDA_DST, dst)
            with tolerating(gone=True):  # it has expired meanwhile
                netlink.change(uapi.RTM_DELNEIGH, body)
