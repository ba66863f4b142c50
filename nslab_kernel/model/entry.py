"""Entry: a policy rule, next hop, permanent neighbour, qdisc, ..."""

from dataclasses import dataclass

WITHOUT = "without "
"""Prefix of `Entry.text` for a default rule or label that the namespace lacks."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A kernel object other than an interface, address or route, as netlink message and as a program's output."""

    shown_by: str
    """The command that prints the object: `ip rule`, `bridge fdb`, `tc qdisc`, ...; `linux/entries.py` has them all."""
    text: str
    """The line that the command prints."""
    message: bytes
    """The netlink message without its header and without counters."""

    @property
    def is_lack(self) -> bool:
        """Whether the entry stands for a default rule or label that the namespace lacks."""
        return self.text.startswith(WITHOUT)
