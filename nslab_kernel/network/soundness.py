"""Whether a Network can be built at all: asked before anything is changed."""

import ipaddress
from collections.abc import Hashable, Iterable
from typing import Any

from nslab_kernel.errors import BadValue
from nslab_kernel.language import translate as _
from nslab_kernel.linux import names
from nslab_kernel.model.network import HOST, End, Link, Namespace, Network, Route

IPV6_MTU_MIN = 1280
"""RFC 8200, section 5: below, Linux takes IPv6 from the interface."""


def check(target: Any) -> None:
    """Check that all names, numbers and addresses are such as Linux takes them, and that they fit each other.

    Raises:
        BadValue: Something does not; with the rule.
    """
    _require(isinstance(target, Network), target, _("Only a Network can be built."))
    _require(HOST in target.namespaces, target, _("A network has a host."))
    for name, namespace in target.namespaces.items():
        _require(
            isinstance(namespace, Namespace) and namespace.name == name, name, _("It is no namespace of that name.")
        )
        if name != HOST:
            names.check_netns_name(name)
        _check_namespace(namespace, target)


def _check_namespace(namespace: Namespace, target: Network) -> None:
    for link in namespace.links:
        _require(isinstance(link, Link), link, _("It is no interface."))
        _check_link(link, namespace, target)
    where = namespace.name
    _require_different(
        (link.ifname for link in namespace.links), _("Two interfaces in {netns} have this name.").format(netns=where)
    )
    _require_different(
        (link.ifindex for link in namespace.links), _("Two interfaces in {netns} have this number.").format(netns=where)
    )
    for route in namespace.routes:
        _require(isinstance(route, Route), route, _("It is no route."))
        _check_route(route, namespace)


def _check_link(link: Link, namespace: Namespace, target: Network) -> None:
    names.check_ifname(link.ifname)
    _require(
        type(link.ifindex) is int and 0 < link.ifindex < 1 << 31, link.ifindex, _("An interface's number is from 1 on.")
    )
    if link.kind in ("veth", "bridge", "dummy"):
        names.check_mtu(link.mtu)
    _check_addresses(link)
    if link.peer is not None:
        _check_peer(link, namespace, target)
    if link.master is not None:
        bridges = [other.ifname for other in namespace.links if other.kind == "bridge"]
        _require(link.master in bridges, link.master, _("A port's bridge is in the same namespace."))


def _check_addresses(link: Link) -> None:
    for addr in link.addresses:
        names.check_addr(addr)
        if ":" in addr:
            _require(
                link.mtu >= IPV6_MTU_MIN, link.mtu, _("With IPv6 an interface's MTU is at least 1280 bytes (RFC 8200).")
            )
    _require_different(link.addresses, _("{ifname} has this address twice.").format(ifname=link.ifname))


def _check_peer(link: Link, namespace: Namespace, target: Network) -> None:
    rule = _("{ifname} and its peer must name each other.").format(ifname=link.ifname)
    try:
        other = target.end(End(*link.peer)) if link.peer else None
    except (KeyError, TypeError, ValueError):
        other = None
    fits = other is not None and other is not link and other.peer == End(namespace.name, link.ifname)
    _require(fits and link.kind == "veth", link.peer, rule)


def _check_route(route: Route, namespace: Namespace) -> None:
    names.check_dst(route.dst)
    if route.gateway is not None:
        names.check_gateway(route.gateway)
    if route.prefsrc is not None:
        names.check_gateway(route.prefsrc)
    if route.dst != "default":
        _require(
            ipaddress.ip_network(route.dst).version == route.family, route.dst, _("The route's family is another.")
        )
    if route.dev is not None:
        there = [link.ifname for link in namespace.links]
        rule = _("A route goes out of an interface of its own namespace.")
        _require(route.dev in there, route.dev, rule)


def _require_different(values: Iterable[Hashable], rule: str) -> None:
    seen: set[Hashable] = set()
    for value in values:
        _require(value not in seen, value, rule)
        seen.add(value)


def _require(holds: bool, value: Any, rule: str) -> None:
    if not holds:
        raise BadValue(_("{value} will not do.").format(value=repr(value)), rule)
