"""Netlink messages for changes, encoded by pyroute2.

Fields and attributes have the kernel's names. pyroute2 takes 0.1 s to import, so it is imported at the first change.
Snapshots read often, so `link_reader.py` and `rtnetlink_reader.py` do without it.
"""

from typing import Any


def link(ifindex: int = 0, flags: int = 0, change: int = 0, **attributes: Any) -> bytes:
    """Return a message about a link: `change` says which of the `flags` count; attributes are `IFLA_IFNAME`, ..."""
    from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

    return _body(ifinfmsg(), {"index": ifindex, "flags": flags, "change": change}, attributes)


def addr(fields: dict[str, int], **attributes: Any) -> bytes:
    """Return a message about an address: fields `family`, `prefixlen`, `scope`, `index`, attributes `IFA_LOCAL`, ..."""
    from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg

    return _body(ifaddrmsg(), fields, attributes)


def route(fields: dict[str, int], **attributes: Any) -> bytes:
    """Return a message about a route: fields `family`, `dst_len`, `table`, `proto`, ..., attributes `RTA_DST`, ..."""
    from pyroute2.netlink.rtnl.rtmsg import rtmsg

    return _body(rtmsg(), fields, attributes)


def nested(**attributes: Any) -> dict[str, Any]:
    """Return an attribute that contains these attributes."""
    return {"attrs": list(attributes.items())}


def _body(message: Any, fields: dict[str, int], attributes: dict[str, Any]) -> bytes:
    """Return the message without its header, which the socket writes."""
    for name, value in fields.items():
        message[name] = value
    message["attrs"] = list(attributes.items())
    message.encode()
    header_size = 16  # struct nlmsghdr, netlink(7)
    return bytes(message.data[header_size:])
