"""Follows one packet: where it went, and why it was lost."""

import ipaddress
import time
from dataclasses import replace

from nslab_kernel.linux.argument_checks import check_ping_dst, check_range
from nslab_kernel.linux.lab import require_lab
from nslab_kernel.model.journey_result import SILENT, Journey
from nslab_kernel.model.network import Network
from nslab_kernel.network.record import attach_command, fill, require_namespace
from nslab_kernel.network.settle import settle
from nslab_kernel.network.snapshot import with_neighbours
from nslab_kernel.packets.queries import time_limit
from nslab_kernel.packets.trace import without_later_arp
from nslab_kernel.packets.travel import gateways, travel, with_sightings
from nslab_kernel.probe.ping import NEIGHBOUR_TIMEOUT_S

_TRY = 'journey("192.168.1.2", netns="test1")'
_PAUSE_S = 0.02
_LIMIT_S = 1.5
"""Time limit, in seconds, of the search for the reason why there was no answer."""


def journey(dst: str, netns: str | None = None, port: int | None = None, timeout_s: float = 1) -> Journey:
    """Send one ping, or open one TCP connection, and show where its packets went and what became of them.

    Shell: ping -c 1 -W {timeout_s} {dst}

    A socket of nslab sends it: the command is what to type to send such a packet by hand. Meanwhile every interface of
    the lab is captured, as `tcpdump` does. With `port` the packets are those of
    `nc -z -w {timeout_s} {dst} {port}`: SYN, the answer, ACK. If there is no answer, or the connection is refused, the
    cause is found as `why` finds it, from where the packet was seen last; to test the rules of a packet filter that
    could have dropped it, the packet is sent once more.

    Args:
        dst: An IP address, not a name; a link-local one as `fe80::1%veth-test1`.
        netns: The namespace to start from; `None` is the host.
        port: A TCP port, 1 to 65535; without one it is a ping.
        timeout_s: Seconds to wait for the reply, 0.01 to 60.

    Raises:
        BadValue: An argument breaks its rule.
        NoLink, NoNamespace: What was named does not exist.

    Times are the kernel's own, from the moment a packet passed an interface. See packet(7), tcpdump(8), RFC 826.

    Example:
        >>> journey("192.168.1.2", netns="test1")
    """
    arguments = {"dst": dst, "netns": netns, "port": port, "timeout_s": timeout_s}
    template = "ping -c 1 -W {timeout_s} {dst}" if port is None else "nc -z -w {timeout_s} {dst} {port}"
    command = fill(template, arguments)
    with attach_command(command):
        require_lab()
        check_ping_dst(dst)
        check_range("timeout_s", timeout_s, (int, float), 0.01, 60, _TRY)
        if port is not None:
            check_range("port", port, int, 1, 65535, _TRY)
        require_namespace(netns)
        found = follow(dst, netns, port, timeout_s, command)
        is_reset = any(one.words == "RST" for one in found.sightings)
        return _with_finding(found) if found.outcome == SILENT or is_reset else found


def follow(dst: str, netns: str | None, port: int | None, timeout_s: float, command: str) -> Journey:
    """Send the packet of a journey, and return its path, without a reason if there is no answer."""
    settle()
    network = _wait_for_neighbour_resolution(dst, with_neighbours())
    return travel(Journey(dst, netns, port, command, network, SILENT), timeout_s)


def _with_finding(found: Journey) -> Journey:
    """Return the journey with the reason why there is no answer or a refusal, and the command that shows it."""
    # Imported only here, because most journeys have an answer and need not wait for these modules.
    from nslab_kernel.doctor.causes import causes
    from nslab_kernel.doctor.evidence import Case
    from nslab_kernel.doctor.proof import proof

    with time_limit(_LIMIT_S):
        case = Case(found)
        finding = next(causes(case))
        if finding.id == "not_forwarding" or case.is_refused:
            found = with_sightings(found, without_later_arp(found.sightings, case.stand.netns))
        return replace(found, finding=finding, proof=proof(case, finding))


def _wait_for_neighbour_resolution(dst: str, network: Network) -> Network:
    """Wait while Linux still resolves a neighbour on the path for an earlier packet; return the network then.

    A packet sent meanwhile would fail together with that query, and no ARP request of its own would be captured.
    """
    deadline_s = time.monotonic() + NEIGHBOUR_TIMEOUT_S
    while time.monotonic() < deadline_s and _is_asking(dst, network):
        time.sleep(_PAUSE_S)
        network = with_neighbours()
    return network


def _is_asking(dst: str, network: Network) -> bool:
    asked = {str(ipaddress.ip_address(dst.partition("%")[0])), *gateways(network)}
    return any(
        neighbour.state == "INCOMPLETE" and neighbour.dst in asked and namespace.link(neighbour.dev).carrier
        for namespace in network.namespaces.values()
        for neighbour in namespace.neighbours
    )
