"""A visit to the live parts: what a learner does with keys and mouse, and what is seen."""

import re
from importlib import resources
from pathlib import Path
from typing import Any

import nbformat

from tests.browser.lab_page import SCREENSHOTS, LabPage

STORY = [
    "from nslab_kernel import *\nlive = topology_live()\nlive",
    'netns_add("test1")',
    "!ip netns add test2",
    'veth_add("veth-test1", "veth-test2");',
    'link_set_netns("veth-test1", "test1");',
    'link_set_netns("veth-test2", "test2");',
    'addr_add("192.168.1.1/24", dev="veth-test1", netns="test1");',
    'addr_add("192.168.1.2/24", dev="veth-test2", netns="test2");',
    'link_up("veth-test1", netns="test1");',
    'link_up("veth-test2", netns="test2");',
    'pinging = ping_live("192.168.1.2", netns="test1", count=1000, interval_s=0.3)\npinging',
    "import time\n"
    "print('busy', flush=True)\n"
    "while pinging.running:\n"
    "    time.sleep(0.05)\n"
    "print('sent:', pinging.result.sent)",
    "ping_matrix()",
    'journey("192.168.1.2", netns="test1")',
    "import subprocess, time\n"
    "for n in range(12):\n"
    "    print(time.time())\n"
    "    subprocess.run(['ip', 'netns', 'add', f'z{n}'])\n"
    "    time.sleep(0.3)\n"
    "for n in range(12):\n"
    "    subprocess.run(['ip', 'netns', 'del', f'z{n}'])",
    "import threading, time\n"
    "ours = lambda: sorted(t.name for t in threading.enumerate() if t.name.startswith('nslab'))\n"
    "last = time.time() + 60\n"
    "while len(ours()) > 1 and time.time() < last:\n"
    "    time.sleep(0.05)\n"
    "print(ours())",
]
NEW = {
    1: "test1",
    2: "test2",
    3: "veth-test1",
    4: "veth-test1",
    5: "veth-test2",
    6: "192.168.1.1/24",
    7: "192.168.1.2/24",
    8: "LOWERLAYERDOWN",
    9: "192.168.1.2/24 UP",
}
"""What the live picture has after each cell of the tutorial."""
LIVE, PING, BUSY, MATRIX, JOURNEY, LATENCY, THREADS = 0, 10, 11, 12, 13, 14, 15


def visit_live(lab: LabPage, language: str) -> dict[str, Any]:
    """Return what was seen."""
    write(lab.root / language / "live.ipynb")
    lab.page.on("console", lambda message: print(message.text) if message.type == "error" else None)
    lab.open(f"{language}/live.ipynb")
    try:
        return {**Learner(lab, language).walk(), "mishaps": lab.mishaps}
    except Exception as error:
        lab.page.screenshot(path=SCREENSHOTS / f"live-{language}-failed.png")
        error.add_note(f"{lab.mishaps} {lab.errors()} {[cell['text'][:300] for cell in lab.cells()]}")
        raise


def write(path: Path) -> None:
    """Write the notebook that is run."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in STORY])
    notebook.metadata["kernelspec"] = {"name": "nslab", "display_name": "NS Lab", "language": "python"}
    nbformat.write(notebook, path)


class Learner:
    """Who runs one cell after the other, and looks at the first."""

    def __init__(self, lab: LabPage, language: str) -> None:
        self.lab, self.page, self.language = lab, lab.page, language
        self.seen: dict[str, Any] = {}

    def walk(self) -> dict[str, Any]:
        """Do all of it."""
        self.build()
        self.ask()
        self.click()
        self.move_aside()
        self.ping()
        self.look()
        self.measure()
        self.check_access()
        self.leave()
        return self.seen

    def run(self, number: int) -> None:
        """Run a cell, as Shift and Enter do, and wait for its end."""
        self.begin(number)
        self.wait_for_end()

    def begin(self, number: int) -> None:
        """Run a cell, and do not wait."""
        self.page.evaluate(
            """n => { jupyterapp.shell.currentWidget.content.activeCellIndex = n; window.running = true;
                      jupyterapp.commands.execute("notebook:run-cell-and-select-next")
                        .finally(() => window.running = false) }""",
            number,
        )

    def wait_for_end(self) -> None:
        """Wait until the cell that runs has ended."""
        self.page.wait_for_function("() => !window.running")

    def labels(self) -> list[str]:
        """Return what a screen reader says of each thing in the live picture."""
        return self.page.eval_on_selector_all(".nl-target", "all => all.map(one => one.getAttribute('aria-label'))")

    def wait_for_state(self, word: str) -> None:
        """Wait until the live picture says this state of test1's interface."""
        this = '[data-target="interface test1/veth-test1"][aria-label*="/24"]'
        self.page.locator(f'{this}:not([aria-label*="LOWER"])[aria-label*="{word}"]').wait_for(state="attached")

    def wait_until_settled(self) -> None:
        """Wait until nothing is marked any more; until then what is gone can be pointed at, and marks fade."""
        self.page.wait_for_function("() => !document.querySelector('.nl-live .nl-halo, .nl-live .nl-badge')")

    def build(self) -> None:
        """Open the live picture, then run the tutorial without touching it."""
        self.run(LIVE)
        self.page.locator(".nl-live .nl-target").first.wait_for(state="attached")
        pictures = []
        for number in range(1, PING):
            self.run(number)
            self.wait_for_words(NEW[number])
            pictures.append(self.labels())
        self.photograph("built")
        self.seen["pictures"] = pictures
        self.seen["said"] = self.page.wait_for_function(
            """() => { const said = document.querySelector(".nl-live [role=status]").textContent;
                       return said.includes("veth-test2") && said }"""
        ).json_value()

    def wait_for_words(self, words: str) -> None:
        """Wait until something in the live picture has these words in its label."""
        labels = "".join(f'[aria-label*="{word}"]' for word in words.split())
        self.page.locator(f".nl-target{labels}").first.wait_for(state="attached")

    def move_aside(self) -> None:
        """Open a second view of the live picture beside the notebook, as the lessons say; it is alive too."""
        self.page.locator(".nl-live .nl-stage").first.click(button="right", position={"x": 5, "y": 5})
        self.page.get_by_role("menuitem", name="Create New View for Cell Output").click()
        aside = self.page.locator(".jp-LinkedOutputView .nl-live")
        aside.locator(".nl-target").first.wait_for(state="attached")
        self.photograph("aside")
        self.seen["here"], self.seen["aside"] = self.page.evaluate(
            """() => [".jp-Notebook", ".jp-LinkedOutputView"].map(place =>
                 [...document.querySelectorAll(`${place} .nl-live .nl-target`)].map(one => one.ariaLabel))"""
        )
        self.page.evaluate("() => jupyterapp.shell.currentWidget.close()")
        aside.wait_for(state="detached")

    def click(self) -> None:
        """Ask with the mouse alone: an interface, a ping from its card, Close."""
        self.page.locator('.nl-target[data-target="interface test2/veth-test2"]').click()
        self.page.locator(".nl-card button").nth(1).click()
        self.page.locator(".nl-given").wait_for()
        self.seen["clicked"] = self.page.locator(".nl-card").inner_text()
        self.photograph("clicked")
        self.page.locator('.nl-card [data-act="close"]').click()
        self.page.locator(".nl-card.nl-empty").wait_for(state="attached")

    def ask(self) -> None:
        """Go to an interface with keys only, open its card, set it down and up, close the card."""
        self.wait_until_settled()
        self.page.locator(".nl-target").first.focus()
        for key in ("Home", "ArrowDown"):
            self.page.keyboard.press(key)
        self.seen["reached"] = self.focused()
        self.page.keyboard.press("ArrowRight")
        self.seen["followed"] = self.focused()
        self.page.keyboard.press("ArrowLeft")
        self.page.keyboard.press("Enter")
        self.page.locator(".nl-card:not(.nl-empty) button").first.wait_for()
        self.seen["card"] = self.page.locator(".nl-card").inner_text()
        self.photograph("card")
        self.tab_to("0")
        self.page.keyboard.press("Enter")
        self.wait_for_state("DOWN")
        self.page.locator(".nl-given").wait_for()
        self.seen["given"] = self.page.locator(".nl-given").inner_text()
        self.photograph("down")
        self.page.locator(".nl-card").get_by_text('link_up("veth-test1"').wait_for()
        self.tab_to("0")
        self.page.keyboard.press("Enter")
        self.wait_for_state("UP")
        self.page.keyboard.press("Escape")
        self.page.locator(".nl-card.nl-empty").wait_for(state="attached")
        self.seen["after_escape"] = self.focused()
        self.page.keyboard.press("+")
        self.seen["zoomed"] = self.page.locator(".nl-stage > svg.nl-svg").first.get_attribute("viewBox")
        self.page.keyboard.press("0")

    def tab_to(self, act: str) -> None:
        """Press Tab until a button of the card has the focus."""
        for _press in range(20):
            if self.page.evaluate("() => document.activeElement.dataset.act") == act:
                return
            self.page.keyboard.press("Tab")

    def focused(self) -> str | None:
        """Return the label of what has the focus."""
        return self.page.evaluate("() => document.activeElement.getAttribute('aria-label')")

    def ping(self) -> None:
        """Start a ping, see it run and fly while another cell works, stop it meanwhile."""
        self.run(PING)
        ping = self.page.locator(".nl-live-ping")
        ping.wait_for()
        self.wait_for_replies(3)
        self.begin(BUSY)
        self.page.locator(".jp-Notebook .jp-CodeCell").nth(BUSY).get_by_text("busy", exact=True).wait_for()
        self.wait_for_replies(self.replies() + 2)
        self.wait_for_packet()
        self.photograph("pinging")
        self.page.evaluate(
            """() => { const root = document.querySelector(".nl-live-ping"), start = performance.now();
                       new MutationObserver(() => {
                         if (root.dataset.running === "false") window.stopped = performance.now() - start })
                         .observe(root, { attributes: true });
                       [...root.querySelectorAll("button")][1].click() }"""
        )
        self.seen["stopped_ms"] = self.page.wait_for_function("() => window.stopped").json_value()
        self.wait_for_end()
        self.seen["while_stopped"] = self.lab.cells()[BUSY]["text"]
        self.seen["facts"] = ping.locator(".nl-fact").inner_text()
        ping.locator("summary").click()
        self.photograph("stopped", ".nl-live-ping")

    def wait_for_packet(self) -> None:
        """Wait until a packet of the ping travels through the live picture."""
        self.page.evaluate(
            """() => { const flights = document.querySelector(".nl-flights");
                       const look = () => { window.flew ||= Boolean(flights.querySelector("circle")) };
                       new MutationObserver(look).observe(flights, { childList: true });
                       look() }"""
        )
        self.page.wait_for_function("() => window.flew")

    def wait_for_replies(self, count: int) -> None:
        """Wait until the running ping has drawn so many replies."""
        self.page.wait_for_function(
            "count => document.querySelectorAll('.nl-live-ping .nl-reply').length >= count", arg=count
        )

    def replies(self) -> int:
        """Return how many replies are drawn."""
        return self.page.locator(".nl-live-ping .nl-reply").count()

    def look(self) -> None:
        """Run the matrix and the journey; take the file; look at all in both themes and widths."""
        self.run(MATRIX)
        self.run(JOURNEY)
        cells = self.lab.cells()
        self.seen["matrix"], self.seen["journey"] = cells[MATRIX], cells[JOURNEY]
        with self.page.expect_download() as download:
            self.page.locator("a[download]").first.click()
        self.seen["pcap"] = Path(download.value.path()).read_bytes()[:4].hex()
        for width, theme in ((1280, "light"), (800, "dark")):
            self.page.set_viewport_size({"width": width, "height": 3000})
            self.lab.theme(theme)
            self.lab.photograph(f"live-{self.language}-{width}-{theme}")
            self.seen[f"ground_{theme}"] = self.page.evaluate(
                "() => getComputedStyle(document.querySelector('.nl-live')).backgroundColor"
            )
        self.page.set_viewport_size({"width": 1280, "height": 900})

    def measure(self) -> None:
        """Change the network a dozen times, and see how long the picture takes each time."""
        self.page.evaluate(
            """() => { const root = document.querySelector(".nl-live"); window.drawn = [];
                 new MutationObserver(() => window.drawn.push(+root.dataset.drawn))
                   .observe(root, { attributes: true, attributeFilter: ["data-drawn"] }) }"""
        )
        self.run(LATENCY)
        begun = [1000 * float(word) for word in re.findall(r"\d{10}\.\d+", self.lab.cells()[LATENCY]["text"])]
        self.page.wait_for_function("last => window.drawn.some(at => at > last)", arg=begun[-1])
        drawn = self.page.evaluate("() => window.drawn")
        self.seen["latency_ms"] = [round(min(t - start for t in drawn if t > start)) for start in begun]

    def check_access(self) -> None:
        """Let axe-core look at the live parts."""
        self.wait_until_settled()
        self.page.add_script_tag(path=Path(str(resources.files("axe_playwright_python") / "axe.min.js")))
        self.seen["axe"] = {}
        for theme in ("light", "dark"):
            self.lab.theme(theme)
            found = self.page.evaluate("() => axe.run('.nl-live, .nl', { resultTypes: ['violations'] })")
            self.seen["axe"][theme] = [
                f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]
            ]

    def leave(self) -> None:
        """Leave the tab and come back; close the live outputs; restart and run anew; reopen without a kernel."""
        self.lab.command("docmanager:save")
        self.lab.open(f"{self.language}/live.ipynb")
        self.page.locator(".nl-live .nl-target").first.wait_for(state="attached")
        self.seen["back_again"] = self.labels()
        for number in (LIVE, PING):
            self.page.evaluate("n => jupyterapp.shell.currentWidget.content.widgets[n].model.clearExecution()", number)
        self.page.locator(".nl-live").first.wait_for(state="detached")
        self.run(THREADS)
        self.seen["threads_left"] = self.lab.cells()[THREADS]["text"]
        self.restart()
        self.run(LIVE)
        self.page.locator(".nl-live .nl-target").first.wait_for(state="attached")
        self.seen["still_hidden"] = not self.page.locator(".nl-still img").first.is_visible()
        self.run(2)
        self.lab.command("docmanager:save")
        self.restart()
        self.seen["after_restart"] = self.labels()
        self.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        self.lab.show(f"{self.language}/live.ipynb")
        self.page.locator(".nl-still img").first.wait_for()
        self.seen["reopened"] = self.lab.cells()[LIVE]
        self.seen["no_error_shown"] = not self.page.get_by_text("Error displaying widget").first.is_visible()
        self.seen["reopened_visible"] = self.page.locator(".nl-still img").first.is_visible()
        self.lab.photograph(f"live-{self.language}-reopened")

    def restart(self) -> None:
        """Restart the kernel, as the menu does."""
        self.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
        self.page.wait_for_function(
            "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"
        )

    def photograph(self, name: str, what: str = ".nl-live") -> None:
        """Keep what the window shows, with the live picture in it, or something else."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.evaluate("what => document.querySelector(what)?.scrollIntoView()", what)
        self.page.wait_for_timeout(100)
        self.page.screenshot(path=SCREENSHOTS / f"live-{self.language}-{name}.png")
