"""How far a lesson is, told without disturbing the network; its report.

No packet is sent for it: a ping would ask for MAC addresses that the learner has yet to see asked for.
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
    """Return how far a lesson is; steps for looking only are among its steps, without facts."""
    return LessonCheck(lesson.number, _(lesson.title), tuple(_step(step, network) for step in lesson.steps))


def report(lesson: Lesson) -> LessonReport:
    """Return what was done in a lesson so far, and the network as it is."""
    network = snapshot()
    helped = tuple(_helped(step) for step in lesson.steps)
    at = f"{datetime.now():%Y-%m-%d %H:%M}"
    return LessonReport(standing(lesson, network), helped, history.commands(), network, at)


def to_be_asked(lesson: Lesson, network: Network) -> Iterator[Step]:
    """Yield the steps that only a ping can tick, once all else holds and somebody's packet was there before ours."""
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
