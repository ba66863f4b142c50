"""Waits until what was changed has come about."""

import time
from collections.abc import Iterator

from nslab_kernel.errors import NoNamespace
from nslab_kernel.linux import nsids, worker
from nslab_kernel.model.naming import netns_of
from nslab_kernel.model.network import Link, Namespace, Network
from nslab_kernel.network.snapshot import snapshot

LIMIT_S = 1.2
"""Linux raises most carriers at once, and looks after the rest once a second."""
_GRACE_S = 1.0
"""How long a deleted namespace may look alive: a reader's socket keeps it for some 10 ms, on a busy machine longer."""
_PAUSES_S = (0.0003, 0.005)

_strangers: set[tuple[int, int]] = set()
"""Veth ends, by inode and ifindex, whose peers are in living namespaces without a name: not waited for again."""


def settle() -> Network:
    """Return the lab as soon as nothing in it is on its way: mostly at once, after 1.2 s at the latest.

    On its way are a veth end whose cable carries and which is not UP yet (it would lose packets), and one whose
    peer's namespace was deleted. What reads UP has its IPv6 address. A bridge's own state may follow a second
    later and hinders nobody.
    """
    start, pause = time.monotonic(), _PAUSES_S[0]
    network = snapshot()
    while (waited := time.monotonic() - start) < LIMIT_S and any(_pending(network, waited)):
        time.sleep(pause)
        pause = min(pause * 1.5, _PAUSES_S[1])
        network = snapshot()
    return network


def _pending(network: Network, waited_s: float) -> Iterator[bool]:
    for namespace in network.namespaces.values():
        for link in namespace.links:
            if link.kind == "veth":
                yield _is_rising(link) or _is_falling(link) or _is_leaving(link, namespace, waited_s)


def _is_rising(link: Link) -> bool:
    return link.up and link.carrier and link.operstate != "UP"


def _is_falling(link: Link) -> bool:
    return link.up and not link.carrier and "NO-CARRIER" not in link.flags


def _is_leaving(link: Link, namespace: Namespace, waited_s: float) -> bool:
    key = namespace.inode, link.ifindex
    if link.peer or link.link_netnsid is None or key in _strangers:
        return False
    if waited_s < _GRACE_S:
        return True
    try:
        alive = worker.run(netns_of(namespace.name), nsids.lives, link.link_netnsid)
    except NoNamespace:
        return False
    if alive:
        _strangers.add(key)
    return not alive
