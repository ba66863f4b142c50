"""Paths over cables and bridges."""

from collections.abc import Collection, Iterator, Mapping

from nslab_kernel.model.lookup import ends, link_at
from nslab_kernel.model.network import End, Network


def device(end: End, network: Network) -> End:
    """Return the interface that receives packets: for a bridge port the bridge, else the interface itself."""
    link = link_at(end, network)
    bridge = End(end.netns, link.master) if link and link.master else None
    over = link_at(bridge, network) if bridge else None
    return bridge if bridge and over and over.kind == "bridge" else end


def path(start: End, goals: Collection[End], network: Network) -> tuple[End, ...]:
    """Return the shortest path from an interface to one of `goals` over cables and bridges, whatever their state.

    Returns:
        the interfaces on it, with both ends; empty if there is no path.
    """
    upper: dict[End, list[End]] = {}
    for end, link in ends(network):
        if link.lower:
            upper.setdefault(link.lower, []).append(end)
    queue: list[tuple[End, ...]] = [(start,)]
    reached = {start}
    for hops in queue:
        if hops[-1] in goals:
            return hops
        for end in _adjacent(hops[-1], network, upper):
            if end not in reached:
                reached.add(end)
                queue.append((*hops, end))
    return ()


def _adjacent(end: End, network: Network, upper: Mapping[End, Collection[End]]) -> Iterator[End]:
    """Yield an interface's veth peer, its lower and upper links, its bridge if it is a port, its ports if a bridge."""
    link = link_at(end, network)
    if link is None:
        return
    yield from (beside for beside in (link.peer, link.lower) if beside)
    yield from upper.get(end, ())
    for other in network.namespaces[end.netns].links:
        is_bridge_of_it = other.kind != "vrf" and other.ifname == link.master
        is_port_of_it = link.kind != "vrf" and other.master == link.ifname
        if is_bridge_of_it or is_port_of_it:
            yield End(end.netns, other.ifname)
