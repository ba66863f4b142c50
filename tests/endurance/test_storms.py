"""Two threads and two shells change one lab at once: only LabErrors are raised, and no call takes long."""

import random
import subprocess
import threading
import time
from collections import Counter
from contextlib import suppress

import pytest

from nslab_kernel import LabError, compare, front, lab_reset, netns_add, netns_del, snapshot
from tests.endurance.length import SEED, length

STORM_S = length(4, 60)
LIMIT_S = 60
"""Seconds after which a call counts as hanging; the table in README.md has the slowest call."""
NAMES = "n1", "n2", "n3"
CALLS = """
netns_add("{n}")
netns_del("{n}")
veth_add("{a}", "{b}")
veth_add("{a}", "{b}", netns="{n}", peer_netns="{m}")
link_up("{a}")
link_up("{a}", netns="{n}")
link_down("{b}")
link_del("{a}")
link_del("{b}", netns="{n}")
link_set_netns("{a}", "{n}")
link_set_netns("{b}", None, netns="{n}")
link_rename("{a}", "{b}")
link_set_mtu("{a}", 1400)
addr_add("10.1.{i}.1/24", "{a}")
addr_add("10.1.{i}.2/24", "{b}", netns="{n}")
route_add("10.2.{i}.0/24", dev="{a}")
bridge_add("{a}")
link_set_master("{b}", "{a}")
sysctl_set("net.ipv4.ip_forward", 1, netns="{n}")
netns_exec("{n}", "ip link set dev lo up")
link_show(netns="{n}")
compare("{n}", "{m}")
snapshot()
topology()
undo()
lab_script()
lab_reset()
build(SEEN)
""".strip().splitlines()
OFTEN = """
netns_add("{n}")
netns_del("{n}")
compare("{n}", "{m}")
undo()
""".strip().splitlines()
"""Calls that failed first in such a storm, and are therefore drawn more often."""
NAMES_COME_AND_GO = """
while :; do for n in n1 n2 n3; do ip netns add $n; ip netns del $n; done; done
"""
LINKS_COME_AND_GO = """
while :; do
  for n in n1 n2; do
    ip netns add $n; ip link add a type veth peer name b netns $n; ip link set dev a up; ip -n $n link set dev b up
    ip link set dev c down; ip -n $n link set dev b down; ip -n $n addr add 10.1.1.9/24 dev b; ip link set dev c up
    ip link add c type bridge; ip link set dev a master c; ip netns del $n; ip link del dev c
  done
done
"""


@pytest.mark.limit(300)
def test_threads_and_shells():
    """When one takes away what another is using, the call raises a LabError and no other error; the lab works after."""
    shells = [
        subprocess.Popen(["sh", "-c", lines], stderr=subprocess.DEVNULL)
        for lines in (NAMES_COME_AND_GO, LINKS_COME_AND_GO)
    ]
    told = Tally()
    threads = [threading.Thread(target=storm, args=(told, f"{SEED} {number}")) for number in "12"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for shell in shells:
        shell.kill()
        shell.wait()

    told.print()
    assert told.foreign == {}
    assert max(told.slowest.values()) < LIMIT_S
    lab_reset()
    assert list(snapshot().namespaces) == ["host"]
    netns_add("n1")
    compare("n1", "n1")
    netns_del("n1")


class Tally:
    """Counts the results of the calls, and keeps the longest time of each function."""

    def __init__(self):
        self.ended, self.errors, self.foreign, self.slowest = Counter(), Counter(), {}, {}

    def call(self, line, names):
        start = time.monotonic()
        what = line.partition("(")[0]
        try:
            eval(line, names)
            self.ended[what] += 1
        except LabError as error:
            self.errors[type(error).__name__] += 1
        except Exception as error:
            self.foreign[f"{what}: {type(error).__name__}: {error}"] = error
        self.slowest[what] = max(self.slowest.get(what, 0), time.monotonic() - start)

    def print(self):
        slowest = max(self.slowest, key=self.slowest.get)
        print(f"{self.ended.total()} calls ended, {self.errors.total()} with errors: {dict(self.errors)}.")
        print(f"The slowest was {slowest}, {self.slowest[slowest]:.1f} s: {self.slowest}")


def storm(told, seed):
    """Make random calls until the time is over."""
    draw, until, seen = random.Random(seed), time.monotonic() + STORM_S, snapshot()
    while time.monotonic() < until:
        words = {"n": draw.choice(NAMES), "m": draw.choice(NAMES), "i": draw.randrange(3)}
        words["a"], words["b"] = draw.sample("abc", 2)
        told.call(draw.choice(CALLS if draw.random() < 0.5 else OFTEN).format(**words), {**vars(front), "SEEN": seen})
        if draw.random() < 0.1:
            with suppress(LabError):
                seen = snapshot()
