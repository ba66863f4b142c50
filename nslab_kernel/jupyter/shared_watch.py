"""One watch of the network for all live pictures, and why it ended."""

import resource
import threading
from collections.abc import Callable, Iterable
from errno import EMFILE
from functools import partial
from typing import Protocol

from nslab_kernel.errors import LabError, errno_text
from nslab_kernel.language import translate as _
from nslab_kernel.model.network import End, Network
from nslab_kernel.probe.network_watch import NetworkWatch


class Follower(Protocol):
    """A picture that follows the network."""

    def follow(self) -> None:
        """Show `shared_watch.network`, which has changed."""

    def fail(self, error: Exception) -> None:
        """Show why the picture no longer follows the network."""

    def show_packet(self, routes: Iterable[tuple[End, ...]], lost: bool) -> None:
        """Show a packet that travels there and back, or is lost at the end."""


class SharedWatch:
    """Calls every follower for each new network; a failure ends the watch until somebody joins again.

    No lock is held during these calls.
    """

    def __init__(self) -> None:
        self.network: Network | None = None
        """The newest network; `None` until the first was read."""
        self.followers: tuple[Follower, ...] = ()
        self._lock = threading.Lock()
        self._watch: _NetworkWatch | None = None

    def join(self, follower: Follower) -> None:
        """Call a follower for the present network, and from now on for each new one."""
        with self._lock:
            if follower not in self.followers:
                self.followers += (follower,)
            failure = self._start() if self._watch is None else None
        if failure:
            self._fail(None, failure)
        elif self.network:
            follower.follow()

    def leave(self, follower: Follower, unless: Callable[[], bool] = lambda: False) -> None:
        """Stop calling a follower, unless `unless()` is true; that is called while no other follower can join."""
        if follower not in self.followers:  # without the lock: a widget's __del__ may run while this thread holds it
            return
        watch = None
        with self._lock:
            if not unless():
                self.followers = tuple(one for one in self.followers if one is not follower)
            if not self.followers:
                watch, self._watch, self.network = self._watch, None, None
        if watch:
            watch.stop()

    def _start(self) -> Exception | None:
        """Start the watch; return the error if that fails."""
        try:
            self._watch = _NetworkWatch(self)
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
        for follower in self.followers:
            try:
                follower.follow()
            except Exception as error:
                self.leave(follower)
                follower.fail(error)

    def _fail(self, watch: "_NetworkWatch | None", error: Exception) -> None:
        with self._lock:
            if watch is not self._watch:
                return
            followers, self.followers = self.followers, ()
            self._watch = self.network = None
        for follower in followers:
            follower.fail(error)


class _NetworkWatch(NetworkWatch):
    """A watch that also reports its failure, and passes itself in each call."""

    def __init__(self, shared: SharedWatch) -> None:
        self._shared = shared
        super().__init__(partial(shared._notify, self))

    def _run(self) -> None:
        try:
            super()._run()
        except Exception as error:  # threading would print it to a stream that no learner sees
            self._shared._fail(self, error)


def watch_error(error: Exception) -> LabError:
    """Return the error of a background thread, which no cell shows, with a line to try."""
    what = _("This picture no longer follows the network.")
    if getattr(error, "errno", None) == EMFILE:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        why = _(
            "The notebook kernel may have {count} files open at a time, and has none left to follow the network with."
        ).format(count=soft)
        more = f"import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, ({hard}, {hard}))\ntopology_live()"
        # If the user may not raise the limit, suggest a picture that needs few files.
        return LabError(what, why, try_="topology()" if soft == hard else more, said=errno_text(EMFILE))
    why = str(error) if isinstance(error, LabError) else f"{type(error).__name__}: {error}"
    return LabError(what, why, try_="topology_live()")


shared_watch = SharedWatch()
