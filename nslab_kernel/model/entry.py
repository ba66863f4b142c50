"""What Linux keeps beside interfaces, addresses and routes."""

from dataclasses import dataclass

WITHOUT = "without "
"""Before the line of a policy rule or label that every new namespace has, and this one has no more."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that Linux keeps beside interfaces, addresses and routes: as it was read, and as a program shows it."""

    shown_by: str
    """The command: `ip rule`, `ip neigh`, `bridge fdb`, `tc qdisc`, ...; all of them stand in `linux/entries.py`."""
    text: str
    """The program's line."""
    message: bytes
    """The netlink message without its header, and without what Linux counts in it."""

    @property
    def is_lack(self) -> bool:
        """Whether it is a rule or label that every new namespace has, and this one has no more."""
        return self.text.startswith(WITHOUT)
