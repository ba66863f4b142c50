"""why(): why there is no answer."""

from nslab_kernel.model.diagnosis import Diagnosis
from nslab_kernel.packets.queries import time_limit

_LIMIT_S = 2.5
"""Time limit in seconds: after it no command runs, and the diagnosis ends within some hundredths of a second."""


def why(dst: str, netns: str | None = None, port: int | None = None) -> Diagnosis:
    """Find out why there is no answer from an address: the place, the fault, and the line that mends it.

    It sends a packet, sees where the packet was last, and asks Linux there. If a packet filter could have dropped it,
    the packet is sent once more, and Linux traces the rules. Nothing stays changed; it takes less than 3 seconds.

    Args:
        dst: An IP address or a host name; a link-local address with its interface, `fe80::1%veth-test1`.
        netns: The namespace to start from; `None` is the host.
        port: A TCP port, 1 to 65535; `None` is a ping.

    Returns:
        A Diagnosis: `ok`, or `findings`, each with its place, the expected and the actual state, and a fix.

    Raises:
        BadValue: An argument breaks its rule.
        NoLink, NoNamespace: What was named does not exist.

    Example:
        >>> link_down("veth-test2", netns="test2")
        >>> why("192.168.1.2", netns="test1")

    See ip-route(8), bridge(8), nft(8), arp(7), and ip-sysctl in the kernel's documentation.
    """
    with time_limit(_LIMIT_S):
        # Imported only here, because few cells call why() and the others need not wait for these modules.
        from nslab_kernel.doctor.diagnose import diagnose

        return diagnose(dst, netns, port)
