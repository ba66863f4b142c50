"""Compares containers, namespaces and whole networks side by side."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import zip_longest

from nslab_kernel.containers import engine
from nslab_kernel.containers.traits import Facts, Side
from nslab_kernel.errors import BadValue, MissingProgram, NoNamespace
from nslab_kernel.language import translate as _
from nslab_kernel.linux import container_netns
from nslab_kernel.linux.argument_checks import bad_value
from nslab_kernel.linux.lab import require_lab
from nslab_kernel.model.comparison import OWN, Comparison, Half, Trait
from nslab_kernel.model.network import HOST, Link, Namespace, Network
from nslab_kernel.network.record import require_namespace
from nslab_kernel.network.snapshot import snapshot

What = str | tuple[str, str] | Network
"""What can be compared: a namespace by its name, two of them, or a whole network."""


def compare(left: What, right: What) -> Comparison:
    """Compare two sides: show two pictures with the same layout, what is the same, and what differs.

    Args:
        left: A container's or a namespace's name, or `"host"`; two of them, `("busybox_1", "busybox_2")`; or a whole
            network, from `snapshot()`.
        right: The other side, of the same kind.

    Returns:
        a Comparison: what is the same in both, and what differs; for a container and a namespace made by hand, also
        why the engine does so.

    Raises:
        NoNamespace: There is no such namespace or container.
        AmbiguousName: A container and a namespace both have that name.
        BadValue: The sides are not of one kind.

    Example:
        >>> compare("netns:test1", "netns:test2")
    """
    if isinstance(left, Network) and isinstance(right, Network):
        return _networks(left, right)
    one, other = _names(left), _names(right)
    if len(one) != len(other):
        raise _bad_side(
            (left, right), _("Both sides must be of one kind: one name each, two names each, or two networks.")
        )
    require_lab()
    for name in (*one, *other):
        if name != HOST:
            require_namespace(name)
    network = snapshot()
    for name in (*one, *other):
        try:
            network.namespace(name)
        except KeyError:  # a terminal has deleted it at this moment
            raise NoNamespace(name, container_netns.names()) from None
    return _namespaces(one, other, network)


def _names(side: object) -> tuple[str, ...]:
    names = (side,) if isinstance(side, str) else tuple(side) if isinstance(side, tuple | list) else ()
    if not names or not all(isinstance(name, str) for name in names):
        raise _bad_side(side, _("A side is a name, two names, or a network from snapshot()."))
    if isinstance(side, tuple | list) and (len(names) != 2 or names[0] == names[1]):
        raise _bad_side(side, _("A pair is two names, and they are two."))
    return names


def _bad_side(value: object, rule: str) -> BadValue:
    return bad_value(value, rule, 'compare("busybox_1", "test1")')


def _namespaces(one: tuple[str, ...], other: tuple[str, ...], network: Network) -> Comparison:
    sides = [[Side(name, network) for name in names] for names in (one, other)]
    ours, theirs = ([side.facts() for side in each] for each in sides)
    halves = [Half(names, _drawn_part(names, network)) for names in (one, other)]
    keys = [[side.namespace.name for side in each] for each in sides]
    others = [[n for n in half.network.namespaces if n not in own] for half, own in zip(halves, keys, strict=True)]
    pairs = (*zip(*keys, strict=True), *zip(*others, strict=False))
    are_containers = [{bool(side.namespace.container) for side in each} for each in sides]
    engines = _engine() if are_containers in ([{True}, {False}], [{False}, {True}]) else ""
    whats = [what for what in ours[0] if not (engines and what in OWN)]
    traits = tuple(_trait(what, [f[what] for f in ours], [f[what] for f in theirs]) for what in whats)
    return Comparison(halves[0], halves[1], traits, pairs, engines)


def _trait(what: str, left: list[Facts], right: list[Facts], netns: tuple[str, str] = ("", "")) -> Trait:
    shown = [tuple(dict.fromkeys(line for facts in side for line in facts.shown)) for side in (left, right)]
    same = [facts.comparable for facts in left] == [facts.comparable for facts in right]
    return Trait(what, shown[0], shown[1], same, netns)


def _engine() -> str:
    with suppress(MissingProgram):  # a network may come from another machine
        return engine.engine_name().capitalize()
    return "Docker"


def _drawn_part(names: tuple[str, ...], network: Network) -> Network:
    """Return the part of a network to draw: the named namespaces, the host, their peers and the peers' bridges."""
    own = {network.namespace(name).name for name in names}
    peers = [link.peer for name in own for link in network.namespaces[name].links if link.peer]
    kept: dict[str, set[str | None]] = defaultdict(set, {HOST: set()})
    for peer in peers:
        kept[peer.netns] |= {peer.ifname, network.end(peer).master}
    shown = {
        name: namespace if name in own else _part(namespace, kept[name])
        for name, namespace in network.namespaces.items()
        if name in own or name in kept
    }
    return Network(shown)


def _part(namespace: Namespace, ifnames: set[str | None]) -> Namespace:
    def is_kept(link: Link) -> bool:
        return link.kind == "loopback" or link.ifname in ifnames

    routes = (route for route in namespace.routes if route.dev in ifnames)
    forwards = namespace.ip_forward and bool(ifnames)  # it forwards for this side only if a link leads to it
    links = tuple(filter(is_kept, namespace.links))
    return replace(namespace, links=links, routes=tuple(routes), ip_forward=forwards)


def _networks(left: Network, right: Network) -> Comparison:
    pairs = _corresponding(left, right)
    traits = tuple(trait for one, other in pairs for trait in _pair_traits(left, right, one, other))
    theirs = {any(namespace.container for namespace in each.namespaces.values()) for each in (left, right)}
    both = tuple((one, other) for one, other in pairs if one and other)
    return Comparison(Half((), left), Half((), right), traits, both, _engine() if len(theirs) == 2 else "")


def _pair_traits(left: Network, right: Network, one: str, other: str) -> Iterator[Trait]:
    """Yield the traits of two corresponding namespaces; for one without a counterpart only that it exists."""
    if not (one and other):
        yield Trait("namespace", (one,) if one else (), (other,) if other else (), False, (one, other))
        return
    ours, theirs = Side(one, left, now=False).facts(), Side(other, right, now=False).facts()
    for what in ours:
        trait = _trait(what, [ours[what]], [theirs[what]], (one, other))
        # It is the same namespace at two times, so any difference is a change.
        exact = [facts.shown if facts.exact is None else facts.exact for facts in (ours[what], theirs[what])]
        yield replace(trait, same=exact[0] == exact[1]) if one == other else trait


def _corresponding(left: Network, right: Network) -> list[tuple[str, str]]:
    """Return which namespaces correspond: by name; if networks share at most one name, the others in their order."""
    one, other = left.namespaces, right.namespaces
    both = [(name, name) for name in one if name in other]
    rest = [[name for name in names if (name, name) not in both] for names in (one, other)]
    if len(both) <= 1:
        return [*both, *zip_longest(rest[0], rest[1], fillvalue="")]
    return [*both, *((name, "") for name in rest[0]), *(("", name) for name in rest[1])]
