"""Waits until the effects of a change have settled."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from nslab_kernel.errors import NoNamespace
from nslab_kernel.interrupts import is_interrupted
from nslab_kernel.linux import nsids, worker
from nslab_kernel.linux.link_reader import refresh_link_state
from nslab_kernel.model.naming import netns_of
from nslab_kernel.model.network import Link, Namespace, Network
from nslab_kernel.network.snapshot import snapshot

LIMIT_S = 1.2
"""Seconds to wait for links at most: Linux updates most operstates at once, the others once a second."""
ADDRESS_LIMIT_S = 3.0
"""Seconds to wait for addresses at most: duplicate address detection takes up to two (RFC 4862, section 5.4)."""
_GRACE_S = 1.0
"""Seconds that a deleted namespace may still look alive on a busy machine."""
_DISMANTLING_LIMIT_S = 10.0
"""Seconds to wait for links of a deleted namespace at most: Linux dismantles a machine's namespaces in one queue."""
_PAUSES_S = (0.0003, 0.005)
"""The first and the longest pause between two snapshots, in seconds."""
_AT_REST = {"veth": ("UP", "DORMANT"), "bridge": ("UP", "DORMANT", "UNKNOWN")}
"""The final operstates of links with carrier, for the kinds to wait for; a bridge that had no port stays UNKNOWN."""

_Transition = Callable[[Network, Network | None, float], Iterator[bool]]
"""Yields whether a link must be waited for, given the lab, the lab before the change, and the seconds waited so far."""

_strangers: set[tuple[int, int]] = set()
"""Inode and ifindex of veth ends whose peer is in a namespace that has no name but lives on: not waited for again."""


def settle(before: Network | None = None, made_here: bool = False) -> Network:
    """Return the lab once nothing in it is in transition: mostly at once, after some seconds at the latest.

    An interrupt ends the waiting, except for deletions: completed later, they would look like somebody else's change.

    In transition are: a veth end or bridge with carrier that is not UP yet (it would lose packets), a veth end whose
    peer's namespace was deleted, and a tentative IPv6 address. A link with operstate UP has its IPv6 address. A bridge
    may get its carrier a second after its port, which loses no packets.

    Args:
        before: The lab before the change; what is unchanged is not waited for. `None` waits for everything.
        made_here: Whether the lab itself has just made what is new.
    """
    start = time.monotonic()
    network = snapshot(made_here=made_here)
    if changing := _changing_state(network, before):
        for netns, ifindex in changing:
            # A query for one link makes Linux update its operstate, which can otherwise take a second.
            with suppress(NoNamespace):
                worker.run(netns, refresh_link_state, ifindex)
        network = snapshot(made_here=made_here)
    return _wait(network, before, start, (_leaving, _changing), made_here)


def settle_deletions(before: Network) -> Network:
    """Return the lab once Linux has deleted the veth ends whose peer's namespace was deleted: after some 50 ms.

    Args:
        before: An earlier state of the lab; what is unchanged since is not waited for.
    """
    return _wait(snapshot(), before, time.monotonic(), (_leaving,))


def _wait(
    network: Network, before: Network | None, start: float, transitions: Iterable[_Transition], made_here: bool = False
) -> Network:
    """Return the network once none of the transitions is under way in it; `start` is when the waiting began."""
    pause = _PAUSES_S[0]
    while any(any(transition(network, before, time.monotonic() - start)) for transition in transitions):
        time.sleep(pause)
        pause = min(pause * 1.5, _PAUSES_S[1])
        network = snapshot(made_here=made_here)
    return network


def _changing_state(network: Network, before: Network | None) -> list[tuple[str | None, int]]:
    return [
        (netns_of(name), link.ifindex)
        for name, namespace in network.namespaces.items()
        if before is None or before.namespaces.get(name) is not namespace
        for link in _different_links(namespace, before.namespaces.get(name) if before else None)
        if _is_changing(link)
    ]


def _different_links(namespace: Namespace, old: Namespace | None) -> list[Link]:
    were = {id(link) for link in old.links} if old else set()
    return [link for link in namespace.links if id(link) not in were]


def _leaving(network: Network, before: Network | None, waited_s: float) -> Iterator[bool]:
    """Yield for each veth end without a peer whether its deletion must be waited for."""
    for name, namespace in network.namespaces.items():
        if before is None or before.namespaces.get(name) is not namespace:
            for link in namespace.links:
                if link.peer is None and link.kind == "veth":
                    yield waited_s < _DISMANTLING_LIMIT_S and _is_leaving(link, namespace, waited_s)


def _changing(network: Network, before: Network | None, waited_s: float) -> Iterator[bool]:
    """Yield for each link whether its state or one of its addresses is in transition and must be waited for."""
    for name, namespace in network.namespaces.items():
        old = before.namespaces.get(name) if before else None
        if old is namespace:
            continue
        limit_s, address_limit_s = (0.0, 0.0) if is_interrupted() else (LIMIT_S, ADDRESS_LIMIT_S)
        for link in _different_links(namespace, old):
            yield waited_s < limit_s and _is_changing(link)
            yield waited_s < address_limit_s and link.carrier and _is_asking(link)


def _is_changing(link: Link) -> bool:
    """Return whether a link's operstate or flags do not yet show that its carrier came or went."""
    if not link.up or link.kind not in _AT_REST:
        return False
    return link.operstate not in _AT_REST[link.kind] if link.carrier else "NO-CARRIER" not in link.flags


def _is_asking(link: Link) -> bool:
    """Return whether a link has a tentative address; a duplicate one, which stays tentative, has `dadfailed` too."""
    return any(
        detail and "tentative" in detail.flags and "dadfailed" not in detail.flags for detail in link.address_details
    )


def _is_leaving(link: Link, namespace: Namespace, waited_s: float) -> bool:
    key = namespace.inode, link.ifindex
    if link.link_netnsid is None or key in _strangers:
        return False
    if waited_s < _GRACE_S:
        return True
    try:
        alive = worker.run(netns_of(namespace.name), nsids.is_alive, link.link_netnsid)
    except NoNamespace:
        return False
    if alive:
        _strangers.add(key)
    return not alive
