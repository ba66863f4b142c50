"""What can be wrong, and which link of the chain that breaks."""

from nslab_kernel.doctor.evidence import Stand
from nslab_kernel.model.diagnosis import (
    ADDRESS,
    ANSWER,
    ARRIVAL,
    INTERFACE,
    NEIGHBOUR,
    PASSAGE,
    ROUTE,
    WAY_BACK,
    Finding,
    Fix,
    Place,
)
from nslab_kernel.model.network import End

KINDS = {
    "unknown_name": ROUTE,
    "no_route": ROUTE,
    "route_refuses": ROUTE,
    "rule_refuses": ROUTE,
    "wrong_gateway": ROUTE,
    "no_gateway": ROUTE,
    "wrong_dev": ROUTE,
    "two_in_one_net": ROUTE,
    "routing_loop": ROUTE,
    "wrong_prefix": ROUTE,
    "no_address": ROUTE,
    "ipv6_off": ROUTE,
    "link_down": INTERFACE,
    "no_carrier": INTERFACE,
    "address_on_port": INTERFACE,
    "wrong_neighbour": NEIGHBOUR,
    "duplicate_mac": NEIGHBOUR,
    "nobody_has": NEIGHBOUR,
    "not_on_cable": NEIGHBOUR,
    "no_arp": NEIGHBOUR,
    "arp_ignored": NEIGHBOUR,
    "no_answer": NEIGHBOUR,
    "not_in_bridge": ARRIVAL,
    "port_state": ARRIVAL,
    "port_isolated": ARRIVAL,
    "port_option": ARRIVAL,
    "no_hairpin": ARRIVAL,
    "bridge_loop": ARRIVAL,
    "vlan_differs": ARRIVAL,
    "wrong_fdb": ARRIVAL,
    "narrow": ARRIVAL,
    "vni_differs": ARRIVAL,
    "tunnel_port": ARRIVAL,
    "tunnel_remote": ARRIVAL,
    "not_forwarding": PASSAGE,
    "filter_drop": PASSAGE,
    "rp_filter": PASSAGE,
    "no_nat": PASSAGE,
    "wrong_dnat": PASSAGE,
    "wrong_snat": PASSAGE,
    "short_life": PASSAGE,
    "qdisc_drop": PASSAGE,
    "tc_drop": PASSAGE,
    "wrong_address": ADDRESS,
    "wrong_interface": ADDRESS,
    "duplicate_address": ADDRESS,
    "dad_failed": ADDRESS,
    "tentative": ADDRESS,
    "no_echo": ANSWER,
    "no_listener": ANSWER,
    "lost": ARRIVAL,
}
"""Every kind of finding, with its link. `lost` is the last resort: where a packet was seen last is known, not why."""


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
    """Return a finding about a packet; `Finding` says what the arguments are."""
    link = WAY_BACK if stand.is_back and KINDS[id] == ROUTE else KINDS[id]
    return Finding(id, link, place, expected, actual, fix, subject, other, stand.is_back)
