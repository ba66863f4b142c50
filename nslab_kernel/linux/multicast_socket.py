"""A netlink socket that receives changes of all namespaces."""

import contextlib
import socket
from collections.abc import Iterable

from nslab_kernel.linux import socket_options
from nslab_kernel.linux.uapi import (
    NETLINK_ADD_MEMBERSHIP,
    NETLINK_LISTEN_ALL_NSID,
    RTNLGRP_BRVLAN,
    RTNLGRP_IPV4_IFADDR,
    RTNLGRP_IPV4_NETCONF,
    RTNLGRP_IPV4_ROUTE,
    RTNLGRP_IPV4_RULE,
    RTNLGRP_IPV6_IFADDR,
    RTNLGRP_IPV6_IFINFO,
    RTNLGRP_IPV6_NETCONF,
    RTNLGRP_IPV6_ROUTE,
    RTNLGRP_IPV6_RULE,
    RTNLGRP_LINK,
    RTNLGRP_MDB,
    RTNLGRP_NEIGH,
    RTNLGRP_NEXTHOP,
    RTNLGRP_NSID,
    RTNLGRP_TC,
    SOL_NETLINK,
)

ROUTE_GROUPS = (
    RTNLGRP_LINK,
    RTNLGRP_NEIGH,
    RTNLGRP_TC,
    RTNLGRP_IPV4_IFADDR,
    RTNLGRP_IPV4_ROUTE,
    RTNLGRP_IPV4_RULE,
    RTNLGRP_IPV6_IFADDR,
    RTNLGRP_IPV6_IFINFO,
    RTNLGRP_IPV6_ROUTE,
    RTNLGRP_IPV6_RULE,
    RTNLGRP_IPV4_NETCONF,
    RTNLGRP_IPV6_NETCONF,
    RTNLGRP_NSID,
    RTNLGRP_NEXTHOP,
    RTNLGRP_BRVLAN,
    RTNLGRP_MDB,
)
_BUFFER_BYTES = 8 << 20
"""Three hundred veth pairs made at once overflow the usual 208 KiB."""


def open_multicast_socket(protocol: int, groups: Iterable[int]) -> socket.socket:
    """Open a socket in the thread's namespace that receives from all that have an nsid there; netlink(7)."""
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC, protocol)
    try:
        socket_options.set_receive_buffer(opened, _BUFFER_BYTES)
        opened.setsockopt(SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, 1)
        opened.bind((0, 0))  # an unbound socket receives nothing
        for group in groups:
            with contextlib.suppress(OSError):  # an older kernel has fewer
                opened.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)
    except BaseException:
        opened.close()
        raise
    return opened
