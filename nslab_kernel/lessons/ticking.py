"""Ticks each step whose goal is met, after every change."""

from nslab_kernel.lessons import progress
from nslab_kernel.lessons.catalogue import LESSONS
from nslab_kernel.lessons.facts import Fact, Reaches, missing
from nslab_kernel.lessons.lesson import Step
from nslab_kernel.model.network import Network
from nslab_kernel.model.results import PingResult
from nslab_kernel.network import history
from nslab_kernel.network.config_equality import differs
from nslab_kernel.network.snapshot import snapshot
from nslab_kernel.probe import ping

_STEPS = [step for lesson in LESSONS for step in lesson.goals]
_AWAITED = {fact for step in _STEPS for fact in step.asked}
_answered: dict[Fact, Network] = {}
"""What pings have shown, each with the network that it was shown in: of another one it says nothing.

None is sent from here.
"""


def look(network: Network) -> None:
    """Tick every step whose facts hold in this network."""
    done = set(progress.reached())
    for step in _STEPS:
        if step.id not in done and step.after in {"", *done} and _holds(step, network):
            progress.tick(step.id)


def hear(result: PingResult) -> None:
    """Note who answered a ping, and tick what waited for it."""
    fact = Reaches(result.dst, result.netns)
    if result and fact in _AWAITED and not fact.in_vain(network := snapshot()):
        _answered[fact] = network
        look(network)


def _holds(step: Step, network: Network) -> bool:
    was_shown = all(fact in _answered and not differs(_answered[fact], network) for fact in step.asked)
    return was_shown and not missing(step.seen, network)


history.watch(look)
ping.watch(hear)
