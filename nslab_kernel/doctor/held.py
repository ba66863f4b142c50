"""What keeps a packet where it is, as its namespace's Linux says it."""

from typing import NamedTuple

from nslab_kernel.model.diagnosis import INTERFACE, NEIGHBOUR
from nslab_kernel.model.network import Namespace
from nslab_kernel.packets.queries import RouteLookup


class Held(NamedTuple):
    """What keeps a packet in a namespace; empty where nothing there does."""

    link: str = ""
    """The link of the chain that is broken: `INTERFACE` or `NEIGHBOUR`."""
    words: str = ""
    """As `ip link` or `ip neigh` has it."""


def held(namespace: Namespace, lookup: RouteLookup) -> Held:
    """Return what keeps a packet in a namespace that has a way for it: its interface, or a silent neighbour."""
    if lookup.is_local and namespace.lo and not namespace.lo.up:
        return Held(INTERFACE, f"dev {namespace.lo.ifname} state DOWN")
    if lookup.dev and not namespace.link(lookup.dev).carrier:
        return Held(INTERFACE, f"dev {lookup.dev} NO-CARRIER")
    for each in namespace.neighbours:
        if (each.dst, each.dev) == (lookup.hop, lookup.dev) and each.state in ("FAILED", "INCOMPLETE", "NONE"):
            return Held(NEIGHBOUR, f"{each.dst} dev {each.dev} {each.state}")
    return Held()
