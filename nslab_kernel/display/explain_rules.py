"""How a word of a text finds its explanation."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from nslab_kernel.language import tidy


class Word(NamedTuple):
    """One explained word: where it stands in the text, what it means there, and the manual page."""

    start: int
    end: int
    meaning: str
    page: str


@dataclass(frozen=True)
class Context:
    """What stands around a word."""

    here: str | None
    """The namespace that the text tells of; `None` is the host."""
    text: str
    """All of it."""
    block: str
    """The part about one thing: an interface, a route, a reply."""

    def find(self, pattern: str) -> str:
        """Return the first group of the pattern in this block, or nothing."""
        found = re.search(pattern, self.block, re.MULTILINE)
        return found[1] if found else ""


class Rule(NamedTuple):
    """Which words it explains, how, and from which manual page.

    `pattern` is looked for in a block, line by line; the word is its group `w`, or all of it without one. `meaning` is
    a sentence with the pattern's groups in it, or one for each value of the group `key`, or a function.
    """

    pattern: str
    meaning: str | Mapping[str, str] | Callable[[re.Match[str], Context], str]
    page: str

    def explained(self, found: re.Match[str], context: Context) -> str:
        """Return the sentence for a word; empty where the rule has none for it."""
        if callable(self.meaning):
            return self.meaning(found, context)
        sentence = self.meaning if isinstance(self.meaning, str) else self.meaning.get(found["key"], "")
        return sentence.format(**{"ifname": context.find(r"^\d+: ([^\s:@]+)"), **found.groupdict()})


def explain_blocks(rules: Iterable[Rule], text: str, start: str, here: str | None) -> tuple[Word, ...]:
    """Return the words that the rules explain, in the order of the text.

    Args:
        rules: The earlier one wins where two would explain the same.
        text: What a program wrote.
        start: The pattern that a block begins with.
        here: The namespace that it tells of; `None` is the host.
    """
    words: list[Word] = []
    for offset, block in _blocks(text, start):
        words += _words(rules, Context(here, text, block), offset)
    return tuple(sorted(words))


def _blocks(text: str, start: str) -> Iterator[tuple[int, str]]:
    begins = sorted({0} | {found.start() for found in re.finditer(start, text, re.MULTILINE)})
    for begin, end in zip(begins, [*begins[1:], len(text)], strict=True):
        yield begin, text[begin:end]


def _words(rules: Iterable[Rule], context: Context, offset: int) -> Iterator[Word]:
    taken: set[int] = set()
    for rule in rules:
        for found in re.finditer(rule.pattern, context.block, re.MULTILINE):
            start, end = found.span("w" if "w" in found.re.groupindex else 0)
            meaning = "" if taken.intersection(range(start, end)) else tidy(rule.explained(found, context))
            if meaning:
                taken.update(range(start, end))
                yield Word(offset + start, offset + end, meaning, rule.page)
