"""Rules, next hops, neighbours, qdiscs, ...: what else Linux holds."""

from dataclasses import dataclass

WITHOUT = "without "
"""Prefix of the line of a default rule or label that this namespace lacks."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An object of Linux beside interfaces, addresses and routes: its message, and its program's line."""

    shown_by: str
    """The command: `ip rule`, `ip neigh`, `bridge fdb`, `tc qdisc`, ...; all of them stand in `linux/entries.py`."""
    text: str
    """The program's line."""
    message: bytes
    """The netlink message without its header, and without what Linux counts in it."""

    @property
    def is_lack(self) -> bool:
        """Whether it is a default rule or label that this namespace lacks."""
        return self.text.startswith(WITHOUT)
