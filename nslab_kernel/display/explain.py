"""Each field of ip's, bridge's and ping's output, explained.

An explanation is about the value that stands there, not about the word: `state DOWN` of an interface that is switched
on means something else than of one that is not.
"""

import re
import shlex

from nslab_kernel.display import explanations
from nslab_kernel.display.explain_rules import Word, explain_blocks
from nslab_kernel.spelling import visible

__all__ = ["Word", "explain"]


def explain(command: str, text: str) -> tuple[Word, ...]:
    """Return what of a program's output has an explanation, in the order of the text.

    Args:
        command: The shell command that was run; it says whose words these are.
        text: What it wrote.
    """
    here, program = _where(command)
    for pattern, start, rules in _GRAMMARS:
        if re.match(pattern, program):
            return explain_blocks((*rules(), *explanations.refused_rules()), text, start, here)
    return ()


def _where(command: str) -> tuple[str | None, str]:
    """Split `ip netns exec test1 ip link` into the namespace and the command that runs there; a container's as well."""
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
_OPTIONS = r"ip (?:-\S+ )*"
_GRAMMARS = (
    (_OPTIONS + r"(a|addr|address)\b", r"^\d+: ", explanations.addr_rules),
    (_OPTIONS + r"(l|link)\b", r"^\d+: ", explanations.link_rules),
    (_OPTIONS + r"(r|ro|route)\b", r"^\S", explanations.route_rules),
    (_OPTIONS + r"(n|neigh|neighbour|neighbor)\b", r"^\S", explanations.neighbour_rules),
    (r"bridge (-\S+ )*link\b", r"^\d+: ", explanations.bridge_rules),
    (r"ping6?\b", r"^\S", explanations.ping_rules),
    (r"ip netns( list)?$", r"^\S", explanations.netns_rules),
    (r"sysctl\b", r"^\S", explanations.sysctl_rules),
)
