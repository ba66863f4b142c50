"""Measures containers against the plain client on the same engine: rows for the table of README.md."""

import contextlib
import io
import subprocess
import time
from pathlib import Path
from statistics import median

from nslab_kernel.sandbox.run_in_sandbox import sandbox_run

COLD_ROUNDS, ROUNDS = 3, 9


def rows():
    """Measure in fresh sandboxes, and yield the lines of the table."""
    yield row("the first container_run, with its engine", [sandbox_run(first_call, 120) for _ in range(COLD_ROUNDS)])
    for name, ours, theirs in sandbox_run(next_calls, 300):
        yield row(name, ours, theirs)
    yield row('goto("2.4"), which takes two containers away and runs two', *sandbox_run(starts_anew, 300))
    whose, mib = sandbox_run(memory_of_engine, 120)
    yield f"| memory of the engine with two containers, MiB (PSS): {whose} | {mib:.0f} | | | |"


def row(name, ours, theirs=()):
    """Return a line of the table: minimum / median of both, and the ratio of the minima."""
    against = f"{min(theirs):.1f} / {median(theirs):.1f} (docker)" if theirs else ""
    ratio = f"{min(ours) / min(theirs):.2f}" if theirs else ""
    return f"| {name} | {min(ours):.1f} / {median(ours):.1f} | {against} | {ratio} | |"


def timed(function, *args):
    """Return how long a call takes, in ms."""
    begin = time.perf_counter()
    function(*args)
    return (time.perf_counter() - begin) * 1000


def shell(command):
    """Run a command line as a learner would type it."""
    subprocess.run(command, shell=True, check=True, capture_output=True)


def first_call():
    """Return how long the first container takes: the engine starts and imports the image, and the container starts."""
    from nslab_kernel import container_run, snapshot

    snapshot()
    with contextlib.redirect_stdout(io.StringIO()):
        return timed(container_run, "busybox_1")


def next_calls():
    """Return the times of run, exec, list and snapshot, measured in turns with the client's."""
    from nslab_kernel import container_exec, container_list, container_run, snapshot

    first_call()
    times = {name: ([], []) for name in ("container_run", "container_exec", "container_list", "a snapshot")}
    for _turn in range(ROUNDS):
        times["container_run"][0].append(timed(container_run, "ours"))
        times["container_run"][1].append(timed(shell, "docker run -d -it --name theirs busybox"))
        times["container_exec"][0].append(timed(container_exec, "ours", "ip a"))
        times["container_exec"][1].append(timed(shell, "docker exec theirs ip a"))
        times["container_list"][0].append(timed(container_list))
        times["container_list"][1].append(timed(shell, "docker ps -a"))
        times["a snapshot"][0].append(timed(snapshot))
        shell("docker rm -f ours theirs")
    return [(name, *pair) for name, pair in times.items()]


def starts_anew():
    """Return the times of starting a step of lesson 2 again, in turns with the client's commands for its containers."""
    from nslab_kernel import goto

    first_call()
    goto("2.4")
    anew = 'docker rm -f busybox_1 busybox_2; for n in 1 2; do docker run -d -it --name busybox_$n busybox sh -c "'
    anew += 'while true;do sleep 3600;done"; done'
    turns = [(timed(goto, "2.4"), timed(shell, anew)) for _turn in range(ROUNDS)]
    return tuple(zip(*turns, strict=True))


def memory_of_engine():
    """Return the memory (PSS) of the engine's processes: as text for each program, and the sum in MiB."""
    from nslab_kernel import container_run

    first_call()
    container_run("busybox_2")
    held = {}
    for process in Path("/proc").glob("[0-9]*"):
        name = (process / "comm").read_text().strip()
        if name in ("dockerd", "containerd", "docker-proxy") or name.startswith("containerd-shim"):
            pss = next(line for line in (process / "smaps_rollup").read_text().splitlines() if line.startswith("Pss:"))
            held[name] = held.get(name, 0) + int(pss.split()[1]) / 1024
    return ", ".join(f"{name} {mib:.0f}" for name, mib in held.items()), sum(held.values())
