"""Each field of ip's, bridge's and ping's output, explained.

An explanation is about the value that stands there, not about the word: `state DOWN` of an interface that is switched
on means something else than of one that is not.
"""

import re
import shlex

from nslab_kernel.display.explain_addr import ADDR_RULES
from nslab_kernel.display.explain_link import BRIDGE_RULES, LINK_RULES
from nslab_kernel.display.explain_ping import PING_RULES, REFUSED_RULE
from nslab_kernel.display.explain_route import NEIGHBOUR_RULES, ROUTE_RULES
from nslab_kernel.display.explain_rules import Around, Rule, Word, explain_blocks
from nslab_kernel.language import translate as _
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
            return explain_blocks((*rules, REFUSED_RULE), text, start, here)
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


def _netns_name(found: re.Match[str], around: Around) -> str:
    return _("A network namespace. The name is a file in /run/netns that keeps it alive.")


def _netns_id(found: re.Match[str], around: Around) -> str:
    return _("{here} calls it number {number}, since a cable leads or led there. Others number it differently.").format(
        here=around.here or _("The host"), number=found[1]
    )


def _ip_forward(found: re.Match[str], around: Around) -> str:
    if found[1] == "1":
        return _("1: packets that are not for this namespace are passed on. It works as a router.")
    return _("0: packets that are not for this namespace are thrown away. It is not a router.")


_NETNS_RULES = (
    Rule(r"^(?P<w>.+?)(?= \(id: \d+\)$|$)", _netns_name, "ip-netns(8)"),
    Rule(r"\(id: (\d+)\)", _netns_id, "ip-netns(8)"),
)
_SYSCTL_RULES = (Rule(r"net\.ipv4\.ip_forward = ([01])", _ip_forward, "ip(7)"),)
_QUOTED = r"""((?:'[^']*'|"[^"]*"|[^\s'"])+)"""
_INSIDE = re.compile(rf"(?:ip netns exec|(?:docker|podman) exec -it|nsenter -t) {_QUOTED} (?:-n )?(.*)", re.DOTALL)
_OPTION = re.compile(rf"ip (?:-n|-netns) {_QUOTED} (.*)", re.DOTALL)
_OPTIONS = r"ip (?:-\S+ )*"
_GRAMMARS = (
    (_OPTIONS + r"(a|addr|address)\b", r"^\d+: ", ADDR_RULES),
    (_OPTIONS + r"(l|link)\b", r"^\d+: ", LINK_RULES),
    (_OPTIONS + r"(r|ro|route)\b", r"^\S", ROUTE_RULES),
    (_OPTIONS + r"(n|neigh|neighbour|neighbor)\b", r"^\S", NEIGHBOUR_RULES),
    (r"bridge (-\S+ )*link\b", r"^\d+: ", BRIDGE_RULES),
    (r"ping6?\b", r"^\S", PING_RULES),
    (r"ip netns( list)?$", r"^\S", _NETNS_RULES),
    (r"sysctl\b", r"^\S", _SYSCTL_RULES),
)
