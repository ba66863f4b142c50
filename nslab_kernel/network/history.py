"""What was done so far, step by step: for undo and the script."""

from dataclasses import dataclass

from nslab_kernel.linux.lab import MACHINE, SANDBOX, lab
from nslab_kernel.model.network import HOST, Link, Namespace, Network
from nslab_kernel.model.results import Change
from nslab_kernel.network.comparing import is_changed
from nslab_kernel.network.following import NO_MAC
from nslab_kernel.network.keeping import engine_kept
from nslab_kernel.network.operation import Operation
from nslab_kernel.network.snapshot import snapshot

_LO = Link(
    "lo", 1, "loopback", NO_MAC, 65536, "UNKNOWN", ("LOOPBACK", "UP", "LOWER_UP"), ("127.0.0.1/8", "::1/128")
)  # fmt: skip
"""As Linux makes it in every namespace, and set up."""


@dataclass(frozen=True, eq=False)
class Step:
    """One change that was done."""

    change: Change
    way_back: Operation | None = None
    """What takes back that which a Network does not hold: a container."""
    is_ours: bool = True
    """Whether a function did it; else somebody did it beside them: `!ip`, a terminal."""

    @property
    def has_effect(self) -> bool:
        """Whether the network was another afterwards, apart from what a container engine made."""
        return is_changed(engine_kept(self.change.after, self.change.before), self.change.after)


_steps: list[Step] = []
_state: Network | None = None
"""The network as it was when somebody last looked."""


def remember(step: Step) -> None:
    """Append one step."""
    _steps.append(step)


def look(now: Network) -> None:
    """Note what somebody has changed since the last time, as a step of its own."""
    was = start(now) if _state is None else _state
    if was is not now:
        step = Step(Change("", was, now), is_ours=False)
        if step.has_effect:
            _steps.append(step)
    saw(now)


def notice() -> None:
    """Look whether somebody has changed something, so that it can be taken back by itself: after each cell."""
    if lab().kind in (SANDBOX, MACHINE):
        look(snapshot())


def saw(now: Network) -> None:
    """Note that the network is known to be so."""
    global _state
    _state = now


def steps() -> tuple[Step, ...]:
    """Return what the functions did, oldest first."""
    return tuple(step for step in _steps if step.is_ours)


def forget_from(step: Step) -> None:
    """Forget a step, and all that came after it."""
    del _steps[_steps.index(step) :]


def clear() -> None:
    """Forget everything."""
    global _state
    _steps.clear()
    _state = None


def last() -> Step | None:
    """Return the last step that had an effect, whoever did it; `None` where there is none."""
    return next((step for step in reversed(_steps) if step.way_back or step.has_effect), None)


def start(now: Network) -> Network:
    """Return the network as it was before the first step: in the sandbox a bare host, else what was found."""
    if lab().kind == SANDBOX:
        return bare(now)
    return _steps[0].change.before if _steps else now


def bare(now: Network) -> Network:
    """Return the lab as it is born: no namespace, and a host that has `lo` alone, up."""
    return Network({HOST: Namespace(HOST, (_LO,), inode=now.namespaces[HOST].inode)})
