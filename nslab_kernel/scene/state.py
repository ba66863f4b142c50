"""An interface's state: one rule for pictures, tables and sentences."""

from typing import NamedTuple

from nslab_kernel.model.network import Link

_SAYS_WHY = ("LOWERLAYERDOWN", "NOTPRESENT", "DORMANT", "TESTING")
"""Of an interface that is set up and does not carry: RFC 2863, section 3.1.8."""
_WAITS = ("DORMANT", "TESTING")
"""The cable carries, and the kernel still lets no packets pass."""


class State(NamedTuple):
    """How an interface is drawn, and what is written there."""

    look: str
    """`up`, `wait` or `down`."""
    word: str


def state_of(link: Link) -> State:
    """Return an interface's state by its flags UP and LOWER_UP; see operstates.rst of the kernel's documentation.

    `operstate` only says more of what the flags leave open: by the history of a veth it is DOWN or LOWERLAYERDOWN
    for the same thing, and for a moment it is older than the flags.
    """
    if not link.up:
        return State("down", "DOWN")
    if not link.carrier:
        return State("wait", link.operstate if link.operstate in _SAYS_WHY else "NO-CARRIER")
    if link.operstate in _WAITS:
        return State("wait", link.operstate)
    return State("up", "UNKNOWN" if link.operstate == "UNKNOWN" else "UP")
