"""Which link of one Network is which link of another."""

from collections import defaultdict
from collections.abc import Iterator

from nslab_kernel.model.network import Link, Network
from nslab_kernel.network.peers import Place

Cable = tuple[Place, Place]


def match(now: Network, target: Network) -> dict[Place, Place]:
    """Return for each place of `target` the place in `now` of the link that is to stand there, where there is one.

    A link keeps its number and its kind for life, so both must be the same. A veth end may be in another namespace:
    then it is known by its MAC address, and its other end must be the other end.
    """
    old, new = places(now), places(target)
    found = {
        place: place
        for place, link in new.items()
        if place in old and link.kind == old[place].kind and not link.peer and not old[place].peer
    }
    by_numbers: dict[frozenset[int], list[Cable]] = defaultdict(list)
    for cable in cables(now, old):
        by_numbers[_numbers(cable)].append(cable)
    for wanted in cables(target, new):
        candidates = by_numbers[_numbers(wanted)]
        for cable in sorted(candidates, key=lambda cable: -len({*cable} & {*wanted})):
            if ends := _oriented(wanted, cable, old, new):
                found |= ends
                candidates.remove(cable)
                break
    return found


def places(network: Network) -> dict[Place, Link]:
    """Return every link by its place."""
    return {
        Place(name, link.ifindex): link for name, namespace in network.namespaces.items() for link in namespace.links
    }


def cables(network: Network, links: dict[Place, Link]) -> Iterator[Cable]:
    """Yield every veth pair once."""
    for place, link in links.items():
        if link.peer:
            other = Place(link.peer.netns, network.end(link.peer).ifindex)
            if place < other:
                yield place, other


def _numbers(cable: Cable) -> frozenset[int]:
    return frozenset(place.ifindex for place in cable)


def _oriented(wanted: Cable, cable: Cable, old: dict[Place, Link], new: dict[Place, Link]) -> dict[Place, Place]:
    for ends in (cable, cable[::-1]):
        pairs = dict(zip(wanted, ends, strict=True))
        if all(_may_be(place, was, old, new) for place, was in pairs.items()):
            return pairs
    return {}


def _may_be(place: Place, was: Place, old: dict[Place, Link], new: dict[Place, Link]) -> bool:
    if place == was:
        return True
    # A link that moves keeps its number only where that is free.
    return place.ifindex == was.ifindex and place not in old and new[place].mac == old[was].mac
