"""Builds a live picture of a hundred namespaces in four stacks, and measures how fast the page follows changes."""

import re
from statistics import median
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.learner_lab import LearnerLab, NotebookPage

CHANGES = 80
STACKS = [f"namespace /br-{letter}" for letter in "cdef"]
LIVE = """
from nslab_kernel import *
live, sent = topology_live(), []
live.observe(lambda change: sent.append(change), 'picture')
live
"""
BUILD = """
import subprocess, time

def ip(*lines, where=()):
    subprocess.run(["ip", *where, "-batch", "-"], input="\\n".join(lines), text=True, check=True)

ip("link add dev spare type bridge")
for k, letter in enumerate("cdef", 1):
    bridge = f"br-{letter}"
    ip(f"link add dev {bridge} type bridge", f"link set dev {bridge} up")
    for n in range(1, 26):
        name = f"{letter}{n:02}"
        ip(f"netns add {name}", f"link add dev v{name} type veth peer name eth0 netns {name}",
           f"link set dev v{name} master {bridge} up")
        ip(f"addr add 10.0.{k}.{n}/24 dev eth0", "link set dev eth0 up", "link set dev lo up", where=("-n", name))
"""
PINGING = 'pinging = ping_live("10.0.1.12", netns="c01", count=10_000, interval_s=0.2)\npinging'
CHANGING = f"""
for n in range({CHANGES}):
    print(time.time())
    subprocess.run(["ip", "link", "set", "dev", "spare", "up" if n % 2 == 0 else "down"])
    time.sleep(0.1)
"""
CELLS = [LIVE, BUILD, PINGING, "pinging.stop();", "time.sleep(8)", CHANGING, "print(len(sent))"]
PING, STOP, RESTING, BUSY, SENT = range(2, 7)
WATCHER = """() => {
  const seen = window.seen = { long: [], frames: [], drawn: [], last: performance.now() };
  seen.observer = new PerformanceObserver(list => seen.long.push(...list.getEntries().map(one => one.duration)));
  seen.observer.observe({ type: "longtask" });
  const frame = now => {
    seen.frames.push(now - seen.last); seen.last = now; seen.next = requestAnimationFrame(frame);
  };
  seen.next = requestAnimationFrame(now => { seen.last = now; frame(now); });
  const root = document.querySelector(".nl-live[data-drawn]");
  seen.mutations = new MutationObserver(all => all.forEach(() => seen.drawn.push(+root.dataset.drawn)));
  seen.mutations.observe(root, { attributes: true, attributeFilter: ["data-drawn"] });
}"""
SEEN_BY_WATCHER = """() => {
  const seen = window.seen;
  cancelAnimationFrame(seen.next); seen.observer.disconnect(); seen.mutations.disconnect();
  return { long: seen.long, frame: Math.max(...seen.frames), drawn: seen.drawn };
}"""


def open_hundred(lab: LearnerLab) -> NotebookPage:
    """Open a notebook with a live picture, then build a hundred namespaces."""
    notebook = lab.notebook("en/large.ipynb", CELLS)
    notebook.run(0)
    expect(target(notebook, "namespace host")).to_be_attached()
    notebook.run(1)
    for stack in STACKS:
        expect(target(notebook, stack)).to_be_attached()
    expect(notebook.page.locator(".nl-live [role=status]").first).to_contain_text("f25")
    return notebook


def target(notebook: NotebookPage, name: str) -> Locator:
    """Return the element of a namespace or an interface in the picture."""
    return notebook.page.locator(f'[data-target="{name}"]')


def open_stack(notebook: NotebookPage, name: str, first: str) -> None:
    """Open a stack by Enter, and wait for the first of its namespaces."""
    target(notebook, name).focus()
    notebook.page.keyboard.press("Enter")
    expect(target(notebook, first)).to_be_attached()


def measure(notebook: NotebookPage, cell: int) -> dict[str, Any]:
    """Run a cell; return how long the page was busy at a time, and how long after each change the page drew it."""
    expect(notebook.page.locator(".nl-live .nl-halo, .nl-live .nl-badge")).to_have_count(0)  # fading causes a redraw
    notebook.page.locator(".nl-live[data-drawn]").first.evaluate("live => live.scrollIntoView()")
    before = int(notebook.run(SENT))
    notebook.page.evaluate(WATCHER)
    begun = [1000 * float(word) for word in re.findall(r"\d{10}\.\d+", notebook.run(cell))]
    if begun:
        notebook.wait_until("last => window.seen.drawn.some(at => at > last)", arg=begun[-1])
    found = notebook.page.evaluate(SEEN_BY_WATCHER)
    late = [min(t - start for t in found["drawn"] if t > start) for start in begun]
    return {
        "sent": int(notebook.run(SENT)) - before,
        "drawn": len(found["drawn"]),
        "long_tasks_ms": [round(each) for each in found["long"]],
        "longest_frame_ms": round(found["frame"]),
        "latency_ms": [round(median(late)), round(max(late))] if late else [],
    }
