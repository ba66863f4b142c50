"""The states of interfaces, and how all pictures draw them."""

from typing import NamedTuple

from nslab_kernel.model.network import Link

_SAYS_WHY = ("LOWERLAYERDOWN", "NOTPRESENT", "DORMANT", "TESTING")
"""Operational states that are a reason why an interface that is up has no carrier: RFC 2863, section 3.1.8."""
_WAITS = ("DORMANT", "TESTING")
"""Operational states in which an interface has carrier, but the kernel passes no packets."""


Dashes = tuple[float, ...]


class StateStyle(NamedTuple):
    """How a state is drawn; widths and dashes in pixels, colours by the palette's tokens."""

    token: str
    text_token: str
    border: tuple[float, Dashes]
    cable: tuple[float, Dashes]
    dot: tuple[str, str]
    """The colour of the dot, and its filling: `full`, `half` or `hollow`."""


STYLES = {
    "up": StateStyle("up", "up", (2, ()), (3, ()), ("up", "full")),
    "wait": StateStyle("wait", "wait", (2, (10, 3)), (3, (10, 3)), ("wait", "half")),
    "down": StateStyle("line", "ink2", (1.5, (4, 3)), (2, (5, 4)), ("line", "hollow")),
    "gone": StateStyle("line", "ink2", (1.25, (1.5, 4)), (1.5, (1.5, 4)), ("hair", "hollow")),
}
"""Every state, and `gone` for what was removed; they differ in dashes and filling too, not in colour alone."""
SIGNS = {"came": "+", "changed": "~", "gone": "\N{MINUS SIGN}"}
"""The sign before the name of something that was added, changed or removed."""


class State(NamedTuple):
    """How an interface is drawn, and the word for its state."""

    kind: str
    """`up`, `wait`, `down` or `gone`: a key of `STYLES`."""
    label: str

    @property
    def style(self) -> StateStyle:
        """How it is drawn."""
        return STYLES[self.kind]


GONE = State("gone", "")
"""The state of an interface that was removed."""


def state_of(link: Link) -> State:
    """Return an interface's state by its flags UP and LOWER_UP; see operstates.rst of the kernel's documentation.

    The flags decide. `operstate` only adds a reason: a veth in one and the same state shows DOWN or LOWERLAYERDOWN,
    depending on its history, and for a moment after a change `operstate` is older than the flags.
    """
    if not link.up:
        return State("down", "DOWN")
    if not link.carrier:
        return State("wait", link.operstate if link.operstate in _SAYS_WHY else "NO-CARRIER")
    if link.operstate in _WAITS:
        return State("wait", link.operstate)
    return State("up", "UNKNOWN" if link.operstate == "UNKNOWN" else "UP")
