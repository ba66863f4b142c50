"""Measures whether why() finds the faults that break_it() puts into random networks, and whether its lines mend them.

    python -m tests.bench.diagnosis FIRST COUNT [--faults 2] [--jobs 1] [--write]

Each seed has its own sandbox, and prints one line: the faults, the answers of why(), and whether its lines mended
them. The counts come last. `--faults 2` puts in two faults at once: why() has to name both, one after the other.
`--write` puts the counts into the table of README.md.
"""

import argparse
import concurrent.futures
import functools
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from nslab_kernel.sandbox.run_in_sandbox import sandbox_run

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- diagnosis figures: begin -->\n", "<!-- diagnosis figures: end -->\n"
LIMIT_S = 240
WAIT_S = 1
"""Seconds without a reply after which a ping counts as unanswered: in these labs a reply takes milliseconds."""
ASKED_HEALTHY = 3
ROUNDS = 6
"""At most so many times why() is asked about a ping that still fails: mending a downed link leaves routes missing."""

AGAIN = "answered again"
"""The trouble of a row whose ping is answered again, e.g. because a tunnel has learnt the address of its far end."""

MEANS = {
    "link_down": {"link_down"},
    "far_end_down": {"link_down"},
    "bridge_down": {"link_down"},
    "arp_off": {"no_arp"},
    "mtu_narrow": {"narrow"},
    "lo_down": {"link_down"},
    "mac_duplicate": {"duplicate_mac"},
    # A gateway's address that one namespace alone uses and nobody has: the address or the route may be at fault.
    "addr_missing": {"no_address", "nobody_has", "wrong_address", "wrong_gateway"},
    "addr_wrong": {"wrong_address", "nobody_has", "no_address", "wrong_gateway"},
    "prefix_long": {"wrong_prefix"},
    "prefix_short": {"wrong_prefix"},
    "addr_on_wrong_link": {"address_on_port", "wrong_interface", "wrong_address"},
    "addr_duplicate": {"duplicate_address"},
    "dad_failed": {"dad_failed"},
    "ipv6_off": {"ipv6_off"},
    "two_in_one_net": {"two_in_one_net", "address_on_port"},  # both are right if the second link is a bridge's port
    "route_missing": {"no_route"},
    "way_back_missing": {"no_route"},
    "gateway_wrong": {"wrong_gateway", "no_gateway", "routing_loop"},
    "route_blackhole": {"route_refuses"},
    "route_unreachable": {"route_refuses"},
    "route_prohibit": {"route_refuses"},
    "route_wrong_dev": {"wrong_gateway", "no_gateway", "wrong_dev"},
    "rule_refuses": {"rule_refuses"},
    "rule_wrong_table": {"rule_refuses", "route_refuses"},
    "forwarding_off": {"not_forwarding"},
    "forwarding6_off": {"not_forwarding"},
    "forwarding_here_off": {"not_forwarding"},
    "rp_filter_strict": {"rp_filter"},
    "echo_ignored": {"no_echo"},
    "ttl_short": {"short_life"},
    "masquerade_missing": {"no_nat"},
    "stray_dnat": {"wrong_dnat"},
    "port_not_in_bridge": {"not_in_bridge"},
    "ports_isolated": {"port_isolated"},
    "port_disabled": {"port_state"},
    "fdb_wrong": {"wrong_fdb"},
    "neigh_wrong": {"wrong_neighbour"},
    "vxlan_remote_wrong": {"tunnel_remote"},
    "vxlan_id_wrong": {"vni_differs"},
    "vxlan_port_wrong": {"tunnel_port"},
    "qdisc_drops": {"qdisc_drop"},
}
"""The ids of findings that are right for each kind of fault; kinds that are missing here are packet filter rules."""
ON_THE_CABLE = {"addr_missing", "addr_wrong"}
"""Faults after which nobody has an address: why() can only name the cable or tunnel on which Linux looks for it."""


@dataclass(frozen=True)
class Answer:
    """The first finding of why(), compared with the faults that are in the network."""

    said: str
    kind_of: str = ""
    """The fault whose kind the finding names rightly; empty if there is none."""
    place_of: str = ""
    """The fault whose place the finding names rightly; empty if there is none."""
    offers: bool = False
    """Whether the finding offers commands; it cannot where only a human knows which address was meant."""
    took_s: float = 0


@dataclass(frozen=True)
class Row:
    """The result of one seed."""

    seed: int
    shape: str
    faults: tuple[str, ...] = ()
    asked: str = ""
    answers: tuple[Answer, ...] = ()
    false_alarms: tuple[str, ...] = ()
    mended: bool = False
    trouble: str = ""
    names: set[str] = field(default_factory=set)
    """The faults of which why() named both kind and place."""

    @property
    def first(self):
        """Return the first answer of why()."""
        return self.answers[0] if self.answers else Answer("nothing")

    @property
    def is_offered(self):
        """Return whether every answer offered commands."""
        return bool(self.answers) and all(answer.offers for answer in self.answers)

    @property
    def is_right(self):
        """Return whether why() did everything right for this seed."""
        named = len(self.names) == len(self.faults)
        if self.trouble == AGAIN:
            return not self.false_alarms
        return named and bool(self.first.kind_of) and not self.false_alarms and (self.mended or not self.is_offered)

    def __str__(self):
        """Return the line that is printed for the seed; `!!` marks a row that is not right."""
        faults = " + ".join(self.faults)
        said = " ; ".join(f"{one.said} ({one.took_s:.1f} s)" for one in self.answers)
        words = f"named {len(self.names)}, mended {self.mended if self.is_offered else '-'}"
        sign = "  " if self.is_right else "!!"
        alarms = " ".join(self.false_alarms)
        return f"{sign} {self.seed} {self.shape}: {faults} | {self.asked} | {said} | {words} {self.trouble} {alarms}"


def one(seed, level):
    """Build a random lab, break it, ask why() without and with the faults, mend it; runs in the sandbox."""
    from nslab_kernel.errors import LabError
    from nslab_kernel.faults import break_it as faults
    from nslab_kernel.faults import pings
    from nslab_kernel.model.faults import SMALL
    from nslab_kernel.network.settle import settle
    from tests.live.faults.random_labs import Lab

    pings.WAIT_S = WAIT_S
    lab = Lab(seed)
    lab.build(settle)
    try:
        shown = faults.break_it(seed, level)
    except LabError as error:
        return Row(seed, lab.shape, trouble=str(error))
    exercise = faults._present
    call = shown.shown.call
    asked = f"{call.netns} -> {call.dst}{'' if shown.shown.size == SMALL else f' ({shown.shown.size} bytes)'}"
    for fault in reversed(exercise.faults):
        faults.mend(fault)
    one_each = {call.netns: call for call in exercise.healthy}.values()
    pings.ask(one_each)  # updates what neighbours learnt while the faults were in
    alarms = _false_alarms(exercise, lab)
    for fault in exercise.faults:
        faults.put(fault)
    pings.ask(one_each)  # updates what they learnt without the faults
    answers, names, mended = _mended(exercise, call)
    put = tuple(map(_named, exercise.faults))
    is_again = answers[0].said == "ok" and _is_answered(shown.shown)
    return Row(seed, lab.shape, put, asked, answers, alarms, mended, AGAIN if is_again else "", names)


def _is_answered(symptom):
    """Return whether the real ping is answered now, with all that neighbours and tunnels have learnt."""
    from nslab_kernel.model.network import HOST

    netns, dst = symptom.call
    inside = [] if netns == HOST else ["ip", "netns", "exec", netns]
    ping = ["ping", "-c1", "-W1", "-M", "do", "-s", str(symptom.size), dst]
    return not subprocess.run([*inside, *ping], check=False, capture_output=True).returncode


def _false_alarms(exercise, lab):
    from nslab_kernel.doctor.why import why
    from nslab_kernel.model.naming import netns_of

    works = [call for call, size in exercise.healthy.items() if size]
    calls = [exercise.shown.shown.call, *lab.chance.sample(works, min(ASKED_HEALTHY, len(works)))]
    found = [(call, why(call.dst, netns_of(call.netns))) for call in dict.fromkeys(calls)]
    return tuple(f"{call.netns} -> {call.dst}: {one.findings}" for call, one in found if one.findings or not one.ok)


def _mended(exercise, call):
    """Ask why(), run its lines, and ask about the next ping that fails, until every ping works.

    Returns:
        the answers, the faults that were named, and whether every ping works in the end.
    """
    from nslab_kernel.faults import break_it as faults

    answers, names = [], set()
    for _round in range(ROUNDS):
        answer, lines = _asked(exercise, call)
        answers.append(answer)
        if answer.kind_of and answer.kind_of == answer.place_of:
            names.add(answer.kind_of)
            if not lines:
                lines = next(fault.mends for fault in exercise.faults if _named(fault) == answer.kind_of)
        for line in lines:
            subprocess.run(["sh", "-c", line], check=False, capture_output=True)
        check = faults.check_fix()
        if check or not lines:
            return tuple(answers), names, bool(check)
        failing = [one.call for one in (*check.still, *check.newly)]
        seen = [one for one in failing if all(faults._shows_fault(fault, one) for fault in exercise.faults)]
        call = call if call in failing else (seen or failing)[0]  # break_it() chooses its ping like this
    return tuple(answers), names, False


def _asked(exercise, call):
    """Ask why(); return the answer, and the lines that it offers."""
    from nslab_kernel.doctor.why import why
    from nslab_kernel.model.naming import netns_of

    began = time.monotonic()
    found = why(call.dst, netns_of(call.netns))
    took_s = time.monotonic() - began
    if not found.findings:
        return Answer("ok" if found.ok else "nothing", took_s=took_s), ()
    first = found.findings[0]
    kinds = [fault for fault in exercise.faults if first.id in MEANS.get(fault.kind, {"filter_drop"})]
    places = [fault for fault in exercise.faults if _is_there(first, fault, found.network)]
    both = [fault for fault in kinds if fault in places]
    kind, place = ((both or some or [None])[0] for some in (kinds, places))
    said = f"{first.id} {_place(first.place)}"
    names = (_named(fault) if fault else "" for fault in (kind, place))
    return Answer(said, *names, bool(first.fix), took_s), [fix.command for fix in first.fix]


def _named(fault):
    return f"{fault.kind} {_place(fault.place)}"


def _place(place):
    return "/".join(filter(None, (place.netns, place.ifname, place.rule[:40])))


def _is_there(finding, fault, network):
    from nslab_kernel.model.network import End
    from nslab_kernel.packets.link_paths import path

    place = finding.place
    if fault.kind in ON_THE_CABLE and place.ifname:
        spot = End(fault.place.netns, fault.place.ifname)
        is_tunnel = {network.end(spot).kind, network.end(place.end).kind} == {"vxlan"}
        return is_tunnel or bool(path(spot, [place.end], network))
    return any(
        place.netns == spot.netns
        and (not place.ifname or not spot.ifname or place.ifname == spot.ifname)
        and (not place.rule or not spot.rule or place.rule.partition(":")[0] == spot.rule)
        for spot in (fault.place, *fault.others)
    )


def _row(seed, level):
    """Run one seed; run it again if the machine's one neighbour table was full meanwhile, which loses packets."""
    full = _table_fulls()
    row = _asked_in_a_sandbox(seed, level)
    return row if full == _table_fulls() else _asked_in_a_sandbox(seed, level)


def _table_fulls():
    lines = Path("/proc/net/stat/arp_cache").read_text().splitlines()[1:]
    return sum(int(line.split()[-1], 16) for line in lines)


def _asked_in_a_sandbox(seed, level):
    try:
        return sandbox_run(lambda: one(seed, level), LIMIT_S)
    except Exception as error:
        return Row(seed, "?", trouble=f"{type(error).__name__}: {error}")


def _figures(rows, seeds, faults):
    """Return a line of the table in README.md."""
    put = [row for row in rows if row.faults and not row.trouble]
    offered = [row for row in put if row.is_offered]
    named = sum(len(row.names) == len(row.faults) for row in put)
    cells = (
        seeds,
        faults,
        len(put),
        sum(bool(row.first.kind_of) for row in put),
        sum(bool(row.first.place_of) for row in put),
        named,
        f"{sum(row.mended for row in offered)} of {len(offered)}",
        sum(bool(row.false_alarms) for row in rows),
        sum(bool(row.trouble) for row in rows),
        f"{max((answer.took_s for row in put for answer in row.answers), default=0):.1f}",
    )
    return f"| {' | '.join(map(str, cells))} |\n"


def _write(line):
    """Put a line into the table, replacing the line for the same seeds and number of faults."""
    head, table, tail = (part for one in README.read_text().split(BEGIN) for part in one.split(END))
    key = line.split("|")[1:3]  # seeds, and how many faults at once
    lines = [old for old in table.splitlines(keepends=True) if old.split("|")[1:3] != key]
    README.write_text(f"{head}{BEGIN}{''.join(lines)}{line}{END}{tail}")


def main():
    """Run the seeds, and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--faults", type=int, choices=(1, 2), default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    rows, seeds = [], range(options.first, options.first + options.count)
    ask = functools.partial(_row, level=options.faults + 1)
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        for row in pool.map(ask, seeds):
            rows.append(row)
            print(row, flush=True)
    line = _figures(rows, f"{seeds[0]} to {seeds[-1]}", options.faults)
    print(line, end="")
    if options.write:
        _write(line)


if __name__ == "__main__":
    main()
