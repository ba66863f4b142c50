"""The kernel's lines that came and went, in groups and pairs."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

from nslab_kernel.model.lines import Line
from nslab_kernel.model.results import Change

CAME, GONE = "+", "\N{MINUS SIGN}"


class Piece(NamedTuple):
    """A part of a line, and whether its partner has other words there."""

    text: str
    differs: bool


class ChangedLine(NamedTuple):
    """A line that came (`+`) or went (`−`), in pieces."""

    sign: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The line without its sign."""
        return "".join(piece.text for piece in self.pieces)


class Group(NamedTuple):
    """What one command in one namespace shows differently now."""

    netns: str
    shown_by: str
    lines: tuple[ChangedLine, ...]


def changed_groups(change: Change) -> tuple[Group, ...]:
    """Return the lines by namespace and command, each old line before the new one that took its place."""
    lines = sorted([*change.removed, *change.added], key=lambda line: _rank(change, line))
    return tuple(
        Group(netns, shown_by, tuple(_paired(list(members), set(change.added))))
        for (netns, shown_by), members in groupby(lines, key=lambda line: (line.netns, line.shown_by))
    )


_ORDER = ("docker ps", "ip netns", "ip link", "ip addr", "ip route", "ip -6 route", "ip neigh", "sysctl")


def _rank(change: Change, line: Line) -> tuple[int, int]:
    rooms = [*change.after.namespaces, *change.before.namespaces]
    return rooms.index(line.netns), _ORDER.index(line.shown_by)


def _paired(lines: list[Line], added: set[Line]) -> Iterator[ChangedLine]:
    for about in dict.fromkeys(line.about for line in lines):
        old = next((line.text for line in lines if line.about == about and line not in added), None)
        new = next((line.text for line in lines if line.about == about and line in added), None)
        if old is not None:
            yield ChangedLine(GONE, tuple(_pieces(old, new)))
        if new is not None:
            yield ChangedLine(CAME, tuple(_pieces(new, old)))


def _pieces(text: str, other: str | None) -> Iterator[Piece]:
    if other is None:
        yield Piece(text, False)
        return
    words, others = _words(text), _words(other)
    for kind, start, end, _start, _end in SequenceMatcher(None, words, others, autojunk=False).get_opcodes():
        if start < end:
            yield Piece("".join(words[start:end]), kind != "equal")


def _words(text: str) -> list[str]:
    """Split at spaces and inside `<A,B>`, but keep `@if3` whole: so much changes at once."""
    return re.findall(r"@?[^ ,<>@]+|.", text)
