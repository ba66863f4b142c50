"""A visit to the live picture of a hundred namespaces: stacks, packets, and how the page keeps up. Leaves it as JSON.

python -m tests.browser.large_visit LANGUAGE FOLDER
"""

import json
import re
import sys
from importlib import resources
from pathlib import Path
from statistics import median
from typing import Any

import nbformat

from tests.browser.alone import SEEN
from tests.browser.lab_page import SCREENSHOTS, LabPage, lab_page

CHANGES = 80
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
CHANGING = f"""
for n in range({CHANGES}):
    print(time.time())
    subprocess.run(["ip", "link", "set", "dev", "spare", "up" if n % 2 == 0 else "down"])
    time.sleep(0.1)
"""
STORY = [
    "from nslab_kernel import *\nlive, told = topology_live(), []\n"
    "live.observe(lambda change: told.append(change), 'picture')\nlive",
    BUILD,
    'pinging = ping_live("10.0.1.12", netns="c01", count=10_000, interval_s=0.2)\npinging',
    "pinging.stop();",
    "time.sleep(8)",
    CHANGING,
    "print(len(told))",
]
LIVE, BUILT, PING, STOPPED, RESTING, BUSY, TOLD = range(7)
WATCHER = """() => {
  const seen = window.seen = { long: [], frames: [], drawn: [], last: performance.now() };
  seen.observer = new PerformanceObserver(list => seen.long.push(...list.getEntries().map(one => one.duration)));
  seen.observer.observe({ type: "longtask" });
  const frame = now => {
    seen.frames.push(now - seen.last); seen.last = now; seen.next = requestAnimationFrame(frame);
  };
  seen.next = requestAnimationFrame(now => { seen.last = now; frame(now); });
  const root = document.querySelector(".nl-live");
  seen.mutations = new MutationObserver(all => all.forEach(() => seen.drawn.push(+root.dataset.drawn)));
  seen.mutations.observe(root, { attributes: true, attributeFilter: ["data-drawn"] });
}"""
SEEN_BY_WATCHER = """() => {
  const seen = window.seen;
  cancelAnimationFrame(seen.next); seen.observer.disconnect(); seen.mutations.disconnect();
  return { long: seen.long, frame: Math.max(...seen.frames), drawn: seen.drawn };
}"""


def visit(language: str, folder: Path) -> dict[str, Any]:
    """Return what was seen."""
    with lab_page(folder) as lab:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in STORY])
        notebook.metadata["kernelspec"] = {"name": "nslab", "display_name": "NS Lab", "language": "python"}
        nbformat.write(notebook, lab.root / language / "large.ipynb")
        lab.open(f"{language}/large.ipynb")
        try:
            return {**Visitor(lab, language).walk(), "mishaps": lab.mishaps}
        except Exception:
            lab.page.screenshot(path=SCREENSHOTS / f"large-{language}-failed.png")
            print(lab.mishaps, lab.errors(), [cell["text"][:300] for cell in lab.cells()])
            raise


class Visitor:
    """Who looks at a hundred namespaces."""

    def __init__(self, lab: LabPage, language: str) -> None:
        self.lab, self.page, self.language = lab, lab.page, language
        self.seen: dict[str, Any] = {}

    def walk(self) -> dict[str, Any]:
        """Do all of it."""
        self.run(LIVE)
        self.target("namespace host").wait_for(state="attached")
        self.run(BUILT)
        self.target("namespace /br-f").wait_for(state="attached")
        self.seen["stack"] = self.target("namespace /br-c").get_attribute("aria-label")
        self.page.locator(".nl-live [role=status]").filter(has_text="f25").wait_for(state="attached")
        self.open_with_keys()
        self.open_with_mouse()
        self.fly()
        self.seen["page"] = {"resting": self.measure(RESTING), "stacks": self.measure(BUSY)}
        self.choose("namespace /br-c", "namespace c01")
        self.seen["page"]["opened"] = self.measure(BUSY)
        self.check_access()
        return self.seen

    def run(self, number: int) -> None:
        """Run a cell, as Shift and Enter do, and wait for its end."""
        self.page.evaluate(
            """async n => { const book = jupyterapp.shell.currentWidget.content; book.activeCellIndex = n;
                            await jupyterapp.commands.execute("notebook:run-cell") }""",
            number,
        )
        self.page.locator(".nl-live").first.evaluate("live => live.scrollIntoView()")

    def target(self, name: str) -> Any:
        """Return what can be pointed at."""
        return self.page.locator(f'[data-target="{name}"]')

    def choose(self, name: str, shown: str) -> None:
        """Press Enter on a thing, and wait for what is shown then."""
        self.target(name).focus()
        self.page.keyboard.press("Enter")
        self.target(shown).wait_for(state="attached")

    def standing(self) -> dict[str, Any]:
        """Return where the focus is, what was said, and which stacks there are."""
        return self.page.evaluate(
            """() => ({ focus: document.activeElement.dataset.target ?? document.activeElement.textContent,
                        said: document.querySelector(".nl-live [role=status]").textContent,
                        expanded: document.activeElement.getAttribute("aria-expanded"),
                        stacks: [...document.querySelectorAll('[data-target^="namespace /"]')]
                          .map(one => one.dataset.target),
                        button: document.querySelector(".nl-live > .nl-row button:last-of-type").textContent })"""
        )

    def open_with_keys(self) -> None:
        """Go to a stack by arrow keys, open it by Enter, go on inside, close it by Escape."""
        self.target("namespace host").focus()
        for _step in range(8):
            if self.standing()["focus"] == "namespace /br-c":
                break
            self.page.keyboard.press("ArrowDown" if _step % 2 == 0 else "ArrowLeft")
        self.seen["at_stack"] = self.standing()
        self.page.keyboard.press("Enter")
        self.target("namespace c01").wait_for(state="attached")
        self.seen["opened"] = self.standing()
        self.photograph("opened")
        self.page.keyboard.press("ArrowRight")
        self.seen["inside"] = self.standing()
        self.page.keyboard.press("Escape")
        self.target("namespace /br-c").wait_for(state="attached")
        self.seen["closed"] = self.standing()

    def open_with_mouse(self) -> None:
        """Open one stack, then another by the host's ports, then close that by its button."""
        self.target("namespace /br-d").click()
        self.target("namespace d01").wait_for(state="attached")
        self.target("interface host//br-c/bundle").click()
        self.target("namespace c01").wait_for(state="attached")
        self.seen["other"] = self.standing()
        self.page.locator(".nl-live > .nl-row button").last.click()
        self.target("namespace /br-c").wait_for(state="attached")
        self.seen["shut"] = self.standing()
        self.photograph("stacks")

    def fly(self) -> None:
        """See packets travel through a stack; without motion they are named where they pass; look at high contrast."""
        moving = """() => document.getAnimations().filter(one => one.effect.target?.closest?.(".nl-live")).length"""
        self.run(PING)
        self.seen["flew"] = self.flies("circle")
        self.photograph("pinging")
        self.page.emulate_media(reduced_motion="reduce")
        self.seen["named"] = self.flies(".nl-flag")
        self.page.wait_for_function(f"() => !({moving})()")  # what had begun to move has arrived
        self.flies(".nl-flag")
        self.seen["moving"] = self.page.evaluate(moving)
        self.page.emulate_media(reduced_motion="no-preference", forced_colors="active")
        self.photograph("forced")
        self.seen["forced"] = self.page.evaluate(
            """() => getComputedStyle(document.querySelector(".nl-stage")).backgroundColor"""
        )
        self.page.emulate_media(forced_colors="none")
        self.run(STOPPED)

    def flies(self, what: str) -> bool:
        """Wait until one more of these comes to the packets on their way."""
        self.page.evaluate(
            """what => { window.flew = false;
                         const flights = document.querySelector(".nl-flights");
                         new MutationObserver((_all, self) => {
                           if (flights.querySelector(what)) { self.disconnect(); window.flew = true }
                         }).observe(flights, { childList: true }) }""",
            what,
        )
        return self.page.wait_for_function("() => window.flew").json_value()

    def wait_until_settled(self) -> None:
        """Wait until nothing is marked any more: then no more is drawn, and nothing fades."""
        self.page.wait_for_function("() => !document.querySelector('.nl-live .nl-halo, .nl-live .nl-badge')")

    def told(self) -> int:
        """Return how often the kernel has told the page of a new picture."""
        self.run(TOLD)
        return int(re.search(r"\d+", self.lab.cells()[TOLD]["text"])[0])  # type: ignore[index]

    def measure(self, cell: int) -> dict[str, Any]:
        """Run a cell, and see how long the page was not to be spoken to, and when each change was on the screen."""
        self.wait_until_settled()
        before = self.told()
        self.page.evaluate(WATCHER)
        self.run(cell)
        begun = [1000 * float(word) for word in re.findall(r"\d{10}\.\d+", self.lab.cells()[cell]["text"])]
        if begun:
            self.page.wait_for_function("last => window.seen.drawn.some(at => at > last)", arg=begun[-1])
        found = self.page.evaluate(SEEN_BY_WATCHER)
        late = [min(t - start for t in found["drawn"] if t > start) for start in begun]
        return {
            "told": self.told() - before,
            "drawn": len(found["drawn"]),
            "long_tasks_ms": [round(each) for each in found["long"]],
            "longest_frame_ms": round(found["frame"]),
            "latency_ms": [round(median(late)), round(max(late))] if late else [],
        }

    def check_access(self) -> None:
        """Let axe-core look at an open stack, in both themes."""
        self.wait_until_settled()
        self.page.add_script_tag(path=Path(str(resources.files("axe_playwright_python") / "axe.min.js")))
        self.seen["axe"] = {}
        for theme in ("light", "dark"):
            self.lab.theme(theme)
            found = self.page.evaluate("() => axe.run('.nl-live', { resultTypes: ['violations'] })")
            self.seen["axe"][theme] = [
                f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]
            ]
        self.photograph("dark")

    def photograph(self, name: str) -> None:
        """Keep what the window shows, once what moves has arrived."""
        self.page.wait_for_timeout(300)
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"large-{self.language}-{name}.png")


if __name__ == "__main__":
    found = visit(sys.argv[1], Path(sys.argv[2]))
    Path(sys.argv[2], SEEN).write_text(json.dumps(found, indent=1, ensure_ascii=False))
