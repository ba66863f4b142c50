"""The lab as a Network; only what has changed is read again.

Linux sends a notification before the system call that changes something returns, so a snapshot sees everything done
before it, by anybody.
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
        made_here: Whether the lab itself just made what is new: then its sysctls have their defaults.
        thorough: Whether to read also what Linux sends no message for: neighbours that this host answers for (proxy),
            `ip ntable change`, the sizes of large packets. It takes as long as reading everything anew.
    """
    return worker.run(None, _snapshot, thorough, (), made_here)


def with_neighbours(*netns: str | None) -> Network:
    """Return the lab as it is now, with current neighbour states: Linux does not notify of each.

    Args:
        *netns: Where to ask for neighbours; nothing is everywhere.
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
        # The notifications read so far are lost: the next snapshot reads everything.
        _current.close()
        _current = None
        raise


_current: IncrementalSnapshot | None = None


def _reset_after_fork() -> None:
    """A child that was forked has a lab of its own, or none."""
    global _current
    _current = None


os.register_at_fork(after_in_child=_reset_after_fork)
