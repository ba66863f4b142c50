"""Tries in a thread the steps of a lesson that only a ping can tick."""

import threading

from nslab_kernel.errors import LabError
from nslab_kernel.jupyter.shared_watch import shared_watch
from nslab_kernel.lessons import progress
from nslab_kernel.lessons.facts import missing
from nslab_kernel.lessons.lesson import Lesson
from nslab_kernel.lessons.standing import to_be_asked
from nslab_kernel.model.network import Network

_EACH_S = 0.5
"""Seconds between two look-ups of neighbours that steps wait for: Linux does not report each neighbour it finds."""


class PingGoals:
    """Ticks such steps from `start` to `stop`; tries each once per network, and waits a second for a reply."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        self._tried: dict[str, Network] = {}
        """The network with which each step was tried last, by the step's number."""
        self._ending = threading.Event()
        self._ending.set()

    def start(self) -> None:
        """Start the thread; no effect if it runs."""
        if self._ending.is_set():
            self._ending = threading.Event()
            threading.Thread(target=self._run, args=(self._ending,), name="nslab-ping-goals", daemon=True).start()

    def stop(self) -> None:
        """End the thread; it may still wait for the reply to a ping that it has sent."""
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
        except (LabError, OSError):  # a namespace was deleted meanwhile: the next network is tried
            return
