"""JupyterLab as a learner has it: a server with a copy of the notebooks, and its page in Chromium.

Both run where the caller runs: `visit.py` is started in a network namespace with nothing but `lo`.
"""

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SCREENSHOTS = Path(__file__).parent / "screenshots"
ADDRESS = "http://127.0.0.1:8888"
CHROMIUM = "/usr/bin/chromium"
LIMIT_S = 300
"""What has not come by then never will."""
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SERVER = [
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port=8888",
    "--IdentityProvider.token=",
    "--MultiKernelManager.default_kernel_name=nslab",
    "--KernelManager.transport_encryption=auto",
    f"--LabApp.app_settings_dir={NOTEBOOKS.parent / 'binder/settings'}",
    "--LabApp.expose_app_in_browser=True",
]
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


@contextlib.contextmanager
def lab_page(folder: Path) -> Iterator["LabPage"]:
    """Serve a copy of the notebooks from folder, and open an empty page there; `.another()` opens more."""
    shutil.copytree(NOTEBOOKS, folder / "notebooks")
    with server(folder), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        try:
            yield LabPage(browser, folder / "notebooks")
        finally:
            browser.close()


@contextlib.contextmanager
def server(folder: Path) -> Iterator[None]:
    """Run a Jupyter server."""
    command = [sys.executable, "-m", "jupyterlab", *SERVER, f"--ServerApp.root_dir={folder / 'notebooks'}"]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, env=server_environment(folder), stdout=log, stderr=log)
        try:
            wait_for_server(process, folder / "server.log")
            yield
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End the server, and each lesson's kernel and engine with it."""
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:  # on a busy machine Jupyter Server may have ended its kernels, and stay
        process.kill()
        process.wait()


def server_environment(folder: Path) -> dict[str, str]:
    """Return an environment with no settings but those that `make lab` comes with."""
    places = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    own = {f"JUPYTER_{place}": str(folder / place.lower()) for place in places}
    foreign = ("NSLAB_LAB", "NSLAB_LANG", "JPY_SESSION_NAME")
    return {name: value for name, value in os.environ.items() if name not in foreign} | own


def wait_for_server(process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{ADDRESS}/api/status") as answer:
            json.load(answer)
            return
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab does not answer:\n{log.read_text()}")


class LabPage:
    """One notebook in JupyterLab, and what a learner does there."""

    _numbers = itertools.count()

    def __init__(self, browser: Browser, root: Path) -> None:
        self.browser, self.root = browser, root
        self.workspace = f"w{next(self._numbers)}"
        self.mishaps: list[str] = []
        self.page: Page = browser.new_page()
        self.page.on("pageerror", lambda error: self.mishaps.append(str(error)))
        self.page.set_default_timeout(LIMIT_S * 1000)
        self.page.set_viewport_size({"width": 1280, "height": 900})

    def another(self) -> "LabPage":
        """Return one more page of the same browser and server, with a desk of its own."""
        return LabPage(self.browser, self.root)

    def show(self, path: str) -> None:
        """Open a notebook, and wait until each of its cells is there; before it is read, an empty one stands for it."""
        self.page.goto(f"{ADDRESS}/lab/workspaces/{self.workspace}/tree/{path}?reset")
        self.page.wait_for_function(
            """() => { const panel = window.jupyterapp?.shell.currentWidget;
                       const there = document.querySelectorAll(".jp-Notebook .jp-Cell").length;
                       return panel?.context?.isReady && there === panel.content.model.cells.length }"""
        )

    def open(self, path: str) -> None:
        """Open a notebook, and wait until its kernel is ready."""
        self.show(path)
        self.page.wait_for_function(
            """() => { const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
                       return context?.isReady && context.session?.kernel?.status === "idle" }"""
        )

    def command(self, name: str, **arguments: object) -> None:
        """Run a command of JupyterLab, as its menus do, and wait until it is done."""
        self.page.evaluate("([name, given]) => jupyterapp.commands.execute(name, given)", [name, arguments])

    def start_all(self) -> None:
        """Have every cell run, and do not wait."""
        self.page.evaluate("() => void jupyterapp.commands.execute('notebook:run-all-cells')")

    def wait_for_all(self) -> None:
        """Wait until the last cell has run."""
        self.page.wait_for_function(
            """() => [...document.querySelectorAll(".jp-Notebook .jp-CodeCell .jp-InputPrompt")]
                     .every(prompt => /^\\[\\d+\\]:$/.test(prompt.textContent))""",
            timeout=4 * LIMIT_S * 1000,  # a whole lesson
        )

    def theme(self, name: str) -> None:
        """Switch to the theme `light` or `dark`."""
        self.command("apputils:change-theme", theme=THEMES[name])
        self.page.wait_for_selector(f"body[data-jp-theme-name='{THEMES[name]}']", state="attached")
        ground = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 17, 17)"}[name]
        self.page.wait_for_function(
            "ground => getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor === ground", arg=ground
        )

    def cells(self) -> list[dict[str, Any]]:
        """Return each code cell: its code, the text of its outputs, and the pictures in them, once they are loaded."""
        self.page.wait_for_function("() => [...document.images].every(image => image.complete)")
        return self.page.evaluate(
            """() => [...document.querySelectorAll(".jp-Notebook .jp-CodeCell")].map(cell => ({
                 code: [...cell.querySelectorAll(".jp-InputArea .cm-line")].map(line => line.textContent).join("\\n"),
                 text: cell.querySelector(".jp-OutputArea")?.textContent ?? "",
                 pictures: [...cell.querySelectorAll(".jp-OutputArea-output img")].map(img => ({
                   alt: img.alt, loaded: img.complete && img.naturalWidth > 0}))}))"""
        )

    def pictures(self) -> list[dict[str, Any]]:
        """Return every picture in the outputs."""
        return [picture for cell in self.cells() for picture in cell["pictures"]]

    def errors(self) -> list[str]:
        """Return the errors in the outputs."""
        return self.page.locator(
            "[data-mime-type='application/vnd.jupyter.error'], [data-mime-type='application/vnd.jupyter.stderr']"
        ).all_inner_texts()

    def photograph(self, name: str) -> None:
        """Keep screenshots of the whole notebook, one a screenful of the window as it is."""
        SCREENSHOTS.mkdir(exist_ok=True)
        for old in SCREENSHOTS.glob(f"{name}-*.png"):
            old.unlink()
        scroller = self.page.locator(".jp-Notebook .jp-WindowedPanel-outer")
        step = scroller.evaluate("box => box.clientHeight - 60")
        for number in range(100):
            left = 1
            for _settling in range(10):
                scroller.evaluate("(box, top) => { box.scrollTop = top }", number * step)
                self.page.wait_for_timeout(60)
                at, left = scroller.evaluate(
                    "box => [box.scrollTop, box.scrollHeight - box.clientHeight - box.scrollTop]"
                )
                if abs(at - number * step) < 2 or left < 2:
                    break
            self.page.screenshot(path=SCREENSHOTS / f"{name}-{number + 1:02}.png")
            if left < 2:
                return
