"""why(): what stops a packet."""

from nslab_kernel.model.diagnosis import Diagnosis
from nslab_kernel.packets.queries import time_limit

_LIMIT_S = 2.5
"""After so long nothing is asked any more: what is known then is sorted in some hundredths of a second."""


def why(dst: str, netns: str | None = None, port: int | None = None) -> Diagnosis:
    """Find out why there is no answer from an address: which place, what is wrong there, and the line that mends it.

    It sends a packet, looks where it was seen last, and asks Linux there. Where rules of a packet filter could have
    taken it, it is sent once more, and Linux tells which one did. Nothing stays changed; it takes less than 3 seconds.

    Args:
        dst: An IP address, or a name; a link-local one as `fe80::1%veth-test1`.
        netns: The namespace to start from; `None` is the host.
        port: A TCP port, 1 to 65535; without one it is a ping that should be answered.

    Returns:
        A Diagnosis: `ok`, or `findings`, each with its place, what is expected, what is the case, and a fix.

    Raises:
        BadValue: An argument breaks its rule.
        NoLink, NoNamespace: What was named does not exist.

    Example:
        >>> link_down("veth-test2", netns="test2")
        >>> why("192.168.1.2", netns="test1")

    See ip-route(8), bridge(8), nft(8), arp(7), and ip-sysctl of the kernel's documentation.
    """
    with time_limit(_LIMIT_S):
        # Late: few cells ask why, and the first one waits for imports.
        from nslab_kernel.doctor.diagnose import diagnose

        return diagnose(dst, netns, port)
