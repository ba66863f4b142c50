"""Finds the pings that work: from each namespace to each address."""

import random
import shlex
from collections.abc import Iterable
from itertools import groupby
from subprocess import Popen

from nslab_kernel.faults.places import seats
from nslab_kernel.linux import command as program
from nslab_kernel.linux import container_netns
from nslab_kernel.model.faults import LARGE, SMALL, Call
from nslab_kernel.model.naming import netns_of
from nslab_kernel.model.network import Network

MOST = 400
"""The maximum number of pings; in a larger lab so many are chosen at random."""
_FORGET = "ip neigh flush all; ip route flush cache; ip -6 route flush cache"
"""Commands that forget what an earlier state left behind: neighbours, path MTUs."""
WAIT_S, INTERVAL_S = 2, 0.5

Answers = dict[Call, int]
"""For each ping the largest payload that was answered, in bytes; 0 if none was."""


def all_calls(network: Network, chance: random.Random) -> list[Call]:
    """Return all pings from a namespace to an address, also to its own; at most `MOST`."""
    all_seats = list(seats(network))
    addresses = sorted({(seat.addr.version, str(seat.addr.ip)) for seat in all_seats})
    askers = sorted({(seat.addr.version, seat.namespace.name) for seat in all_seats})
    calls = [Call(netns, addr) for family, netns in askers for version, addr in addresses if version == family]
    return sorted(calls if len(calls) <= MOST else chance.sample(calls, MOST))


def ask(calls: Iterable[Call]) -> Answers:
    """Run all pings at once, each with a large packet that must not be fragmented and with a small one."""
    calls = sorted(calls)
    started = {netns: _start(netns, [call.dst for call in group]) for netns, group in groupby(calls, lambda c: c.netns)}
    heard = {netns: one.communicate()[0].decode().split() for netns, one in started.items()}
    return {
        call: max((s for s in (SMALL, LARGE) if f"{call.dst},{s}" in heard[call.netns]), default=0) for call in calls
    }


def ask_again(before: Answers) -> Answers:
    """Repeat the pings that were answered; the others are not repeated, because each would wait two seconds in vain."""
    return {**before, **ask(call for call, size in before.items() if size)}


def _start(netns: str, addresses: list[str]) -> Popen[bytes]:
    """Start the pings of one namespace; for each answered one the shell writes a line with address and size."""
    ping = f"ping -n -q -c 1 -i {INTERVAL_S} -w {WAIT_S}"
    script = f"({_FORGET}) >/dev/null 2>&1; for a in {' '.join(map(shlex.quote, addresses))}; do "
    for size, options in ((LARGE, f"-M do -s {LARGE}"), (SMALL, f"-s {SMALL}")):
        script += f"({ping} {options} $a >/dev/null 2>&1 && echo $a,{size}) & "
    inside = netns_of(netns)
    return program.start([*(container_netns.exec_prefix(inside) if inside else []), "sh", "-c", f"{script}done; wait"])
