"""Whether a step is done, and help with it: check, hint, solve, goto."""

from collections.abc import Iterator
from contextlib import contextmanager

from nslab_kernel.errors import BadValue, LabError
from nslab_kernel.language import translate as _
from nslab_kernel.lessons import progress, ticking  # noqa: F401 - steps are ticked once it is imported
from nslab_kernel.lessons.catalogue import LESSONS, STEPS, find, of_notebook
from nslab_kernel.lessons.facts import missing
from nslab_kernel.lessons.lesson import Lesson, Step
from nslab_kernel.model.guidance import Hint, LessonCheck, StepCheck
from nslab_kernel.model.network import Network
from nslab_kernel.model.results import Change
from nslab_kernel.steps.whole_lab import clear, snapshot


def check(step: str | None = None, strict: bool = False) -> StepCheck | LessonCheck:
    """Say whether a step of the lesson is done, whatever tool did it: which fact holds, and which does not.

    For a step that asks for a reply, it sends a ping.

    Args:
        step: The step's number, as in the heading: `"3.5"`; `None` is the whole lesson so far.
        strict: Raise an error if it is not done, so that a notebook can be graded by running it.

    Returns:
        a StepCheck or a LessonCheck; true where it is done.

    Raises:
        BadValue: There is no such step.
        LabError: It is not done, and `strict` was asked for.

    Example:
        >>> check("3.5")
    """
    found = _lesson_check(present_lesson()) if step is None else _step_check(find(step)[1], snapshot())
    if strict and not found:
        raise _not_done(found)
    return found


def hint(step: str | None = None) -> Hint:
    """Give a hint for a step; each further call gives the next one. The last is the line that does the step.

    Args:
        step: The step's number: `"3.5"`; `None` is the first step of the lesson that is not done.

    Raises:
        BadValue: There is no such step, or it is a step for looking only.

    Example:
        >>> hint("3.5")
    """
    one = _next() if step is None else find(step)[1]
    if not one.facts:
        raise BadValue(_("In step {step} there is nothing to do but to look.").format(step=one.id), try_="check()")
    network = snapshot()
    lines = tuple(deed.call.line for deed in one.does if missing(deed.facts, network))
    of = len(one.hints) + bool(one.does)
    with progress.changing(one.id) as known:
        number = known.hints = min(known.hints + 1, of)
    if number <= len(one.hints):
        return Hint(one.id, number, of, _(one.hints[number - 1]))
    text = _("This does it:") if lines else _("All its lines are done.")
    return Hint(one.id, number, of, text, lines)


def solve(step: str) -> Change:
    """Run the lines of a step that are still missing, and show them.

    Args:
        step: The step's number: `"3.5"`.

    Returns:
        a Change: the commands that ran, and what they changed.

    Raises:
        BadValue: There is no such step, or it is a step for looking only.
        LabError: A line failed, because the network is not as it has to be at the beginning of the step.

    Example:
        >>> solve("3.1")
    """
    one = find(step)[1]
    if not one.does:
        raise BadValue(_("In step {step} there is nothing to do but to look.").format(step=step), try_="check()")
    before, commands = snapshot(), list[str]()
    try:
        with _what_was_done(commands):
            for deed in one.does:
                if missing(deed.facts, snapshot()):
                    commands.append(deed.call.run().command)
    except LabError as error:
        error.try_ = f'goto("{step}")'
        raise
    with progress.changing(step) as known:
        known.solved = known.solved or bool(commands)
    return Change("\n".join(commands), before, snapshot())


def goto(step: str) -> Change:
    """Make the network as it is at the beginning of a step, from any state: everything is removed and made anew.

    A container engine that was started in your lab keeps running.

    Args:
        step: The step's number: `"3.5"`.

    Returns:
        a Change: the commands that ran, and what they changed.

    Raises:
        BadValue: There is no such step.

    Example:
        >>> goto("3.5")
    """
    lesson, one = find(step)
    before = snapshot()
    commands = [clear().command]
    with _what_was_done(commands):
        for earlier in lesson.steps[: lesson.steps.index(one)]:
            commands += [call.run().command for call in earlier.calls]
    return Change("\n".join(filter(None, commands)), before, snapshot())


def present_lesson() -> Lesson:
    """Return the lesson opened last, else the lesson of this notebook, else that of the step reached last.

    Raises:
        BadValue: There is none of these.
    """
    lesson = of_notebook()
    if lesson is None:
        done = [STEPS[step][0] for step in progress.reached() if step in STEPS]
        lesson = done[-1] if done else None
    if lesson is None:
        names = _(", ").join(one.notebook for one in LESSONS)
        raise BadValue(
            _("Which lesson is meant? This notebook is none of them, and no step is done yet."),
            _("The lessons are {names}.").format(names=names),
            try_='check("3.1")',
        )
    return lesson


@contextmanager
def _what_was_done(commands: list[str]) -> Iterator[None]:
    """Mark an error of the block as `partly` if commands ran before it."""
    try:
        yield
    except LabError as error:
        error.partly = error.partly or bool(commands)
        raise


def _next() -> Step:
    steps = present_lesson().goals
    return next((one for one in steps if not progress.record(one.id).reached), steps[-1])


def _step_check(step: Step, network: Network) -> StepCheck:
    facts = tuple(fact.check(network) for fact in step.facts)
    if facts and all(fact.holds for fact in facts):
        progress.tick(step.id)
    return StepCheck(step.id, _(step.title), facts, progress.when(step.id))


def _lesson_check(lesson: Lesson) -> LessonCheck:
    network = snapshot()
    steps = tuple(_step_check(step, network) for step in lesson.goals)
    return LessonCheck(lesson.number, _(lesson.title), steps)


def _not_done(found: StepCheck | LessonCheck) -> LabError:
    if isinstance(found, LessonCheck):
        steps = _(", ").join(step.step for step in found.steps if not step.reached)
        return LabError(_("Not done yet: {steps}.").format(steps=steps), try_="hint()")
    why = " ".join(
        _("{what}: expected {expected}, actual {actual}.").format(
            what=fact.what, expected=fact.expected, actual=fact.actual
        )
        for fact in found.failing
    )
    return LabError(_("Step {step} is not done.").format(step=found.step), why, try_=f'hint("{found.step}")')
