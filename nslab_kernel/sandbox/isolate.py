"""The steps into a sandbox, the last of them in its first process.

See namespaces(7), setns(2), unshare(2).
"""

import contextlib
import json
import os
import resource
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nslab_kernel.linux import default_sysctls, libc
from nslab_kernel.linux.engine_api import SANDBOX_SOCKET
from nslab_kernel.linux.lab import SANDBOX, SYS, Lab, announce, host_inode
from nslab_kernel.sandbox import bubblewrap, idmap, mounts, seccomp
from nslab_kernel.sandbox.files import Files
from nslab_kernel.sandbox.idmap import Ids
from nslab_kernel.sandbox.shortcomings import shortcomings

HOSTNAME = "host"
MOST_PROCESSES = 4096
_NAMESPACES = libc.CLONE_NEWNET | libc.CLONE_NEWNS | libc.CLONE_NEWUTS | libc.CLONE_NEWIPC
_XDG = ("RUNTIME_DIR", "CACHE_HOME", "CONFIG_HOME", "DATA_HOME")
_UNSET_VARIABLES = ("TMPDIR", "JUPYTER_RUNTIME_DIR", *(f"XDG_{name}" for name in _XDG))
"""Environment variables that may name folders where a lab may not write; they are removed in the lab."""
SBIN = "/usr/local/sbin:/usr/sbin:/sbin"


class Refused(Exception):
    """Linux refused a sandbox.

    Args:
        step: The step that failed: `root`, `unshare`, `map`, `files`, `bubblewrap`, `proc`; `end` for any other error.
        errno: The error number; 0 where there is none.
        text: The error message.
    """

    def __init__(self, step: str, errno: int, text: str) -> None:
        super().__init__(f"{step}: {text}")
        self.step, self.errno, self.text = step, errno, text


@dataclass(frozen=True)
class SandboxOptions:
    """The options of a sandbox."""

    files: Files
    """Which of the machine's files it sees, and which it may write."""
    ports: tuple[int, ...] = ()
    """The ports, for each of which a Unix socket listens inside."""
    modules: tuple[str, ...] = ()
    """Python modules that its work needs in any case; they are imported while bubblewrap runs."""


def isolate(ids: Ids, own_pids: bool, asked: SandboxOptions, to_caller: socket.socket) -> dict[int, int]:
    """Enter new namespaces and mounts step by step; returns only in the sandbox's first process.

    Args:
        ids: The users and groups that it maps.
        own_pids: Whether it has its own pid namespace.
        asked: Its options.
        to_caller: The socket on which the caller gets the first process's pid, and then descriptors to connect to.

    Returns:
        Descriptors of the listening sockets, by port.

    Raises:
        Refused: Linux did not allow it.
    """
    files, by_root = asked.files, os.geteuid() == 0
    _become_owner(ids, files)
    lab, mount_namespace = _mount_files(asked, own_pids)
    with _step("unshare"):
        libc.setns(mount_namespace, libc.CLONE_NEWNS)
        libc.setns(lab, libc.CLONE_NEWUSER)
        os.close(mount_namespace)
        os.close(lab)
        libc.unshare(_NAMESPACES | (libc.CLONE_NEWPID if own_pids else 0))
    _fork_first(to_caller)
    notes = _set_up_lab(own_pids, files)
    listeners, connect_descriptors = _listen(asked.ports)
    send(to_caller, list(connect_descriptors.values()))
    for connect_descriptor in connect_descriptors.values():
        os.close(connect_descriptor)
    writable = tuple(str(folder) for folder in files.writable if os.access(folder, os.W_OK))
    reason, remedy = shortcomings(files, writable, by_root, ids.root[0] == 0)
    _announce(Lab(SANDBOX, host_inode(), reason, remedy, tuple(notes), writable, own_pids), files)
    return listeners


def _fork_first(to_caller: socket.socket) -> None:
    """Fork the sandbox's first process, and end this one; return in the first one once its pid was sent."""
    told, telling = os.pipe()
    first = os.fork()
    if first:
        send(to_caller, first=first)
        os._exit(0)
    os.close(telling)
    os.read(told, 1)
    os.close(told)


def _become_owner(ids: Ids, files: Files) -> None:
    """Make and enter the user namespace that will own the lab's mounts; root first becomes the user of `ids`."""
    is_root = os.geteuid() == 0
    with _step("unshare"):
        if is_root:
            _unshare_mounts()
        owner = idmap.user_namespace(ids)
    with _step("files"):
        if is_root:
            mounts.stop_propagation()
            mounts.map_file_owners(files, owner)
    with _step("map"):
        idmap.become_owner(ids)
        libc.setns(owner, libc.CLONE_NEWUSER)
        os.close(owner)
        if Path("/proc/self/setgroups").read_text().strip() == "allow":
            os.setgroups([])


def _unshare_mounts() -> None:
    try:
        libc.unshare(libc.CLONE_NEWNS)
    except PermissionError:  # a container's root that may not mount here may do so in a new user namespace
        own = idmap.user_namespace(idmap.same_ids())
        libc.setns(own, libc.CLONE_NEWUSER)
        os.close(own)
        libc.unshare(libc.CLONE_NEWNS)


def _mount_files(asked: SandboxOptions, own_pids: bool) -> tuple[int, int]:
    """Return descriptors of the lab's own user namespace, and of the mount namespace that bubblewrap made for it."""
    _limit_processes()
    with _step("unshare"):
        lab = idmap.user_namespace(idmap.same_ids())
    with _step("files"):
        libc.unshare(libc.CLONE_NEWNS | libc.CLONE_NEWNET)
        mounts.stop_propagation()
        mounts.cover_unreadable_parents(asked.files)
        bubblewrap.make_store(asked.files)
        # The /sys below the lab's own must not show the machine's interfaces. Linux refuses to mount one where parts
        # of the present /sys are covered, as in a container.
        for flags in (0, libc.MS_RDONLY):
            with contextlib.suppress(PermissionError):
                mounts.mount_sys(flags)
                break
    try:
        return lab, bubblewrap.mount_namespace(asked.files, own_pids, asked.modules)
    except FileNotFoundError as error:
        raise Refused("bubblewrap", error.errno or 0, str(error.strerror)) from None
    except bubblewrap.Failed as error:
        raise Refused("proc" if "/proc" in str(error) else "bubblewrap", 0, str(error)) from None


def _limit_processes() -> None:
    """Limit the processes of this user namespace; the user's processes outside of it do not count."""
    allowed = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    most = MOST_PROCESSES if allowed == resource.RLIM_INFINITY else min(MOST_PROCESSES, allowed)
    resource.setrlimit(resource.RLIMIT_NPROC, (most, most))


def _set_up_lab(own_pids: bool, files: Files) -> list[str]:
    notes: list[str] = []
    if own_pids:
        with _step("proc"):
            mounts.mount_proc()
    with mounts.noting(notes, SYS):
        try:
            mounts.mount_sys()
        except PermissionError:
            # A read-only /sys is not kept: `ip netns exec` would unmount it, and could then mount no writable one.
            mounts.try_read_only_sys()
    mounts.make_own_folders(notes)
    os.chdir(files.folder if os.access(files.folder, os.X_OK) else files.home)
    with mounts.noting(notes, "lo"):
        libc.set_loopback_up()
    with mounts.noting(notes, "hostname"):
        socket.sethostname(HOSTNAME)
    with mounts.noting(notes, "keyring"):
        libc.join_new_keyring()
    with mounts.noting(notes, "seccomp"):
        seccomp.install_filter()
    return notes + default_sysctls.apply_defaults(is_host=True)


def _listen(ports: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Listen on a Unix socket for each port; return descriptors to accept on, and others to connect to from outside.

    The lab never gets a socket of the machine, because connect(2) on it would reach the machine's network. The sockets'
    names are removed, so that nobody can put another socket in their place.
    """
    listeners, connect_descriptors = {}, {}
    for port in ports:
        path = f"/run/nslab/{port}"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            connect_descriptors[port] = os.open(path, os.O_PATH | os.O_CLOEXEC)
            listeners[port] = listener.detach()
        Path(path).unlink()
    return listeners, connect_descriptors


def _announce(lab: Lab, files: Files) -> None:
    announce(lab)
    os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:{SBIN}"
    os.environ["HOME"] = str(files.home)
    os.environ["DOCKER_HOST"] = os.environ["CONTAINER_HOST"] = f"unix://{SANDBOX_SOCKET}"
    for name in _UNSET_VARIABLES:
        os.environ.pop(name, None)


def send(to_caller: socket.socket, descriptors: Sequence[int] = (), **message: Any) -> None:
    """Send a message to the caller, with descriptors."""
    socket.send_fds(to_caller, [json.dumps(message).encode()], descriptors)


@contextlib.contextmanager
def _step(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        name = "map" if isinstance(error, idmap.MapRefused) else name
        raise Refused(name, error.errno or 0, error.strerror or str(error)) from None
