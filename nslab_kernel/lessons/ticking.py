"""Ticks each step whose goal is met, after every change."""

from nslab_kernel.lessons import progress
from nslab_kernel.lessons.catalogue import LESSONS
from nslab_kernel.lessons.facts import missing
from nslab_kernel.lessons.lesson import Step
from nslab_kernel.model.network import Network
from nslab_kernel.network import history

_STEPS = [step for lesson in LESSONS for step in lesson.steps if step.facts]


def look(network: Network) -> None:
    """Tick every step whose facts hold in this network; what only a ping can tell is left to `check()`."""
    done = set(progress.reached())
    for step in _STEPS:
        if step.id not in done and step.after in {"", *done} and _holds(step, network):
            progress.tick(step.id)


def _holds(step: Step, network: Network) -> bool:
    return not any(fact.sends for fact in step.facts) and not missing(step.facts, network)


history.watch(look)
