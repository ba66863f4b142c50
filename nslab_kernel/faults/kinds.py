"""Every kind of fault, which question it is about, how hard it is."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from nslab_kernel.faults import on_addresses, on_filters, on_links, on_routes, on_segments, on_switches
from nslab_kernel.model.faults import FAR_SIDE, NEXT_HOP, ON_THE_WAY, ROUTE, WAY_BACK, Fault
from nslab_kernel.model.network import Network

EASY, HARD = 1, 2


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault."""

    find: Callable[[Network], Iterator[Fault]]
    """Yields where in a network it can be put; whether a ping notices is not known yet."""
    question: str
    level: int = HARD


KINDS = {
    kind.find.__name__: kind
    for kind in (
        Kind(on_links.link_down, NEXT_HOP, EASY),
        Kind(on_links.far_end_down, NEXT_HOP, EASY),
        Kind(on_links.bridge_down, NEXT_HOP, EASY),
        Kind(on_links.arp_off, NEXT_HOP),
        Kind(on_links.mtu_narrow, ON_THE_WAY),
        Kind(on_links.lo_down, FAR_SIDE),
        Kind(on_links.mac_duplicate, NEXT_HOP),
        Kind(on_addresses.addr_missing, FAR_SIDE, EASY),
        Kind(on_addresses.addr_wrong, FAR_SIDE, EASY),
        Kind(on_addresses.prefix_long, ROUTE, EASY),
        Kind(on_addresses.prefix_short, ROUTE),
        Kind(on_addresses.addr_on_wrong_link, NEXT_HOP),
        Kind(on_addresses.addr_duplicate, NEXT_HOP),
        Kind(on_addresses.dad_failed, FAR_SIDE),
        Kind(on_addresses.ipv6_off, ROUTE),
        Kind(on_addresses.two_in_one_net, ROUTE),
        Kind(on_routes.route_missing, ROUTE, EASY),
        Kind(on_routes.way_back_missing, WAY_BACK, EASY),
        Kind(on_routes.gateway_wrong, ROUTE, EASY),
        Kind(on_routes.route_blackhole, ROUTE),
        Kind(on_routes.route_unreachable, ROUTE),
        Kind(on_routes.route_prohibit, ROUTE),
        Kind(on_routes.route_wrong_dev, ROUTE),
        Kind(on_routes.rule_refuses, ROUTE),
        Kind(on_routes.rule_wrong_table, ROUTE),
        Kind(on_switches.forwarding_off, ON_THE_WAY, EASY),
        Kind(on_switches.forwarding6_off, ON_THE_WAY, EASY),
        Kind(on_switches.forwarding_here_off, ON_THE_WAY),
        Kind(on_switches.rp_filter_strict, ON_THE_WAY),
        Kind(on_switches.echo_ignored, FAR_SIDE),
        Kind(on_switches.ttl_short, ON_THE_WAY),
        Kind(on_filters.nft_input_drop, FAR_SIDE, EASY),
        Kind(on_filters.nft_output_drop, ON_THE_WAY),
        Kind(on_filters.nft_forward_drop, ON_THE_WAY, EASY),
        Kind(on_filters.nft_forward_reject, ON_THE_WAY),
        Kind(on_filters.nft_prerouting_drop, ON_THE_WAY),
        Kind(on_filters.nft_postrouting_drop, ON_THE_WAY),
        Kind(on_filters.nft_source_drop, ON_THE_WAY),
        Kind(on_filters.nft_policy_drop, ON_THE_WAY),
        Kind(on_filters.nft_bridge_drop, ON_THE_WAY),
        Kind(on_filters.nft_arp_drop, NEXT_HOP),
        Kind(on_filters.iptables_drop, ON_THE_WAY),
        Kind(on_filters.masquerade_missing, WAY_BACK, EASY),
        Kind(on_filters.stray_dnat, ON_THE_WAY),
        Kind(on_segments.port_not_in_bridge, NEXT_HOP, EASY),
        Kind(on_segments.ports_isolated, NEXT_HOP),
        Kind(on_segments.port_disabled, NEXT_HOP),
        Kind(on_segments.fdb_wrong, NEXT_HOP),
        Kind(on_segments.neigh_wrong, NEXT_HOP),
        Kind(on_segments.vxlan_remote_wrong, NEXT_HOP),
        Kind(on_segments.vxlan_id_wrong, NEXT_HOP),
        Kind(on_segments.vxlan_port_wrong, NEXT_HOP),
        Kind(on_segments.qdisc_drops, ON_THE_WAY),
    )
}
"""By name, which is that of the function that finds places for it."""


def candidates(network: Network, level: int, chance: random.Random, each: int) -> Iterator[Fault]:
    """Yield faults that a network has a place for, in an order drawn by chance: every kind is as likely.

    Args:
        network: The lab.
        level: Only kinds up to this one.
        chance: What draws.
        each: How many of a kind at most.
    """
    names = [name for name, kind in KINDS.items() if kind.level <= level]
    for name in chance.sample(names, len(names)):
        places = list(KINDS[name].find(network))
        for fault in chance.sample(places, min(each, len(places))):
            yield replace(fault, kind=name)
