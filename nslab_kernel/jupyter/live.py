"""The learner's live functions; the widgets are imported when called."""

from typing import TYPE_CHECKING

from nslab_kernel.linux.lab import require_lab
from nslab_kernel.model.matrix_result import MatrixResult
from nslab_kernel.probe import reachability_matrix
from nslab_kernel.probe.pending_replies import TIMEOUT_S

if TYPE_CHECKING:
    from nslab_kernel.jupyter.live_ping import LivePing
    from nslab_kernel.jupyter.live_topology import LiveTopology


def topology_live() -> "LiveTopology":
    """Show the network as a picture that follows every change, whoever makes it.

    A click or Enter on a namespace or interface shows its `ip` output and what can be done next.
    The picture pauses while no page shows it; where widgets do not run, it is static.

    Returns:
        The live picture; `await` it for the network after the next change.

    Raises:
        NoLab: There is no lab here.

    Example:
        >>> topology_live()
    """
    require_lab()
    from nslab_kernel.jupyter.live_topology import LiveTopology

    return LiveTopology()


def ping_live(
    dst: str, netns: str | None = None, count: int = 100, interval_s: float = 1, timeout_s: float = 1
) -> "LivePing":
    """Start a ping that runs while you go on: each reply is drawn as it comes.

    Shell: ping -O -c {count} -i {interval_s} -W {timeout_s} {dst}

    The ping ends after `count` requests, by its button Stop, by `.stop()`, or when no page shows it any more. Live
    pictures of the network show its packets, too.

    Args:
        dst: An IP address, not a name.
        netns: The namespace to send from; `None` is the host.
        count: How many requests at most, 1 to 10000.
        interval_s: Seconds from one request to the next, 0.01 to 60.
        timeout_s: Seconds to wait for the last reply, 0.01 to 60.

    Returns:
        The running ping; `await` it for the PingResult at its end.

    Raises:
        BadValue: `dst` is no IP address, or a number is out of its range.
        NoNamespace: There is no such namespace.
        MissingProgram: `ping` is not installed.

    Example:
        >>> ping_live("192.168.1.2", netns="test1")

    See ping(8).
    """
    from nslab_kernel.jupyter.live_ping import LivePing

    return LivePing(dst, netns, count, interval_s, timeout_s)


def ping_matrix(timeout_s: float = TIMEOUT_S) -> MatrixResult:
    """Ping every address from every other one, all at once, to see who reaches whom.

    Shell: ip netns exec {netns} ping -c 1 -W {timeout_s} -I {addr} {dst}

    One echo request goes from each address to each address of the same family in other namespaces. Addresses of `lo`
    and IPv6 link-local ones are left out, and pairs of which one namespace has both. Requests without a reply are sent
    again. A matrix that takes longer is shown while it fills; after an interrupt, what is known so far stays.

    Args:
        timeout_s: Seconds to wait for a reply, 0.01 to 60. The default, 3.5, is longer than the 3 after which Linux
            reports a neighbour that does not answer as unreachable.

    Returns:
        A MatrixResult. The time of a first request includes ARP. Where no reply comes, the result has Linux's own
        words, an error or a neighbour in the state FAILED, but no cause; `why` finds the cause.

    Raises:
        BadValue: `timeout_s` is out of its range.

    Example:
        >>> ping_matrix()

    See ping(8), arp(7), RFC 792.
    """
    from nslab_kernel.jupyter.live_matrix import MatrixProgress

    with MatrixProgress() as progress:
        return reachability_matrix.ping_matrix(timeout_s, progress)
