"""Makes a sandbox, in a child process that ends if Linux refuses it.

    1. a user namespace whose root is not root on the machine         (idmap.py)
    2. in it, bubblewrap mounts the lab's files                       (files.py, bubblewrap.py)
    3. a child user namespace for the lab: its root has all rights in the lab, and none over the mounts of 2
    4. owned by 3: net, mount, uts, ipc and pid namespaces, a new /run/netns, and `lo` up   (mounts.py)

Nothing is tested beforehand: the child runs the steps, and reports which one was refused. The caller's own namespaces
do not change, so the caller may have threads.
"""

import contextlib
import itertools
import json
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from nslab_kernel.linux import libc
from nslab_kernel.sandbox import first_process, idmap
from nslab_kernel.sandbox.idmap import Ids
from nslab_kernel.sandbox.isolate import Refused, SandboxOptions, isolate, send


@dataclass(frozen=True)
class Inside:
    """What the first process of a sandbox gets from `open_sandbox`."""

    outer: int
    """The read end of a pipe whose write end only the caller holds: end of file means that the caller has ended."""
    own_pids: bool
    """Whether this is process 1 of a pid namespace."""
    listeners: dict[int, int]
    """Descriptors of the listening sockets to which the caller relays, by port."""


@dataclass(frozen=True)
class OpenSandbox:
    """A running sandbox."""

    first: int
    """The pid of its first process, a child of the caller."""
    alive: int
    """The write end of a pipe: the sandbox ends when the last process that holds this end closes it."""
    own_pids: bool
    sockets: dict[int, int]
    """O_PATH descriptors of its listening sockets' files, through which the caller connects to them, by port."""


def open_sandbox(start: Callable[[Inside], NoReturn], asked: SandboxOptions) -> OpenSandbox:
    """Make a sandbox and start its first process.

    Args:
        start: Called in the first process; it does not return.
        asked: The options of the sandbox.

    Raises:
        Refused: Linux did not allow it.
    """
    refusals = []
    try:
        for ids, own_pids in itertools.product(idmap.ids_for_lab(), (True, False)):
            try:
                return _open(ids, own_pids, asked, start)
            except Refused as refused:
                refusals.append(refused)
    except idmap.OnlyRoot:
        raise Refused("root", 0, "root is the only user here, and root outside as well") from None
    # A covered /proc is not the cause: an attempt without a pid namespace mounts no /proc, and was refused as well.
    raise next((refused for refused in refusals if refused.step != "proc"), refusals[0])


def close_sandbox(opened: OpenSandbox) -> int:
    """End a sandbox, if it has not ended by itself, and return the exit code of its work."""
    os.close(opened.alive)
    for descriptor in opened.sockets.values():
        os.close(descriptor)
    return first_process.exit_code(os.waitpid(opened.first, 0)[1])


def _open(ids: Ids, own_pids: bool, asked: SandboxOptions, start: Callable[[Inside], NoReturn]) -> OpenSandbox:
    outer, alive = os.pipe()
    here, to_caller = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    libc.set_subreaper(True)  # the leaver ends after it has forked the first process, which becomes our child
    leaver = os.fork()
    if leaver == 0:
        here.close()
        os.close(alive)
        with _reporting_refusals(to_caller):
            listeners = isolate(ids, own_pids, asked, to_caller)
        to_caller.close()
        start(Inside(outer, own_pids, listeners))
    to_caller.close()
    os.close(outer)
    try:
        return _wait_until_ready(here, leaver, alive, own_pids, asked.ports)
    except BaseException:
        os.close(alive)
        raise
    finally:
        libc.set_subreaper(False)
        here.close()


def _wait_until_ready(
    here: socket.socket, leaver: int, alive: int, own_pids: bool, ports: Sequence[int]
) -> OpenSandbox:
    """Wait until the process `leaver` has forked the first process, and until the first process is ready."""
    child = leaver
    try:
        child = first = _receive(here)[0]["first"]
        os.waitpid(leaver, 0)
        _message, descriptors = _receive(here)
    except Refused:
        os.waitpid(child, 0)
        raise
    return OpenSandbox(first, alive, own_pids, dict(zip(ports, descriptors, strict=True)))


def _receive(here: socket.socket) -> tuple[dict[str, Any], list[int]]:
    data, descriptors, _flags, _address = socket.recv_fds(here, 1 << 16, 16)
    if not data:
        raise Refused("end", 0, "it ended without a word")
    message: dict[str, Any] = json.loads(data)
    if "refused" in message:
        raise Refused(*message["refused"])
    return message, descriptors


@contextlib.contextmanager
def _reporting_refusals(to_caller: socket.socket) -> Iterator[None]:
    """Send an error of the block to the caller as the last message, and end this process."""
    try:
        yield
    except Refused as refused:
        send(to_caller, refused=(refused.step, refused.errno, refused.text))
        os._exit(1)
    except BaseException as error:
        send(to_caller, refused=("end", 0, repr(error)))
        os._exit(1)
