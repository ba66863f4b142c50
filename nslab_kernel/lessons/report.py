"""What was done in a lesson, for its report."""

from datetime import datetime

from nslab_kernel.lessons import progress
from nslab_kernel.lessons.lesson import Lesson, Step
from nslab_kernel.lessons.standing import standing
from nslab_kernel.model.guidance import Helped, LessonReport
from nslab_kernel.network import history
from nslab_kernel.network.snapshot import snapshot


def report(lesson: Lesson) -> LessonReport:
    """Return what was done in a lesson so far, and the network as it is."""
    network = snapshot()
    helped = tuple(_helped(step) for step in lesson.steps)
    at = f"{datetime.now():%Y-%m-%d %H:%M}"
    return LessonReport(standing(lesson, network), helped, history.commands(), network, at)


def _helped(step: Step) -> Helped:
    known = progress.record(step.id)
    is_right = bool(step.question and known.guess and ord(known.guess) - ord("a") == step.question.right)
    return Helped(step.id, known.hints, known.solved, known.guess, is_right)
