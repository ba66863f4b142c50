"""The flags of a link, as iproute2 prints them."""

from nslab_kernel.linux import uapi
from nslab_kernel.linux.link_reader import ReadLink

_FLAGS = {
    0x8: "LOOPBACK", 0x2: "BROADCAST", 0x10: "POINTOPOINT", 0x1000: "MULTICAST", 0x80: "NOARP", 0x200: "ALLMULTI",
    0x100: "PROMISC", 0x400: "MASTER", 0x800: "SLAVE", 0x4: "DEBUG", 0x8000: "DYNAMIC", 0x4000: "AUTOMEDIA",
    0x2000: "PORTSEL", 0x20: "NOTRAILERS", 0x1: "UP", 0x10000: "LOWER_UP", 0x20000: "DORMANT", 0x40000: "ECHO",
}  # fmt: skip
"""The flags by bit, in the order in which iproute2 prints them."""


def flags_of(link: ReadLink, is_peer_down: bool) -> tuple[str, ...]:
    """Return the flags between the angle brackets of `ip link`; iproute2 computes NO-CARRIER and M-DOWN itself."""
    words = [word for bit, word in _FLAGS.items() if link.flags & bit]
    if link.flags & uapi.IFF_UP and not link.flags & uapi.IFF_RUNNING:
        words.insert(0, "NO-CARRIER")
    return (*words, "M-DOWN") if is_peer_down else tuple(words)
