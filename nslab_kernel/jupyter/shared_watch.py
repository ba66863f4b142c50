"""One watch of the network for all live pictures."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Protocol

from nslab_kernel.model.network import Network
from nslab_kernel.probe.network_watch import NetworkWatch


class Follower(Protocol):
    """Follows the network."""

    def follow(self) -> None:
        """Show `network` of the watch, which has changed."""

    def fail(self, error: Exception) -> None:
        """Show why it no longer follows."""


class SharedWatch:
    """Calls every follower for each new network; a failure ends the watch until somebody joins again.

    No lock is held during these calls.
    """

    def __init__(self) -> None:
        self.network: Network | None = None
        """The newest; `None` until the first was read."""
        self._lock = threading.Lock()
        self._followers: tuple[Follower, ...] = ()
        self._watch: _NetworkWatch | None = None

    @property
    def followers(self) -> tuple[Follower, ...]:
        """The current followers."""
        return self._followers

    def join(self, follower: Follower) -> None:
        """Call it for this network and each new one; no effect if it has joined."""
        with self._lock:
            if follower not in self._followers:
                self._followers += (follower,)
            failure = self._start() if self._watch is None else None
        if failure:
            self._fail(None, failure)
        elif self.network:
            follower.follow()

    def leave(self, follower: Follower, unless: Callable[[], bool] = lambda: False) -> None:
        """Call it no longer; no effect if it has not joined.

        Args:
            follower: The follower.
            unless: It stays if this returns true; called while nobody can join.
        """
        if follower not in self._followers:  # without the lock: a widget's __del__ runs at any point, also inside it
            return
        watch = None
        with self._lock:
            if not unless():
                self._followers = tuple(one for one in self._followers if one is not follower)
            if not self._followers:
                watch, self._watch, self.network = self._watch, None, None
        if watch:
            watch.stop()

    def _start(self) -> Exception | None:
        """Start the watch; return the error if that fails."""
        try:
            self._watch = _NetworkWatch(self._notify, self._fail)
        except Exception as error:
            return error
        return None

    def _notify(self, watch: "_NetworkWatch", network: Network) -> None:
        with self._lock:
            is_ours = watch is self._watch  # false while it ends, or if an interrupt came during _start
            self.network = network if is_ours else self.network
        if not is_ours:
            watch.stop()
            return
        for follower in self._followers:
            try:
                follower.follow()
            except Exception as error:
                self.leave(follower)
                follower.fail(error)

    def _fail(self, watch: "_NetworkWatch | None", error: Exception) -> None:
        with self._lock:
            if watch is not self._watch:
                return
            followers, self._followers = self._followers, ()
            self._watch = self.network = None
        for follower in followers:
            follower.fail(error)


class _NetworkWatch(NetworkWatch):
    """A watch that reports its failure too, and itself in each call."""

    def __init__(
        self,
        on_network: Callable[["_NetworkWatch", Network], None],
        on_failure: Callable[["_NetworkWatch", Exception], None],
    ) -> None:
        self._on_failure = on_failure
        super().__init__(partial(on_network, self))

    def _run(self) -> None:
        try:
            super()._run()
        except Exception as error:  # threading would print it to a stream that no learner sees
            self._on_failure(self, error)


shared_watch = SharedWatch()
