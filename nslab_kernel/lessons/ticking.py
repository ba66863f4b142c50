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
"""The pings that were answered, each with the network at that time: for another network a reply proves nothing.

This module sends no ping itself.
"""


def look(network: Network) -> None:
    """Tick every step whose facts hold in this network."""
    done = set(progress.reached())
    for step in _STEPS:
        if step.id not in done and step.after in {"", *done} and _holds(step, network):
            progress.tick(step.id)


def hear(result: PingResult) -> None:
    """Note a ping that was answered, and tick the steps that waited for the reply."""
    fact = Reaches(result.dst, result.netns)
    if result and fact in _AWAITED and not fact.in_vain(network := snapshot()):
        _answered[fact] = network
        look(network)


def _holds(step: Step, network: Network) -> bool:
    was_shown = all(fact in _answered and not differs(_answered[fact], network) for fact in step.asked)
    return was_shown and not missing(step.seen, network)


history.watch(look)
ping.watch(hear)
