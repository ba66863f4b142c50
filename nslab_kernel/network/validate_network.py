"""Checks whether a Network can be built, before any change."""

import os
import re
import struct
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from nslab_kernel.errors import BadValue
from nslab_kernel.language import translate as _
from nslab_kernel.linux import argument_checks, replay_routes
from nslab_kernel.linux.argument_checks import bad_value
from nslab_kernel.linux.kernel_defaults import KINDS_WITHOUT_OPTIONS
from nslab_kernel.model.network import HOST, End, Link, Namespace, Network
from nslab_kernel.network import entry_commands
from nslab_kernel.network.field_types import check_types
from nslab_kernel.network.link_state import is_built_in

_PLAIN_KINDS = ("loopback", "ether", "other", "veth", "bridge", "tun", *KINDS_WITHOUT_OPTIONS)
"""Kinds of interfaces that need no options."""
IPV6_MTU_MIN = 1280
"""In bytes (RFC 8200, section 5); below this MTU Linux disables IPv6 on the interface."""


def check_network(target: Any) -> None:
    """Check that Linux accepts all names, numbers and addresses of a Network, and that they are consistent.

    Raises:
        BadValue: Something breaks a rule; the error contains the rule.
    """
    if not isinstance(target, Network) or HOST not in target.namespaces:
        raise bad_value(target, _("Only a Network with a host can be built."))
    check_types(target, Network)
    for name, namespace in target.namespaces.items():
        if namespace.name != name:
            raise bad_value(namespace, _("Each namespace of a Network stands under its own name."))
        if name != HOST:
            _check_name(name, argument_checks.NETNS_BYTES)
        _check_links(namespace, target)
        _check_routes(namespace)
        _check_entries(namespace)


@contextmanager
def refuse_unencodable() -> Iterator[None]:
    """Turn errors in encoding a Network for netlink into a BadValue.

    Raw parts of a Network (attributes, entries) cannot be checked earlier: they are encoded only when they are sent.

    Raises:
        BadValue: Something in the Network cannot be encoded.
    """
    try:
        yield
    except (ArithmeticError, TypeError, ValueError, struct.error) as error:
        raise _not_as_in_linux(error) from error


def _not_as_in_linux(error: Exception) -> BadValue:
    why = _("Something in it is not as Linux has it: {error}.").format(error=error)
    return BadValue(_("There can be no such network."), why)


def _check_name(name: Any, most: int) -> None:
    """Check that Linux allows a name, even if the learner's functions would refuse it."""
    is_possible = 0 < len(os.fsencode(name)) <= most and name not in (".", "..")
    if not is_possible or "/" in name:
        raise bad_value(name, _("A name has 1 to {most} bytes, and no / in it.").format(most=most))


def _check_ifname(name: Any) -> None:
    """Check an interface's name as dev_valid_name() in net/core/dev.c does, for which the byte A0 is a space."""
    _check_name(name, argument_checks.IFNAME_BYTES)
    if re.search(rb"[\s:\xa0]", os.fsencode(name)):
        raise bad_value(name, _("An interface's name has no white space in it, and no colon."))


def _check_links(namespace: Namespace, target: Network) -> None:
    for link in namespace.links:
        _check_ifname(link.ifname)
        if not 0 < link.ifindex < 1 << 31:
            raise bad_value(link.ifindex, _("An interface's number is a whole number from 1 on."))
        if link.kind in ("veth", "bridge", "dummy"):
            argument_checks.check_mtu(link.mtu)
        _check_addresses(link)
        if link.peer is not None:
            _check_peer(link, namespace, target)
        elif link.kind == "veth" and not link.peer_ifindex:
            raise bad_value(link, _("A veth end has a peer."))
        if link.kind not in _PLAIN_KINDS and not link.attributes and not is_built_in(link):
            raise bad_value(link, _("An interface of this kind has options; snapshot() keeps them in attributes."))
    if twice := _twice(link.ifname for link in namespace.links):
        raise bad_value(twice, _("Two interfaces in {netns} have this name.").format(netns=namespace.name))
    if twice := _twice(link.ifindex for link in namespace.links):
        raise bad_value(twice, _("Two interfaces in {netns} have this number.").format(netns=namespace.name))
    names_here = {link.ifname for link in namespace.links}
    for link in namespace.links:
        if link.master is not None and link.master not in names_here:
            raise bad_value(link.master, _("A port's bridge is in the same namespace."))


def _check_addresses(link: Link) -> None:
    for addr in link.addresses:
        argument_checks.check_addr(addr)
        if ":" in addr and link.mtu < IPV6_MTU_MIN:
            raise bad_value(link.mtu, _("With IPv6 an interface's MTU is at least 1280 bytes (RFC 8200)."))
    if link.address_details and len(link.address_details) != len(link.addresses):
        raise bad_value(link.address_details, _("Each address has its details beside it, or none has."))
    if twice := _twice((addr, detail.peer if detail else None) for addr, detail in link.detailed_addresses):
        raise bad_value(twice[0], _("{ifname} has this address twice.").format(ifname=link.ifname))


def _check_peer(link: Link, namespace: Namespace, target: Network) -> None:
    try:
        other = target.end(End(*link.peer)) if link.peer else None
    except (KeyError, TypeError, ValueError):
        other = None
    fits = other is not None and other is not link and other.peer == End(namespace.name, link.ifname)
    if not fits or link.kind != "veth":
        raise bad_value(link.peer, _("{ifname} and its peer must name each other.").format(ifname=link.ifname))


def _check_routes(namespace: Namespace) -> None:
    there = {link.ifname for link in namespace.links}
    for route in namespace.routes:
        replay_routes.check_route(route)
        argument_checks.check_dst(route.dst)
        for address in (route.gateway, route.prefsrc):
            if address is not None:
                argument_checks.check_gateway(address)
        if route.dst != "default" and (6 if ":" in route.dst else 4) != route.family:
            raise bad_value(route.dst, _("The route is of another family."))
        if route.dev is not None and route.dev not in there:
            raise bad_value(route.dev, _("A route goes out of an interface of its own namespace."))


def _check_entries(namespace: Namespace) -> None:
    """Check that each entry has the words and the message of its kind."""
    for entry in namespace.entries:
        try:
            entry_commands.commands(entry)
        except (LookupError, ValueError) as error:
            raise _not_as_in_linux(error) from error


def _twice(values: Iterable[Hashable]) -> Any:
    """Return the first value that occurs a second time, or `None`."""
    seen: set[Hashable] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None
