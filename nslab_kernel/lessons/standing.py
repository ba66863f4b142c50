"""The progress of a lesson, found without sending a packet; its report.

A ping would resolve MAC addresses before the learner has seen how Linux resolves them.
"""

from collections.abc import Iterator
from datetime import datetime

from nslab_kernel.language import translate as _
from nslab_kernel.lessons import progress
from nslab_kernel.lessons.facts import missing
from nslab_kernel.lessons.lesson import Lesson, Step
from nslab_kernel.model.guidance import Helped, LessonCheck, LessonReport, StepCheck
from nslab_kernel.model.network import Network
from nslab_kernel.network import history
from nslab_kernel.network.snapshot import snapshot


def standing(lesson: Lesson, network: Network) -> LessonCheck:
    """Return the progress of a lesson; its steps include those for looking only, which have no facts."""
    return LessonCheck(lesson.number, _(lesson.title), tuple(_step(step, network) for step in lesson.steps))


def report(lesson: Lesson) -> LessonReport:
    """Return what was done in a lesson so far, and the present network."""
    network = snapshot()
    helped = tuple(_helped(step) for step in lesson.steps)
    at = f"{datetime.now():%Y-%m-%d %H:%M}"
    return LessonReport(standing(lesson, network), helped, history.commands(), network, at)


def to_be_asked(lesson: Lesson, network: Network) -> Iterator[Step]:
    """Yield the steps that lack only a ping: all else holds, and the sender knows the neighbour's MAC address."""
    for step in lesson.steps:
        is_open = step.asked and not progress.record(step.id).reached and not missing(step.seen, network)
        if is_open and all(fact.was_tried(network) for fact in step.asked):
            yield step


def _step(step: Step, network: Network) -> StepCheck:
    when = progress.when(step.id)
    return StepCheck(step.id, _(step.title), tuple(fact.check_quietly(network, when) for fact in step.facts), when)


def _helped(step: Step) -> Helped:
    known = progress.record(step.id)
    is_right = bool(step.question and known.guess and ord(known.guess) - ord("a") == step.question.right)
    return Helped(step.id, known.hints, known.solved, known.guess, is_right)
