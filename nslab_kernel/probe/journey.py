"""Where one packet went, and why it came no further."""

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
from nslab_kernel.packets.asking import limited
from nslab_kernel.packets.trace import without_later_questions
from nslab_kernel.packets.travel import gateways, told, travel
from nslab_kernel.probe.ping import NEIGHBOUR_TIMEOUT_S

_TRY = 'journey("192.168.1.2", netns="test1")'
_PAUSE_S = 0.02
_LIMIT_S = 1.5
"""So long it is asked why there was no answer."""


def journey(dst: str, netns: str | None = None, port: int | None = None, timeout_s: float = 1) -> Journey:
    """Send one ping, or open one TCP connection, and show where its packets went and what became of them.

    Shell: ping -c 1 -W {timeout_s} {dst}

    It is sent by a socket of its own: the command is what to type to send such a packet by hand. Every interface of
    the lab is listened to meanwhile, as `tcpdump` does. With `port` the packets are those of
    `nc -z -w {timeout_s} {dst} {port}`: SYN, the answer, ACK. What keeps one without an answer from going on, or
    refuses a connection, is found as `why` finds it, from where this packet was seen; rules of a packet filter that
    could have taken it are asked by sending it once more.

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
        return _explained(found) if found.outcome == SILENT or is_reset else found


def follow(dst: str, netns: str | None, port: int | None, timeout_s: float, command: str) -> Journey:
    """Send the packet of a journey, and return where it went, without a word about why there is no answer."""
    settle()
    network = _after_earlier_questions(dst, with_neighbours())
    return travel(Journey(dst, netns, port, command, network, SILENT), timeout_s)


def _explained(found: Journey) -> Journey:
    """Add why there is no answer, or who refuses, and the line that shows it."""
    # Late: few journeys have no answer, and the first one waits for imports.
    from nslab_kernel.doctor.causes import causes
    from nslab_kernel.doctor.evidence import Case
    from nslab_kernel.doctor.proof import proof

    with limited(_LIMIT_S):
        case = Case(found)
        finding = next(causes(case))
        if finding.id == "not_forwarding" or case.is_refused:
            found = told(found, without_later_questions(found.sightings, case.stand.netns))
        return replace(found, finding=finding, proof=proof(case, finding))


def _after_earlier_questions(dst: str, network: Network) -> Network:
    """Wait while Linux still asks for a neighbour on the way on behalf of an earlier packet.

    What is sent meanwhile would share that question's fate: its error would come at once, and no question be seen.
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
