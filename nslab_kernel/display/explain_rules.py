"""A rule that explains a field of a program's output."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from nslab_kernel.language import translate as _


@dataclass(frozen=True)
class Context:
    """The text around a field."""

    here: str | None
    """The namespace in which the command ran; `None` is the host."""
    text: str
    """The whole output."""
    block: str
    """The part of the output with the field: the part about one interface, route or reply."""

    @property
    def ifname(self) -> str:
        """The name of the interface that this block is about."""
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
        """Whether another interface in the output is a port of that interface."""
        return f" master {self.ifname} " in self.text

    def _find(self, pattern: str) -> str:
        """Return the first group of the pattern's match in this block; empty without a match."""
        found = re.search(pattern, self.block, re.MULTILINE)
        return found[1] if found else ""


Explanation = str | tuple[str, Mapping[str, object]]
"""A sentence, alone or with the values of the placeholders that are not groups of the rule's pattern."""


class Rule(NamedTuple):
    """Which words of an output are explained, how, and by which manual page.

    `pattern` is searched for in a block, with `re.MULTILINE`; the explained word is group `w`, else the whole match.
    `meaning` is an English sentence with placeholders for the pattern's groups and for `ifname`, or one such sentence
    for each value of the group `key`, or a function.
    """

    pattern: str
    meaning: str | Mapping[str, str] | Callable[[re.Match[str], Context], Explanation]
    page: str

    def explained(self, found: re.Match[str], context: Context) -> str:
        """Return the sentence for a match of the pattern; empty where the rule has none."""
        explanation: Explanation = ""
        if callable(self.meaning):
            explanation = self.meaning(found, context)
        elif english := self.meaning if isinstance(self.meaning, str) else self.meaning.get(found["key"], ""):
            explanation = _(english)
        sentence, places = explanation if isinstance(explanation, tuple) else (explanation, {})
        return sentence.format(**{"ifname": context.ifname, **found.groupdict(), **places})
