"""The lines that were added and removed, in groups and pairs."""

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import groupby, zip_longest
from typing import NamedTuple

from nslab_kernel.model.entry import WITHOUT
from nslab_kernel.model.lines import Line
from nslab_kernel.model.results import Change
from nslab_kernel.scene.state_style import SIGNS
from nslab_kernel.spelling import visible

CAME, GONE = SIGNS["came"], SIGNS["gone"]


class Piece(NamedTuple):
    """A part of a changed line, and whether the line that replaces it, or that it replaces, differs there."""

    text: str
    differs: bool


class ChangedLine(NamedTuple):
    """A line that was added (`+`) or removed (`−`), in pieces."""

    sign: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The line without its sign."""
        return "".join(piece.text for piece in self.pieces)


class Group(NamedTuple):
    """The changed lines in the output of one command in one namespace."""

    netns: str
    shown_by: str
    lines: tuple[ChangedLine, ...]


def came_and_gone(change: Change) -> tuple[list[Line], list[Line]]:
    """Return the added and the removed lines.

    A line `without RULE` (a default rule or label is missing) counts as RULE removed if it was added, and vice versa.
    """
    came = [line for line in change.added if not _is_lack(line)]
    gone = [line for line in change.removed if not _is_lack(line)]
    came += [_what_lacked(line) for line in change.removed if _is_lack(line)]
    gone += [_what_lacked(line) for line in change.added if _is_lack(line)]
    return came, gone


def changed_groups(change: Change) -> tuple[Group, ...]:
    """Return the changed lines by namespace and command, each removed line before the one that replaces it."""
    came, gone = came_and_gone(change)
    place = {name: n for n, name in enumerate({**change.after.namespaces, **change.before.namespaces})}
    lines = [*((line, GONE) for line in gone), *((line, CAME) for line in came)]
    lines.sort(key=lambda signed: (place[signed[0].netns], _ORDER.index(signed[0].shown_by)))
    return tuple(
        Group(netns, shown_by, tuple(_paired(members)))
        for (netns, shown_by), members in groupby(lines, key=lambda signed: (signed[0].netns, signed[0].shown_by))
    )


_ORDER = (
    "docker ps",
    "ip netns",
    "ip link",
    "ip addr",
    "ip nexthop",
    "ip route",
    "ip -6 route",
    "ip rule",
    "ip -6 rule",
    "ip neigh",
    "ip addrlabel",
    "ip xfrm state",
    "ip xfrm policy",
    "ip mptcp endpoint",
    "ip mptcp limits",
    "bridge vlan",
    "bridge fdb",
    "bridge mdb",
    "tc qdisc",
    "tc class",
    "tc filter",
    "nft list ruleset",
    "iptables-save",
    "ip6tables-save",
    "iptables-legacy-save",
    "ip6tables-legacy-save",
    "sysctl",
)


def _is_lack(line: Line) -> bool:
    return line.text.startswith(WITHOUT)


def _what_lacked(line: Line) -> Line:
    text = line.text.removeprefix(WITHOUT)
    return line._replace(about=text, text=text)


def _paired(lines: Iterable[tuple[Line, str]]) -> Iterator[ChangedLine]:
    about: dict[str, dict[str, list[str]]] = {}
    for line, sign in lines:
        about.setdefault(line.about, {GONE: [], CAME: []})[sign].append(visible(line.text))
    for pairs in about.values():
        for old, new in zip_longest(pairs[GONE], pairs[CAME]):
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
    """Split a line at spaces and inside `<A,B>`; `@if3` is one word, because `@if` and the number change together."""
    return re.findall(r"@?[^ ,<>@]+|.", text)
