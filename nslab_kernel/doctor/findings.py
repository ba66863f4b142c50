"""All kinds of findings, with the link of the chain that they break."""

from nslab_kernel.doctor.evidence import Stand
from nslab_kernel.model import diagnosis as chain
from nslab_kernel.model.diagnosis import Finding, Fix, Place
from nslab_kernel.model.network import End

_KINDS = {
    chain.ROUTE: (
        "unknown_name", "no_route", "route_refuses", "rule_refuses", "no_rule", "wrong_gateway", "no_gateway",
        "wrong_dev", "two_in_one_net", "routing_loop", "wrong_prefix", "no_address", "ipv6_off",
    ),
    chain.INTERFACE: ("link_down", "no_carrier", "address_on_port"),
    chain.NEIGHBOUR: (
        "wrong_neighbour", "duplicate_mac", "nobody_has", "not_on_cable", "no_arp", "arp_ignored", "no_answer",
    ),
    chain.ARRIVAL: (
        "not_in_bridge", "port_state", "port_isolated", "port_option", "no_hairpin", "bridge_loop", "vlan_differs",
        "vlan_number", "wrong_fdb", "narrow", "macvlan_mode", "not_to_lower", "vni_differs", "tunnel_port",
        "tunnel_remote", "lost",
    ),
    chain.PASSAGE: (
        "not_forwarding", "filter_drop", "rp_filter", "no_nat", "reply_bypasses", "wrong_dnat", "wrong_snat",
        "short_life", "qdisc_drop", "tc_drop",
    ),
    chain.ADDRESS: ("to_many", "wrong_address", "wrong_interface", "duplicate_address", "dad_failed", "tentative"),
    chain.ANSWER: ("no_echo", "no_listener"),
}  # fmt: skip
KINDS = {id: link for link, ids in _KINDS.items() for id in ids}
"""Every kind of finding, with its link. `lost` is the last resort: where a packet was seen last is known, not why."""


def lost(stand: Stand, expected: str, actual: str) -> Finding:
    """Return the finding where a packet was seen last, without a cause."""
    place = Place(*stand.last.at) if stand.last else Place(stand.netns)
    return found(stand, "lost", place, expected, actual, (), stand.dst)


def found(
    stand: Stand,
    id: str,
    place: Place,
    expected: str,
    actual: str,
    fix: tuple[Fix, ...] = (),
    subject: str = "",
    other: End | None = None,
) -> Finding:
    """Return a finding about a packet; the arguments are the fields of `Finding`."""
    link = chain.WAY_BACK if stand.is_back and KINDS[id] == chain.ROUTE else KINDS[id]
    return Finding(id, link, place, expected, actual, fix, subject, other, stand.is_back)
