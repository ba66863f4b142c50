"""The history of the session's steps, for undo and the script.

Callers hold `step_lock`, because all threads share one history.
"""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nslab_kernel.linux.lab import MACHINE, SANDBOX, lab
from nslab_kernel.model.network import HOST, Link, Namespace, Network
from nslab_kernel.model.results import Change
from nslab_kernel.network.bridge_inheritance import NO_MAC
from nslab_kernel.network.config_equality import is_changed
from nslab_kernel.network.engine_objects import with_engine_objects
from nslab_kernel.network.operation import Operation
from nslab_kernel.network.patch import Patch, patch
from nslab_kernel.network.settle import settle_deletions
from nslab_kernel.network.snapshot import snapshot
from nslab_kernel.network.step_lock import step_lock

_LO = Link(
    "lo", 1, "loopback", NO_MAC, 65536, "UNKNOWN", ("LOOPBACK", "UP", "LOWER_UP"), ("127.0.0.1/8", "::1/128")
)  # fmt: skip
"""`lo` of a new namespace after it was set up."""


@dataclass(frozen=True, eq=False)
class Step:
    """One change of the network that was made."""

    change: Change
    undo_operation: Operation | None = None
    """Undoes a change of something that a Network does not contain, such as a container."""
    is_ours: bool = True
    """Whether one of this package's functions made the change, not `!ip` or a terminal."""
    place: int = -1
    """The step's index among the remembered steps."""

    @property
    def has_effect(self) -> bool:
        """Whether the step changed the network, apart from what a container engine made."""
        return is_changed(with_engine_objects(self.change.after, self.change.before), self.change.after)


@dataclass(frozen=True, slots=True, eq=False)
class StoredStep:
    """A step with patches instead of Networks, which would take far more memory."""

    command: str
    """The shell command; empty if none of this package's functions made the change."""
    undo_operation: Operation | None
    is_ours: bool
    back: Patch
    """Turns the network after the step into the network before it."""
    gap: Patch
    """Turns the network before the step into the one after the previous step: reverts what Linux did by itself."""
    number: int
    """Unique in this session, even after the step was undone."""


_steps: list[StoredStep] = []
_initial: Network | None = None
"""The network before the first step."""
_latest: Network | None = None
"""The network after the last step."""
_last_seen: Network | None = None
"""The network at the last snapshot that was noted."""
_watchers: list[Callable[[Network], None]] = []
_concealed = False
"""Whether a fault is being put in that the learner is to find, so that no display may show the change."""
_step_watchers: list[Callable[[], None]] = []
_numbers = itertools.count(1)


def remember(step: Step) -> None:
    """Append one step to the history."""
    global _initial, _latest
    change = step.change
    if _latest is None:
        _initial, gap = change.before, patch(change.before, change.before)
    else:
        gap = patch(change.before, _latest)
    back = patch(change.after, change.before)
    _steps.append(StoredStep(change.command, step.undo_operation, step.is_ours, back, gap, next(_numbers)))
    _latest = change.after
    _tell_of_steps()


def watch(watcher: Callable[[Network], None]) -> None:
    """Register a function that is called with the network whenever a changed one is noted, whoever changed it."""
    _watchers.append(watcher)


def watch_steps(watcher: Callable[[], None]) -> None:
    """Register a function that is called when the steps change; it must be quick, because `step_lock` is held."""
    _step_watchers.append(watcher)


def _tell_of_steps() -> None:
    for watcher in _step_watchers:
        watcher()


def observe(now: Network, command: str = "") -> None:
    """Record what has changed since the network was last noted as a step of its own.

    Args:
        now: The network as it is.
        command: The command with which one of this package's functions changed it; empty for anybody else's change.
    """
    was = start(now) if _last_seen is None else _last_seen
    if was is not now:
        step = Step(Change(command, was, now), is_ours=bool(command))
        if step.has_effect:
            remember(step)
    set_seen(now)


def observe_others() -> Network:
    """Record what others have changed since the network was last noted as a step of its own; return the network.

    A deletion by others is complete then: half of it, recorded, could not be taken back.
    """
    now = settle_deletions(_last_seen or snapshot())
    observe(now)
    return now


def record_outside_changes() -> None:
    """After each cell, record what somebody else changed as a step of its own, so that it can be undone separately."""
    if lab().kind in (SANDBOX, MACHINE):
        with step_lock():
            observe_others()


def set_seen(now: Network) -> None:
    """Note the network as last seen, and call the watchers if it is a new one."""
    global _last_seen
    if now is not _last_seen:
        _last_seen = now
        for watcher in _watchers:
            watcher(now)


@contextmanager
def concealed() -> Iterator[None]:
    """Keep displays from showing the changes within the block, because the learner is to find them."""
    global _concealed
    _concealed = True
    try:
        yield
    finally:
        _concealed = False


def is_concealed() -> bool:
    """Return whether the learner is to find what changes now, so that no display may show it."""
    return _concealed


def newest_first() -> Iterator[Step]:
    """Yield the remembered steps, newest first."""
    after = _latest
    for place in reversed(range(len(_steps))):
        stored = _steps[place]
        assert after
        before = stored.back.of(after)
        yield Step(Change(stored.command, before, after), stored.undo_operation, stored.is_ours, place)
        after = stored.gap.of(before)


def commands() -> tuple[str, ...]:
    """Return the commands of the steps made by this package's functions, oldest first."""
    return tuple(stored.command for stored in _steps if stored.is_ours)


def marks() -> tuple[StoredStep, ...]:
    """Return every remembered step, oldest first."""
    return tuple(_steps)


def network_after(number: int) -> Network | None:
    """Return the network as it was after the step of this number; `None` if that step is not remembered."""
    return next((step.change.after for step in newest_first() if _steps[step.place].number == number), None)


def forget_from(step: Step) -> None:
    """Forget a step and all later steps."""
    global _latest
    _latest = _steps[step.place].gap.of(step.change.before) if step.place else None
    del _steps[step.place :]
    _tell_of_steps()


def clear() -> None:
    """Forget all steps and the network last seen."""
    global _latest, _last_seen
    _steps.clear()
    _latest = _last_seen = None
    _tell_of_steps()


def last() -> Step | None:
    """Return the last step that had an effect, whoever made it; `None` if there is none."""
    return next((step for step in newest_first() if step.undo_operation or step.has_effect), None)


def start(now: Network) -> Network:
    """Return the network before the first step: in a sandbox a bare host, else the network found at that time."""
    if lab().kind == SANDBOX:
        return empty_lab(now)
    return _initial if _steps and _initial else now


def empty_lab(now: Network) -> Network:
    """Return the network of a new lab: only a host, with only `lo`, which is up."""
    return Network({HOST: Namespace(HOST, (_LO,), inode=now.namespaces[HOST].inode)})
