"""Runs notebooks in the kernel NS Lab, and finds the outputs of their cells."""

import os
import re
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from nslab_kernel.sandbox.isolate import Refused
from nslab_kernel.sandbox.run_in_sandbox import sandbox_run

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


@cache
def require_sandbox() -> None:
    """Fail the test, or skip it if that is allowed, with the reason, if Linux refuses a sandbox."""
    try:
        sandbox_run(os.getpid)
    except Refused as refused:
        give_up(f"Linux refuses a sandbox here: {refused}")


def give_up(why: str) -> None:
    """Fail a test that cannot run here, or skip it if NSLAB_ALLOW_SKIPS is 1."""
    if os.environ.get("NSLAB_ALLOW_SKIPS") == "1":
        pytest.skip(why)
    pytest.fail(f"{why}\nNSLAB_ALLOW_SKIPS=1 skips such tests.", pytrace=False)


@cache
def execute(path: Path, programs: str | None = None) -> "Executed":
    """Run a notebook in its own folder, as nbconvert does; the folder decides the language.

    Args:
        path: The notebook.
        programs: Another PATH for the kernel.
    """
    require_sandbox()
    notebook = nbformat.read(path, as_version=4)
    environment = {name: value for name, value in os.environ.items() if name not in ("NSLAB_LANG", "JPY_SESSION_NAME")}
    environment |= {"PATH": programs} if programs else {}
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}})
    client.execute(env=environment)
    return Executed(notebook, path)


class Executed:
    """An executed notebook, whose outputs are found by the code of their cell."""

    def __init__(self, notebook: nbformat.NotebookNode, path: Path) -> None:
        self.notebook, self.name, self.language = notebook, path.stem, path.parent.name
        self.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]

    def data(self, code: str, nth: int = 1) -> dict[str, str]:
        """Return the value that the nth cell with this code showed, by MIME type."""
        return self.value([cell for cell in self.cells if cell.source == code][nth - 1])

    @staticmethod
    def value(cell: nbformat.NotebookNode) -> dict[str, str]:
        """Return the value that a cell showed, by MIME type, without printed text and temporary output."""
        (output,) = (output for output in cell.outputs if output.get("data", {}).get("text/plain"))
        return output.data

    def text(self, code: str, nth: int = 1) -> str:
        """Return what the nth cell with this code showed, as text."""
        return self.data(code, nth)["text/plain"]

    def alternatives(self, code: str, nth: int = 1) -> list[str]:
        """Return the text alternatives of the pictures that the nth cell with this code showed."""
        return re.findall(r'<img[^>]* alt="([^"]*)"', self.data(code, nth)["text/html"])
