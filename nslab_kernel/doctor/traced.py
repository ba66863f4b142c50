"""Traces a packet that is sent again through a packet filter."""

import re
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from ipaddress import ip_address

from nslab_kernel.doctor import fixes
from nslab_kernel.doctor.evidence import Case, Stand, send
from nslab_kernel.doctor.findings import found
from nslab_kernel.errors import MissingProgram
from nslab_kernel.linux.packet_trace import PacketTrace, Rule, Traced, rule_text
from nslab_kernel.model.diagnosis import Finding, Place
from nslab_kernel.model.naming import netns_of
from nslab_kernel.packets.queries import left_s, run

_DNAT = re.compile(r"\bdnat (?:ip6? )?to (?:\[(\S+)\]|([0-9.]+|[0-9a-f:]+))")
_TIMEOUT_S = 0.25
_LAST_S = 0.01
_PATIENCE_S = 0.6
"""Seconds that nft may take until it traces."""


class Passage:
    """The passage of a packet, which is sent again, through the packet filter of one namespace.

    The trace is of a protocol in nft's words; for a tunnel that is not the protocol of the sent packet.
    """

    def __init__(self, case: Case, netns: str, stand: Stand, protocol: str = "") -> None:
        self._netns = netns
        protocol = protocol or ("{ icmp, icmpv6 }" if case.journey.port is None else "tcp")
        watch(case, [netns], protocol)
        self._trace_of = _trace_of(case.traces.get((netns, protocol), ()), stand)
        addressed = [one.dst for one in self._trace_of if one.dst]
        self.dst = self._last_rewriting() or (addressed[-1] if addressed else stand.dst)
        """The destination after NAT."""
        self.mark = max((one.mark for one in self._trace_of), default=0)
        """The packet mark (fwmark); 0 if there is none."""

    def _last_rewriting(self) -> str:
        """Return the destination that the last rule wrote: if routing then refuses it, nothing else shows it."""
        rule = self._with_text(self._trace_of[-1].rule) if self._trace_of and self._trace_of[-1].rule.handle else None
        to = _DNAT.search(rule.text) if rule else None
        with suppress(ValueError):
            return str(ip_address(to[1] or to[2])) if to else ""
        return ""

    def dropped_by(self) -> Rule | None:
        """Return the rule or the policy that dropped the packet; None if none did."""
        return next((self._with_text(one.rule) for one in self._trace_of if one.is_dropped), None)

    def rewritten_by(self, word: str) -> Rule | None:
        """Return the rule that rewrote the packet, whose text contains `word`: `dnat` or `snat`."""
        rules = (self._with_text(one.rule) for one in self._trace_of if one.rule.handle)
        return next((rule for rule in rules if word in rule.text), None)

    def _with_text(self, rule: Rule) -> Rule:
        listed = run(self._netns, f"nft -s -a list chain {rule.family} {rule.table} {rule.chain}").text
        return rule._replace(text=rule_text(rule, listed))


def filtered(case: Case, netns: str, stand: Stand, protocol: str = "") -> Iterator[Finding]:
    """Yield the finding about the rule of a namespace that drops or rejects a packet."""
    if not case.network.namespaces[netns].ruleset:
        return
    if rule := Passage(case, netns, stand, protocol).dropped_by():
        subject = stand.target
        fix = fixes.rule_del(netns, rule)
        yield found(stand, "filter_drop", rule_place(netns, rule), "accept", rule.text, fix, subject)


def rule_place(netns: str, rule: Rule) -> Place:
    """Return the place of a rule: its namespace, chain and text."""
    return Place(netns, "", f"{rule.family} {rule.table} {rule.chain}: {rule.text}")


def watch(case: Case, namespaces: Iterable[str], protocol: str) -> None:
    """Send the packet once more, and record in `case.traces` what the packet filters of namespaces do with it."""
    rulesets = {netns: case.network.namespaces[netns].ruleset for netns in namespaces}
    asked = [netns for netns, ruleset in rulesets.items() if ruleset and (netns, protocol) not in case.traces]
    case.traces.update({(netns, protocol): () for netns in asked})
    with suppress(MissingProgram), ExitStack() as stack:
        traces = {}
        for netns in asked:
            patience_s = min(_PATIENCE_S, left_s() - _TIMEOUT_S)
            if patience_s > 0:
                trace = PacketTrace(netns_of(netns), rulesets[netns], protocol, patience_s)
                traces[netns, protocol] = stack.enter_context(trace)
        if traces:
            send(case.journey, _TIMEOUT_S, case.size)
            time.sleep(_LAST_S)
        case.traces.update({key: trace.read() for key, trace in traces.items()})


def _trace_of(events: tuple[Traced, ...], stand: Stand) -> list[Traced]:
    """Return the trace of the packet that has the addresses of `stand`; traces of ARP have no addresses."""
    wanted = {stand.src, stand.target} - {""}
    packets: dict[int, list[Traced]] = {}
    for one in events:
        packets.setdefault(one.packet, []).append(one)
    fitting = [packet for packet in packets.values() if _may_be(packet, wanted)]
    exact = [packet for packet in fitting if _has_addresses_of(packet[0], stand)]
    dropped = [packet for packet in fitting if any(one.is_dropped for one in packet)]
    rewritten = [packet for packet in exact if any(one.dst not in ("", stand.dst) for one in packet)]
    others = [packet for packet in fitting if not _is_answer(packet[0], stand)]
    return next(iter([*(p for p in exact if p in dropped), *dropped, *rewritten, *exact, *others]), [])


def _has_addresses_of(event: Traced, stand: Stand) -> bool:
    """Return whether a packet has the addresses of `stand`, whose source may not be known yet."""
    return event.dst == stand.dst and (not stand.src or event.src == stand.src)


def _is_answer(event: Traced, stand: Stand) -> bool:
    """Return whether a packet has the addresses of `stand` in the opposite direction."""
    return bool(stand.src) and (event.src, event.dst) == (stand.dst, stand.src)


def _may_be(packet: list[Traced], wanted: set[str]) -> bool:
    addresses = {addr for one in packet for addr in (one.src, one.dst) if addr}
    return not addresses or bool(addresses & wanted)
