"""Nsids: the ids that a namespace gives to others (`link-netnsid`)."""

import struct
from collections.abc import Iterable
from contextlib import ExitStack, suppress

from nslab_kernel.errors import NoNamespace, RefusedByLinux
from nslab_kernel.linux import uapi, worker
from nslab_kernel.linux.netlink import Netlink, attributes, link_header, number

_FAMILY = b"\0\0\0\0"
_AT_ONCE = 16
_LO = 1
"""The ifindex of the loopback in every namespace, whatever its name."""


def nsids_of(names: Iterable[str | None]) -> dict[str | None, int]:
    """Return the thread's namespace's nsids for these namespaces, -1 for none; call this in the worker thread."""
    waiting, found = list(names), dict[str | None, int]()
    with Netlink() as netlink:
        for start in range(0, len(waiting), _AT_ONCE):
            found |= _nsids(netlink, waiting[start : start + _AT_ONCE])
    return found


def assign_nsid(netlink: Netlink, name: str | None, wanted: int) -> int:
    """Give a namespace this nsid in the socket's namespace; return it, or the one that it had already.

    Raises:
        NoNamespace: There is none of that name.
        RefusedByLinux: Linux refused.
    """
    with worker.opened(name) as descriptor:
        its = _FAMILY + number(uapi.NETNSA_FD, descriptor)
        with suppress(RefusedByLinux):  # it has an nsid already, such as by another name
            netlink.change(uapi.RTM_NEWNSID, its + number(uapi.NETNSA_NSID, wanted))
            return wanted
        return next(map(_nsid, netlink.ask(uapi.RTM_GETNSID, [its])))


def _nsids(netlink: Netlink, names: list[str | None]) -> dict[str | None, int]:
    with ExitStack() as stack:
        bodies = {}
        for name in names:
            with suppress(NoNamespace):
                bodies[name] = _FAMILY + number(uapi.NETNSA_FD, stack.enter_context(worker.opened(name)))
        answers = netlink.ask(uapi.RTM_GETNSID, list(bodies.values()))
        return {name: _nsid(answer) for name, answer in zip(bodies, answers, strict=True)}


def _nsid(answer: bytes | None) -> int:
    if answer is None:
        return -1
    found: int = struct.unpack("=i", attributes(answer, len(_FAMILY))[uapi.NETNSA_NSID])[0]
    return found


def is_alive(link_netnsid: int) -> bool:
    """Return whether the namespace with this nsid is not being deleted; call this in the worker thread.

    After `ip netns del` Linux takes some 50 ms to dismantle the namespace, and shows its veth peers meanwhile.
    """
    body = link_header(_LO) + number(uapi.IFLA_TARGET_NETNSID, link_netnsid)
    with Netlink() as netlink:
        return any(netlink.ask(uapi.RTM_GETLINK, [body]))
