"""The lesson beside the notebook, its questions, and the report of it."""

from pathlib import Path
from typing import TYPE_CHECKING

from nslab_kernel.jupyter.cell_output import notebook_shell
from nslab_kernel.lessons import check, prediction
from nslab_kernel.lessons.catalogue import open_lesson
from nslab_kernel.lessons.standing import report
from nslab_kernel.linux.lab import require_lab
from nslab_kernel.model.guidance import Prediction

if TYPE_CHECKING:
    from nslab_kernel.jupyter.live_lesson import LiveLesson

_opened: "dict[int, LiveLesson]" = {}
"""The panels, by the lesson's number: each is opened once."""


def lesson(number: int | None = None) -> "LiveLesson":
    """Open the lesson beside the notebook: the live picture, and its steps, which tick by themselves.

    A step is ticked as soon as the network is as it asks, whatever tool made it so. Press one to see what it expects
    and what there is; a button there gives a hint, and again the next one. In JupyterLab it opens at the right edge,
    elsewhere it stands below the cell.

    Args:
        number: Of the lesson, 0 to 3; `None` is the lesson of this notebook.

    Returns:
        The panel; called again, it is the same one.

    Raises:
        NoLab: There is no lab here.
        BadValue: There is no such lesson, or it is not known which is meant.

    Example:
        >>> lesson(3)
    """
    require_lab()
    found = check.present_lesson() if number is None else open_lesson(number)
    from nslab_kernel.jupyter.live_lesson import LiveLesson  # widgets load only where they are shown

    if found.number not in _opened:
        _opened[found.number] = LiveLesson(found)
    return _opened[found.number]


def predict(step: str, guess: str | None = None) -> Prediction | None:
    """Ask what a step will bring, before it is run; with a guess, say what comes, and why.

    In a notebook the answers are buttons. Once the next cell has run, what it brought stands beside the guess.

    Args:
        step: Its number: `"3.10"`.
        guess: The letter of an answer, `"b"`; `None` only asks.

    Returns:
        a Prediction; nothing where there are buttons.

    Raises:
        BadValue: There is no such step, no question in it, or no such answer.

    Example:
        >>> predict("3.10", "b")
    """
    asked = prediction.predict(step, guess)
    if guess is None and notebook_shell():
        from nslab_kernel.jupyter.question_buttons import QuestionButtons  # widgets load only where they are shown

        QuestionButtons(asked).show()
        return None
    return asked


def lesson_report(path: str | Path | None = None, overwrite: bool = False) -> Path:
    """Write a page that says what was done in the lesson: when, with which help, by which commands.

    Args:
        path: The file; `None` is beside the notebook, `3-by-hand-report.html`. A report of that name is replaced.
        overwrite: Whether a file of another kind is replaced as well.

    Returns:
        The file's path.

    Raises:
        NoLab: There is no lab here.
        BadValue: It is not known which lesson is meant, or something else stands there, or it cannot be written.

    Example:
        >>> lesson_report()
    """
    require_lab()
    from nslab_kernel.display.html_report import report_save

    found = check.present_lesson()
    return report_save(report(found), path or f"{found.notebook}-report.html", overwrite)
