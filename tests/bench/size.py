"""Measures how costs grow with the lab, against `ip` and `ip -batch`: rows for the table of README.md.

A star is a bridge on the host with namespaces (boxes) on it, each with an address. A removal is timed until the last
interface is gone from the host, because Linux removes a namespace in the background.
"""

import json
import socket
import subprocess
import time
import tracemalloc
from functools import partial
from pathlib import Path

import floor
from turns import row, take_turns

from nslab_kernel.sandbox.run_in_sandbox import sandbox_run

LABS = (10, 30, 100, 300)
"""Numbers of namespaces in the labs where single steps are timed."""
LOOPS = (30, 100, 200)
"""Sizes of the stars that a loop of single functions makes."""
STEPS_A_BOX = 7
RESETS = (100, 300, 1000)
BUILDS = (100, 1000)
LARGEST = 1000
SNAPSHOTS_AT = 100


def rows():
    """Measure in fresh sandboxes, and yield the lines of the table."""
    empty = sandbox_run(partial(bench_step, 0))
    for count in LABS:
        times = sandbox_run(partial(bench_step, count)) | {"empty lab": empty["functions"]}
        what = f"a box more, {STEPS_A_BOX} steps, in a lab of {count} namespaces"
        yield row(what, times, "functions", "empty lab", "2")
        yield row("the same", times, "functions", "ip", "1" if count == 100 else "")
    least = 0.0
    for count in LOOPS:
        times, script_ms, kib = sandbox_run(partial(bench_loop, count))
        yield row(f"a star of {count} by single functions", times, "functions", "ip", "1")
        a_step = script_ms / (STEPS_A_BOX * count)
        least = least or a_step
        what = "its lab_script(), for each step"
        yield f"| {what} | {a_step:.2f} | {least:.2f} (of {LOOPS[0]}) | {a_step / least:.2f} | 2 |"
        yield f"| memory that a step of it leaves behind, KiB | {kib:.1f} | | | |"
    for count in RESETS:
        yield row(f"lab_reset() of {count}", sandbox_run(partial(bench_reset, count)), "lab_reset", "ip -batch", "2")
    for count in BUILDS:
        times = sandbox_run(partial(bench_build, count))
        yield row(f"build() of a star of {count}", times, "build", "ip -batch", "0.5")
        yield row("the same", times, "build", "floor")
    ping = sandbox_run(partial(bench_ping, LARGEST))
    yield row(f"ping() in a lab of {LARGEST}", ping, "ping()", "ping", "30 ms more")
    yield row("the pair by build, 2 pings, removal", sandbox_run(bench_pair), "functions", "ip -batch", "1")
    snapshots = sandbox_run(partial(bench_snapshots, SNAPSHOTS_AT))
    yield row(f"12 snapshots of {SNAPSHOTS_AT}, nothing changed", snapshots, "snapshots", "floor, once", "20 ms")
    anew = sandbox_run(partial(bench_reading, SNAPSHOTS_AT))
    yield row(f"{SNAPSHOTS_AT} namespaces read anew, with sysctls and filters", anew, "snapshot", "pyroute2")


def bench_step(count):
    """Time adding one box, which is removed again, to a lab of `count` boxes."""
    from nslab_kernel import netns_del

    by_batch(count) if count else batch(["link add dev lab0 type bridge", "link set dev lab0 up"])

    def after():
        netns_del("n999")
        wait_until_gone("v999")

    return take_turns({"functions": lambda: box_by_functions(999), "ip": lambda: box_by_ip(999)}, 5, after)


def bench_loop(count):
    """Time a star made step by step, and lab_script(); return also the KiB of memory that a step leaves behind."""
    from nslab_kernel import lab_reset, lab_script

    def by_functions():
        bridge_by_functions()
        for n in range(count):
            box_by_functions(n)

    def by_ip():
        batch(["link add dev lab0 type bridge", "link set dev lab0 up"])
        for n in range(count):
            box_by_ip(n)

    times = take_turns({"functions": by_functions, "ip": by_ip}, 2, lab_reset)
    tracemalloc.start()
    held = tracemalloc.get_traced_memory()[0]
    by_functions()
    kib = (tracemalloc.get_traced_memory()[0] - held) / 1024 / (STEPS_A_BOX * count)
    tracemalloc.stop()
    begin = time.perf_counter()
    lab_script()
    return times, (time.perf_counter() - begin) * 1000, kib


def bench_reset(count):
    """Time the removal of a star."""
    from nslab_kernel import lab_reset, snapshot

    def before():
        by_batch(count)
        snapshot()

    def by_ip():
        batch([f"netns del n{n}" for n in range(count)] + ["link del dev lab0"])
        wait_until_gone()

    return take_turns({"lab_reset": lab_reset, "ip -batch": by_ip}, rounds(count), lab_reset, before)


def bench_build(count):
    """Time build() of a star."""
    from nslab_kernel import build, lab_reset, snapshot

    by_batch(count)
    network = snapshot()
    lab_reset()
    addresses = [address(n) for n in range(count)]
    ways = {
        "build": lambda: build(network),
        "ip -batch": lambda: by_batch(count),
        "floor": lambda: floor.in_thread(floor.star, addresses),
    }
    return take_turns(ways, rounds(count), lab_reset)


def bench_ping(count):
    """Time one echo request over the bridge of a star."""
    from nslab_kernel import ping

    by_batch(count)
    # So many namespaces fill the one neighbour table that Linux has for all: only permanent entries find room.
    for here, there in ((0, 1), (1, 0)):
        batch([f"neigh replace {address(there)} lladdr {mac(there)} dev e{here} nud permanent"], f"n{here}")
    command = ["ip", "netns", "exec", "n0", "ping", "-c", "1", "-i", "0.2", "-W", "1"]
    ways = {
        "ping()": lambda: ping(address(1), "n0", count=1),
        "ping": lambda: subprocess.run([*command, address(1)], check=True, capture_output=True),
    }
    return take_turns(ways, 10)


def bench_pair():
    """Time a pair of namespaces: making it with its veth pair, a ping in each direction, removing it."""
    from nslab_kernel import build, lab_reset, ping, snapshot

    def made():
        # Different ifindexes: linkwatch treats ends with the same one as not urgent, and reports "up" a second late.
        ends = "link add dev v1 index 5 netns test1 type veth peer name v2 index 6 netns test2"
        batch(["netns add test1", "netns add test2", ends])
        for n in (1, 2):
            batch([f"addr add 10.0.0.{n}/24 dev v{n}", f"link set dev v{n} up"], f"test{n}")

    def by_ip():
        made()
        for n in (1, 2):
            command = ["ip", "netns", "exec", f"test{n}", "ping", "-c", "1", f"10.0.0.{3 - n}"]
            subprocess.run(command, check=True, capture_output=True)
        batch(["netns del test1", "netns del test2"])

    def by_functions():
        build(network)
        for n in (1, 2):
            ping(f"10.0.0.{3 - n}", f"test{n}", count=1)
        lab_reset()

    made()
    network = snapshot()
    lab_reset()
    return take_turns({"functions": by_functions, "ip -batch": by_ip}, 20, lambda: time.sleep(0.1))


def bench_snapshots(count):
    """Time snapshots of a lab in which nothing changes."""
    from nslab_kernel import snapshot

    by_batch(count)
    time.sleep(2)  # IPv6 addresses come late
    names = [f"n{n}" for n in range(count)]
    ways = {
        "snapshots": lambda: [snapshot() for _ in range(12)],
        "floor, once": lambda: floor.in_thread(floor.dump_all, names),
    }
    return take_turns(ways, 10)


def bench_reading(count):
    """Time reading a whole lab, and pyroute2 reading the links, addresses, routes, neighbours and rules of each."""
    from pyroute2 import IPRoute

    from nslab_kernel.network.snapshot import snapshot

    by_batch(count)
    time.sleep(2)  # IPv6 addresses come late

    def dump():
        with IPRoute() as linux:
            for ask in (linux.get_links, linux.get_addr, linux.get_routes, linux.get_neighbours, linux.get_rules):
                list(ask())

    def by_pyroute2():
        for n in range(count):
            with Path(f"/run/netns/n{n}").open() as file:
                floor.inside(file.fileno(), dump)

    ways = {"snapshot": lambda: snapshot(thorough=True), "pyroute2": lambda: floor.in_thread(by_pyroute2)}
    return take_turns(ways, 5)


def bridge_by_functions():
    """Make the bridge of a star."""
    from nslab_kernel import bridge_add, link_up

    bridge_add("lab0")
    link_up("lab0")


def box_by_functions(n):
    """Make one box of a star by seven steps."""
    from nslab_kernel import addr_add, link_set_master, link_set_netns, link_up, netns_add, veth_add

    netns_add(f"n{n}")
    veth_add(f"v{n}", f"e{n}")
    link_set_netns(f"e{n}", f"n{n}")
    link_set_master(f"v{n}", "lab0")
    link_up(f"v{n}")
    addr_add(f"{address(n)}/16", f"e{n}", f"n{n}")
    link_up(f"e{n}", f"n{n}")


def box_by_ip(n):
    """Make one box of a star by `ip`, one process for each step."""
    for command in (
        f"ip netns add n{n}",
        f"ip link add dev v{n} type veth peer name e{n}",
        f"ip link set dev e{n} netns n{n}",
        f"ip link set dev v{n} master lab0",
        f"ip link set dev v{n} up",
        f"ip netns exec n{n} ip addr add {address(n)}/16 dev e{n}",
        f"ip netns exec n{n} ip link set dev e{n} up",
    ):
        subprocess.run(command.split(), check=True)


def by_batch(count):
    """Make a whole star by `ip -batch`: one process for the host, and one for each box."""
    lines = ["link add dev lab0 type bridge", "link set dev lab0 up"]
    for n in range(count):
        lines += [f"netns add n{n}", f"link add dev v{n} type veth peer name e{n} netns n{n}"]
        lines += [f"link set dev v{n} master lab0 up"]
    batch(lines)
    for n in range(count):
        batch([f"addr add {address(n)}/16 dev e{n}", f"link set dev e{n} up"], f"n{n}")


def batch(lines, netns=None):
    """Run commands in one `ip -batch` process."""
    inside = ["-n", netns] if netns else []
    subprocess.run(["ip", *inside, "-batch", "-"], input="\n".join(lines), text=True, check=True)


def mac(n):
    """Return the MAC address of a box's interface."""
    said = subprocess.check_output(["ip", "-j", "-n", f"n{n}", "link", "show", f"e{n}"])
    return json.loads(said)[0]["address"]


def rounds(count):
    """Return how often to measure a lab of this size, so that the whole measurement takes some minutes."""
    return 2 if count < LARGEST else 1


def wait_until_gone(ifname=None):
    """Wait until an interface is gone from the host; without a name, until only `lo` is left."""
    while len(names := {name for _index, name in socket.if_nameindex()}) > 1 and (ifname is None or ifname in names):
        time.sleep(0.001)


def address(n):
    """Return the IP address of the box with the number n."""
    return f"10.0.{n // 200}.{n % 200 + 1}"
