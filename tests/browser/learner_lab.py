"""JupyterLab with a copy of the notebooks, and its pages in Chromium.

Server and browser share a network namespace with nothing but `lo`, so nothing leaves the machine. The test itself
runs outside that namespace: Playwright talks to Chromium through pipes.
"""

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import nbformat
import psutil
from playwright.sync_api import Browser, Error, Locator, Page, Playwright, expect

from tests.notebooks.executed import give_up, require_sandbox

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SCREENSHOTS = Path(__file__).parent / "screenshots"
ADDRESS = "http://127.0.0.1:8888"
CHROMIUM = "/usr/bin/chromium"
AXE = Path(str(resources.files("axe_playwright_python") / "axe.min.js"))
LIMIT_S = 300
"""Time limit of each wait; nothing that works takes longer."""
expect.set_options(timeout=LIMIT_S * 1000)
POLLING_MS = 100
CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SERVER_OPTIONS = [
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port=8888",
    "--IdentityProvider.token=",
    "--MultiKernelManager.default_kernel_name=nslab",
    "--KernelManager.transport_encryption=auto",
    f"--LabApp.app_settings_dir={NOTEBOOKS.parent / 'binder/settings'}",
    "--LabApp.expose_app_in_browser=True",
    "--LanguageServerManager.autodetect=False",
]
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
KNOWN_ERRORS = (
    "[anywidget] Failed to initialize model.",  # a matrix may close within the two seconds that anywidget waits
    "Canceled future for create_subshell_request",  # JupyterLab cancels its own request when a kernel restarts
)
BACKGROUND_COLOURS = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 17, 17)"}
_USER_NAMESPACE = ["--user", "--map-users=0,0,65536", "--map-groups=0,0,65536"] if os.geteuid() == 0 else ["-Ur"]
"""As root, map other user ids too: where root's id is the only one, root gets no lab."""
IN_OWN_NETWORK = ["unshare", *_USER_NAMESPACE, "-nmpf", "--mount-proc", "--kill-child"]
IN_OWN_NETWORK += ["sh", "-c", 'ip link set dev lo up && exec "$@"', "sh"]


def chromium_program() -> str:
    """Return the path of Debian's Chromium; fail or skip the test if it is not installed."""
    if not Path(CHROMIUM).exists():
        give_up(f"There is no {CHROMIUM}: install the package chromium.")
    return CHROMIUM


@contextlib.contextmanager
def learner_lab(
    playwright: Playwright, folder: Path, prefix: Sequence[str] = (), alone: Sequence[str] = IN_OWN_NETWORK
) -> Iterator["LearnerLab"]:
    """Start JupyterLab with a copy of the notebooks, and a browser in its network namespace; yield a `LearnerLab`.

    Args:
        playwright: Started by the caller, because a process can have only one.
        folder: An empty folder for the copy and for the files that the server writes.
        prefix: A command line put before the server's own, for example to forbid system calls to it.
        alone: A command line put before `prefix`, which makes a network namespace with only `lo`.
    """
    require_sandbox()
    program = chromium_program()
    shutil.copytree(NOTEBOOKS, folder / "notebooks")
    with _server(folder, [*alone, *prefix]) as process:
        chromium = folder / "chromium"
        chromium.write_text(
            f'#!/bin/sh\nexec nsenter --target {process.pid} --user --net --preserve-credentials {program} "$@"\n'
        )
        chromium.chmod(0o755)
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_OPTIONS)
        try:
            _wait_for_server(process, browser, folder)
            yield LearnerLab(browser, folder / "notebooks")
        finally:
            browser.close()


@contextlib.contextmanager
def _server(folder: Path, start: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    server = [sys.executable, "-m", "jupyterlab", *SERVER_OPTIONS, f"--ServerApp.root_dir={folder / 'notebooks'}"]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen([*start, *server], env=_environment(folder), stdout=log, stderr=log)
        try:
            while _network(process.pid) == _network(os.getpid()):
                time.sleep(0.01)
            yield process
        finally:
            _end(process)


def _network(pid: int) -> str:
    return str(Path(f"/proc/{pid}/ns/net").readlink())


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment without this user's Jupyter and nslab settings, and with this Python's programs first."""
    places = ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
    own = {f"JUPYTER_{place}": str(folder / place.lower()) for place in places}
    own["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    foreign = ("NSLAB_LAB", "NSLAB_LANG", "JPY_SESSION_NAME")
    return {name: value for name, value in os.environ.items() if name not in foreign} | own


def _wait_for_server(process: subprocess.Popen[bytes], browser: Browser, folder: Path) -> None:
    """Wait until the server has written the file that says that it listens, and then until it answers.

    Repeated attempts to load a page before that would take processor time from the server while it starts.
    """
    deadline = time.monotonic() + LIMIT_S
    page = browser.new_page()
    while time.monotonic() < deadline and process.poll() is None:
        if any((folder / "runtime_dir").glob("jpserver-*.json")):
            with contextlib.suppress(Error):
                page.goto(f"{ADDRESS}/api/status")
                page.close()
                return
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab does not answer:\n{(folder / 'server.log').read_text()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Terminate the server, which ends its kernels and engines; then kill its pid namespace with all that is left."""
    for server in psutil.Process(process.pid).children():
        server.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(60)
    process.kill()
    process.wait()


class LearnerLab:
    """A browser beside a running JupyterLab."""

    def __init__(self, browser: Browser, root: Path) -> None:
        self._browser, self.root = browser, root
        self._numbers = itertools.count()
        self._free: list[Page] = []
        self.pages: list[NotebookPage] = []

    def page(self) -> "NotebookPage":
        """Return an empty page with a workspace of its own, in a tab of a closed page if there is one.

        JupyterLab loads in a used tab with half the work, because the tab still has its scripts.
        """
        tab = self._free.pop() if self._free else self._browser.new_page()
        page = NotebookPage(tab, self.root, f"w{next(self._numbers)}", self._free)
        self.pages.append(page)
        return page

    def notebook(self, path: str, cells: Sequence[str]) -> "NotebookPage":
        """Write a notebook with these cells, open it in a page of its own, and return the page; its kernel is ready."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in cells])
        notebook.metadata["kernelspec"] = {"name": "nslab", "display_name": "NS Lab", "language": "python"}
        nbformat.write(notebook, self.root / path)
        page = self.page()
        page.open(path)
        return page


class NotebookPage:
    """A browser tab with one notebook in JupyterLab, and the actions of a learner there."""

    def __init__(self, page: Page, root: Path, workspace: str, free: list[Page]) -> None:
        self.page, self.root, self._workspace, self._free = page, root, workspace, free
        self.script_errors: list[str] = []
        page.on("pageerror", self._on_script_error)
        page.set_default_timeout(LIMIT_S * 1000)
        page.set_viewport_size({"width": 1280, "height": 900})

    def _on_script_error(self, error: Error) -> None:
        if not any(known in str(error) for known in KNOWN_ERRORS):
            self.script_errors.append(str(error))

    def wait_until(self, expression: str, arg: object = None, limit_s: float = LIMIT_S) -> None:
        """Wait until a JavaScript expression is true; it is polled, as a check at each frame keeps the page drawing."""
        self.page.wait_for_function(expression, arg=arg, polling=POLLING_MS, timeout=limit_s * 1000)

    def show(self, path: str) -> None:
        """Open a notebook and close the others; JupyterLab is not loaded again, which takes more work than a lesson."""
        if self.page.url == "about:blank":
            self._load(path)
        else:
            # dispose() closes a notebook without a dialog that asks whether to save it.
            self.page.evaluate("() => [...jupyterapp.shell.widgets('main')].forEach(one => one.dispose())")
            self.command("docmanager:open", path=path)
        self._wait_for_cells(path)

    def reload(self, path: str) -> None:
        """Load JupyterLab again with a notebook whose kernel still runs, and wait until both are ready."""
        self._load(path)
        self._wait_for_cells(path)
        self._wait_for_kernel()

    def _load(self, path: str) -> None:
        self.page.goto(f"{ADDRESS}/lab/workspaces/{self._workspace}/tree/{path}?reset")

    def _wait_for_cells(self, path: str) -> None:
        """Wait until each cell of the notebook is rendered, checking at each frame.

        JupyterLab renders cells one by one when a frame leaves time for it, and only the check causes frames.
        """
        self.page.wait_for_function(
            """path => { const panel = window.jupyterapp?.shell.currentWidget;
                         const there = document.querySelectorAll(".jp-Notebook .jp-Cell").length;
                         return panel?.context?.isReady && panel.context.path === path
                             && there === panel.content.model.cells.length }""",
            arg=path,
        )

    def open(self, path: str) -> None:
        """Open a notebook, and wait until its kernel is ready."""
        self.show(path)
        self._wait_for_kernel()

    def _wait_for_kernel(self) -> None:
        self.wait_until(
            """() => { const context = window.jupyterapp?.shell.currentWidget?.sessionContext;
                       return context?.isReady && context.session?.kernel?.status === "idle" }"""
        )

    def command(self, name: str, **arguments: object) -> None:
        """Run a command of JupyterLab, as its menus do, and wait until it is done."""
        self.page.evaluate(
            "([name, given]) => jupyterapp.commands.execute(name, given).then(() => null)", [name, arguments]
        )

    def start(self, cell: int) -> None:
        """Start a cell, as Ctrl+Enter does, without waiting for its end."""
        self.page.evaluate(
            """n => { jupyterapp.shell.currentWidget.content.activeCellIndex = n; window.running = true;
                      jupyterapp.commands.execute("notebook:run-cell").finally(() => window.running = false) }""",
            cell,
        )

    def wait_for_end(self) -> None:
        """Wait until the started cell has ended."""
        self.wait_until("() => !window.running")

    def run(self, *cells: int) -> str:
        """Run cells one after another, as Ctrl+Enter does; return the text of the last cell's output."""
        for cell in cells:
            self.start(cell)
            self.wait_for_end()
        return self.cell(cells[-1]).locator(".jp-OutputArea").first.text_content() or ""

    def cell(self, number: int) -> Locator:
        """Return the locator of a code cell, given its number, counted from 0."""
        return self.page.locator(".jp-Notebook .jp-CodeCell").nth(number)

    def start_all(self) -> None:
        """Start all cells, as "Run All Cells" does, without waiting for their end."""
        self.page.evaluate("() => void jupyterapp.commands.execute('notebook:run-all-cells')")

    def wait_for_all(self) -> None:
        """Wait until every code cell has run."""
        self.wait_until(
            """() => [...document.querySelectorAll(".jp-Notebook .jp-CodeCell .jp-InputPrompt")]
                     .every(prompt => /^\\[\\d+\\]:$/.test(prompt.textContent))""",
            limit_s=4 * LIMIT_S,  # a whole lesson
        )

    def restart(self) -> None:
        """Restart the kernel, as the menu does, and wait until it is idle."""
        self.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
        self.wait_until("() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'")

    def shut_down(self) -> None:
        """Shut the kernel down, as the menu does."""
        self.page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")

    def close(self) -> None:
        """Shut the kernel down, and keep the tab for the next `NotebookPage`."""
        self.shut_down()
        self.page.goto("about:blank")
        self.page.remove_listener("pageerror", self._on_script_error)
        self._free.append(self.page)

    def theme(self, name: str) -> None:
        """Change to the theme `light` or `dark`, and wait until it is drawn."""
        self.command("apputils:change-theme", theme=THEMES[name])
        self.page.wait_for_selector(f"body[data-jp-theme-name='{THEMES[name]}']", state="attached")
        self.wait_until(
            "ground => getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor === ground",
            arg=BACKGROUND_COLOURS[name],
        )

    def cells(self) -> list[dict[str, Any]]:
        """Wait until all images are loaded; return each code cell's code, its outputs' text, and their pictures."""
        self.wait_until("() => [...document.images].every(image => image.complete)")
        return self.page.evaluate(
            """() => [...document.querySelectorAll(".jp-Notebook .jp-CodeCell")].map(cell => ({
                 code: [...cell.querySelectorAll(".jp-InputArea .cm-line")].map(line => line.textContent).join("\\n"),
                 text: cell.querySelector(".jp-OutputArea")?.textContent ?? "",
                 pictures: [...cell.querySelectorAll(".jp-OutputArea-output img")].map(img => ({
                   alt: img.alt, loaded: img.complete && img.naturalWidth > 0}))}))"""
        )

    def errors(self) -> list[str]:
        """Return the text of each output that is an error or comes from stderr."""
        return self.page.locator(
            "[data-mime-type='application/vnd.jupyter.error'], [data-mime-type='application/vnd.jupyter.stderr']"
        ).all_inner_texts()

    def violations(self, selector: str) -> list[str]:
        """Return the violations that the accessibility checker axe-core finds in the elements of a selector."""
        self.page.add_script_tag(path=AXE)
        found = self.page.evaluate("what => axe.run(what, { resultTypes: ['violations'] })", selector)
        return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]

    def screenshot(self, name: str, selector: str | None = None) -> None:
        """Save a screenshot of the window, scrolled to the element of the selector if one is given."""
        SCREENSHOTS.mkdir(exist_ok=True)
        if selector:
            self.page.evaluate("what => document.querySelector(what)?.scrollIntoView()", selector)
            self.page.wait_for_timeout(100)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.jpeg", type="jpeg", quality=90)

    def screenshot_all(self, name: str) -> None:
        """Save screenshots of the whole notebook, one for each screenful of the window, if NSLAB_PHOTOGRAPHS is set."""
        if "NSLAB_PHOTOGRAPHS" not in os.environ:
            return
        for old in SCREENSHOTS.glob(f"{name}-*.jpeg"):
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
            self.screenshot(f"{name}-{number + 1:02}")
            if left < 2:
                return
