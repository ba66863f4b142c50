"""What a container engine made is left to the engine.

Only the engine can make or end a container, so a Network that is to be built has the containers, their cables and the
engine's bridges that there are now. What somebody changed in a container that is still there can be built.
"""

from dataclasses import replace

from nslab_kernel.model.network import HOST, End, Link, Namespace, Network, Route


def engine_kept(now: Network, target: Network) -> Network:
    """Return `target` with the engine's namespaces, cables and bridges as they are now.

    Args:
        now: The network as it stands.
        target: The network that is wanted.
    """
    ours, theirs = _renamed(_without_gone(target, now), now), _containers(now)
    if not theirs and ours is target and not _engine_links(now):
        return target
    alive = {_life(namespace) for namespace in _containers(ours).values()}
    came = {name: namespace for name, namespace in theirs.items() if _life(namespace) not in alive}
    host = _host(now, ours, came)
    others = {name: namespace for name, namespace in ours.namespaces.items() if name != HOST}
    return Network({HOST: host, **dict(sorted({**others, **came}.items()))})


def _renamed(target: Network, now: Network) -> Network:
    """Return `target` with each container under the name that it has now: `container:NAME` where NAME was taken."""
    names = {_life(namespace): name for name, namespace in _containers(now).items()}
    new = {name: names[_life(found)] for name, found in _containers(target).items() if names[_life(found)] != name}
    if not new:
        return target
    return Network({new.get(name, name): _with_names(found, new) for name, found in target.namespaces.items()})


def _with_names(namespace: Namespace, new: dict[str, str]) -> Namespace:
    links = (
        replace(link, peer=End(new.get(link.peer.netns, link.peer.netns), link.peer.ifname)) if link.peer else link
        for link in namespace.links
    )
    return replace(namespace, name=new.get(namespace.name, namespace.name), links=tuple(links))


def _containers(network: Network) -> dict[str, Namespace]:
    return {name: namespace for name, namespace in network.namespaces.items() if namespace.container}


def _life(namespace: Namespace) -> tuple[str, int]:
    """What tells a container that runs from its former and later runs; Linux gives an inode's number again."""
    return (namespace.container.id, namespace.container.pid) if namespace.container else ("", 0)


def _engine_links(network: Network) -> dict[int, Link]:
    """Return the host's links that are the engine's, by number: its bridges, and their cables into containers."""
    return {link.ifindex: link for link in network.namespaces[HOST].links if link.engine}


def _without_gone(target: Network, now: Network) -> Network:
    """Return `target` without the containers that are no more, and their cables."""
    alive = {_life(namespace) for namespace in _containers(now).values()}
    gone = {name for name, namespace in _containers(target).items() if _life(namespace) not in alive}
    if not gone:
        return target
    host = _without_cables(target.namespaces[HOST], gone)
    rest = {name: namespace for name, namespace in target.namespaces.items() if name not in gone}
    return Network({**rest, HOST: host})


def _without_cables(host: Namespace, gone: set[str]) -> Namespace:
    dead = {link.ifname for link in host.links if link.peer and link.peer.netns in gone}
    links = tuple(link for link in host.links if link.ifname not in dead)
    return replace(host, links=links, routes=_routes(host, dead, keep=False))


def _host(now: Network, target: Network, came: dict[str, Namespace]) -> Namespace:
    """Return the target's host with the engine's links that it lacks."""
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
        routes=(*_routes(host, names, keep=False), *_routes(here, names, keep=True)),
        # An engine that comes lets the host pass packets on; whoever switched it since did so with the engine there.
        ip_forward=here.ip_forward if any(link.engine for link in new) else host.ip_forward,
    )


def _routes(namespace: Namespace, names: set[str], keep: bool) -> tuple[Route, ...]:
    return tuple(route for route in namespace.routes if (route.dev in names) == keep)
