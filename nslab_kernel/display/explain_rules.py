"""A rule about the words of a text, and what stands around a word."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from nslab_kernel.language import translate as _


@dataclass(frozen=True)
class Context:
    """What stands around a word."""

    here: str | None
    """The namespace that the text tells of; `None` is the host."""
    text: str
    """All of it."""
    block: str
    """The part about one thing: an interface, a route, a reply."""

    @property
    def ifname(self) -> str:
        """The interface that this block is about."""
        return self._find(r"^\d+: ([^\s:@]+)")

    @property
    def flags(self) -> list[str]:
        """The flags of that interface."""
        return self._find(r"<([A-Z_,-]*)>").split(",")

    @property
    def is_cable(self) -> bool:
        """Whether that interface looks like one end of a veth pair."""
        other = self._find(r"^\d+: [^\s:@]+@([^\s:]+)")
        elsewhere = bool(re.fullmatch(r"if\d+", other))
        return elsewhere or f" {other}@{self.ifname}:" in self.text or "M-DOWN" in self.flags

    @property
    def is_bridge(self) -> bool:
        """Whether another interface of the text is a port of that one."""
        return f" master {self.ifname} " in self.text

    def _find(self, pattern: str) -> str:
        """Return the first group of the pattern in this block, or nothing."""
        found = re.search(pattern, self.block, re.MULTILINE)
        return found[1] if found else ""


Told = str | tuple[str, Mapping[str, object]]
"""A sentence, or one with what stands in those of its places that are no groups of the pattern."""


class Rule(NamedTuple):
    """Which words it explains, how, and from which manual page.

    `pattern` is looked for in a block, line by line; the word is its group `w`, or all of it without one. `meaning` is
    an English sentence with places for the pattern's groups and for `ifname`, or one for each value of the group `key`,
    or a function.
    """

    pattern: str
    meaning: str | Mapping[str, str] | Callable[[re.Match[str], Context], Told]
    page: str

    def explained(self, found: re.Match[str], context: Context) -> str:
        """Return the sentence for a word; empty where the rule has none for it."""
        told: Told = ""
        if callable(self.meaning):
            told = self.meaning(found, context)
        elif english := self.meaning if isinstance(self.meaning, str) else self.meaning.get(found["key"], ""):
            told = _(english)
        sentence, places = told if isinstance(told, tuple) else (told, {})
        return sentence.format(**{"ifname": context.ifname, **found.groupdict(), **places})
