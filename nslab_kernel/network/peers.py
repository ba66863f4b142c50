"""Finds the peer of each veth end."""

import contextlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from nslab_kernel.errors import NoNamespace
from nslab_kernel.linux import nsids, worker
from nslab_kernel.linux.container_netns import NamespaceRef
from nslab_kernel.linux.link_reader import ReadLink
from nslab_kernel.linux.namespace_state import NamespaceState
from nslab_kernel.model.network import End


class LinkKey(NamedTuple):
    """Identifies a link by its namespace and ifindex, which stay the same unless the link moves."""

    netns: str
    ifindex: int


def find_peers(
    states: Mapping[str, NamespaceState], namespaces: Mapping[str, NamespaceRef], unknown: Iterable[LinkKey]
) -> dict[LinkKey, End]:
    """Return the peers of these veth ends as far as they are found; must run in the worker thread."""
    ends: dict[LinkKey, End] = {}
    where = {name: ref.where for name, ref in namespaces.items()}
    elsewhere: dict[str, list[ReadLink]] = {}
    facing: dict[tuple[int, int], list[str]] = {}
    for key in unknown:
        name, link = key.netns, states[key.netns].links[key.ifindex]
        if not link.peer_ifindex:
            continue
        if link.link_netnsid is not None:
            elsewhere.setdefault(name, []).append(link)
            facing.setdefault((link.ifindex, link.peer_ifindex), []).append(name)
        elif peer := states[name].links.get(link.peer_ifindex):
            ends[key] = End(name, peer.ifname)
    # The namespace with most veth ends first: both ends of each pair are found there, so others need no query.
    for name in sorted(elsewhere, key=lambda name: len(elsewhere[name]), reverse=True):
        open_ends = [link for link in elsewhere[name] if LinkKey(name, link.ifindex) not in ends]
        ends |= _resolve(name, open_ends, facing, states, where)
    return ends


def _resolve(
    name: str,
    links: list[ReadLink],
    facing: Mapping[tuple[int, int], list[str]],
    states: Mapping[str, NamespaceState],
    where: Mapping[str, str | None],
) -> dict[LinkKey, End]:
    """Return the peers of one namespace's links: each of both has the other's ifindex as peer, and the nsid matches."""
    candidates = {link.ifindex: facing.get((link.peer_ifindex or 0, link.ifindex), []) for link in links}
    asked = {where[other] for others in candidates.values() for other in others}
    if not asked:
        return {}
    ends: dict[LinkKey, End] = {}
    with contextlib.suppress(NoNamespace), worker.inside(where[name]):
        numbers = nsids.nsids_of(asked)
        for link in links:
            for other in candidates[link.ifindex]:
                if numbers.get(where[other]) == link.link_netnsid and link.peer_ifindex:
                    ends[LinkKey(name, link.ifindex)] = End(other, states[other].links[link.peer_ifindex].ifname)
                    ends[LinkKey(other, link.peer_ifindex)] = End(name, link.ifname)
    return ends
