"""Which steps were reached, and when; looked at after every change."""

import time
from collections.abc import Iterable

from nslab_kernel.lessons.catalogue import LESSONS
from nslab_kernel.lessons.facts import missing
from nslab_kernel.lessons.lesson import Step
from nslab_kernel.model.network import Network
from nslab_kernel.network import history

_reached: dict[str, float] = {}
"""By the step's number, in seconds since the epoch, in the order in which they were reached."""


def reached(step: Step) -> str:
    """Return when a step was reached, as hours, minutes and seconds here; empty where it was not."""
    when = _reached.get(step.id)
    return time.strftime("%H:%M:%S", time.localtime(when)) if when else ""


def last() -> str | None:
    """Return the number of the step that was reached last; `None` where none was."""
    return next(reversed(_reached), None)


def tick(step: Step) -> None:
    """Note that a step is reached now, if it was not before."""
    _reached.setdefault(step.id, time.time())


def look(network: Network) -> None:
    """Note every step whose facts hold in this network; what only a ping can tell is left to `check()`."""
    for step in _open(one for lesson in LESSONS for one in lesson.steps):
        if not any(fact.sends for fact in step.facts) and not missing(step.facts, network):
            tick(step)


def forget() -> None:
    """Begin anew."""
    _reached.clear()


def _open(steps: Iterable[Step]) -> Iterable[Step]:
    return [one for one in steps if one.facts and one.id not in _reached and (not one.after or one.after in _reached)]


history.watch(look)
