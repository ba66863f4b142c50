"""All lessons, in order."""

import os
from pathlib import PurePosixPath

from nslab_kernel.errors import BadValue
from nslab_kernel.language import translate as _
from nslab_kernel.lessons.by_hand import BY_HAND
from nslab_kernel.lessons.lesson import Lesson, Step
from nslab_kernel.lessons.two_containers import TWO_CONTAINERS
from nslab_kernel.lessons.welcome import WELCOME
from nslab_kernel.lessons.what_a_process_sees import WHAT_A_PROCESS_SEES
from nslab_kernel.spelling import as_python, quoted

LESSONS = (WELCOME, WHAT_A_PROCESS_SEES, TWO_CONTAINERS, BY_HAND)
STEPS = {step.id: (lesson, step) for lesson in LESSONS for step in lesson.steps}
"""Each step with its lesson, by the step's number."""

_opened: Lesson | None = None


def find(step: str) -> tuple[Lesson, Step]:
    """Return a step by its number, and its lesson.

    Raises:
        BadValue: There is no such step.
    """
    if not isinstance(step, str):
        what = _('{step} is no step: its number stands in quotation marks, as in "3.5".').format(step=as_python(step))
        raise BadValue(what, _("Python takes 3.1 and 3.10 for the same number."))
    if step in STEPS:
        return STEPS[step]
    what = _("There is no step {step}.").format(step=quoted(step))
    raise BadValue(what, _("The steps are {numbers}.").format(numbers=_(", ").join(STEPS)), try_='check("3.5")')


def open_lesson(number: int) -> Lesson:
    """Return a lesson by its number; from now on it is the default where no lesson is named.

    Raises:
        BadValue: There is no such lesson.
    """
    global _opened
    found = next((one for one in LESSONS if one.number == number and not isinstance(number, bool)), None)
    if found is None:
        numbers = _(", ").join(str(one.number) for one in LESSONS)
        what = _("There is no lesson {number}.").format(number=as_python(number))
        raise BadValue(what, _("The lessons are {numbers}.").format(numbers=numbers), try_="lesson(3)")
    _opened = found
    return found


def of_notebook() -> Lesson | None:
    """Return the lesson that was opened last, else the lesson of the notebook; `None` where there is neither."""
    if _opened:
        return _opened
    name = PurePosixPath(os.environ.get("JPY_SESSION_NAME", "")).stem
    return next((lesson for lesson in LESSONS if lesson.notebook == name), None)
