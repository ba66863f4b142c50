"""Grades notebooks: runs each in a lab of its own, and writes a table."""

import ast
import asyncio
import csv
import resource
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_markdown_cell, new_notebook

from nslab_kernel.language import translate as _
from nslab_kernel.lessons.catalogue import LESSONS
from nslab_kernel.lessons.lesson import Lesson
from nslab_kernel.spelling import visible

TABLE = "grades.csv"
_ASK = "__import__('nslab_kernel.lessons.progress').lessons.progress.reached()"
_START_S, _ANSWER_S = 60, 10
_LONGEST_STEM = 60
"""How many characters of a notebook's name are in its page's file name, which may have 255 bytes at most."""


@dataclass(frozen=True)
class Limits:
    """What a notebook may use."""

    seconds: int = 600
    """Seconds for all its cells together; each process may use a minute more of processor time."""
    memory_mib: int = 2048
    """MiB for each process; setrlimit(2), RLIMIT_DATA."""

    def apply(self) -> None:
        """Set the limits for this process, and for all processes that it starts."""
        resource.setrlimit(resource.RLIMIT_DATA, (self.memory_mib << 20,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (self.seconds + _START_S,) * 2)


@dataclass(frozen=True)
class Grade:
    """The result of one notebook."""

    notebook: Path
    lesson: Lesson
    reached: tuple[str, ...]
    """The numbers of the lesson's steps whose goal was met."""
    trouble: str
    """Why the notebook did not run to its end; empty where it did."""
    page: str
    """The notebook as it ran, as HTML."""

    @property
    def row(self) -> dict[str, str | int]:
        """The notebook's row of the table; the column of a step is 1 if the step was reached, else 0."""
        steps = {step: int(step in self.reached) for step in steps_of(self.lesson)}
        counts = {"reached": len(self.reached), "of": len(steps)}
        return {"notebook": visible(str(self.notebook)), **counts, **steps, "trouble": visible(self.trouble)}


def steps_of(lesson: Lesson) -> list[str]:
    """Return the numbers of the steps that have a goal."""
    return [step.id for step in lesson.goals]


def lesson_of(notebook: Path) -> Lesson | None:
    """Return the lesson whose name is part of a notebook's file name; `None` where there is none."""
    return next((lesson for lesson in LESSONS if lesson.notebook in notebook.name), None)


def grade(notebook: Path, lesson: Lesson, limits: Limits) -> Grade:
    """Run a notebook in a new lab, and return which steps of the lesson it reaches; its file is not changed.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM came while the notebook ran.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # about what nbformat repairs
            read: Any = nbformat.read(notebook, as_version=4)
    except Exception as error:  # a learner may hand in anything
        trouble = _("It is no notebook: {error}").format(error=error)
        return Grade(notebook, lesson, (), trouble, _page(new_notebook(), trouble))
    with tempfile.TemporaryDirectory() as folder:
        client = _Client(
            read,
            kernel_name="nslab",
            allow_errors=True,
            startup_timeout=_START_S,
            resources={"metadata": {"path": folder}},
        )
        try:
            trouble, answer = asyncio.run(_run(client, limits))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
    reached = tuple(step for step in steps_of(lesson) if step in answer)
    return Grade(notebook, lesson, reached, trouble, _page(read, f"{trouble}\n\n{_said(lesson, reached)}"))


def write(grades: Iterable[Grade], lessons: Iterable[Lesson], folder: Path, tell: Callable[[Grade], None]) -> None:
    """Write the table, and a page for each notebook, as soon as each is graded.

    Args:
        grades: The result of each notebook.
        lessons: The lessons of these notebooks; the table has a column for each of their steps.
        folder: The folder to write in, made if it does not exist.
        tell: Called with each result after it is written.

    Raises:
        OSError: The folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    steps = dict.fromkeys(step for lesson in lessons for step in steps_of(lesson))
    with (folder / TABLE).open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, ["notebook", "reached", "of", *steps, "trouble"])
        table.writeheader()
        for number, one in enumerate(grades, start=1):
            table.writerow(one.row)
            file.flush()
            page = folder / f"{number:03}-{one.notebook.stem[:_LONGEST_STEM]}.html"
            page.write_text(one.page, encoding="utf-8", errors="backslashreplace")
            tell(one)


class _Client(NotebookClient):
    """Ends the whole grading at Ctrl+C; nbclient's own client ends one notebook, and the next begins."""

    async def async_start_new_kernel(self, **options: Any) -> None:
        """Start the notebook kernel; from now on SIGINT and SIGTERM cancel the whole run."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task
        for signo in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signo, task.cancel)
        await super().async_start_new_kernel(**options)


async def _run(client: NotebookClient, limits: Limits) -> tuple[str, tuple[str, ...]]:
    """Run all cells; return why they did not run to their end, empty if they did, and the steps reached until then."""
    # Errors of tasks that a killed kernel leaves behind, and what it writes to stderr, are of no use to a teacher.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    reached: tuple[str, ...] = ()
    try:
        async with client.async_setup_kernel(preexec_fn=limits.apply, stderr=subprocess.DEVNULL):
            end = time.monotonic() + limits.seconds
            client.timeout_func = lambda _cell: max(1, round(end - time.monotonic()))
            try:
                for place, cell in enumerate(client.nb.cells):
                    await client.async_execute_cell(cell, place)
            except DeadKernelError:
                raise
            except Exception as error:
                reached = await _ask(client, is_busy=isinstance(error, CellTimeoutError))
                raise
            reached = await _ask(client)
    except CellTimeoutError:
        return _("It did not end within {seconds} seconds.").format(seconds=limits.seconds), reached
    except DeadKernelError:
        if (task := asyncio.current_task()) and task.cancelling():  # nbclient takes our cancelling for a dead kernel
            raise asyncio.CancelledError from None
        told = _("Its notebook kernel died: it took more memory or processor time than it may, or ended itself.")
        return told, ()
    except RuntimeError as error:
        return _("Its notebook kernel did not start: {error}").format(error=error), ()
    except Exception as error:  # a malformed cell, or a kernel that sends malformed messages
        return _("It did not run to its end: {error}").format(error=error), reached
    return "", reached


async def _ask(client: Any, is_busy: bool = False) -> tuple[str, ...]:
    """Return the steps that the notebook kernel says were reached; none if a cell broke Python's own functions."""
    with suppress(Exception):
        async with asyncio.timeout(_ANSWER_S):
            if is_busy:
                await client.km.interrupt_kernel()
            asked = client.kc.execute("", silent=True, user_expressions={"reached": _ASK})
            while (answer := await client.kc.get_shell_msg())["parent_header"].get("msg_id") != asked:
                pass
            steps = ast.literal_eval(answer["content"]["user_expressions"]["reached"]["data"]["text/plain"])
            return tuple(step for step in steps if isinstance(step, str))
    return ()


def _said(lesson: Lesson, reached: tuple[str, ...]) -> str:
    steps = " · ".join(f"**{step}**" if step in reached else f"~~{step}~~" for step in steps_of(lesson))
    told = _("{done} of {count} steps").format(done=len(reached), count=len(steps_of(lesson)))
    return f"{told}: {steps}"


def _page(notebook: Any, said: str) -> str:
    try:
        return _html([new_markdown_cell(said), *notebook.cells], notebook.metadata)
    except Exception as error:  # the notebook's metadata and outputs may be anything
        told = _("The notebook has no page: {error}").format(error=error)
        return _html([new_markdown_cell(said), new_markdown_cell(told)])


def _html(cells: list[Any], metadata: Any = None) -> str:
    from nbconvert import HTMLExporter  # late: it is slow to import

    with warnings.catch_warnings(action="ignore"):  # about widgets, of which only the static pictures are exported
        notebook = new_notebook(cells=cells, metadata=metadata or {})
        page: str = HTMLExporter(sanitize_html=True).from_notebook_node(notebook)[0]
    return page
