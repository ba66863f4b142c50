"""Matches the links of one Network with those of another."""

from collections import defaultdict
from collections.abc import Iterator

from nslab_kernel.model.network import Link, Network
from nslab_kernel.network.peers import LinkKey

VethPair = tuple[LinkKey, LinkKey]


def match(now: Network, target: Network) -> dict[LinkKey, LinkKey]:
    """Return for each link of `target` the link of `now` that can be changed into it, if there is one.

    The ifindex and the kind of a link never change, so both must be equal. A veth end may be in another namespace: then
    its MAC address must be equal too, and its peer must match as well.
    """
    old, new = links_by_key(now), links_by_key(target)
    found = {
        key: key
        for key, link in new.items()
        if key in old and link.kind == old[key].kind and not link.peer and not old[key].peer
    }
    by_numbers: dict[frozenset[int], list[VethPair]] = defaultdict(list)
    for pair in veth_pairs(now, old):
        by_numbers[_numbers(pair)].append(pair)
    for wanted in veth_pairs(target, new):
        candidates = by_numbers[_numbers(wanted)]
        for pair in sorted(candidates, key=lambda pair: -len({*pair} & {*wanted})):
            if ends := _oriented(wanted, pair, old, new):
                found |= ends
                candidates.remove(pair)
                break
    return found


def links_by_key(network: Network) -> dict[LinkKey, Link]:
    """Return all links of a network by their keys."""
    return {
        LinkKey(name, link.ifindex): link for name, namespace in network.namespaces.items() for link in namespace.links
    }


def veth_pairs(network: Network, links: dict[LinkKey, Link]) -> Iterator[VethPair]:
    """Yield every veth pair once."""
    for key, link in links.items():
        other = peer_key(link, network)
        if other and key < other:
            yield key, other


def peer_key(link: Link, network: Network) -> LinkKey | None:
    """Return the key of a veth end's peer; `None` if the link has no peer."""
    return LinkKey(link.peer.netns, network.end(link.peer).ifindex) if link.peer else None


def _numbers(pair: VethPair) -> frozenset[int]:
    return frozenset(key.ifindex for key in pair)


def _oriented(
    wanted: VethPair, pair: VethPair, old: dict[LinkKey, Link], new: dict[LinkKey, Link]
) -> dict[LinkKey, LinkKey]:
    for ends in (pair, pair[::-1]):
        pairs = dict(zip(wanted, ends, strict=True))
        if all(_may_be(key, was, old, new) for key, was in pairs.items()):
            return pairs
    return {}


def _may_be(key: LinkKey, was: LinkKey, old: dict[LinkKey, Link], new: dict[LinkKey, Link]) -> bool:
    if key == was:
        return True
    # A link keeps its ifindex when it moves only if that is free in the new namespace.
    return key.ifindex == was.ifindex and key not in old and new[key].mac == old[was].mac
