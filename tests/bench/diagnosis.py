"""Does why() find the faults that break_it() puts into random networks, and do its lines mend them?

    python -m tests.bench.diagnosis FIRST COUNT [JOBS]

One sandbox a seed. A line a seed: what was broken, what why() said, whether its lines mended it; then the table.
"""

import collections
import concurrent.futures
import subprocess
import sys
import time
from dataclasses import dataclass

from nslab_kernel.sandbox.run_in_sandbox import sandbox_run

LIMIT_S = 180
ASKED_HEALTHY = 3
ROUNDS = 3
"""So often the lines of why() are run and it is asked again: what goes down loses its routes as well."""

MEANS = {
    "link_down": {"link_down"},
    "far_end_down": {"link_down"},
    "bridge_down": {"link_down"},
    "arp_off": {"no_arp"},
    "mtu_narrow": {"narrow"},
    "lo_down": {"link_down"},
    "mac_duplicate": {"duplicate_mac"},
    "addr_missing": {"no_address", "nobody_has", "wrong_address"},
    "addr_wrong": {"wrong_address", "nobody_has", "no_address"},
    "prefix_long": {"wrong_prefix"},
    "prefix_short": {"wrong_prefix"},
    "addr_on_wrong_link": {"address_on_port", "not_on_cable", "two_in_one_net", "wrong_address"},
    "addr_duplicate": {"duplicate_address"},
    "dad_failed": {"dad_failed"},
    "ipv6_off": {"ipv6_off"},
    "two_in_one_net": {"two_in_one_net"},
    "route_missing": {"no_route"},
    "way_back_missing": {"no_route"},
    "gateway_wrong": {"wrong_gateway", "no_gateway", "routing_loop"},
    "route_blackhole": {"route_refuses"},
    "route_unreachable": {"route_refuses"},
    "route_prohibit": {"route_refuses"},
    "route_wrong_dev": {"wrong_gateway", "no_gateway", "not_on_cable", "two_in_one_net"},
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
"""What why() calls each kind of fault; what is not here is a rule of a packet filter."""
EITHER_END = {"mac_duplicate", "vxlan_id_wrong", "vxlan_port_wrong", "addr_missing", "addr_wrong"}
"""What cannot be told to be at one end rather than at the other, or at the place where something is not."""


@dataclass(frozen=True)
class Row:
    """What came of one seed."""

    seed: int
    shape: str
    kind: str = ""
    spot: str = ""
    asked: str = ""
    said: str = ""
    false_alarms: tuple[str, ...] = ()
    right_kind: bool = False
    right_place: bool = False
    offered: bool = False
    """Whether why() had a line that mends it: it cannot know which address somebody meant."""
    mended: bool = False
    took_s: float = 0
    trouble: str = ""


def one(seed):
    """Build, ask while it works, break, ask, mend, ask again; in the sandbox."""
    from nslab_kernel.doctor.why import why
    from nslab_kernel.errors import LabError
    from nslab_kernel.faults import break_it as faults
    from nslab_kernel.faults import pings
    from nslab_kernel.model.faults import SMALL
    from nslab_kernel.model.naming import netns_of
    from tests.live.faults.random_labs import Lab

    lab = Lab(seed)
    lab.build()
    try:
        shown = faults.break_it(seed, level=2)
    except LabError as error:
        return Row(seed, lab.shape, trouble=str(error))
    exercise = faults._present
    fault, call = exercise.faults[0], shown.shown.call
    asked = f"{call.netns} -> {call.dst}{'' if shown.shown.size == SMALL else f' ({shown.shown.size} bytes)'}"
    faults.mend(fault)
    pings.ask(exercise.healthy)  # what neighbours have learnt of the fault is forgotten
    alarms = _false_alarms(exercise, lab, why)
    faults.put(fault)
    pings.ask(exercise.healthy)  # and what they have learnt without it
    began = time.monotonic()
    found = why(call.dst, netns_of(call.netns))
    took_s = time.monotonic() - began
    first = found.findings[0] if found.findings else None
    mended = _mended(found, call, faults, why)
    return Row(
        seed, lab.shape, fault.kind, _place(fault.spot), asked,
        f"{first.id} {_place(first.place)}" if first else "ok" if found.ok else "nothing",
        alarms,
        bool(first) and first.id in MEANS.get(fault.kind, {"filter_drop"}),
        bool(first) and _is_there(first, fault),
        bool(first and first.fix), mended, took_s,
    )  # fmt: skip


def _false_alarms(exercise, lab, why):
    from nslab_kernel.model.naming import netns_of

    works = [call for call, size in exercise.healthy.items() if size]
    calls = [exercise.shown.shown.call, *lab.chance.sample(works, min(ASKED_HEALTHY, len(works)))]
    found = [(call, why(call.dst, netns_of(call.netns))) for call in dict.fromkeys(calls)]
    return tuple(f"{call.netns} -> {call.dst}: {one.findings}" for call, one in found if one.findings or not one.ok)


def _mended(found, call, faults, why):
    from nslab_kernel.model.naming import netns_of

    for _round in range(ROUNDS):
        for finding in found.findings[:1]:
            for fix in finding.fix:
                subprocess.run(["sh", "-c", fix.command], check=False, capture_output=True)
        if faults.check_fix():
            return True
        found = why(call.dst, netns_of(call.netns))
    return False


def _place(place):
    return "/".join(filter(None, (place.netns, place.ifname, place.rule[:40])))


def _is_there(finding, fault):
    if fault.kind in EITHER_END:
        return True
    return any(
        finding.place.netns == spot.netns
        and (not finding.place.ifname or not spot.ifname or finding.place.ifname == spot.ifname)
        for spot in (fault.spot, *fault.others)
    )


def _row(seed):
    try:
        return sandbox_run(lambda: one(seed), LIMIT_S)
    except Exception as error:
        return Row(seed, "?", trouble=f"{type(error).__name__}: {error}")


def main(first, count, jobs=1):
    """Run the seeds, and print the table."""
    rows = []
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        for row in pool.map(_row, range(first, first + count)):
            rows.append(row)
            verdict = (
                "  "
                if row.right_kind and row.right_place and (row.mended or not row.offered) and not row.false_alarms
                else "!!"
            )
            mended = row.mended if row.offered else "-"
            words = f"kind {row.right_kind} place {row.right_place} mended {mended} {row.took_s:.1f} s"
            print(f"{verdict} {row.seed} {row.shape}: {row.kind} {row.spot} | {row.asked} | {row.said} | {words}"
                  f" {row.trouble} {' '.join(row.false_alarms)}", flush=True)  # fmt: skip
    put = [row for row in rows if row.kind]
    print(f"\n{len(put)} faults in {len(rows)} networks")
    for name in ("right_kind", "right_place", "offered", "mended"):
        print(f"  {name}: {sum(getattr(row, name) for row in put)}")
    print(f"  false alarms: {sum(bool(row.false_alarms) for row in put)}")
    print(f"  not understood: {sum(bool(row.trouble) for row in rows)}")
    missed = collections.Counter(row.kind for row in put if not (row.right_kind and row.right_place))
    print("  missed:", dict(missed))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
