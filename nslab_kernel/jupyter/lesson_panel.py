"""The learner's functions `lesson`, `predict` and `lesson_report`."""

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
"""The panel of each lesson that was opened, by the lesson's number."""


def lesson(number: int | None = None) -> "LiveLesson":
    """Open a lesson beside the notebook: the live picture, and below it the steps with their state.

    A step is ticked as soon as the network is as the step asks, whatever tool changed it. Press a step to see what it
    expects and what there is; a button there gives one hint after the other. In JupyterLab the lesson opens at the
    right edge of the window, elsewhere below the cell.

    Args:
        number: The lesson's number, 0 to 3; `None` is the lesson opened last, else that of this notebook.

    Returns:
        The panel; further calls for the same lesson return the same panel.

    Raises:
        NoLab: There is no lab here.
        BadValue: There is no such lesson, or it is not clear which lesson is meant.

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
    """Ask what a step will do, before its cell is run; with a guess, tell the right answer, and why.

    In a notebook the answers are buttons. After the next cell has run, its result is shown beside the guess.

    Args:
        step: The step's number: `"3.10"`.
        guess: The letter of an answer, `"b"`; `None` only asks.

    Returns:
        a Prediction; `None` where buttons are shown.

    Raises:
        BadValue: There is no such step, it has no question, or there is no such answer.

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
    """Write an HTML page that says what was done in the lesson: when, with which help, by which commands.

    Args:
        path: The file; `None` is a file beside the notebook, `3-by-hand-report.html`. An earlier report is replaced.
        overwrite: Whether a file of another kind is replaced as well.

    Returns:
        The file's path.

    Raises:
        NoLab: There is no lab here.
        BadValue: It is not clear which lesson is meant, another file has this name, or the file cannot be written.

    Example:
        >>> lesson_report()
    """
    require_lab()
    from nslab_kernel.display.html_report import report_save

    found = check.present_lesson()
    return report_save(report(found), path or f"{found.notebook}-report.html", overwrite)
