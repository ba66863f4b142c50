"""The learner's live functions; the rest comes when called."""

from typing import TYPE_CHECKING

from nslab_kernel.linux.lab import require_lab
from nslab_kernel.model.matrix import MatrixResult
from nslab_kernel.model.results import Topology
from nslab_kernel.probe import matrix
from nslab_kernel.probe.patience import TIMEOUT_S
from nslab_kernel.steps import whole

if TYPE_CHECKING:
    from nslab_kernel.jupyter.live_ping import LivePing
    from nslab_kernel.jupyter.live_topology import LiveTopology


def topology(live: bool = False) -> "Topology | LiveTopology":
    """Show the network as a picture, as the kernel has it now.

    Args:
        live: Follow it from now on, as `topology_live()` does.
    """
    return topology_live() if live else whole.topology()


def topology_live() -> "LiveTopology":
    """Show the network as a picture that follows every change, whoever makes it.

    A click or Enter on a thing shows its `ip` output and what one would do next. It rests while no page shows it.
    `await` gives the network after the next change.
    Where no widget runs, the picture is a still one.

    Raises:
        NoLab: There is no lab here.
    """
    require_lab()
    from nslab_kernel.jupyter.live_topology import LiveTopology

    return LiveTopology()


def ping_live(
    dst: str, netns: str | None = None, count: int = 100, interval_s: float = 1, timeout_s: float = 1
) -> "LivePing":
    """Start a ping that runs while you go on: each reply is drawn as it comes.

    Shell: ping -O -c {count} -i {interval_s} -W {timeout_s} {dst}

    It ends after `count` requests, by its button Stop, by `.stop()`, or with its output. `await` gives the PingResult
    at its end. Where the network is shown live, its packets travel there too.

    Args:
        dst: An IP address, not a name.
        netns: The namespace to send from; `None` is the host.
        count: How many requests at most, 1 to 10000.
        interval_s: Seconds from one to the next, 0.01 to 60.
        timeout_s: Seconds to wait for the last reply, 0.01 to 60.

    Raises:
        BadValue: An argument breaks its rule.
        NoNamespace: There is no such namespace.
        MissingProgram: `ping` is not installed.

    See ping(8).
    """
    from nslab_kernel.jupyter.live_ping import LivePing

    return LivePing(dst, netns, count, interval_s, timeout_s)


def ping_matrix(timeout_s: float = TIMEOUT_S) -> MatrixResult:
    """Try every address against every other one, all at once, and tell who reaches whom.

    Shell: ip netns exec {netns} ping -c 1 -W {timeout_s} -I {addr} {dst}

    One echo request goes from each address to each other of its family in another namespace. Addresses of `lo` and
    IPv6 link-local ones take no part; a call to an address that the caller has as well would never leave it. What
    takes a while is shown while it fills; an interrupt leaves what is known. What stays silent is asked again.

    Args:
        timeout_s: Seconds to wait for a reply, 0.01 to 60; without it 3.5, for after 3 Linux says of a neighbour that
            does not answer that it is unreachable.

    Raises:
        BadValue: An argument breaks its rule.

    The time of a first request contains ARP. See ping(8), arp(7), RFC 792.
    """
    from nslab_kernel.jupyter.live_matrix import Filling

    filling, whole = Filling(), False
    try:
        result = matrix.ping_matrix(timeout_s, filling)
        whole = True
        return result
    finally:
        filling.end(whole)
