"""One watch for all live pictures, from the first to the last of them."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Protocol

from nslab_kernel.model.network import Network
from nslab_kernel.probe.watch import Watch


class Follower(Protocol):
    """What follows the network."""

    def follow(self) -> None:
        """Show `network` of the watch: it is new."""

    def fail(self, error: Exception) -> None:
        """Say why it follows no longer."""


class SharedWatch:
    """Tells every follower of each new network; a failure ends the watch, until somebody joins again.

    No lock is held while a follower is told.
    """

    def __init__(self) -> None:
        self.network: Network | None = None
        """The newest; `None` until the first is read."""
        self._lock = threading.Lock()
        self._followers: tuple[Follower, ...] = ()
        self._watch: _Watch | None = None

    @property
    def followers(self) -> tuple[Follower, ...]:
        """Who follows now."""
        return self._followers

    def join(self, follower: Follower) -> None:
        """Tell it of each new network from now on, and of this one; again does no harm."""
        with self._lock:
            if follower not in self._followers:
                self._followers += (follower,)
            failure = self._begin() if self._watch is None else None
        if failure:
            self._fail(None, failure)
        elif self.network:
            follower.follow()

    def leave(self, follower: Follower, unless: Callable[[], bool] = lambda: False) -> None:
        """Tell it nothing any more; again does no harm.

        Args:
            follower: Who leaves.
            unless: It stays where this is true, asked while nobody can join.
        """
        if follower not in self._followers:  # a part that is thrown away comes here in the midst of anything
            return
        watch = None
        with self._lock:
            if not unless():
                self._followers = tuple(one for one in self._followers if one is not follower)
            if not self._followers:
                watch, self._watch, self.network = self._watch, None, None
        if watch:
            watch.stop()

    def _begin(self) -> Exception | None:
        """Begin to watch; return what makes that impossible."""
        try:
            self._watch = _Watch(self._tell, self._fail)
        except Exception as error:
            return error
        return None

    def _tell(self, watch: "_Watch", network: Network) -> None:
        with self._lock:
            is_ours = watch is self._watch  # else it ends at this moment, or an interrupt came when it had just begun
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

    def _fail(self, watch: "_Watch | None", error: Exception) -> None:
        with self._lock:
            if watch is not self._watch:
                return
            followers, self._followers = self._followers, ()
            self._watch = self.network = None
        for follower in followers:
            follower.fail(error)


class _Watch(Watch):
    """A watch that tells of its failure too, each time with itself."""

    def __init__(
        self, on_network: Callable[["_Watch", Network], None], on_failure: Callable[["_Watch", Exception], None]
    ) -> None:
        self._on_failure = on_failure
        super().__init__(partial(on_network, self))

    def _run(self) -> None:
        try:
            super()._run()
        except Exception as error:  # threading would write it where no learner looks
            self._on_failure(self, error)


shared_watch = SharedWatch()
