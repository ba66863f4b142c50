"""The lab as a Network: a look reads anew only what has changed.

Linux tells of a change before the call that makes it returns, so a look sees everything that was done before it,
whoever did it.
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
        made_here: Whether what is new was just made by the lab itself: then its switches are as they are born.
        thorough: Whether to look also for what Linux tells nobody of: neighbours that this host answers for (proxy),
            `ip ntable change`, the sizes of large packets. It takes as long as reading everything anew.
    """
    return worker.run(None, _snapshot, thorough, (), made_here)


def with_neighbours(network: Network, *netns: str | None) -> Network:
    """Return the lab as it is now, with the states of neighbours as they are: of not each of them Linux tells.

    Args:
        network: The lab as it was.
        *netns: Where to ask for neighbours; nothing is everywhere.
    """
    return worker.run(None, _snapshot, False, map(key_of, netns) if netns else network.namespaces, False)


def _snapshot(thorough: bool, neighbours_of: Iterable[str], made_here: bool) -> Network:
    global _current
    if _current is None or _current.host != host_inode():
        if _current:
            _current.close()
        _current = IncrementalSnapshot()
    try:
        return _current.network(thorough, neighbours_of, made_here)
    except BaseException:
        # What Linux told is lost with it: the next look reads everything.
        _current.close()
        _current = None
        raise


_current: IncrementalSnapshot | None = None


def _reset_after_fork() -> None:
    """A child that was forked has a lab of its own, or none."""
    global _current
    _current = None


os.register_at_fork(after_in_child=_reset_after_fork)
