"""Notebook kernels killed at random moments leave nothing on the machine."""

import random
import time
from contextlib import suppress

import psutil
import pytest

from nslab_kernel.sandbox.first_process import FIRST_NAME
from tests.endurance.length import SEED, length
from tests.live.sandbox.notebook import Notebook, left_of, machine

pytestmark = pytest.mark.outside
KILLS = length(3, 200)
BUSY = """
import subprocess
from nslab_kernel import *
subprocess.Popen(["setsid", "-f", "sleep", "3600"])
while True:
    for n in "1234":
        netns_add(f"n{n}"); veth_add(f"v{n}", "eth0", peer_netns=f"n{n}"); link_up(f"v{n}")
        netns_exec(f"n{n}", "sleep 3600 & ip link set dev eth0 up")
    lab_reset()
"""
LATEST_S = 2.5
"""Seconds until the latest kill: by then `BUSY` is in its second or third round, even on a busy machine."""


@pytest.mark.parametrize("number", range(KILLS))
def test_nothing_is_left(number):
    """SIGKILL to the outer process, process 1, the kernel or a helper, at any moment, leaves nothing on the machine."""
    moments = random.Random(f"{SEED} {number}")
    before, kernel = machine(), Notebook()
    try:
        if moments.random() < 0.8:
            kernel.wait()
            kernel.client.execute(BUSY)
        time.sleep(moments.uniform(0, LATEST_S))
        tree = kernel.tree()
        victim = tree[moments.randrange(min(3, len(tree)))]
        helper = is_helper(victim, outer=tree[0])
        victim.kill()
        if helper:  # the outer process then makes a new lab, or says why it cannot
            with suppress(RuntimeError, psutil.NoSuchProcess):
                kernel.wait()
                tree += kernel.tree()
            kernel.end()

        assert left_of(tree) == []
        assert machine() == before
    finally:
        kernel.end()


def is_helper(process, outer):
    """Return whether a process is a short-lived helper that makes the lab, and none of the three that stay."""
    with suppress(psutil.NoSuchProcess):
        return process != outer and FIRST_NAME not in (process.name(), process.parent().name())
    return False
