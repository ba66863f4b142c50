"""Many notebooks, one table: each runs in a lab of its own."""

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
"""Characters of a notebook's name in the name of its page, which has 255 bytes at most."""


@dataclass(frozen=True)
class Limits:
    """What a notebook may take."""

    seconds: int = 600
    """For all its cells together; of the processor each process has a minute more."""
    memory_mib: int = 2048
    """For each process; setrlimit(2), RLIMIT_DATA."""

    def apply(self) -> None:
        """Set them for this process, and for all that it starts."""
        resource.setrlimit(resource.RLIMIT_DATA, (self.memory_mib << 20,) * 2)
        resource.setrlimit(resource.RLIMIT_CPU, (self.seconds + _START_S,) * 2)


@dataclass(frozen=True)
class Grade:
    """What came of one notebook."""

    notebook: Path
    lesson: Lesson
    reached: tuple[str, ...]
    """The numbers of the lesson's steps whose goal was met."""
    trouble: str
    """Why it did not run to its end; empty where it did."""
    page: str
    """The notebook as it ran, as HTML."""

    @property
    def row(self) -> dict[str, str | int]:
        """The line of the table: 1 for each step that was reached."""
        steps = {step: int(step in self.reached) for step in steps_of(self.lesson)}
        counts = {"reached": len(self.reached), "of": len(steps)}
        return {"notebook": visible(str(self.notebook)), **counts, **steps, "trouble": visible(self.trouble)}


def steps_of(lesson: Lesson) -> list[str]:
    """Return the numbers of the steps that have a goal."""
    return [step.id for step in lesson.goals]


def lesson_of(notebook: Path) -> Lesson | None:
    """Return the lesson whose name a notebook's file has in it; `None` where it has none."""
    return next((lesson for lesson in LESSONS if lesson.notebook in notebook.name), None)


def grade(notebook: Path, lesson: Lesson, limits: Limits) -> Grade:
    """Run a notebook in a new lab, and see which steps of the lesson it reaches; the file itself stays as it is.

    Raises:
        KeyboardInterrupt: Somebody ended this.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # about what is put right
            read: Any = nbformat.read(notebook, as_version=4)
    except Exception as error:  # whatever a learner hands in
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
    """Write the table, and a page for each notebook, as they come.

    Args:
        grades: What came of each.
        lessons: Those that they are for; the table has a column for each step of these.
        folder: Where to.
        tell: Is called with each.

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
    """By nbclient alone, Ctrl-C ends one notebook, and the next begins."""

    async def async_start_new_kernel(self, **options: Any) -> None:
        """Start it, from now on with signals that end all."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task
        for signo in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(signo, task.cancel)
        await super().async_start_new_kernel(**options)


async def _run(client: NotebookClient, limits: Limits) -> tuple[str, tuple[str, ...]]:
    """Run all cells; return why they did not come to their end, if so, and what was reached until then."""
    # What a kernel that was cut off leaves behind concerns nobody, nor does what it says beside its notebook.
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
        if (task := asyncio.current_task()) and task.cancelling():  # nbclient takes our end for the kernel's
            raise asyncio.CancelledError from None
        told = _("Its notebook kernel died: it took more memory or processor time than it may, or ended itself.")
        return told, ()
    except RuntimeError as error:
        return _("Its notebook kernel did not start: {error}").format(error=error), ()
    except Exception as error:  # a cell that is none, or a kernel that answers what no kernel does
        return _("It did not run to its end: {error}").format(error=error), reached
    return "", reached


async def _ask(client: Any, is_busy: bool = False) -> tuple[str, ...]:
    """Ask the notebook kernel what was reached; one that has broken Python's own functions has reached nothing."""
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
    except Exception as error:  # what it says of itself, or what a cell showed, may be anything
        told = _("The notebook has no page: {error}").format(error=error)
        return _html([new_markdown_cell(said), new_markdown_cell(told)])


def _html(cells: list[Any], metadata: Any = None) -> str:
    from nbconvert import HTMLExporter  # late: heavy

    with warnings.catch_warnings(action="ignore"):  # a widget has no page; its still picture beside it has
        notebook = new_notebook(cells=cells, metadata=metadata or {})
        page: str = HTMLExporter(sanitize_html=True).from_notebook_node(notebook)[0]
    return page
