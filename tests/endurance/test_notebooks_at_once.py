"""Many notebooks at once: each has its own lab, and none of it shows on the machine."""

import os
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests.endurance.length import length
from tests.live.sandbox.notebook import Notebook, machine

pytestmark = [pytest.mark.outside, pytest.mark.limit(1800)]
NOTEBOOKS = length(3, 30)
CELL = """
from nslab_kernel import *
for n in (1, 2):
    netns_add(f"test{{n}}")
veth_add("veth-test1", "veth-test2", netns="test1", peer_netns="test2")
for n in (1, 2):
    addr_add(f"10.{number}.0.{{n}}/24", f"veth-test{{n}}", f"test{{n}}")
    link_up(f"veth-test{{n}}", f"test{{n}}")
reply = ping("10.{number}.0.2", "test1", count=1)
print(*snapshot().namespaces, bool(reply), snapshot().link("veth-test1", "test1").addresses[0])
"""


def test_notebooks_at_once():
    """Each notebook makes the tutorial's network, with the same names and its own addresses, and sees only its own."""
    before = machine()
    kernels = [Notebook() for _number in range(NOTEBOOKS)]
    try:
        with ThreadPoolExecutor(NOTEBOOKS) as together:
            told = list(together.map(lambda pair: pair[1].wait().run(CELL.format(number=pair[0])), enumerate(kernels)))
        if os.geteuid() == 0:  # only root may read the memory of all of a lab's processes
            pss = [sum(process.memory_full_info().pss for process in kernel.tree()) / 2**20 for kernel in kernels]
            print(
                f"{NOTEBOOKS} notebooks, {sum(pss) / NOTEBOOKS:.0f} MiB (PSS) each, load {psutil.getloadavg()[0]:.0f}"
            )
    finally:
        for kernel in kernels:
            kernel.end()

    assert told == [f"host test1 test2 True 10.{number}.0.1/24\n" for number in range(NOTEBOOKS)]
    assert machine() == before
