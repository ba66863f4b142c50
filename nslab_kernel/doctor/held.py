"""What keeps a packet in its namespace: interface or neighbour."""

from typing import NamedTuple

from nslab_kernel.model.diagnosis import INTERFACE, NEIGHBOUR
from nslab_kernel.model.network import Namespace
from nslab_kernel.packets.queries import RouteLookup


class Held(NamedTuple):
    """What keeps a packet in a namespace; both fields are empty if nothing does."""

    link: str = ""
    """The link of the chain that is broken: `INTERFACE` or `NEIGHBOUR`."""
    words: str = ""
    """The fault in the words of `ip link` or `ip neigh`."""


def held(namespace: Namespace, lookup: RouteLookup) -> Held:
    """Return what keeps a packet in a namespace that has a route for it: an interface, or an unresolved neighbour."""
    if lookup.is_local and namespace.lo and not namespace.lo.up:
        return Held(INTERFACE, f"dev {namespace.lo.ifname} state DOWN")
    if lookup.dev and not namespace.link(lookup.dev).carrier:
        return Held(INTERFACE, f"dev {lookup.dev} NO-CARRIER")
    for each in namespace.neighbours:
        if (each.dst, each.dev) == (lookup.hop, lookup.dev) and each.state in ("FAILED", "INCOMPLETE", "NONE"):
            return Held(NEIGHBOUR, f"{each.dst} dev {each.dev} {each.state}")
    return Held()
