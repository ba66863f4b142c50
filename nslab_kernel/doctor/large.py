"""Whether large packets arrive as small ones do; RFC 2923."""

import time
from collections.abc import Iterator

from nslab_kernel.doctor import fixes
from nslab_kernel.doctor.evidence import Case, Stand, probe, send
from nslab_kernel.doctor.findings import found, lost
from nslab_kernel.doctor.traced import filtered
from nslab_kernel.doctor.tunnels import remotes
from nslab_kernel.model.diagnosis import Finding, Place
from nslab_kernel.model.journey_result import ERROR, SILENT, Journey, Sighting
from nslab_kernel.model.network import End
from nslab_kernel.packets.link_paths import path
from nslab_kernel.packets.queries import left_s, look_up_route

_TIMEOUT_S = 0.3
_ICMP_RATE_LIMIT_S = 1.05
"""Linux sends an address one ICMP error a second: kernel doc ip-sysctl, `icmp_ratelimit`."""
_HEADERS = {4: 28, 6: 48}
"""Bytes of the IP and ICMP headers of a ping."""
_TUNNEL = 22
"""Bytes of the Ethernet, VXLAN and UDP headers of a tunnelled packet, less those of ICMP."""


def large(case: Case) -> tuple[Case, Finding] | None:
    """Send a packet as large as the MTU, after a small one was answered; return its case and the cause if it is lost.

    Returns:
        None if it arrives, if the sender gets an error that it is too large, or if none is sent, as for TCP.
    """
    lookup = look_up_route(case.start, case.journey.dst)
    is_to_another = lookup.is_known and not (lookup.error or lookup.is_local or lookup.is_to_many)
    if not is_to_another or case.journey.port is not None or left_s() < _TIMEOUT_S:
        return None
    size = case.link(End(case.start, lookup.dev)).mtu - _HEADERS[case.family]
    sized = Case(send(case.journey, _TIMEOUT_S, size), size)
    if not _is_lost(sized.journey):
        return None
    if first := next(_causes(sized), None):
        return sized, first
    if left_s() < _ICMP_RATE_LIMIT_S + _TIMEOUT_S:
        return None
    time.sleep(_ICMP_RATE_LIMIT_S)  # the error may have been rate-limited
    again = send(case.journey, _TIMEOUT_S, size)
    if not _is_lost(again):
        return None
    return sized, lost(sized.stand, f"{size} bytes > {sized.stand.dst}", "-")


def _is_lost(journey: Journey) -> bool:
    """Return whether the packet was lost without an ICMP error; with ENOBUFS the veth peer dropped it."""
    return journey.outcome == SILENT or "(ENOBUFS)" in journey.said


def _causes(case: Case) -> Iterator[Finding]:
    """Yield what drops large packets, or the ICMP errors about them."""
    stand = case.stand
    if stand.left:
        yield from _narrow(case, stand, stand.left)
        yield from _below(case, stand.left)
    errors_from = {one.at.netns for one in case.journey.sightings if one.kind == ERROR}
    for netns in dict.fromkeys((stand.netns, *errors_from)):
        yield from filtered(case, netns, stand)


def _below(case: Case, left: Sighting) -> Iterator[Finding]:
    """Yield what drops the packets of a tunnel that carry large ones; RFC 7348."""
    is_tunnel = case.link(left.at).kind == "vxlan" and left_s() > _TIMEOUT_S
    for remote in remotes(case, left.at)[:1] if is_tunnel else ():
        carrier = probe(case, left.at.netns, remote, _TIMEOUT_S, case.size + _HEADERS[case.family] + _TUNNEL)
        if _is_lost(carrier.journey):
            yield from _causes(carrier)


def _narrow(case: Case, stand: Stand, left: Sighting) -> Iterator[Finding]:
    """Yield the finding that an interface or bridge port on the path has a smaller MTU than the sending interface."""
    mtu = case.link(left.at).mtu
    goals = [seat.end for seat in case.segments.seats(left.at) if seat.end != left.at]
    hops = [end for goal in goals for end in path(left.at, [goal], case.network)]
    small = [end for end in hops if case.link(end).mtu < mtu]
    # Ports first, because a bridge has the smallest MTU of its ports.
    for end in sorted(small, key=lambda end: case.link(end).kind == "bridge"):
        words = f"mtu {mtu}", f"mtu {case.link(end).mtu}"
        yield found(stand, "narrow", Place(*end), *words, (fixes.set_mtu(end, mtu),), str(case.link(end).mtu))
