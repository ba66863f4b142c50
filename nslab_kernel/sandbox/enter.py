"""A sandbox: made in a child process, which alone is lost if refused.

User, net, mount, uts, ipc and pid namespaces, furnished with a /run/netns of their own and `lo` up.
Nothing is tried beforehand: a child leaves for the new namespaces, and reports how far it came. The caller stays where
it is, may have threads, and writes the child's id maps from outside.
"""

import contextlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from nslab_kernel.linux import libc, switches
from nslab_kernel.linux.docker import SANDBOX_SOCKET
from nslab_kernel.linux.lab import SANDBOX, Lab, announce, host_inode
from nslab_kernel.sandbox import idmap, mounts, processes

HOSTNAME = "host"
_NAMESPACES = libc.CLONE_NEWNET | libc.CLONE_NEWNS | libc.CLONE_NEWUTS | libc.CLONE_NEWIPC
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


class Refused(Exception):
    """Linux refused a sandbox.

    Args:
        step: How far it came: `unshare`, `map`, `propagation`, `proc`, or `end` when it died of something else.
        errno: The error number; 0 where there is none.
        text: The error in Linux's words.
    """

    def __init__(self, step: str, errno: int, text: str) -> None:
        super().__init__(f"{step}: {text}")
        self.step, self.errno, self.text = step, errno, text


@dataclass(frozen=True)
class Shape:
    """What a sandbox is asked to be: with a user namespace, with a pid namespace."""

    user: bool
    pids: bool


@dataclass(frozen=True)
class Opened:
    """A sandbox at work."""

    first: int
    """Its first process, a child of the caller."""
    alive: int
    """A pipe's end: the sandbox ends when the last process that holds it closes it."""
    shape: Shape
    notes: tuple[str, ...]
    """What it does without."""


class Channel:
    """Two pipes between the caller and the sandbox in the making: one word a line, as JSON."""

    def __init__(self, out: int, into: int) -> None:
        self._out, self._into = out, into

    def say(self, **word: Any) -> None:
        """Send a word."""
        os.write(self._out, json.dumps(word).encode() + b"\n")

    def hear(self) -> dict[str, Any]:
        """Wait for a word, or raise what it reports."""
        line = b""
        while not line.endswith(b"\n"):
            byte = os.read(self._into, 1)
            if not byte:
                raise Refused("end", 0, "it ended without a word")
            line += byte
        word: dict[str, Any] = json.loads(line)
        if "refused" in word:
            raise Refused(*word["refused"])
        return word

    def close(self) -> None:
        """Hang up."""
        os.close(self._out)
        os.close(self._into)

    @contextlib.contextmanager
    def telling_refusals(self) -> Iterator[None]:
        """Send what Linux refuses as the last word, and end this process."""
        try:
            yield
        except Refused as refused:
            self.say(refused=(refused.step, refused.errno, refused.text))
            os._exit(1)
        except BaseException as error:
            self.say(refused=("end", 0, repr(error)))
            os._exit(1)


def shapes() -> tuple[Shape, ...]:
    """Return what to ask for, best first: root may do without a user namespace, anybody without a pid namespace."""
    with_user = (Shape(True, True), Shape(True, False))
    return (*with_user, Shape(False, True), Shape(False, False)) if os.geteuid() == 0 else with_user


def open_sandbox(work: Callable[[], NoReturn]) -> Opened:
    """Make a sandbox and start work in it.

    Args:
        work: Runs in a process of its own inside, and ends it.

    Raises:
        Refused: Linux did not allow it.
    """
    refusals = []
    for shape in shapes():
        try:
            return _open(shape, work)
        except Refused as refused:
            refusals.append(refused)
    # A covered /proc is no reason in itself: without a pid namespace something else was refused then.
    raise next((refused for refused in refusals if refused.step != "proc"), refusals[0])


def close_sandbox(opened: Opened) -> int:
    """End a sandbox, if it has not ended by itself, and return the exit code of its work."""
    os.close(opened.alive)
    return processes.exit_code(os.waitpid(opened.first, 0)[1])


def _open(shape: Shape, work: Callable[[], NoReturn]) -> Opened:
    report, told = os.pipe()
    word, answer = os.pipe()
    outer, alive = os.pipe()
    leaver = os.fork()
    if leaver == 0:
        for descriptor in (report, answer, alive):
            os.close(descriptor)
        _leave(shape, work, Channel(told, word), outer)
    for descriptor in (told, word, outer):
        os.close(descriptor)
    libc.set_subreaper(True)  # the leaver ends at once, and leaves us its child
    try:
        first, notes = _see_through(shape, leaver, Channel(answer, report))
    except BaseException:
        os.close(alive)
        raise
    finally:
        libc.set_subreaper(False)
        os.close(report)
        os.close(answer)
    return Opened(first, alive, shape, tuple(notes))


def _see_through(shape: Shape, leaver: int, inside: Channel) -> tuple[int, list[str]]:
    """Map the leaver's ids, wait for its child, and return that child's pid and notes."""
    child = leaver
    try:
        inside.hear()
        inside.say(ranged=shape.user and idmap.map_ids(leaver))
        first = inside.hear()["first"]
        os.waitpid(leaver, 0)
        child = first
        inside.say(go=True)
        return first, inside.hear()["notes"]
    except Refused:
        os.waitpid(child, 0)
        raise


def _leave(shape: Shape, work: Callable[[], NoReturn], outside: Channel, outer: int) -> NoReturn:
    """Leave for new namespaces; the child made there is their first process."""
    with outside.telling_refusals():
        uid, gid = os.geteuid(), os.getegid()
        with _step("unshare"):
            libc.unshare(_flags(shape))
        outside.say(left=True)
        ranged = outside.hear()["ranged"]
        with _step("map"):
            if ranged:
                idmap.become_root()
            elif shape.user:
                idmap.map_self(uid, gid)
        first = os.fork()
        if first:
            outside.say(first=first)
            os._exit(0)
        outside.hear()
        notes = _furnish(shape)
        outside.say(notes=notes)
    outside.close()
    _announce(shape, notes)
    processes.be_first(work, outer, shape.pids)


def _flags(shape: Shape) -> int:
    user = libc.CLONE_NEWUSER if shape.user else 0
    pids = libc.CLONE_NEWPID if shape.pids else 0
    return _NAMESPACES | user | pids


def _furnish(shape: Shape) -> list[str]:
    notes: list[str] = []
    with _step("propagation"):
        mounts.part_from_machine()
    if shape.pids:
        with _step("proc"):
            mounts.mount_proc()
    mounts.mount_run(notes)
    mounts.mount_sys(notes)
    mounts.shield_machine(notes, shape.pids)
    with mounts.noting(notes, "lo"):
        libc.raise_loopback()
    with mounts.noting(notes, "hostname"):
        socket.sethostname(HOSTNAME)
    with mounts.noting(notes, "ping_group_range"):
        for place, value in switches.HOST_DEFAULTS.items():
            Path(f"/proc/sys/net/{place}").write_text(value)
    return notes + switches.pin_here()


def _announce(shape: Shape, notes: list[str]) -> None:
    announce(Lab(SANDBOX, netns=host_inode(), notes=tuple(notes), own_pids=shape.pids))
    os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:{SBIN}"
    # An engine of the machine's user may listen in his /run/user, which is in sight.
    os.environ["DOCKER_HOST"] = os.environ["CONTAINER_HOST"] = f"unix://{SANDBOX_SOCKET}"
    if Path(mounts.TMPDIR).is_dir():
        os.environ["TMPDIR"] = mounts.TMPDIR


@contextlib.contextmanager
def _step(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(name, error.errno or 0, error.strerror or str(error)) from None
