"""The same network switches in every namespace of the lab.

`netns_add` sets them itself. For whoever else makes a namespace, such as `ip netns add`, a thread of the sandbox's
first process sees each name that appears in /run/netns, and sets them a moment later. It is a thread of its own because
process 1 has to stay on the lab's host: a learner's `ip link set dev X netns 1` means that one.
"""

import os
import select
import socket
import time
from pathlib import Path

from nslab_kernel.linux import default_sysctls, libc

FOLDER = Path("/run/netns")
_LOOK_AGAIN_S, _GIVE_UP_S = 0.0005, 2.0


def watch_names() -> int:
    """Return a descriptor that tells of new names, and of those that go, from now on."""
    descriptor = libc.inotify()
    libc.watch_names(descriptor, str(FOLDER))
    return descriptor


def keep_pinning(names: int) -> None:
    """Pin every namespace whose name the descriptor of `watch_names` tells of; never returns."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    libc.unshare(libc.CLONE_NEWNET)
    unset, born = default_sysctls.read_current(), {name for _index, name in socket.if_nameindex()}
    libc.setns(home)
    # A name comes first, as a closed empty file; the namespace is mounted on it a moment later.
    waiting: dict[str, float] = {}
    while True:
        if select.select([names], [], [], _LOOK_AGAIN_S if waiting else None)[0]:
            waiting |= dict.fromkeys(_names(names), time.monotonic() + _GIVE_UP_S)
        now = time.monotonic()
        left = {name: end for name, end in waiting.items() if now < end}
        waiting = {name: end for name, end in left.items() if not _pin(FOLDER / name, home, unset, born)}


def _names(descriptor: int) -> list[str]:
    return [name for _number, name in libc.inotify_events(os.read(descriptor, 65536))]


def _pin(path: Path, home: int, unset: dict[str, bytes], born: set[str]) -> bool:
    """Return whether nothing is left to do."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return not os.path.lexists(path)
    try:
        if not libc.is_namespace(descriptor):
            return False
        libc.setns(descriptor)
        default_sysctls.apply_defaults_where_untouched(unset, born)
    except OSError:
        return True  # somebody else's namespace, or gone: nothing to pin
    finally:
        libc.setns(home)
        os.close(descriptor)
    return True
