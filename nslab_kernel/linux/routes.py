"""Adds and deletes routes; ip-route(8).

An unknown interface raises `NoLink`, an unknown namespace `NoNamespace`, a refusal by Linux `RefusedByLinux`.
"""

import errno
import ipaddress
import socket
from typing import Any

from nslab_kernel.errors import AlreadyExists, BadValue, NoSuchThing, RefusedByLinux
from nslab_kernel.language import translate as _
from nslab_kernel.linux import messages, rtnetlink_reader, uapi, worker
from nslab_kernel.linux.argument_checks import (
    bad_value,
    check_dst,
    check_gateway,
    check_number,
    check_one_addr,
    check_table,
    check_text,
)
from nslab_kernel.linux.links import index
from nslab_kernel.linux.netlink import Netlink
from nslab_kernel.model.network import Route

_FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
_TYPES = {word: number for number, word in rtnetlink_reader.ROUTE_TYPES.items()}
_PROTOCOLS = {word: number for number, word in rtnetlink_reader.PROTOCOLS.items()}
_SCOPES = {word: number for number, word in rtnetlink_reader.SCOPES.items()}
_TABLES = {word: number for number, word in rtnetlink_reader.TABLES.items()}
_NOWHERE = ("blackhole", "unreachable", "prohibit", "throw")
"""Types of routes that need neither a gateway nor an interface."""
_LOCAL = ("local", "broadcast", "anycast", "nat")
"""Types of routes whose default table is `local`."""


def add(
    dst: str, gateway: str | None = None, dev: str | None = None, netns: str | None = None, **words: str | int | None
) -> None:
    """Add a route, as `ip route add TYPE DST via GATEWAY dev DEV src SRC metric METRIC table TABLE` does.

    Args:
        dst: The destination: `"10.0.0.0/24"` or `"default"`.
        gateway: The next router; `None` if `dst` is directly connected.
        dev: The outgoing interface; may be left out if there is a gateway.
        netns: The namespace that gets the route; `None` is the host.
        words: `type`, `metric`, `src`, `table`; `None` is iproute2's default.

    Raises:
        BadValue: An argument is invalid, or gateway and dev are both left out.
        AlreadyExists: There is such a route already.
    """
    route = _route(dst, gateway, dev, **words)
    if route.gateway is None and route.dev is None and route.type not in _NOWHERE:
        rule = _("A route needs a gateway, or the interface that it goes out of, or both.")
        raise BadValue(
            _("The route to {dst} leads nowhere.").format(dst=dst), rule, try_='route_add("default", "192.168.1.254")'
        )
    worker.run(netns, _add, route, netns)


def delete(
    dst: str, gateway: str | None = None, dev: str | None = None, netns: str | None = None, **words: str | int | None
) -> None:
    """Delete a route, as `ip route del TYPE DST via GATEWAY dev DEV ...` does: the first that matches all arguments.

    Raises:
        BadValue: An argument is invalid.
        NoSuchThing: There is no such route; the error lists the destinations in the table.
    """
    route = _route(dst, gateway, dev, **words)
    worker.run(netns, _delete, route, netns, _TYPES[route.type] if words.get("type") else 0)


def _route(
    dst: str,
    gateway: str | None,
    dev: str | None,
    type: str | int | None = None,
    metric: str | int | None = None,
    src: str | int | None = None,
    table: str | int | None = None,
) -> Route:
    """Return the route that iproute2 makes of these words."""
    where = check_dst(dst)
    via = check_gateway(gateway) if gateway is not None else None
    prefsrc = check_one_addr(src) if src is not None else None
    if dev is not None:
        check_text(dev)
    # The word default may mean either family; it is IPv4 unless the gateway or the source says otherwise.
    given = (via or prefsrc or "") if dst == "default" else dst
    family = 6 if ":" in given else 4
    if prefsrc is not None and (":" in prefsrc) != (family == 6):
        raise bad_value(src, _("The address to leave with is of the destination's family, IPv4 or IPv6."))
    kind = "unicast" if type is None else _check_type(type)
    return Route(
        where,
        via,
        dev,
        family,
        kind,
        scope=_scope(kind, family, via),
        prefsrc=prefsrc,
        metric=0 if metric is None else check_number(metric),
        table=("local" if kind in _LOCAL else "main") if table is None else check_table(table),
    )


def _check_type(kind: object) -> str:
    if not isinstance(kind, str) or kind not in _TYPES:
        raise bad_value(kind, _("A route is of one of these types: {types}.").format(types=", ".join(_TYPES)))
    return kind


def _scope(kind: str, family: int, gateway: str | None) -> str:
    """Return iproute2's scope: without a gateway the destination is on the link; IPv6 has no scopes."""
    if family == 6:
        return "global"
    if kind in ("local", "nat"):
        return "host"
    is_on_link = kind in ("broadcast", "anycast", "multicast") or (kind == "unicast" and gateway is None)
    return "link" if is_on_link else "global"


def _add(route: Route, netns: str | None) -> None:
    body = _message(route, netns)
    with Netlink() as netlink:
        try:
            netlink.change(uapi.RTM_NEWROUTE, body, uapi.NLM_F_CREATE | uapi.NLM_F_EXCL)
        except RefusedByLinux as refused:
            if refused.errno == errno.EEXIST:
                thing = _("A route to {dst}").format(dst=route.dst)
                raise AlreadyExists(thing, refused.said) from None
            raise RefusedByLinux(refused.errno, refused.extack, _why(refused.errno)) from None


def _delete(route: Route, netns: str | None, kind: int) -> None:
    # Scope "nowhere", protocol 0 and type 0 match every route.
    body = _message(route, netns, uapi.RT_SCOPE_NOWHERE, 0, kind)
    with Netlink() as netlink:
        try:
            netlink.change(uapi.RTM_DELROUTE, body)
        except RefusedByLinux as refused:
            if refused.errno != errno.ESRCH:
                raise
            there = [
                found.dst
                for found in rtnetlink_reader.read_routes(netlink, {})
                if (found.table, found.family) == (route.table, route.family)
            ]
            what = _("There is no such IPv{family} route to {dst}.").format(family=route.family, dst=route.dst)
            raise NoSuchThing(what, route.dst, dict.fromkeys(there), errno=refused.errno) from None


def _message(
    route: Route, netns: str | None, scope: int | None = None, protocol: int | None = None, kind: int | None = None
) -> bytes:
    family = _FAMILIES[route.family]
    net = ipaddress.ip_network("0.0.0.0/0" if route.dst == "default" else route.dst)
    table = _number(_TABLES, route.table)
    fields = {
        "family": family,
        "dst_len": net.prefixlen,
        "table": table if table < 256 else 0,
        "proto": _number(_PROTOCOLS, route.protocol) if protocol is None else protocol,
        "scope": _number(_SCOPES, route.scope) if scope is None else scope,
        "type": _number(_TYPES, route.type) if kind is None else kind,
    }
    attributes = {
        "RTA_TABLE": table,
        "RTA_DST": str(net.network_address) if net.prefixlen else None,
        "RTA_OIF": index(route.dev, netns) if route.dev else None,
        "RTA_PREFSRC": route.prefsrc,
        "RTA_PRIORITY": route.metric or None,
        **(_gateway(route.gateway, route.family) if route.gateway else {}),
    }
    return messages.route(fields, **{name: value for name, value in attributes.items() if value is not None})


def _gateway(gateway: str, family: int) -> dict[str, Any]:
    version = ipaddress.ip_address(gateway).version
    if version == family:
        return {"RTA_GATEWAY": gateway}
    return {"RTA_VIA": {"family": _FAMILIES[version], "addr": gateway}}


def _number(words: dict[str, int], word: str) -> int:
    """Return the number of a word; a value without a word is given as a number."""
    return words[word] if word in words else int(word)


def _why(number: int) -> str:
    if number in (errno.ENETUNREACH, errno.EHOSTUNREACH):
        return _(
            "A gateway is a neighbour: its address is in a net that one of the interfaces here is in, and that is up."
        )
    if number == errno.ENETDOWN:
        return _("The interface is down, and routes go out of interfaces that are up.")
    return ""
