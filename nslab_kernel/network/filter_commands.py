"""The shell commands that add and delete a filter of tc; tc(8)."""

import re
from itertools import pairwise

_KINDS = ("u32", "matchall", "flower", "fw")
_SHOWN_ONLY = ("chain", "eth_type")
"""Words that tc prints in front of a value and that its commands do not need."""
_GACT = re.compile(r"gact action (\w+) random type none pass val 0 .*")
_MIRRED = re.compile(r"mirred \((Egress|Ingress) (Redirect|Mirror) to device (\S+)\) .*")
_SKBEDIT = re.compile(r"(skbedit .*?) index .*")
_POLICE = re.compile(r"police 0x\w+ (.*?) overhead 0b .*")


def commands(words: list[str]) -> tuple[list[str], list[str]]:
    """Return the command that adds a filter and the command that deletes it.

    Args:
        words: `filter parent ID protocol P pref N KIND ... [action ...] dev DEV`.

    Returns:
        two commands; both are comments if the filter's kind or one of its actions cannot be written as a command.
    """
    of_filter, *shown = re.split(r" action order \d+: ", " ".join(words[:-2]))
    rest, told, dev = of_filter.split(), dict(pairwise(of_filter.split())), words[-1]
    kind = next((kind for kind in _KINDS if kind in rest), None)
    actions = [_action(text) for text in shown]
    where = ["dev", dev, *(word for key in ("parent", "protocol", "pref") for word in (key, told[key]))]
    if kind is None or None in actions or (kind == "u32" and "match" not in rest):
        return ["#", "tc", *words], ["#", "tc", "filter", "del", "dev", dev]
    where += ["handle", told["fh" if kind == "u32" else "handle"]] if kind != "matchall" or "handle" in told else []
    options = _matches(rest) if kind == "u32" else _options(rest[rest.index(kind) + 1 :])
    given = [word for action in actions if action for word in ("action", *action)]
    return ["tc", "filter", "add", *where, kind, *options, *given], ["tc", "filter", "del", *where, kind]


def _matches(words: list[str]) -> list[str]:
    """Return the options for `... flowid ID match VALUE/MASK at N`, whose numbers are hexadecimal."""
    options = []
    for at in (at for at, word in enumerate(words) if word == "match"):
        pair, offset = words[at + 1].split("/"), words[at + 2 : at + 4]
        options += ["match", "u32", *(f"0x{number}" for number in pair), *offset]
    flow = re.search(r"flowid (\w+:\w*)", " ".join(words))
    return options + (["flowid", flow[1]] if flow else [])


def _options(words: list[str]) -> list[str]:
    pairs = zip(words[::2], words[1::2], strict=False)
    return [word for pair in pairs if pair[0] not in (*_SHOWN_ONLY, "handle") for word in pair]


def _action(text: str) -> list[str] | None:
    """Return an action as tc accepts it; `None` if its kind is unknown."""
    if found := _GACT.fullmatch(text):
        return ["gact", found[1]]
    if found := _MIRRED.fullmatch(text):
        return ["mirred", found[1].lower(), found[2].lower(), "dev", found[3]]
    if found := _SKBEDIT.fullmatch(text):
        return found[1].split()
    if found := _POLICE.fullmatch(text):
        return ["police", *re.sub(r"\baction\b", "conform-exceed", found[1]).split()]
    return None
