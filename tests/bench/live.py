"""Measures live functions: events, network, picture and matrix; writes the second table of README.md.

    python tests/bench/live.py

The page in JupyterLab is measured with a hundred namespaces, by tests/browser/hundred.py.
"""

import os
import queue
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))

from nslab_kernel.sandbox.run_in_sandbox import sandbox_run
from tests.browser import hundred
from tests.browser.learner_lab import learner_lab
from tests.live.shell import address, sh, star

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- live figures: begin -->\n", "<!-- live figures: end -->\n"
CHANGES = 40
FPING = shutil.which("fping") or os.environ.get("FPING")


def percentile(times, share=0.95):
    return sorted(times)[int(len(times) * share)]


def change(up):
    """Set the bridge up or down, by the package's own call: starting `ip` would take most of the measured time."""
    from nslab_kernel.linux import links

    (links.set_up if up else links.set_down)("spare")


def latencies(wait, ready=lambda: None):
    """Return the times in ms from a change until `wait` returns."""
    times = []
    for number in range(CHANGES):
        ready()
        begin = time.perf_counter()
        change(number % 2 == 0)
        wait()
        times.append((time.perf_counter() - begin) * 1000)
        time.sleep(0.05)
    return times


def bench_follow(count):
    """Return the times from a change to the event, the new Network and the drawn picture, and what `costs` returns."""
    from nslab_kernel.jupyter.live_topology import LiveTopology
    from nslab_kernel.linux.events import Events
    from nslab_kernel.probe.network_watch import NetworkWatch

    star(count)
    sh("link add dev spare type bridge")
    time.sleep(3)
    with Events() as events:
        while events.wait(1.2):
            pass

        def drained():
            while events.wait(0):
                pass

        event = latencies(lambda: events.wait(1), drained)
    told = queue.SimpleQueue()
    watch = NetworkWatch(told.put)
    told.get()
    network = latencies(lambda: told.get(timeout=2))
    watch.stop()
    drawn = queue.SimpleQueue()
    live = LiveTopology()
    live.resume()
    live.observe(lambda _change: drawn.put(1), "picture")
    time.sleep(1)
    while not drawn.empty():
        drawn.get()
    picture = latencies(lambda: drawn.get(timeout=2))
    live.close()
    return event, network, picture, costs()


def costs():
    """Return the CPU use of a live picture in % of a core: at rest, and at ten changes a second by another process.

    The process makes a little less than ten changes a second, because `ip` takes time too; the result is scaled to ten.
    """
    from nslab_kernel.jupyter.live_topology import LiveTopology

    live, drawn = LiveTopology(), []
    live.resume()
    live.observe(drawn.append, "picture")
    time.sleep(0.5)
    loop = "while :; do ip link set dev spare up; sleep 0.1; ip link set dev spare down; sleep 0.1; done"
    used, begin = time.process_time(), time.perf_counter()
    time.sleep(4)
    resting = 100 * (time.process_time() - used) / (time.perf_counter() - begin)
    program = subprocess.Popen(["sh", "-c", loop])
    used = time.process_time()
    drawn.clear()
    time.sleep(10)
    busy = 100 * 10 * (time.process_time() - used) / len(drawn)
    program.kill()
    program.wait()
    live.close()
    return resting, busy


def page_lines():
    """Yield table lines on a page of a hundred namespaces, at rest and at ten changes a second, eight seconds each."""
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        learner_lab(playwright, Path(folder)) as lab,
    ):
        notebook = hundred.open_hundred(lab)
        resting, stacks = (hundred.measure(notebook, cell) for cell in (hundred.RESTING, hundred.BUSY))
        hundred.open_stack(notebook, "namespace /br-c", "namespace c01")
        states = [resting, stacks, hundred.measure(notebook, hundred.BUSY)]
    yield "| JupyterLab with 100 namespaces | at rest | as four stacks | one stack of 25 open |"
    yield "| --- | --- | --- | --- |"
    yield f"| pictures drawn | {' | '.join(str(one['drawn']) for one in states)} |"
    late = [f"{one['latency_ms'][0]} / {one['latency_ms'][1]}" if one["latency_ms"] else "" for one in states]
    yield f"| `ip` starts to change on the screen, ms, median / most | {' | '.join(late)} |"
    tasks = [f"{len(one['long_tasks_ms'])} / {max(one['long_tasks_ms'], default=0)}" for one in states]
    yield f"| tasks over 50 ms: how many / longest, ms | {' | '.join(tasks)} |"
    yield f"| longest frame, ms | {' | '.join(str(one['longest_frame_ms']) for one in states)} |"


def bench_matrix(count):
    """Time each direction of a star: by the package, by a `ping` each (eight at once), by `fping` in each namespace."""
    from nslab_kernel.probe.reachability_matrix import ping_matrix

    star(count)
    time.sleep(1)
    results = {}

    def by_ping(pair):
        a, b = pair
        command = ["ip", "netns", "exec", f"n{a}", "ping", "-qnc1", "-W1", address(b)]
        return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0

    def all_by_ping():
        with ThreadPoolExecutor(8) as pool:
            return sum(pool.map(by_ping, [(a, b) for a in range(count) for b in range(count) if a != b]))

    def all_by_fping():
        lines = 0
        for a in range(count):
            others = [address(b) for b in range(count) if a != b]
            command = ["ip", "netns", "exec", f"n{a}", FPING, "-a", "-r0", "-i1", *others]
            lines += len(subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines())
        return lines

    ways = {"nslab": lambda: ping_matrix().reached, "ping": all_by_ping}
    if FPING and count <= 30:
        ways["fping"] = all_by_fping
    for name, way in ways.items():
        begin = time.perf_counter()
        reached = way()
        results[name] = (time.perf_counter() - begin) * 1000, reached
    return results


def table():
    lines = ["| what | 2 | 10 | 100 | 300 namespaces |", "| --- | --- | --- | --- | --- |"]
    found = [sandbox_run(lambda count=count: bench_follow(count)) for count in (2, 10, 100, 300)]
    for row, what in enumerate(("change to event", "change to new Network", "change to drawn picture")):
        cells = [f"{median(one[row]):.1f} / {percentile(one[row]):.1f}" for one in found]
        lines.append(f"| {what}, ms, median / 95 % | {' | '.join(cells)} |")
    for row, what in enumerate(("at rest", "at 10 changes a second")):
        lines.append(f"| live picture {what}, % of a core | {' | '.join(f'{one[3][row]:.1f}' for one in found)} |")
    lines += ["", *page_lines(), "", "| matrix on one bridge | directions | nslab, ms | ping each, ms | fping, ms |"]
    lines += ["| --- | --- | --- | --- | --- |"]
    for count in (10, 30, 50):
        one = sandbox_run(lambda count=count: bench_matrix(count))
        cells = [f"{one[way][0]:.0f} ({one[way][1]})" if way in one else "" for way in ("nslab", "ping", "fping")]
        lines.append(f"| {count} namespaces | {count * (count - 1)} | {' | '.join(cells)} |")
    return lines


def main():
    """Measure, print the tables, and put them into the README."""
    lines = "\n".join(table()) + "\n"
    before, _, rest = README.read_text().partition(BEGIN)
    README.write_text(before + (BEGIN if rest else f"\n{BEGIN}") + lines + END + rest.partition(END)[2])
    print(lines, end="")


if __name__ == "__main__":
    main()
