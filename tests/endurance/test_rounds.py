"""Many steps: each adds little to the history, and nothing else grows."""

import functools
import gc
import os
import subprocess
import threading
import tracemalloc
from pathlib import Path

import pytest

from nslab_kernel import (
    LabError,
    addr_add,
    addr_del,
    bridge_add,
    journey,
    lab_reset,
    lab_script,
    link_down,
    link_set_master,
    link_up,
    netns_add,
    netns_del,
    netns_exec,
    netns_list,
    ping,
    snapshot,
    sysctl_set,
    undo,
    veth_add,
)
from nslab_kernel.network.config_equality import comparable
from tests.endurance.length import length
from tests.live import shell

NAMESPACES, WARM_STEPS, STEPS = 100, length(60, 600), length(120, 10_000)
ROUNDS = length(4, 10_000)
WARM = length(2, 200)
MOST_KIB = 4
"""The most memory that a step may leave behind, in KiB: 10,000 steps stay far under 100 MB."""
GROWN_MIB = 16
"""The most MiB that all rounds may add: the allocator keeps some free memory, but a leak grows with each round."""


@pytest.mark.limit(7200)
def test_what_is_remembered_is_small():
    """The memory that a step leaves is small in a large lab, and undo() and the script know every step."""
    shell.star(NAMESPACES)  # without IPv6, because Linux adds its addresses late
    tracemalloc.start()
    some_steps(WARM_STEPS)
    before, held = comparable(snapshot()), held_bytes()

    some_steps(STEPS)
    kib = (held_bytes() - held) / 1024 / STEPS
    tracemalloc.stop()

    print(f"{kib:.2f} KiB a step, {STEPS} steps, {NAMESPACES} namespaces")
    assert kib < MOST_KIB
    script = lab_script().text
    assert script.count("ip netns add new") == (WARM_STEPS + STEPS) // len(STEPS_OF_A_TURN)
    for _step in range(len(STEPS_OF_A_TURN)):
        undo()
    assert comparable(snapshot()) == before


STEPS_OF_A_TURN = (
    lambda n: link_down(f"v{n}"),
    lambda n: link_up(f"v{n}"),
    lambda n: addr_add("10.9.9.9/24", f"v{n}"),
    lambda n: addr_del("10.9.9.9/24", f"v{n}"),
    lambda n: netns_add("new"),
    lambda n: netns_del("new"),
)


def held_bytes():
    """Return the bytes that Python holds, without the functools.lru_cache of Linux's last answers."""
    for each in gc.get_objects():
        is_cache = type(each) is functools._lru_cache_wrapper and each.__module__.startswith("nslab_kernel.linux.")
        if is_cache and each.cache_parameters()["maxsize"]:
            each.cache_clear()
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def some_steps(count):
    for number in range(count):
        turn, step = divmod(number, len(STEPS_OF_A_TURN))
        STEPS_OF_A_TURN[step](turn % NAMESPACES)


def star(count):
    """Make a bridge, and `count` namespaces on it."""
    bridge_add("lab0")
    link_up("lab0")
    for n in range(count):
        netns_add(f"n{n}")
        veth_add(f"v{n}", "eth0", peer_netns=f"n{n}")
        link_set_master(f"v{n}", "lab0")
        link_up(f"v{n}")
        addr_add(f"10.0.0.{n + 1}/16", "eth0", f"n{n}")
        link_up("eth0", f"n{n}")


@pytest.mark.limit(600)
def test_a_program_that_stays_behind():
    """A program left in a namespace ends when the namespace is deleted; neither the deletion nor the reset fails."""
    for _round in range(length(20, 2_000)):
        netns_add("test1")
        netns_exec("test1", "sh -c 'sleep 300 &'")
        netns_del("test1")
        lab_reset()

    assert list(snapshot().namespaces) == ["host"]
    assert subprocess.check_output(["ps", "-eo", "args"], text=True).count("sleep 300") == 0


@pytest.mark.limit(7200)
def test_rounds_grow_nothing():
    """After all rounds the process has as many open files, threads and watches as before, and no more memory."""
    for _round in range(WARM):
        a_round()
    before, held = counted(), memory_mib()

    for number in range(ROUNDS):
        a_round()
        if number % 100 == 99:
            print(f"{number + 1} rounds: {counted()}, {memory_mib() - held:+.1f} MiB", flush=True)

    grown = memory_mib() - held
    print(f"{ROUNDS} rounds: {before} before, {counted()} after, {grown:+.1f} MiB")
    assert counted() == before
    assert grown < GROWN_MIB


def a_round():
    """Do what a learner does, mistakes included, and reset the lab."""
    star(2)
    sysctl_set("net.ipv4.ip_forward", 1)
    netns_list()
    netns_exec("n0", "ip link set dev lo up")
    ping("10.0.0.2", "n0", count=1)
    journey("10.0.0.2", netns="n0")
    for call in (lambda: netns_add("n0"), lambda: link_up("nosuch"), lambda: addr_add("10.0.0.300", "v0")):
        try:
            call()
        except LabError:
            continue
        raise AssertionError("it is an error")
    undo()
    netns_del("n1")
    lab_script()
    lab_reset()


def counted():
    """Return the numbers of threads, inotify watches and open files, among them sockets and namespaces."""
    links = [str(file.readlink()) for file in Path("/proc/self/fd").iterdir() if file.is_symlink()]
    kinds = {kind: sum(link.startswith(kind) for link in links) for kind in ("socket", "anon_inode", "net", "/")}
    return {"files": len(links), "threads": threading.active_count(), "watches": watches(), **kinds}


def watches():
    """Return the number of folders that inotify watches for this process; proc_pid_fdinfo(5)."""
    told = (file.read_text() for file in Path("/proc/self/fdinfo").iterdir() if file.exists())
    return sum(text.count("inotify wd:") for text in told)


def memory_mib():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
