"""Which pings work: by the real `ping`, from every namespace to every address."""

import random
import shlex
from collections.abc import Iterable
from itertools import groupby

from nslab_kernel.faults.sight import seats
from nslab_kernel.linux import command as program
from nslab_kernel.linux import tenants
from nslab_kernel.model.faults import LARGE, SMALL, Call
from nslab_kernel.model.naming import netns_of
from nslab_kernel.model.network import Network

MOST = 400
"""So many pings are made at most: of a larger lab, so many that were drawn by chance."""
_FORGET = "ip neigh flush all; ip route flush cache; ip -6 route flush cache"
"""What an earlier state has left behind: neighbours, path MTUs."""
_WAIT_S, _INTERVAL_S = 2, 0.5

Answers = dict[Call, int]
"""The largest size that was answered, in bytes; 0 where no ping was."""


def all_calls(network: Network, chance: random.Random) -> list[Call]:
    """Return every ping from a namespace to an address, its own ones as well; of very many, a part."""
    all_seats = list(seats(network))
    addresses = sorted({(seat.addr.version, str(seat.addr.ip)) for seat in all_seats})
    askers = sorted({(seat.addr.version, seat.room.name) for seat in all_seats})
    calls = [Call(room, addr) for family, room in askers for version, addr in addresses if version == family]
    return sorted(calls if len(calls) <= MOST else chance.sample(calls, MOST))


def ask(calls: Iterable[Call]) -> Answers:
    """Ping, all at once: first with large packets that are not to be fragmented, then small where it is silent."""
    calls = list(calls)
    large = _answered(calls, f"-M do -s {LARGE}", _FORGET)
    small = _answered([call for call in calls if call not in large], f"-s {SMALL}", "true")
    return {call: LARGE if call in large else SMALL if call in small else 0 for call in calls}


def _answered(calls: list[Call], options: str, first: str) -> set[Call]:
    ping = f"ping -n -q -c 1 -i {_INTERVAL_S} -w {_WAIT_S} {options}"
    started = {}
    for netns, group in groupby(sorted(calls), key=lambda call: call.netns):
        addresses = " ".join(shlex.quote(call.dst) for call in group)
        script = f"({first}) >/dev/null 2>&1; for a in {addresses}; do "
        script += f"({ping} $a >/dev/null 2>&1 && echo $a) & done; wait"
        inside = netns_of(netns)
        started[netns] = program.start([*(tenants.entering(inside) if inside else []), "sh", "-c", script])
    heard = {netns: one.communicate()[0].decode().split() for netns, one in started.items()}
    return {call for call in calls if call.dst in heard[call.netns]}
