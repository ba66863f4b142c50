"""A netlink socket that receives changes of all namespaces."""

import contextlib
import socket
from collections.abc import Iterable

from nslab_kernel.linux import socket_options, uapi

ROUTE_GROUPS = (
    *(uapi.RTNLGRP_LINK, uapi.RTNLGRP_NEIGH, uapi.RTNLGRP_TC, uapi.RTNLGRP_NSID, uapi.RTNLGRP_NEXTHOP),
    *(uapi.RTNLGRP_IPV4_IFADDR, uapi.RTNLGRP_IPV4_ROUTE, uapi.RTNLGRP_IPV4_RULE, uapi.RTNLGRP_IPV4_NETCONF),
    *(uapi.RTNLGRP_IPV6_IFADDR, uapi.RTNLGRP_IPV6_ROUTE, uapi.RTNLGRP_IPV6_RULE, uapi.RTNLGRP_IPV6_NETCONF),
    *(uapi.RTNLGRP_IPV6_IFINFO, uapi.RTNLGRP_BRVLAN, uapi.RTNLGRP_MDB),
)
_BUFFER_BYTES = 8 << 20
"""Three hundred veth pairs made at once overflow the usual 208 KiB."""


def open_multicast_socket(protocol: int, groups: Iterable[int]) -> socket.socket:
    """Open a socket in the thread's namespace that receives from all that have an nsid there; netlink(7)."""
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol)
    try:
        socket_options.set_receive_buffer(opened, _BUFFER_BYTES)
        opened.setsockopt(uapi.SOL_NETLINK, uapi.NETLINK_LISTEN_ALL_NSID, 1)
        opened.bind((0, 0))  # an unbound socket receives nothing
        for group in groups:
            with contextlib.suppress(OSError):  # an older kernel has fewer
                opened.setsockopt(uapi.SOL_NETLINK, uapi.NETLINK_ADD_MEMBERSHIP, group)
    except BaseException:
        opened.close()
        raise
    return opened
