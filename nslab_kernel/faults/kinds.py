"""All kinds of faults, with their question and level."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from nslab_kernel.faults import on_addresses, on_filters, on_links, on_routes, on_segments, on_sysctls
from nslab_kernel.model.faults import FAR_SIDE, NEXT_HOP, ON_THE_WAY, ROUTE, WAY_BACK, Fault
from nslab_kernel.model.network import Network

EASY, HARD = 1, 2


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fault."""

    find: Callable[[Network], Iterator[Fault]]
    """Yields the faults of this kind that a network allows; a ping may or may not notice them."""
    question: str
    level: int = HARD


KINDS = {
    "link_down": Kind(on_links.link_down, NEXT_HOP, EASY),
    "far_end_down": Kind(on_links.far_end_down, NEXT_HOP, EASY),
    "bridge_down": Kind(on_links.bridge_down, NEXT_HOP, EASY),
    "arp_off": Kind(on_links.arp_off, NEXT_HOP),
    "mtu_narrow": Kind(on_links.mtu_narrow, ON_THE_WAY),
    "lo_down": Kind(on_links.lo_down, FAR_SIDE),
    "mac_duplicate": Kind(on_links.mac_duplicate, NEXT_HOP),
    "addr_missing": Kind(on_addresses.addr_missing, FAR_SIDE, EASY),
    "addr_wrong": Kind(on_addresses.addr_wrong, FAR_SIDE, EASY),
    "prefix_long": Kind(on_addresses.prefix_long, ROUTE, EASY),
    "prefix_short": Kind(on_addresses.prefix_short, ROUTE),
    "addr_on_wrong_link": Kind(on_addresses.addr_on_wrong_link, NEXT_HOP),
    "addr_duplicate": Kind(on_addresses.addr_duplicate, NEXT_HOP),
    "dad_failed": Kind(on_addresses.dad_failed, FAR_SIDE),
    "ipv6_off": Kind(on_addresses.ipv6_off, ROUTE),
    "two_in_one_net": Kind(on_addresses.two_in_one_net, ROUTE),
    "route_missing": Kind(on_routes.route_missing, ROUTE, EASY),
    "way_back_missing": Kind(on_routes.way_back_missing, WAY_BACK, EASY),
    "gateway_wrong": Kind(on_routes.gateway_wrong, ROUTE, EASY),
    "route_blackhole": Kind(partial(on_routes.route_refusing, type="blackhole"), ROUTE),
    "route_unreachable": Kind(partial(on_routes.route_refusing, type="unreachable"), ROUTE),
    "route_prohibit": Kind(partial(on_routes.route_refusing, type="prohibit"), ROUTE),
    "route_wrong_dev": Kind(on_routes.route_wrong_dev, ROUTE),
    "rule_refuses": Kind(on_routes.rule_refuses, ROUTE),
    "rule_wrong_table": Kind(on_routes.rule_wrong_table, ROUTE),
    "forwarding_off": Kind(on_sysctls.forwarding_off, ON_THE_WAY, EASY),
    "forwarding6_off": Kind(on_sysctls.forwarding6_off, ON_THE_WAY, EASY),
    "forwarding_here_off": Kind(on_sysctls.forwarding_here_off, ON_THE_WAY),
    "rp_filter_strict": Kind(on_sysctls.rp_filter_strict, ON_THE_WAY),
    "echo_ignored": Kind(on_sysctls.echo_ignored, FAR_SIDE),
    "ttl_short": Kind(on_sysctls.ttl_short, ON_THE_WAY),
    "nft_input_drop": Kind(partial(on_filters.nft_at_hook, hook="input", verdict="drop"), FAR_SIDE, EASY),
    "nft_output_drop": Kind(partial(on_filters.nft_at_hook, hook="output", verdict="drop"), ON_THE_WAY),
    "nft_forward_drop": Kind(partial(on_filters.nft_at_hook, hook="forward", verdict="drop"), ON_THE_WAY, EASY),
    "nft_forward_reject": Kind(partial(on_filters.nft_at_hook, hook="forward", verdict="reject"), ON_THE_WAY),
    "nft_prerouting_drop": Kind(partial(on_filters.nft_at_hook, hook="prerouting", verdict="drop"), ON_THE_WAY),
    "nft_postrouting_drop": Kind(partial(on_filters.nft_at_hook, hook="postrouting", verdict="drop"), ON_THE_WAY),
    "nft_source_drop": Kind(on_filters.nft_source_drop, ON_THE_WAY),
    "nft_policy_drop": Kind(on_filters.nft_policy_drop, ON_THE_WAY),
    "nft_bridge_drop": Kind(on_filters.nft_bridge_drop, ON_THE_WAY),
    "nft_arp_drop": Kind(on_filters.nft_arp_drop, NEXT_HOP),
    "iptables_drop": Kind(on_filters.iptables_drop, ON_THE_WAY),
    "masquerade_missing": Kind(on_filters.masquerade_missing, WAY_BACK, EASY),
    "stray_dnat": Kind(on_filters.stray_dnat, ON_THE_WAY),
    "port_not_in_bridge": Kind(on_segments.port_not_in_bridge, NEXT_HOP, EASY),
    "ports_isolated": Kind(on_segments.ports_isolated, NEXT_HOP),
    "port_disabled": Kind(on_segments.port_disabled, NEXT_HOP),
    "fdb_wrong": Kind(on_segments.fdb_wrong, NEXT_HOP),
    "neigh_wrong": Kind(on_segments.neigh_wrong, NEXT_HOP),
    "vxlan_remote_wrong": Kind(on_segments.vxlan_remote_wrong, NEXT_HOP),
    "vxlan_id_wrong": Kind(partial(on_segments.vxlan_number_wrong, option="id"), NEXT_HOP),
    "vxlan_port_wrong": Kind(partial(on_segments.vxlan_number_wrong, option="dstport"), NEXT_HOP),
    "qdisc_drops": Kind(on_segments.qdisc_drops, ON_THE_WAY),
}
"""The kinds of faults, by name."""


def candidates(network: Network, level: int, chance: random.Random, each: int) -> Iterator[Fault]:
    """Yield faults that the network allows, in a random order in which every kind is equally likely.

    Args:
        network: The lab.
        level: The highest level of the kinds to use.
        chance: The random number generator.
        each: The most faults of one kind.
    """
    names = [name for name, kind in KINDS.items() if kind.level <= level]
    for name in chance.sample(names, len(names)):
        places = list(KINDS[name].find(network))
        for fault in chance.sample(places, min(each, len(places))):
            yield replace(fault, kind=name)
