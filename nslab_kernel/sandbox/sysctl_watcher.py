"""Sets the same network sysctls in every namespace of the lab.

`netns_add` sets them itself. A namespace that is made otherwise, for example by `ip netns add`, gets them from a thread
of the sandbox's first process, which watches /run/netns for new names. The thread enters the namespace; process 1
itself has to stay on the lab's host, because in `ip link set dev X netns 1` the 1 means the namespace of process 1.
"""

import os
import select
import socket
import time
from contextlib import suppress
from pathlib import Path

from nslab_kernel.linux import default_sysctls, libc

FOLDER = Path("/run/netns")
_LOOK_AGAIN_S, _GIVE_UP_S = 0.0005, 2.0


def watch_names() -> int | None:
    """Return an inotify descriptor for names that are added to or removed from /run/netns; `None` if refused."""
    with suppress(OSError):
        descriptor = libc.inotify()
        libc.watch_names(descriptor, str(FOLDER))
        return descriptor
    return None


def apply_to_new_namespaces(names: int) -> None:
    """Set the lab's sysctls in every namespace that gets a name in /run/netns; never return.

    Args:
        names: The descriptor of `watch_names`.
    """
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    libc.unshare(libc.CLONE_NEWNET)
    unset, born = default_sysctls.read_current(), {name for _index, name in socket.if_nameindex()}
    libc.setns(home)
    # `ip netns add` first makes an empty file, and then mounts the namespace on it.
    waiting: dict[str, float] = {}
    while True:
        if select.select([names], [], [], _LOOK_AGAIN_S if waiting else None)[0]:
            waiting |= dict.fromkeys(_names(names), time.monotonic() + _GIVE_UP_S)
        now = time.monotonic()
        left = {name: end for name, end in waiting.items() if now < end}
        waiting = {name: end for name, end in left.items() if not _apply(FOLDER / name, home, unset, born)}


def _names(descriptor: int) -> list[str]:
    return [name for _number, name in libc.inotify_events(os.read(descriptor, 65536))]


def _apply(path: Path, home: int, unset: dict[str, str], born: set[str]) -> bool:
    """Set the sysctls in the namespace at a path; return False if no namespace is mounted there yet."""
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
        return True  # somebody else's namespace, or gone: nothing to set
    finally:
        libc.setns(home)
        os.close(descriptor)
    return True
