"""The shell commands that add and delete an entry."""

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from nslab_kernel.linux import entries, mptcp
from nslab_kernel.linux.kernel_defaults import kernel_defaults
from nslab_kernel.model.entry import WITHOUT, Entry
from nslab_kernel.network import filter_commands

_NO_ARGUMENTS = re.compile(
    r" (?:scope \S+|refcnt \d+|direct_packets_stat \d+|unbalanced_time \d+|order \d+"
    r"|\[(?:detached|unresolved)\]|offload|dead|linkdown|not_in_hw)(?= |$)"
)
"""Words that the programs print and their own commands do not accept."""

_NO_CIPHER = "ecb(cipher_null)"
"""A cipher with an empty key, which `ip xfrm` does not print."""


@dataclass(frozen=True, slots=True)
class Commands:
    """The words of the commands that add and delete an entry, to be run inside its namespace."""

    make: list[str]
    delete: list[str]


def commands(entry: Entry) -> Commands:
    """Return both commands of an entry; they are comments for a tc filter that cannot be written as a command."""
    text = _NO_ARGUMENTS.sub("", f" {entry.text.removeprefix(WITHOUT)}").strip()
    text = re.sub(r"\b(\d+)p\b", r"\1", text)  # tc prints a number of packets as 100p
    words = text.split()
    made = _OF[entry.shown_by](words)
    if entry.shown_by == entries.NEXTHOP and entry.message[0] == socket.AF_INET6:
        made = Commands(["ip", "-6", *made.make[1:]], made.delete)  # a blackhole has no gateway that shows the family
    return Commands(made.delete, made.make) if entry.is_lack else made


def _rule(shown_by: list[str], words: list[str]) -> Commands:
    rest = ["pref", words[0].rstrip(":"), *words[1:]]
    if words[-1] == "[l3mdev-table]":
        # Linux adds this rule itself with the first VRF, so `add` alone would fail.
        rest = [*rest[:-2], "l3mdev"]
        add, delete = (" ".join([*shown_by, verb, *rest]) for verb in ("add", "del"))
        return Commands(["sh", "-c", f"{delete}; {add} protocol kernel"], delete.split())
    return _same_words(shown_by, rest)


def _same_words(shown_by: list[str], words: list[str]) -> Commands:
    return Commands([*shown_by, "add", *words], [*shown_by, "del", *words])


def _nexthop(words: list[str]) -> Commands:
    return Commands(["ip", "nexthop", "replace", *words], ["ip", "nexthop", "del", "id", words[1]])


def _neigh(words: list[str]) -> Commands:
    if words[-1] == "proxy":
        where = ["proxy", *words[:-1]]
        return Commands(["ip", "neigh", "replace", *where], ["ip", "neigh", "del", *where])
    return Commands(
        ["ip", "neigh", "replace", *words[:-1], "nud", words[-1].lower()], ["ip", "neigh", "del", *words[:3]]
    )


def _state(words: list[str]) -> Commands:
    """Return the commands for `src A dst B proto P spi ID reqid N mode M replay-window N ... sel SELECTOR`."""
    text = re.sub(r"\b(?:anti-replay (?:esn )?context: .*?|lastused \S+ \S+ )(?=sel |$)", "", _typed(words))
    text = re.sub(r"encap type (\S+) sport (\S+) dport (\S+) addr", r"encap \1 \2 \3", text)
    made = [part for word in text.split() for part in ([word, ""] if word == _NO_CIPHER else [word])]
    deleting = ["ip", "xfrm", "state", "delete", *words[:8], *_telling(text)]
    return Commands(["ip", "xfrm", "state", "add", *made], deleting)


def _policy(words: list[str]) -> Commands:
    """Return the commands for `SELECTOR dir DIR [action block] priority N ptype TYPE [tmpl ...]`."""
    text, found = _typed(words), words[: words.index("dir") + 2]
    deleting = ["ip", "xfrm", "policy", "delete", *found, *_telling(text)]
    return Commands(["ip", "xfrm", "policy", "add", *text.split()], deleting)


def _typed(words: list[str]) -> str:
    """Return a line of `ip xfrm` with its mark in the form that the command accepts."""
    return re.sub(r"\bmark (\w+)/(\w+)", r"mark \1 mask \2", " ".join(words))


def _telling(text: str) -> list[str]:
    """Return the words that distinguish a state or policy from others with the same selector."""
    return " ".join(re.findall(r"\b(?:ptype|mark \S+ mask|if_id) \S+", text)).split()


def _endpoint(words: list[str]) -> Commands:
    number = words[words.index("id") + 1]
    return Commands(["ip", "mptcp", "endpoint", "add", *words], ["ip", "mptcp", "endpoint", "delete", "id", number])


def _limits(words: list[str]) -> Commands:
    usual = mptcp.limits_text(kernel_defaults().mptcp_limits).split()
    return Commands(*(["ip", "mptcp", "limits", "set", *values] for values in (words, usual)))


def _fdb(words: list[str]) -> Commands:
    return Commands(["bridge", "fdb", "append", *words], ["bridge", "fdb", "del", *words[:-1]])


def _vlan(words: list[str]) -> Commands:
    dev, vlans = words[0], " ".join(words[1:])
    of_bridge = " self" if words[-1] == "self" else ""
    lines = [f"bridge vlan del dev {dev} vid 1-4094{of_bridge}"]
    lines += [f"bridge vlan add dev {dev} {vlan}" for vlan in vlans.split(", ") if vlan.startswith("vid")]
    usual = [lines[0], f"bridge vlan add dev {dev} vid 1 pvid untagged{of_bridge}"]
    return Commands(["sh", "-c", "; ".join(lines)], ["sh", "-c", "; ".join(usual)])


def _tc(words: list[str]) -> Commands:
    """Parse `qdisc KIND HANDLE dev DEV root|parent ID OPTION...`, `class KIND ID root|parent ID OPTION... dev DEV`."""
    thing, kind, handle, *rest = words
    at = rest.index("dev")
    dev = rest[at + 1]
    if kind in ("clsact", "ingress"):
        return Commands(["tc", thing, "replace", "dev", dev, kind], ["tc", thing, "del", "dev", dev, kind])
    del rest[at : at + 2]
    place = rest[:1] if rest[:1] == ["root"] else rest[:2]
    options = [re.sub(r"^(\d+)b$", r"\1", word) for word in rest[len(place) :]]  # 1514b is bytes
    if thing == "class" and place == ["root"]:
        place = ["parent", handle.partition(":")[0] + ":"]
    name = ["classid" if thing == "class" else "handle", handle]
    if kind == "fq_codel" and "ecn" not in options:
        options.append("noecn")  # tc's default is ecn
    if kind == "fq" and "bands" in options:  # tc prints bands and does not accept them
        del options[options.index("bands") : options.index("quantum")]
    where = ["dev", dev, *place, *name]
    return Commands(["tc", thing, "replace", *where, kind, *options], ["tc", thing, "del", *where])


_OF: dict[str, Callable[[list[str]], Commands]] = {
    entries.RULE: partial(_rule, entries.RULE.split()),
    entries.RULE6: partial(_rule, entries.RULE6.split()),
    entries.NEXTHOP: _nexthop,
    entries.NEIGH: _neigh,
    entries.LABEL: partial(_same_words, entries.LABEL.split()),
    entries.XFRM_STATE: _state,
    entries.XFRM_POLICY: _policy,
    entries.MPTCP_ENDPOINT: _endpoint,
    entries.MPTCP_LIMITS: _limits,
    entries.FDB: _fdb,
    entries.MDB: partial(_same_words, entries.MDB.split()),
    entries.VLAN: _vlan,
    entries.QDISC: _tc,
    entries.CLASS: _tc,
    entries.FILTER: lambda words: Commands(*filter_commands.commands(words)),
}
