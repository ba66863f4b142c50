"""The one thread that talks to Linux about networks, for all namespaces.

The notebook's own threads never leave the host: once a thread changes its namespace, all its later calls act there.
"""

import contextlib
import errno
import functools
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import ParamSpec, TypeVar

from nslab_kernel.errors import NoNamespace, RefusedByLinux, refused_by_linux
from nslab_kernel.interrupts import interruptible, uninterrupted
from nslab_kernel.linux import container_netns, libc
from nslab_kernel.linux.argument_checks import check_known_netns, check_netns_name

P = ParamSpec("P")
T = TypeVar("T")

_NAME = "nslab-linux"
_thread = ThreadPoolExecutor(1, _NAME)
"""The worker thread, which starts with the first call."""


def run(netns: str | None, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function in a namespace and return its result; an interrupt ends the waiting, except in a step.

    The function may call `run` again.

    Args:
        netns: The namespace's name; `None` is the host.
        function: The function to run there.
        *args: Its arguments.
        **kwargs: Its arguments by name.

    Raises:
        NoNamespace: There is no namespace of that name.
    """
    if netns is not None:
        check_known_netns(netns)
        function = functools.partial(_run_inside, netns, function)
    if threading.current_thread().name.startswith(_NAME):
        return function(*args, **kwargs)
    # After an interrupt while the executor holds its lock, the lock stays taken: wait on a queue instead.
    with uninterrupted() as is_outer:
        future, done = _thread.submit(function, *args, **kwargs), SimpleQueue[Future[T]]()
        future.add_done_callback(done.put)
        with interruptible() if is_outer else contextlib.nullcontext():
            done.get()
        return future.result()


@contextlib.contextmanager
def inside(netns: str | None) -> Iterator[None]:
    """Enter a namespace for a `with` block; call this in the worker thread.

    Raises:
        NoNamespace: There is no namespace of that name.
    """
    assert threading.current_thread() is not threading.main_thread(), "the notebook's own thread never moves"
    with refused_by_linux():
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    with libc.closing(here) as before, opened(netns) as descriptor:
        with refused_by_linux():
            libc.setns(descriptor)
        try:
            yield
        finally:
            libc.setns(before)


@contextlib.contextmanager
def opened(netns: str | None) -> Iterator[int]:
    """Open a namespace and yield its descriptor.

    Raises:
        NoNamespace: There is no namespace of that name.
    """
    # /proc/self/ns/net is the main thread's namespace, and this thread never leaves the host.
    path = "/proc/self/ns/net" if netns is None else container_netns.path(netns)
    try:
        # O_NONBLOCK: opening a pipe in /run/netns would block until somebody writes.
        found = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ESRCH, errno.ENXIO):
            raise RefusedByLinux(error.errno or 0) from None
        raise _no_namespace(netns) from None
    with libc.closing(found) as descriptor:
        if not libc.is_netns(descriptor):  # a file that no network namespace is mounted on
            raise _no_namespace(netns)
        yield descriptor


def _no_namespace(netns: str | None) -> NoNamespace:
    """Return the error for a missing namespace; raise BadValue if it cannot be a name."""
    if netns is not None and not netns.startswith("/"):
        check_netns_name(netns.removeprefix(container_netns.NETNS).removeprefix(container_netns.CONTAINER))
    return container_netns.no_namespace(str(netns), container_netns.names())


def _run_inside(netns: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    with inside(netns):
        return function(*args, **kwargs)


def _reset_after_fork() -> None:
    """Give a forked child an executor of its own, because a fork copies no threads."""
    global _thread
    _thread = ThreadPoolExecutor(1, _NAME)


os.register_at_fork(after_in_child=_reset_after_fork)
