"""Reports a new Network after each burst of changes."""

import threading
import time
from collections.abc import Callable

from nslab_kernel.linux.events import Events
from nslab_kernel.model.network import Network
from nslab_kernel.network.snapshot import snapshot

QUIET_S = 0.003
"""A burst ends after so many seconds without a change."""
LONGEST_S = 0.03
"""A burst that lasts longer is reported after so many seconds."""
AGAIN_S = 0.5
"""One more snapshot is taken so many seconds after a burst.

Linux notifies one socket after the other: on a busy machine the snapshot's socket may be notified after ours.
"""


class NetworkWatch:
    """Watches the network in a thread until `stop`, whoever changes it.

    Args:
        on_network: Called in that thread with each new Network, first with the present one.
    """

    def __init__(self, on_network: Callable[[Network], None]) -> None:
        self._on_network = on_network
        self._events = Events()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="nslab-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop watching, and wait until the thread has ended; may be repeated."""
        self._stopping = True
        self._events.wake()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        with self._events:
            network = snapshot()
            self._on_network(network)
            again_s: float | None = None
            while not self._stopping:
                changed = self._burst(again_s)
                if self._stopping or not (changed or again_s):
                    continue
                again_s = AGAIN_S if changed else None
                before, network = network, snapshot()
                if network is not before:
                    self._on_network(network)

    def _burst(self, limit_s: float | None) -> bool:
        """Wait for a change, then until the burst ends; return whether there was a change."""
        changed = bool(self._events.wait(limit_s))
        deadline = time.monotonic() + LONGEST_S
        while changed and not self._stopping and time.monotonic() < deadline:
            if not self._events.wait(QUIET_S):
                break
        return changed
