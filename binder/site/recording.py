"""Runs a lesson's notebook in its own lab, and keeps all outputs."""

from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from bs4 import BeautifulSoup
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from nslab_kernel import errors

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
_CELL_LIMIT_S = 120
_LIVE = "application/vnd.jupyter.widget-view+json"
_PANEL = "lesson("
"""How a cell begins whose output is updated during the lesson; the page keeps the output that it had at first."""
_MISSING_ERRORS = {errors.MissingProgram.__name__, errors.EngineTrouble.__name__}
"""Names of the exceptions that a cell raises where the machine lacks a program or a container engine."""


@dataclass(frozen=True)
class Picture:
    """A picture that a cell drew, and what it shows in words."""

    source: str
    words: str


@dataclass(frozen=True)
class Lesson:
    """A notebook that has run."""

    name: str
    language: str
    notebook: NotebookNode
    lacking: str = ""
    """The message of the first error about something that the machine lacks; empty if there was none."""
    stopped_at: str = ""
    """The id of the cell at which the run ended early because of that; empty if it did not."""

    @property
    def title(self) -> str:
        """Its first heading."""
        return next(line for line in self.notebook.cells[0].source.splitlines() if line.startswith("# "))[2:]

    @property
    def facts(self) -> NotebookNode:
        """The lesson's entry for the catalogue: minutes, afterwards, picture."""
        return self.notebook.metadata.nslab

    def picture(self, code: str) -> Picture | None:
        """Return the picture that the first cell with this code drew; None if it has drawn none.

        Raises:
            ValueError: The lesson has no such cell.
        """
        cells = [cell for cell in self.notebook.cells if cell.source == code]
        if not cells:
            raise ValueError(f"{self.language}/{self.name} has no cell {code}, whose picture is wanted")
        html = "".join(output.get("data", {}).get("text/html", "") for output in cells[0].outputs)
        image = BeautifulSoup(html, "html.parser").img
        return Picture(image["src"], image["alt"]) if image else None


def lesson_names() -> list[str]:
    """Return the lessons' names, in their order."""
    return sorted((path.stem for path in (NOTEBOOKS / "en").glob("*.ipynb")), key=_number)


def run(name: str, language: str) -> Lesson:
    """Run a lesson's notebook, to its end or to the first cell for which the machine lacks something.

    Raises:
        CellExecutionError: A cell failed for another reason, and is not tagged `raises-exception`.
    """
    notebook = nbformat.read(NOTEBOOKS / language / f"{name}.ipynb", as_version=4)
    stopped_at = ""
    try:
        _execute(notebook, language)
    except CellExecutionError as failure:
        if failure.ename not in _MISSING_ERRORS:
            raise
        stopped_at = [cell for cell in notebook.cells if _lacking(cell)][-1].id
    notebook.metadata.pop("widgets", None)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in code:
        # A live widget needs a kernel; the still picture of its last state is another output of the cell.
        cell.outputs = [output for output in cell.outputs if _LIVE not in output.get("data", {})]
    return Lesson(name, language, notebook, next(filter(None, map(_lacking, code)), ""), stopped_at)


def _execute(notebook: NotebookNode, language: str) -> None:
    """Run the cells in a new temporary folder with the language's name; restore the panels' first outputs."""
    panels: list[tuple[NotebookNode, list[NotebookNode]]] = []
    manager = AsyncKernelManager(kernel_name="nslab", transport_encryption="auto")  # else each kernel prints a warning
    with TemporaryDirectory() as folder:
        place = Path(folder, language)
        place.mkdir(mode=0o700)
        resources = {"metadata": {"path": str(place)}}
        client = NotebookClient(notebook, manager, timeout=_CELL_LIMIT_S, resources=resources)
        client.on_cell_executed = lambda cell, **_: _keep_panel(cell, panels)
        try:
            # A client does not end the kernel of a manager that it was given, unless it is told to.
            client.execute(cleanup_kc=True)
        finally:
            for cell, outputs in panels:
                cell.outputs = outputs


def _keep_panel(cell: NotebookNode, panels: list[tuple[NotebookNode, list[NotebookNode]]]) -> None:
    if cell.cell_type == "code" and cell.source.startswith(_PANEL):
        panels.append((cell, deepcopy(cell.outputs)))


def _lacking(cell: NotebookNode) -> str:
    outputs = cell.get("outputs", [])
    failures = (output for output in outputs if output.output_type == "error" and output.ename in _MISSING_ERRORS)
    return next((failure.evalue for failure in failures), "")


def _number(name: str) -> int:
    return int(name.partition("-")[0])
