"""Paths over cables and bridges."""

from collections.abc import Collection, Iterator

from nslab_kernel.model.lookup import link_at
from nslab_kernel.model.network import End, Network


def device(end: End, network: Network) -> End:
    """Return the interface that receives packets: for a bridge's port the bridge, else itself."""
    link = link_at(end, network)
    bridge = End(end.netns, link.master) if link and link.master else None
    over = link_at(bridge, network) if bridge else None
    return bridge if bridge and over and over.kind == "bridge" else end


def path(start: End, goals: Collection[End], network: Network) -> tuple[End, ...]:
    """Return the interfaces from one to the nearest of others, over cables and bridges, whatever their state.

    Returns:
        Both ends included; nothing where no cable leads there.
    """
    queue: list[tuple[End, ...]] = [(start,)]
    reached = {start}
    for hops in queue:
        if hops[-1] in goals:
            return hops
        for end in _beside(hops[-1], network):
            if end not in reached:
                reached.add(end)
                queue.append((*hops, end))
    return ()


def _beside(end: End, network: Network) -> Iterator[End]:
    """Yield the cable's other end, the bridge of a port, and the ports of a bridge."""
    link = link_at(end, network)
    if link is None:
        return
    if link.peer:
        yield link.peer
    for other in network.namespaces[end.netns].links:
        is_bridge_of_it = other.kind == "bridge" and other.ifname == link.master
        is_port_of_it = link.kind == "bridge" and other.master == link.ifname
        if is_bridge_of_it or is_port_of_it:
            yield End(end.netns, other.ifname)
