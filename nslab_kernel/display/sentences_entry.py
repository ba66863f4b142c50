"""Sentences about changed rules, queues, filters and sysctls."""

import re
from collections import Counter
from collections.abc import Callable, Iterator

from nslab_kernel.display.changed_lines import came_and_gone
from nslab_kernel.display.phrases import listed, where
from nslab_kernel.language import translate as _
from nslab_kernel.language import translate_plural
from nslab_kernel.model.lines import Line
from nslab_kernel.model.results import Change

_THINGS: dict[str, Callable[[int], str]] = {
    "ip nexthop": lambda n: translate_plural("a next hop", "{count} next hops", n),
    "ip rule": lambda n: translate_plural("a policy rule", "{count} policy rules", n),
    "ip neigh": lambda n: translate_plural("a fixed neighbour", "{count} fixed neighbours", n),
    "ip addrlabel": lambda n: translate_plural("an address label", "{count} address labels", n),
    "ip xfrm state": lambda n: translate_plural("an IPsec association", "{count} IPsec associations", n),
    "ip xfrm policy": lambda n: translate_plural("an IPsec policy", "{count} IPsec policies", n),
    "ip mptcp endpoint": lambda n: translate_plural("an MPTCP endpoint", "{count} MPTCP endpoints", n),
    "ip mptcp limits": lambda n: translate_plural("a limit of MPTCP", "{count} limits of MPTCP", n),
    "bridge vlan": lambda n: translate_plural("a VLAN of a bridge", "{count} VLANs of bridges", n),
    "bridge fdb": lambda n: translate_plural("a forwarding entry", "{count} forwarding entries", n),
    "bridge mdb": lambda n: translate_plural("a multicast entry", "{count} multicast entries", n),
    "tc qdisc": lambda n: translate_plural("a queueing discipline", "{count} queueing disciplines", n),
    "tc class": lambda n: translate_plural("a traffic class", "{count} traffic classes", n),
    "tc filter": lambda n: translate_plural("a traffic filter", "{count} traffic filters", n),
    "nft table": lambda n: translate_plural("a table of the packet filter", "{count} tables of the packet filter", n),
    "nft line": lambda n: translate_plural("a line of the packet filter", "{count} lines of the packet filter", n),
}
"""For each command, what `n` lines of its output are called."""
_SORTS = {
    "ip -6 rule": "ip rule",
    "nft list ruleset": "nft line",
    "iptables-save": "nft line",
    "ip6tables-save": "nft line",
    "iptables-legacy-save": "nft line",
    "ip6tables-legacy-save": "nft line",
}
"""Commands whose lines are called like those of another key of `_THINGS`."""
_MOST_NAMED = 2
"""The most sysctls that are named one by one; more are only counted."""


def entries_changed(change: Change) -> Iterator[str]:
    """Yield, for each namespace, sentences about what is new, gone and changed, and about its sysctls."""
    came, gone = ([line for line in lines if _stayed(change, line.netns)] for lines in came_and_gone(change))
    for netns in dict.fromkeys(line.netns for line in (*gone, *came)):
        new, old = _counts(netns, came), _counts(netns, gone)
        changed = new & old
        for sentence, things in (
            (_("New {where}: {things}."), new - changed),
            (_("Gone {where}: {things}."), old - changed),
            (_("Changed {where}: {things}."), changed),
        ):
            if things:
                yield sentence.format(where=where(netns), things=listed(_counted(things)))
        yield from _sysctls(netns, came, gone)


def is_learnt(line: Line) -> bool:
    """Return whether a line is a neighbour entry that Linux itself learnt."""
    return line.shown_by == "ip neigh" and not line.text.endswith((" PERMANENT", " proxy"))


def _stayed(change: Change, netns: str) -> bool:
    return netns in change.before.namespaces and netns in change.after.namespaces


def _counts(netns: str, lines: list[Line]) -> Counter[str]:
    """Return how many lines there are of each sort; an nftables table that came or went as a whole counts once."""
    mine = [line for line in lines if line.netns == netns and not is_learnt(line)]
    tables = tuple(table for line in mine if (table := _table(line)))
    sorts = (
        "nft table" if _table(line) else _SORTS.get(line.shown_by, line.shown_by)
        for line in mine
        if _table(line) or not line.text.startswith(tables)
    )
    return Counter(sort for sort in sorts if sort in _THINGS)


def _counted(things: Counter[str]) -> Iterator[str]:
    for sort, words in _THINGS.items():
        if things[sort]:
            yield words(things[sort]).format(count=things[sort])


def _table(line: Line) -> str:
    """Return the text of a line that is an nftables table's head, with which all its lines begin; else empty."""
    found = line.shown_by == "nft list ruleset" and re.fullmatch(r"table \S+ \S+ \{", line.text)
    return line.text if found else ""


def _sysctls(netns: str, came: list[Line], gone: list[Line]) -> Iterator[str]:
    new, old = ({line.about: line.text for line in lines if _is_sysctl(netns, line)} for lines in (came, gone))
    keys = list({**old, **new})
    if len(keys) > _MOST_NAMED:
        yield _("{count} sysctls have changed {where}.").format(count=len(keys), where=where(netns))
        return
    for key in keys:
        if key in new:
            value = new[key].partition(" = ")[2]
            yield _("{key} is {value} now, {where}.").format(key=key, value=value, where=where(netns))
        else:
            yield _("{key} is as in a new namespace again, {where}.").format(key=key, where=where(netns))


def _is_sysctl(netns: str, line: Line) -> bool:
    """Return whether a line is a sysctl of this namespace; ip_forward is left out, as it has its own sentence."""
    return line.netns == netns and line.shown_by == "sysctl" and line.about != "net.ipv4.ip_forward"
