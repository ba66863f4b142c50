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
import resource
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from nslab_kernel.linux import libc, switches
from nslab_kernel.linux.docker import SANDBOX_SOCKET
from nslab_kernel.linux.lab import SANDBOX, Lab, announce, host_inode
from nslab_kernel.sandbox import bubblewrap, idmap, mounts, processes, seccomp
from nslab_kernel.sandbox.files import Files, files_of
from nslab_kernel.sandbox.idmap import Ids
from nslab_kernel.sandbox.shortcomings import shortcomings

HOSTNAME = "host"
MOST_PROCESSES = 4096
_NAMESPACES = libc.CLONE_NEWNET | libc.CLONE_NEWNS | libc.CLONE_NEWUTS | libc.CLONE_NEWIPC
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


class Refused(Exception):
    """Linux refused a sandbox.

    Args:
        step: How far it came: `root`, `unshare`, `map`, `files`, `bubblewrap`, `proc`; or `end`, of something else.
        errno: The error number; 0 where there is none.
        text: The error in Linux's words.
    """

    def __init__(self, step: str, errno: int, text: str) -> None:
        super().__init__(f"{step}: {text}")
        self.step, self.errno, self.text = step, errno, text


@dataclass(frozen=True)
class Inside:
    """What the first process of a sandbox is handed."""

    outer: int
    """A pipe whose other end the caller alone holds: its end is the caller's end."""
    own_pids: bool
    """Whether this is process 1 of a pid namespace."""
    listeners: dict[int, int] = field(default_factory=dict)
    """Sockets that listen for what the caller relays, by port."""


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


def open_sandbox(start: Callable[[Inside], NoReturn], files: Files | None = None, ports: Sequence[int] = ()) -> Opened:
    """Make a sandbox and start its first process.

    Args:
        start: What the first process does.
        files: What is seen of the machine's files; without it, what a notebook in the present folder would see.
        ports: Numbers for sockets that listen inside.

    Raises:
        Refused: Linux did not allow it.
    """
    files = files or files_of(Path.cwd())
    refusals = []
    try:
        for ids, own_pids in itertools.product(idmap.ids_for_lab(), (True, False)):
            try:
                return _open(ids, own_pids, files, start, ports)
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
    return processes.exit_code(os.waitpid(opened.first, 0)[1])


def _open(ids: Ids, own_pids: bool, files: Files, start: Callable[[Inside], NoReturn], ports: Sequence[int]) -> Opened:
    outer, alive = os.pipe()
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    leaver = os.fork()
    if leaver == 0:
        here.close()
        os.close(alive)
        with _telling_refusals(there):
            inside = _leave(ids, own_pids, files, outer, ports, there)
        there.close()
        start(inside)
    there.close()
    os.close(outer)
    libc.set_subreaper(True)  # the leaver ends at once, and leaves us its child
    try:
        return _hear(here, leaver, alive, own_pids, ports)
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
        _say(there, refused=(refused.step, refused.errno, refused.text))
        os._exit(1)
    except BaseException as error:
        _say(there, refused=("end", 0, repr(error)))
        os._exit(1)


def _say(there: socket.socket, descriptors: Sequence[int] = (), **word: Any) -> None:
    socket.send_fds(there, [json.dumps(word).encode()], descriptors)


def _leave(ids: Ids, own_pids: bool, files: Files, outer: int, ports: Sequence[int], there: socket.socket) -> Inside:
    """Leave for the sandbox; returns in its first process, furnished."""
    is_roots = os.geteuid() == 0
    _become_owner(ids, files)
    lab, laid_out = _lay_out(files, own_pids)
    with _step("unshare"):
        libc.setns(laid_out, libc.CLONE_NEWNS)
        libc.setns(lab, libc.CLONE_NEWUSER)
        libc.unshare(_NAMESPACES | (libc.CLONE_NEWPID if own_pids else 0))
    _fork_first(there)
    notes = _furnish(own_pids, files, is_roots)
    listeners, doors = _listen(ports)
    _say(there, list(doors.values()), notes=notes)
    _announce(own_pids, notes, files, ids)
    return Inside(outer, own_pids, listeners)


def _fork_first(there: socket.socket) -> None:
    """Go on as the first process in there, when the caller has been told its number; the leaver ends."""
    told, telling = os.pipe()
    first = os.fork()
    if first:
        _say(there, first=first)
        os._exit(0)
    os.close(telling)
    os.read(told, 1)
    os.close(told)


def _become_owner(ids: Ids, files: Files) -> None:
    """Enter the user namespace that owns the lab's mounts, as somebody who is nobody on the machine."""
    is_root = os.geteuid() == 0
    with _step("unshare"):
        if is_root:
            _leave_mounts()
        owner = idmap.user_namespace(ids)
    with _step("files"):
        if is_root:
            mounts.part_from_machine()
            mounts.open_to_owners_of_nothing(files, owner)
    with _step("map"):
        idmap.become(ids)
        libc.setns(owner, libc.CLONE_NEWUSER)
        if Path("/proc/self/setgroups").read_text().strip() == "allow":
            os.setgroups([])


def _leave_mounts() -> None:
    try:
        libc.unshare(libc.CLONE_NEWNS)
    except PermissionError:  # root of a container that may not mount: in a user namespace of its own it may
        libc.setns(idmap.user_namespace(idmap.same_ids()), libc.CLONE_NEWUSER)
        libc.unshare(libc.CLONE_NEWNS)


def _lay_out(files: Files, own_pids: bool) -> tuple[int, int]:
    """Return descriptors of the lab's own user namespace, and of the mount namespace that bubblewrap made for it."""
    # Counted for the lab alone: what else its user runs is outside of this user namespace.
    _limit(resource.RLIMIT_NPROC, MOST_PROCESSES)
    with _step("unshare"):
        lab = idmap.user_namespace(idmap.same_ids())
    with _step("files"):
        libc.unshare(libc.CLONE_NEWNS | libc.CLONE_NEWNET)
        mounts.part_from_machine()
        bubblewrap.make_store(files)
        mounts.mount_sys()  # what lies below the lab's own /sys shows no interface of the machine
    try:
        return lab, bubblewrap.mount_namespace(files, own_pids)
    except FileNotFoundError as error:
        raise Refused("bubblewrap", error.errno or 0, str(error.strerror)) from None
    except bubblewrap.Failed as error:
        raise Refused("proc" if "/proc" in str(error) else "bubblewrap", 0, str(error)) from None


def _limit(kind: int, most: int) -> None:
    allowed = resource.getrlimit(kind)[1]
    most = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
    resource.setrlimit(kind, (most, most))


def _furnish(own_pids: bool, files: Files, is_roots: bool) -> list[str]:
    notes: list[str] = []
    if own_pids:
        with _step("proc"):
            mounts.mount_proc()
    with mounts.noting(notes, "/sys"):
        mounts.mount_sys()
    mounts.make_own_folders(notes)
    os.chdir(files.folder)
    with mounts.noting(notes, "lo"):
        libc.raise_loopback()
    with mounts.noting(notes, "hostname"):
        socket.sethostname(HOSTNAME)
    with mounts.noting(notes, "ping_group_range"):
        for place, value in switches.HOST_DEFAULTS.items():
            Path(f"/proc/sys/net/{place}").write_text(value)
    with mounts.noting(notes, "keyring"):
        libc.join_new_keyring()
    with mounts.noting(notes, "seccomp"):
        seccomp.forbid(set_id_files=is_roots)
    return notes + switches.pin_here()


def _listen(ports: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Listen on a socket for each port; return descriptors to accept at, and to connect to from outside.

    The sockets belong to the lab's network, and none of the machine's ever comes in here: with connect(2) a socket
    goes wherever its own network leads. No name stays, so nobody can lay another one in its place.
    """
    listeners, doors = {}, {}
    for port in ports:
        path = f"/run/nslab/{port}"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            doors[port] = os.open(path, os.O_PATH | os.O_CLOEXEC)
            listeners[port] = listener.detach()
        Path(path).unlink()
    return listeners, doors


def _announce(own_pids: bool, notes: list[str], files: Files, ids: Ids) -> None:
    writable = tuple(str(folder) for folder in files.writable if os.access(folder, os.W_OK))
    reason, remedy = shortcomings(files, writable, is_root_outside=ids.root[0] == 0)
    announce(Lab(SANDBOX, host_inode(), reason, remedy, tuple(notes), writable, own_pids))
    os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:{SBIN}"
    os.environ["HOME"] = str(files.home)
    os.environ["DOCKER_HOST"] = os.environ["CONTAINER_HOST"] = f"unix://{SANDBOX_SOCKET}"
    for name in ("TMPDIR", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        os.environ.pop(name, None)  # they may lie where the lab may not write


@contextlib.contextmanager
def _step(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        name = "map" if isinstance(error, idmap.MapRefused) else name
        raise Refused(name, error.errno or 0, error.strerror or str(error)) from None
