"""Explains each field in the output of ip, bridge, ping and sysctl.

An explanation depends on the text around a field: `state DOWN` means one thing for an interface with the flag UP, and
another for one without.
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nslab_kernel.display.explain_rules import Context, Rule
from nslab_kernel.display.explanations import GRAMMARS, REFUSED
from nslab_kernel.language import tidy
from nslab_kernel.spelling import visible


class Word(NamedTuple):
    """One explained word: its position in the text, its meaning there, and the manual page or RFC."""

    start: int
    end: int
    meaning: str
    page: str


def explain(command: str, text: str) -> tuple[Word, ...]:
    """Return the explained words of a program's output, in the order of the text.

    Args:
        command: The shell command that was run; it decides which rules apply.
        text: Its output.
    """
    here, program = _where(command)
    for pattern, start, rules in GRAMMARS:
        if re.match(pattern, program):
            known = (*rules, *REFUSED)
            blocks = ((offset, Context(here, text, block)) for offset, block in _blocks(text, start))
            return tuple(sorted(word for offset, context in blocks for word in _words(known, context, offset)))
    return ()


def _blocks(text: str, start: str) -> Iterator[tuple[int, str]]:
    begins = sorted({0} | {found.start() for found in re.finditer(start, text, re.MULTILINE)})
    for begin, end in zip(begins, [*begins[1:], len(text)], strict=True):
        yield begin, text[begin:end]


def _words(rules: Iterable[Rule], context: Context, offset: int) -> Iterator[Word]:
    """Yield the explained words of a block; where the matches of two rules overlap, the earlier explanation wins."""
    taken: set[int] = set()
    for rule in rules:
        for found in re.finditer(rule.pattern, context.block, re.MULTILINE):
            start, end = found.span("w" if "w" in found.re.groupindex else 0)
            meaning = "" if taken.intersection(range(start, end)) else tidy(rule.explained(found, context))
            if meaning:
                taken.update(range(start, end))
                yield Word(offset + start, offset + end, meaning, rule.page)


def _where(command: str) -> tuple[str | None, str]:
    """Split `ip netns exec test1 ip link` into the namespace and the command inside; `docker exec` and others alike."""
    if inside := _INSIDE.match(command):
        return _unquoted(inside[1]), inside[2]
    if inside := _OPTION.match(command):
        return _unquoted(inside[1]), f"ip {inside[2]}"
    return None, command


def _unquoted(word: str) -> str:
    return visible("".join(shlex.split(word)))


_QUOTED = r"""((?:'[^']*'|"[^"]*"|[^\s'"])+)"""
_ENTERING = "(?:ip netns exec |(?:docker|podman) exec -it |nsenter -t |nsenter --net=/run/netns/)"
_INSIDE = re.compile(rf"{_ENTERING}{_QUOTED} (?:-n )?(.*)", re.DOTALL)
_OPTION = re.compile(rf"ip (?:-n|-netns) {_QUOTED} (.*)", re.DOTALL)
