"""Which veth end lies at the other end of which."""

import contextlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from nslab_kernel.errors import NoNamespace
from nslab_kernel.linux import nsids, worker
from nslab_kernel.linux.link_reader import ReadLink
from nslab_kernel.linux.reading import Reading
from nslab_kernel.linux.tenants import Room
from nslab_kernel.model.network import End


class Place(NamedTuple):
    """A link, told by where it is and its number there: what it keeps for life unless it moves."""

    netns: str
    ifindex: int


def find_peers(
    readings: Mapping[str, Reading], rooms: Mapping[str, Room], unknown: Iterable[Place]
) -> dict[Place, End]:
    """Within a thread that may move: find the other ends of veths of which it is not known."""
    ends: dict[Place, End] = {}
    where = {name: room.where for name, room in rooms.items()}
    beyond: dict[str, list[ReadLink]] = {}
    facing: dict[tuple[int, int], list[str]] = {}
    for place in unknown:
        name, link = place.netns, readings[place.netns].links[place.ifindex]
        if not link.peer_ifindex:
            continue
        if link.link_netnsid is not None:
            beyond.setdefault(name, []).append(link)
            facing.setdefault((link.ifindex, link.peer_ifindex), []).append(name)
        elif peer := readings[name].links.get(link.peer_ifindex):
            ends[place] = End(name, peer.ifname)
    # The namespace with most cables first: it finds both ends of each, and the others need not be asked.
    for name in sorted(beyond, key=lambda name: len(beyond[name]), reverse=True):
        open_ends = [link for link in beyond[name] if Place(name, link.ifindex) not in ends]
        ends |= _resolve(name, open_ends, facing, readings, where)
    return ends


def _resolve(
    name: str,
    links: list[ReadLink],
    facing: Mapping[tuple[int, int], list[str]],
    readings: Mapping[str, Reading],
    where: Mapping[str, str | None],
) -> dict[Place, End]:
    """Find the other ends of links of one namespace: where a link faces back, and the namespace's number fits."""
    may_be = {link.ifindex: facing.get((link.peer_ifindex or 0, link.ifindex), []) for link in links}
    asked = {where[other] for others in may_be.values() for other in others}
    if not asked:
        return {}
    ends: dict[Place, End] = {}
    with contextlib.suppress(NoNamespace), worker.inside(where[name]):
        numbers = nsids.numbers(asked)
        for link in links:
            for other in may_be[link.ifindex]:
                if numbers.get(where[other]) == link.link_netnsid and link.peer_ifindex:
                    ends[Place(name, link.ifindex)] = End(other, readings[other].links[link.peer_ifindex].ifname)
                    ends[Place(other, link.peer_ifindex)] = End(name, link.ifname)
    return ends
