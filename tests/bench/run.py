"""Measures nslab against the raw floor, `ip` and plain ipykernel, and writes the table of README.md.

    python tests/bench/run.py

All ways of a comparison take turns in the same run on the same machine; the ratio of their minima is what counts.
"""

import json
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import containers
import floor
import size
from jupyter_client.manager import start_new_kernel
from turns import row, take_turns

from nslab_kernel.sandbox.run_in_sandbox import sandbox_run

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->\n"
CHANGES = [
    "ip netns add test1",
    "ip netns add test2",
    "ip link add dev veth-test1 type veth peer name veth-test2",
    "ip link set dev veth-test1 netns test1",
    "ip link set dev veth-test2 netns test2",
    "ip netns exec test1 ip addr add 192.168.1.1/24 dev veth-test1",
    "ip netns exec test2 ip addr add 192.168.1.2/24 dev veth-test2",
    "ip netns exec test1 ip link set dev veth-test1 up",
    "ip netns exec test2 ip link set dev veth-test2 up",
]
LOOKS = ["ip netns list", "ip netns exec test1 ip link", "ip link", "ip netns exec test1 ip addr"]


def bench_steps():
    """Time the tutorial's steps 3.1 to 3.9, in a sandbox."""
    from nslab_kernel import (
        addr_add,
        addr_show,
        link_set_netns,
        link_show,
        link_up,
        netns_add,
        netns_list,
        veth_add,
    )

    def by_functions():
        for name in ("test1", "test2"):
            netns_add(name)
        veth_add("veth-test1", "veth-test2")
        for n in (1, 2):
            link_set_netns(f"veth-test{n}", f"test{n}")
        for n in (1, 2):
            addr_add(f"192.168.1.{n}/24", dev=f"veth-test{n}", netns=f"test{n}")
        for n in (1, 2):
            link_up(f"veth-test{n}", netns=f"test{n}")

    def with_looks():
        by_functions()
        netns_list()
        link_show(netns="test1")
        link_show()
        addr_show(netns="test1")

    def after():
        floor.delete("test1", "test2")
        time.sleep(0.15)  # Linux takes the namespaces apart in the background

    def by_ip(commands):
        for command in commands:
            subprocess.run(command.split(), check=True, stdout=subprocess.DEVNULL)

    return take_turns(
        {
            "floor": lambda: floor.in_thread(floor.steps),
            "functions": by_functions,
            "ip": lambda: by_ip(CHANGES),
            "functions and looks": with_looks,
            "ip and looks": lambda: by_ip(CHANGES + LOOKS),
        },
        20,
        after,
    )


def bench_snapshot(count):
    """Time one snapshot of `count` namespaces, each with a veth pair to a bridge."""
    from nslab_kernel import snapshot

    names = [f"n{n}" for n in range(count)]
    lines = ["link add dev lab0 type bridge", "link set dev lab0 up"]
    for n, name in enumerate(names):
        lines += [f"netns add {name}", f"link add dev v{n} type veth peer name eth0 netns {name}"]
        lines += [f"link set dev v{n} master lab0 up"]
    subprocess.run(["ip", "-batch", "-"], input="\n".join(lines), text=True, check=True)
    for n, name in enumerate(names):
        inside = f"addr add 10.0.{n}.1/24 dev eth0\nlink set dev eth0 up\nlink set dev lo up\n"
        subprocess.run(["ip", "-n", name, "-batch", "-"], input=inside, text=True, check=True)
    time.sleep(2)  # Linux adds IPv6 addresses late

    def by_ip():
        for name in (None, *names):
            for thing in ("link", "addr", "route", "neigh"):
                prefix = ["ip", "-n", name] if name else ["ip"]
                json.loads(subprocess.check_output([*prefix, "-j", thing]) or "[]")

    ways = {"floor": lambda: floor.in_thread(floor.dump_all, names), "snapshot": snapshot, "ip": by_ip}
    return take_turns(ways, 20 if count < 10 else 5)


def bench_start():
    """Time from the order to start a kernel until its first answer."""

    def start(spec):
        manager, client = start_new_kernel(kernel_name=spec)
        client.stop_channels()
        running.append(manager)

    def stop():
        running.pop().shutdown_kernel(now=True)

    running = []
    return take_turns({"ipykernel": lambda: start("python3"), "nslab": lambda: start("nslab")}, 7, stop)


def bench_message():
    """Time an empty cell, from sending it to a running kernel until its reply arrives."""
    running = {
        name: start_new_kernel(kernel_name=spec) for name, spec in (("ipykernel", "python3"), ("nslab", "nslab"))
    }

    def ask(client):
        client.execute("", silent=True)
        client.get_shell_msg(timeout=10)

    try:
        return take_turns({name: lambda client=client: ask(client) for name, (_, client) in running.items()}, 500)
    finally:
        for manager, client in running.values():
            client.stop_channels()
            manager.shutdown_kernel(now=True)


def bench_import():
    """Time a new Python process that imports every public name, against one that imports nothing."""

    def python(code):
        return lambda: subprocess.run([sys.executable, "-c", code], check=True)

    return take_turns({"python": python("pass"), "nslab": python("from nslab_kernel import *")}, 15)


def loads(module):
    """Return whether importing every public name loads a module."""
    code = f"import sys; from nslab_kernel import *; print({module!r} in sys.modules)"
    return subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "True"


def rows():
    """Run everything, and yield the table's lines as they are measured."""
    yield "| what | nslab, ms | against, ms | ratio | aim |"
    yield "| --- | --- | --- | --- | --- |"
    steps = sandbox_run(bench_steps)
    yield row("steps 3.1 to 3.9, changes alone", steps, "functions", "floor", "3")
    yield row("the same", steps, "functions", "ip", "under 1")
    yield row("the same with its four looks", steps, "functions and looks", "ip and looks", "under 1")
    for count, aim, aim_of_ip in ((2, "", ""), (100, "3", "0.05")):
        times = sandbox_run(partial(bench_snapshot, count))
        yield row(f"a snapshot of {count} namespaces", times, "snapshot", "floor", aim)
        yield row("the same", times, "snapshot", "ip", aim_of_ip)
    yield row("kernel start until it answers", bench_start(), "nslab", "ipykernel", "1.10")
    yield row("a message to the kernel and back", bench_message(), "nslab", "ipykernel", "0.2 ms more")
    yield row("a Python that does `from nslab_kernel import *`", bench_import(), "nslab", "python")
    yield f"| matplotlib is loaded by that | {'yes' if loads('matplotlib') else 'no'} | | | no |"
    yield from size.rows()
    yield from containers.rows()


def main():
    """Measure, print each line as it is known, and put the table into the README."""
    table = ""
    for line in rows():
        print(line, flush=True)
        table += f"{line}\n"
    before, _, rest = README.read_text().partition(BEGIN)
    README.write_text(before + BEGIN + table + END + rest.partition(END)[2])


if __name__ == "__main__":
    main()
