"""Leaves the objects of a container engine as they are in a build.

Only the engine can start or end a container. So a Network to be built gets the containers, their cables and the
engine's bridges that exist now. Changes inside a container that is still running can be built.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import filterfalse
from typing import TypeVar

from nslab_kernel.linux.container_netns import CONTAINER
from nslab_kernel.model.network import HOST, End, Link, Namespace, Network
from nslab_kernel.network.entry_order import ifindex_of
from nslab_kernel.network.patch import in_order
from nslab_kernel.network.ruleset import with_engines_tables

T = TypeVar("T")


def with_engine_objects(now: Network, target: Network) -> Network:
    """Return the wanted network with the engine's namespaces, cables and bridges as they are now."""
    now = disambiguated(now, target)
    ours, theirs = _renamed(_without_gone(target, now), now), _containers(now)
    if not theirs and ours is target and not _engine_links(now):
        return target
    alive = {_life(namespace) for namespace in _containers(ours).values()}
    came = {name: namespace for name, namespace in theirs.items() if _life(namespace) not in alive}
    host = _host(now, ours, came)
    return in_order({**ours.namespaces, **came, HOST: host})


def disambiguated(now: Network, target: Network) -> Network:
    """Return `now` with a container renamed `container:NAME` where `target` has a namespace of the same name."""
    wanted = target.namespaces
    new = {
        name: f"{CONTAINER}{name}"
        for name, found in now.namespaces.items()
        if found.container and name in wanted and not wanted[name].container
    }
    return _with_names(now, new)


def _renamed(target: Network, now: Network) -> Network:
    """Return `target` with each container under its present name, which is `container:NAME` where NAME was taken."""
    names = {_life(namespace): name for name, namespace in _containers(now).items()}
    new = {name: names[_life(found)] for name, found in _containers(target).items() if names[_life(found)] != name}
    return _with_names(target, new)


def _with_names(network: Network, new: dict[str, str]) -> Network:
    """Return a network with some namespaces renamed: `new` has the new names by the old ones."""
    if not new:
        return network
    return Network({new.get(name, name): _renamed_in(found, new) for name, found in network.namespaces.items()})


def _renamed_in(namespace: Namespace, new: dict[str, str]) -> Namespace:
    links = (
        replace(link, peer=End(new.get(link.peer.netns, link.peer.netns), link.peer.ifname)) if link.peer else link
        for link in namespace.links
    )
    return replace(namespace, name=new.get(namespace.name, namespace.name), links=tuple(links))


def _containers(network: Network) -> dict[str, Namespace]:
    return {name: namespace for name, namespace in network.namespaces.items() if namespace.container}


def _life(namespace: Namespace) -> tuple[str, int]:
    """Return what identifies one run of a container; an inode would not, for Linux reuses inodes."""
    return (namespace.container.id, namespace.container.pid) if namespace.container else ("", 0)


def _engine_links(network: Network) -> dict[int, Link]:
    """Return the host's links that belong to the engine, by ifindex: its bridges, and their veth ports."""
    return {link.ifindex: link for link in network.namespaces[HOST].links if link.engine}


def _without_gone(target: Network, now: Network) -> Network:
    """Return `target` without the containers that have ended, and without their cables."""
    alive = {_life(namespace) for namespace in _containers(now).values()}
    gone = {name for name, namespace in _containers(target).items() if _life(namespace) not in alive}
    if not gone:
        return target
    host = target.namespaces[HOST]
    dead = {link.ifname for link in host.links if link.peer and link.peer.netns in gone}
    links = tuple(link for link in host.links if link.ifname not in dead)
    routes = tuple(route for route in host.routes if route.dev not in dead)
    rest = {name: namespace for name, namespace in target.namespaces.items() if name not in gone}
    return Network({**rest, HOST: replace(host, links=links, routes=routes)})


def _host(now: Network, target: Network, came: dict[str, Namespace]) -> Namespace:
    """Return the target's host with the engine's missing links, their routes and entries, and the engine's tables."""
    here, host, wanted = now.namespaces[HOST], target.namespaces[HOST], _engine_links(target)
    new = [
        link
        for number, link in _engine_links(now).items()
        if number not in wanted or (link.peer and link.peer.netns in came)
    ]
    names, numbers = {link.ifname for link in new}, {link.ifindex for link in new}
    mine = [link for link in host.links if link.ifindex not in numbers and link.ifname not in names]
    return replace(
        host,
        links=tuple(sorted([*mine, *new], key=lambda link: link.ifindex)),
        routes=_with_theirs(host.routes, here.routes, lambda route: route.dev in names),
        ruleset=with_engines_tables(host.ruleset, here.ruleset),
        entries=_with_theirs(host.entries, here.entries, lambda entry: ifindex_of(entry) in numbers),
        # A starting engine turns forwarding on: keep the present values.
        ip_forward=here.ip_forward if new else host.ip_forward,
        sysctls=here.sysctls if new else host.sysctls,
    )


def _with_theirs(wanted: Iterable[T], now: Iterable[T], is_theirs: Callable[[T], bool]) -> tuple[T, ...]:
    """Return the wanted items, with the engine's replaced by those that there are now."""
    return (*filterfalse(is_theirs, wanted), *filter(is_theirs, now))
