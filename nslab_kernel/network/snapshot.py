"""The lab as a Network; only what has changed is read again.

Linux sends its notification before the system call that changes something returns, so a snapshot sees everything that
anybody did before it.
"""

import os
from collections.abc import Iterable

from nslab_kernel.linux import worker
from nslab_kernel.linux.lab import host_inode
from nslab_kernel.model.naming import key_of
from nslab_kernel.model.network import Network
from nslab_kernel.network.incremental_snapshot import IncrementalSnapshot


def snapshot(thorough: bool = False, made_here: bool = False) -> Network:
    """Return the whole lab as Linux has it now.

    Args:
        thorough: Whether to read everything anew, also what Linux sends no notification for: proxy neighbours,
            `ip ntable change`, GSO sizes, ...
        made_here: Whether the lab itself has just made what is new, so that its sysctls have their defaults.
    """
    return worker.run(None, _snapshot, thorough, (), made_here)


def with_neighbours(*netns: str | None) -> Network:
    """Return the lab as it is now, with current neighbour states: Linux does not notify of every one.

    Args:
        *netns: The namespaces whose neighbours to read; without any, those of all namespaces are read.
    """
    return worker.run(None, _snapshot, False, tuple(map(key_of, netns)) or None, False)


def _snapshot(thorough: bool, neighbours_of: Iterable[str] | None, made_here: bool) -> Network:
    global _current
    if _current is None or _current.host != host_inode():
        if _current:
            _current.close()
        _current = IncrementalSnapshot()
    try:
        return _current.network(thorough, neighbours_of, made_here)
    except BaseException:
        # The notifications read so far are lost, so the next snapshot must read everything.
        _current.close()
        _current = None
        raise


_current: IncrementalSnapshot | None = None


def _reset_after_fork() -> None:
    """Forget the snapshot in a forked child, which has a lab of its own or none."""
    global _current
    _current = None


os.register_at_fork(after_in_child=_reset_after_fork)
