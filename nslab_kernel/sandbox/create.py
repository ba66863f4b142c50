"""A sandbox: made in a child process, which alone is lost if refused.

    1. a user namespace in which root is nobody on the machine        (idmap.py)
    2. in it, bubblewrap lays out the files, and locks them           (files.py, bubblewrap.py)
    3. a user namespace below that one, the lab's own: its root may do everything in the lab, and nothing to 2
    4. with it net, mount, uts, ipc and pid namespaces, a /run/netns of their own, and `lo` up   (mounts.py)

Nothing is tried beforehand: the child leaves, and reports how far it came. The caller stays where it is, and may have
threads.
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
from nslab_kernel.sandbox.isolate import Asked, Inside, Refused, isolate, say


@dataclass(frozen=True)
class Opened:
    """A sandbox at work."""

    first: int
    """Its first process, a child of the caller."""
    alive: int
    """A pipe's end: the sandbox ends when the last process that holds it closes it."""
    own_pids: bool
    notes: tuple[str, ...]
    """What it does without."""
    sockets: dict[int, int]
    """Descriptors of the sockets that listen in it, to be connected to, by port."""


def open_sandbox(start: Callable[[Inside], NoReturn], asked: Asked) -> Opened:
    """Make a sandbox and start its first process.

    Args:
        start: What the first process does.
        asked: What the sandbox is to be like.

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
    # A covered /proc is no reason in itself: without a pid namespace something else was refused then.
    raise next((refused for refused in refusals if refused.step != "proc"), refusals[0])


def close_sandbox(opened: Opened) -> int:
    """End a sandbox, if it has not ended by itself, and return the exit code of its work."""
    os.close(opened.alive)
    for descriptor in opened.sockets.values():
        os.close(descriptor)
    return first_process.exit_code(os.waitpid(opened.first, 0)[1])


def _open(ids: Ids, own_pids: bool, asked: Asked, start: Callable[[Inside], NoReturn]) -> Opened:
    outer, alive = os.pipe()
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    leaver = os.fork()
    if leaver == 0:
        here.close()
        os.close(alive)
        with _telling_refusals(there):
            inside = isolate(ids, own_pids, asked, outer, there)
        there.close()
        start(inside)
    there.close()
    os.close(outer)
    libc.set_subreaper(True)  # the leaver ends at once, and leaves us its child
    try:
        return _hear(here, leaver, alive, own_pids, asked.ports)
    except BaseException:
        os.close(alive)
        raise
    finally:
        libc.set_subreaper(False)
        here.close()


def _hear(here: socket.socket, leaver: int, alive: int, own_pids: bool, ports: Sequence[int]) -> Opened:
    """Wait until the leaver has started the first process, and that is ready."""
    child = leaver
    try:
        child = first = _word(here)[0]["first"]
        os.waitpid(leaver, 0)
        word, descriptors = _word(here)
    except Refused:
        os.waitpid(child, 0)
        raise
    return Opened(first, alive, own_pids, tuple(word["notes"]), dict(zip(ports, descriptors, strict=True)))


def _word(here: socket.socket) -> tuple[dict[str, Any], list[int]]:
    data, descriptors, _flags, _address = socket.recv_fds(here, 1 << 16, 16)
    if not data:
        raise Refused("end", 0, "it ended without a word")
    word: dict[str, Any] = json.loads(data)
    if "refused" in word:
        raise Refused(*word["refused"])
    return word, descriptors


@contextlib.contextmanager
def _telling_refusals(there: socket.socket) -> Iterator[None]:
    """Send what Linux refuses as the last word, and end this process."""
    try:
        yield
    except Refused as refused:
        say(there, refused=(refused.step, refused.errno, refused.text))
        os._exit(1)
    except BaseException as error:
        say(there, refused=("end", 0, repr(error)))
        os._exit(1)
