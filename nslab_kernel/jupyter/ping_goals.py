"""Tries in a thread what only a ping can tell of a lesson."""

import threading

from nslab_kernel.errors import LabError
from nslab_kernel.jupyter.shared_watch import shared_watch
from nslab_kernel.lessons import progress
from nslab_kernel.lessons.facts import missing
from nslab_kernel.lessons.lesson import Lesson
from nslab_kernel.lessons.standing import to_be_asked
from nslab_kernel.model.network import Network

_EACH_S = 0.5
"""Linux does not tell of each neighbour that is found, so they are looked up so often, for steps that wait for one."""


class PingGoals:
    """Ticks such steps from `start` to `stop`; each is tried once for a network, a second at most."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self._tried: dict[str, Network] = {}
        """By the step: with which network it was tried last."""
        self._ending = threading.Event()
        self._ending.set()

    def start(self) -> None:
        """Try from now on; no effect if it does."""
        if self._ending.is_set():
            self._ending = threading.Event()
            threading.Thread(target=self._run, args=(self._ending,), name="nslab-ping-goals", daemon=True).start()

    def stop(self) -> None:
        """Try no longer; what was sent may still be waited for."""
        self._ending.set()

    def _run(self, ending: threading.Event) -> None:
        while not ending.wait(_EACH_S):
            if network := shared_watch.network:
                self._try(network)

    def _try(self, network: Network) -> None:
        try:
            for step in to_be_asked(self._lesson, network):
                if self._tried.get(step.id) is not network:
                    self._tried[step.id] = network
                    if not missing(step.facts, network):
                        progress.tick(step.id)
        except (LabError, OSError):  # a namespace went meanwhile: the next network is tried
            return
