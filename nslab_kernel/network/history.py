"""What was done so far, step by step: for undo and the script."""

from dataclasses import replace

from nslab_kernel.linux.lab import SANDBOX, lab
from nslab_kernel.model.network import HOST, Namespace, Network
from nslab_kernel.model.results import Change
from nslab_kernel.network.snapshot import comparable

_changes: list[Change] = []


def remember(change: Change) -> None:
    """Append one change."""
    _changes.append(change)


def remember_effect(change: Change) -> None:
    """Append one change, if the network was another afterwards."""
    if _has_effect(change):
        _changes.append(change)


def changes() -> tuple[Change, ...]:
    """Return what was done, oldest first."""
    return tuple(_changes)


def forget_from(change: Change) -> None:
    """Forget a change, and all that came after it."""
    del _changes[_changes.index(change) :]


def clear() -> None:
    """Forget everything."""
    _changes.clear()


def last_effect() -> Change | None:
    """Return the last change after which the network was another; `None` where there is none."""
    return next(filter(_has_effect, reversed(_changes)), None)


def last_state(now: Network) -> Network:
    """Return the network as the last step left it. What is different now was done by somebody else."""
    return _changes[-1].after if _changes else start(now)


def start(now: Network) -> Network:
    """Return the network as it was before the first step: in the sandbox a bare host, else what was found."""
    if lab().kind == SANDBOX:
        return bare(now)
    return _changes[0].before if _changes else now


def bare(now: Network) -> Network:
    """Return the lab as it is born: no namespace, and a host that has `lo` alone, up."""
    host = now.namespaces[HOST]
    lo = replace(
        host.link("lo"),
        flags=("LOOPBACK", "UP", "LOWER_UP"),
        operstate="UNKNOWN",
        addresses=("127.0.0.1/8", "::1/128"),
    )
    return Network({HOST: Namespace(HOST, (lo,), inode=host.inode)})


def _has_effect(change: Change) -> bool:
    return comparable(change.before) != comparable(change.after)
