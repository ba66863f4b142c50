"""Faults of packet filters and of address translation."""

import re
import shlex
import shutil
from collections.abc import Iterator

from nslab_kernel.faults.lines import inside
from nslab_kernel.faults.places import free_address, seats, strangers
from nslab_kernel.model.diagnosis import Place
from nslab_kernel.model.faults import Fault
from nslab_kernel.model.lines import rule_lines
from nslab_kernel.model.network import Namespace, Network

_ECHO = "icmp type echo-request", "icmpv6 type echo-request"
_TABLE = "guard"
_RULE = re.compile(r"table (\w+) (\S+) \{ chain (\S+) \{ (?!type )(.+)")
"""A rule as `rule_lines` returns it, with its table and chain before it."""


def nft_at_hook(network: Network, hook: str, verdict: str) -> Iterator[Fault]:
    """A rule of nftables drops or rejects echo requests at a hook."""
    for namespace in network.namespaces.values():
        for match in _ECHO:
            yield _rule(namespace, "inet", hook, f"{match} {verdict}", "raw" if hook == "prerouting" else "0")


def nft_source_drop(network: Network) -> Iterator[Fault]:
    """A rule of nftables drops packets from one address."""
    for namespace in network.namespaces.values():
        for seat in strangers(namespace, network):
            word = "ip6" if seat.addr.version == 6 else "ip"
            for hook in ("input", "forward"):
                yield _rule(namespace, "inet", hook, f"{word} saddr {seat.addr.ip} drop")


def nft_policy_drop(network: Network) -> Iterator[Fault]:
    """A chain of nftables has the policy drop, and no rule accepts echo requests or replies."""
    for namespace in network.namespaces.values():
        for hook in ("input", "forward"):
            yield _rule(namespace, "inet", hook, "tcp dport 22 accept", policy="drop")


def nft_bridge_drop(network: Network) -> Iterator[Fault]:
    """A rule of nftables drops echo requests that a bridge forwards."""
    for namespace in network.namespaces.values():
        if any(link.master for link in namespace.links):
            for match in _ECHO:
                yield _rule(namespace, "bridge", "forward", f"{match} drop")


def nft_arp_drop(network: Network) -> Iterator[Fault]:
    """A rule of nftables drops incoming ARP packets."""
    for namespace in network.namespaces.values():
        yield _rule(namespace, "arp", "input", "drop")


def iptables_drop(network: Network) -> Iterator[Fault]:
    """A rule of iptables drops ICMP."""
    for namespace in network.namespaces.values() if shutil.which("iptables") else ():
        for chain in ("INPUT", "FORWARD", "OUTPUT"):
            add, gone = (inside(namespace, f"iptables {verb} {chain} -p icmp -j DROP") for verb in ("-I", "-D"))
            yield Fault(Place(namespace.name, rule=f"ip filter {chain}"), add, gone)


def stray_dnat(network: Network) -> Iterator[Fault]:
    """A rule rewrites the destination to an address that nobody has."""
    for seat in seats(network):
        other = free_address(seat, network)
        for namespace in network.namespaces.values() if other else ():
            word = "ip6" if seat.addr.version == 6 else "ip"
            for hook, priority in (("prerouting", "dstnat"), ("output", "-100")):
                text = f"{word} daddr {seat.addr.ip} dnat to {other}"
                yield _rule(namespace, word, hook, text, priority, kind="nat")


def masquerade_missing(network: Network) -> Iterator[Fault]:
    """The masquerade rule, which replaces private source addresses by the router's, is missing."""
    for namespace in network.namespaces.values():
        for chain, rules in _chains(namespace).items():
            rest = [rule for rule in rules if "masquerade" not in rule]
            if rest != rules and not any("xt " in rule for rule in rules):
                breaks, mends = (_refilled(namespace, chain, some) for some in (rest, rules))
                yield Fault(Place(namespace.name, rule=chain), breaks, mends)


def _chains(namespace: Namespace) -> dict[str, list[str]]:
    """Return the rules of nftables by their chain, such as `ip nat postrouting`."""
    found: dict[str, list[str]] = {}
    for rule in filter(None, (_RULE.fullmatch(line.text) for line in rule_lines(namespace))):
        found.setdefault(" ".join(rule.groups()[:3]), []).append(rule[4])
    return found


def _refilled(namespace: Namespace, chain: str, rules: list[str]) -> tuple[str, ...]:
    return _nft(namespace, f"flush chain {chain}", *(f"add rule {chain} {rule}" for rule in rules))


def _rule(
    namespace: Namespace,
    family: str,
    hook: str,
    text: str,
    priority: str = "0",
    policy: str = "accept",
    kind: str = "filter",
) -> Fault:
    """Return the fault of an additional nftables table with one chain and one rule."""
    chain = f"{family} {_TABLE} {hook}"
    breaks = _nft(
        namespace,
        f"add table {family} {_TABLE}",
        f"add chain {chain} {{ type {kind} hook {hook} priority {priority}; policy {policy}; }}",
        f"add rule {chain} {text}",
    )
    return Fault(Place(namespace.name, rule=chain), breaks, _nft(namespace, f"delete table {family} {_TABLE}"))


def _nft(namespace: Namespace, *texts: str) -> tuple[str, ...]:
    return inside(namespace, *(f"nft {shlex.quote(text)}" for text in texts))
