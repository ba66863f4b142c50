"""What was done so far, step by step: for undo and the script."""

from typing import NamedTuple

from nslab_kernel.linux.lab import SANDBOX, lab
from nslab_kernel.model.network import HOST, Link, Namespace, Network
from nslab_kernel.model.results import Change
from nslab_kernel.network.following import NO_MAC
from nslab_kernel.network.keeping import engine_kept
from nslab_kernel.network.operation import Operation
from nslab_kernel.network.snapshot import comparable

_LO = Link(
    "lo", 1, "loopback", NO_MAC, 65536, "UNKNOWN", ("LOOPBACK", "UP", "LOWER_UP"), ("127.0.0.1/8", "::1/128")
)  # fmt: skip
"""As Linux makes it in every namespace, and set up."""


class Step(NamedTuple):
    """One change that was done."""

    change: Change
    way_back: Operation | None = None
    """What takes back that which a Network does not hold: a switch other than ip_forward, a container."""

    @property
    def has_effect(self) -> bool:
        """Whether the network was another afterwards, apart from what a container engine made."""
        before = engine_kept(self.change.after, self.change.before)
        return comparable(before) != comparable(self.change.after)


_steps: list[Step] = []


def remember(step: Step) -> None:
    """Append one step."""
    _steps.append(step)


def steps() -> tuple[Step, ...]:
    """Return what was done, oldest first."""
    return tuple(_steps)


def forget_from(step: Step) -> None:
    """Forget a step, and all that came after it."""
    del _steps[_steps.index(step) :]


def clear() -> None:
    """Forget everything."""
    _steps.clear()


def last() -> Step | None:
    """Return the last step that can be taken back; `None` where there is none."""
    return next((step for step in reversed(_steps) if step.has_effect or step.way_back), None)


def last_state(now: Network) -> Network:
    """Return the network as the last step left it. What is different now was done by somebody else."""
    return _steps[-1].change.after if _steps else start(now)


def start(now: Network) -> Network:
    """Return the network as it was before the first step: in the sandbox a bare host, else what was found."""
    if lab().kind == SANDBOX:
        return bare(now)
    return _steps[0].change.before if _steps else now


def bare(now: Network) -> Network:
    """Return the lab as it is born: no namespace, and a host that has `lo` alone, up."""
    return Network({HOST: Namespace(HOST, (_LO,), inode=now.namespaces[HOST].inode)})
