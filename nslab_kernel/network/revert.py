"""Reverts one change in a network that may have changed since."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from nslab_kernel.linux.entries import stale_neighbour
from nslab_kernel.model.lookup import ends
from nslab_kernel.model.network import AddressDetails, Link, Namespace, Network, in_columns
from nslab_kernel.network import operation, ruleset
from nslab_kernel.network.config_equality import (
    lost_automatic_addresses,
    lost_kernel_routes,
    lost_neighbours,
    without_volatile,
)
from nslab_kernel.network.operation import Operation
from nslab_kernel.network.patch import in_order

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def without_change(now: Network, before: Network, after: Network) -> Network:
    """Return the network as it would be without one change.

    Args:
        now: The network as it is.
        before: The network before the change.
        after: The network after the change.
    """
    if after is now:
        return before
    merged = in_order(_merged(now.namespaces, before.namespaces, after.namespaces, merge=_namespace))
    return _with_whole_cables(merged, before)


def with_additions_of_others(now: Network, before: Network, target: Network) -> Network:
    """Return `target` with the namespaces and interfaces that others made meanwhile.

    Args:
        now: The network as it is.
        before: The network before the change; what it contains was not made by others meanwhile.
        target: The wanted network.
    """
    known = before.namespaces.keys() | target.namespaces.keys()
    came = {name: namespace for name, namespace in now.namespaces.items() if name not in known}
    spaces = {
        name: _with_links(namespace, now.namespaces[name], before.namespaces.get(name, namespace))
        for name, namespace in target.namespaces.items()
        if name in now.namespaces
    }
    spaces = {**target.namespaces, **spaces, **came}
    if spaces == dict(target.namespaces):
        return target
    return _with_whole_cables(in_order(spaces), before)


def _with_links(target: Namespace, now: Namespace, before: Namespace) -> Namespace:
    numbers = {link.ifindex for side in (target, before) for link in side.links}
    names = {link.ifname for link in target.links}
    came = [link for link in now.links if link.ifindex not in numbers and link.ifname not in names]
    if not came:
        return target
    theirs = {link.ifname for link in came}
    routes = (*target.routes, *(route for route in now.routes if route.dev in theirs))
    links = sorted([*target.links, *came], key=lambda link: link.ifindex)
    return replace(target, links=tuple(links), routes=routes)


def _with_whole_cables(network: Network, before: Network) -> Network:
    """Return a network in which each veth end has its peer.

    Args:
        network: A network merged from several, in which peers of veth ends may be missing.
        before: A missing peer is taken from here if its namespace still exists; otherwise the veth end is dropped.
    """
    there, had = dict(ends(network)), dict(ends(before))
    halves = {end: link.peer for end, link in there.items() if link.peer and link.peer not in there}
    if not halves:
        return network
    back = {peer: had[peer] for peer in halves.values() if peer in had and peer.netns in network.namespaces}
    gone = {end for end, peer in halves.items() if peer not in back}
    whole = sorted((there | back).items(), key=lambda item: item[1].ifindex)
    spaces = {
        name: replace(space, links=tuple(link for end, link in whole if end.netns == name and end not in gone))
        for name, space in network.namespaces.items()
    }
    return Network(spaces)


def restore_automatic(before: Network, after: Network) -> Iterator[Operation]:
    """Yield the operations that restore learnt neighbours, automatic addresses and routes, which a Plan leaves out."""
    for name, was in before.namespaces.items():
        is_ = after.namespaces.get(name)
        if is_ is None or is_ is was:
            continue
        links = {link.ifname: link for link in is_.links}
        for neighbour in lost_neighbours(was, is_):
            yield operation.add_entry(name, stale_neighbour(neighbour, links[neighbour.dev].ifindex))
        for ifname, addr in lost_automatic_addresses(was, is_):
            yield operation.add_own_address(name, links[ifname], addr)
        for route in lost_kernel_routes(was, is_):
            yield operation.add_route(name, route, links[route.dev or ""].ifindex, beside=False)


def _merged(now: Mapping[K, V], before: Mapping[K, V], after: Mapping[K, V], *, merge: Any) -> dict[K, V]:
    """Merge three mappings by key: drop what the change added, restore what it removed, `merge` what it altered."""
    found = {key: value for key, value in now.items() if key in before or key not in after}
    for key, old in before.items():
        new = after.get(key)
        if new is None:
            found.setdefault(key, old)
        elif key in found and old is not new and old != new:
            found[key] = merge(found[key], old, new)
    return found


def _namespace(now: Namespace, before: Namespace, after: Namespace) -> Namespace:
    if now is after or now == after:
        return before
    sides = now, before, after
    links = _merged(*({link.ifindex: link for link in side.links} for side in sides), merge=_link)
    routes = _merged(*({without_volatile(route): route for route in side.routes} for side in sides), merge=_as_now)
    entries = _merged(*({(e.shown_by, e.message): e for e in side.entries} for side in sides), merge=_as_now)
    sysctls = _merged(*(dict(side.sysctls) for side in sides), merge=_as_before)
    return replace(
        now,
        links=tuple(links[index] for index in sorted(links)),
        routes=tuple(routes.values()),
        entries=tuple(entries.values()),
        ip_forward=_value(now.ip_forward, before.ip_forward, after.ip_forward),
        ruleset=_ruleset(now.ruleset, before.ruleset, after.ruleset),
        sysctls=tuple(sorted(sysctls.items())),
    )


def _link(now: Link, before: Link, after: Link) -> Link:
    """Revert the fields of a link that the change set; addresses are reverted one by one."""
    values = ((one.name, getattr(before, one.name), getattr(after, one.name)) for one in fields(Link))
    reverted = replace(now, **{name: was for name, was, became in values if was != became})
    old, new, there = (_addresses(link) for link in (before, after, now))
    if there == new or old == new:
        return reverted
    merged = _merged(there, old, new, merge=_as_before)
    # The first address of a subnet must stay the primary one.
    found = [merged[key] for key in (*filter(merged.__contains__, old), *(key for key in merged if key not in old))]
    addresses, details = in_columns(found)
    return replace(reverted, addresses=addresses, address_details=details)


def _addresses(link: Link) -> dict[tuple[str, str | None], tuple[str, AddressDetails | None]]:
    return {(addr, detail.peer if detail else None): (addr, detail) for addr, detail in link.detailed_addresses}


def _ruleset(now: str, before: str, after: str) -> str:
    """Revert those tables of a packet filter that the change altered."""
    if now == after or before == after:
        return _value(now, before, after)
    merged = _merged(*map(ruleset.tables, (now, before, after)), merge=_as_before)
    return "\n".join(part for parts in merged.values() for part in parts)


def _value(now: V, before: V, after: V) -> V:
    """Revert one value if the change altered it."""
    return now if before == after else before


def _as_now(now: V, _before: V, _after: V) -> V:
    return now


def _as_before(_now: V, before: V, _after: V) -> V:
    return before
