"""The outer shell of a lab: bubblewrap lays out its files.

Its mounts belong to a user namespace above the lab's: whoever is root in the lab can neither take one away nor make it
writable. bubblewrap is only asked for the mounts, and has gone before the lab begins.
See bwrap(1), mount_namespaces(7).
"""

import importlib
import json
import os
import select
import shutil
import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

from nslab_kernel.linux import libc
from nslab_kernel.sandbox.files import Files
from nslab_kernel.sandbox.mounts import GROUPS

PROGRAM = "bwrap"
_STORE = Path("/dev/shm")
"""Where the lab's own tmpfs stands while bubblewrap works; the lab sees its folders elsewhere."""
_MOST_BYTES = 256 << 20


class Failed(Exception):
    """bubblewrap ended, and said why."""


def make_store(files: Files) -> None:
    """Mount the lab's own tmpfs, with a folder for each place that the lab has for itself."""
    size = min(_MOST_BYTES, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4)
    libc.mount("nslab", str(_STORE), "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, f"mode=755,size={size}")
    for place in (Path("/dev/shm"), *files.hidden):
        _stored(place).mkdir(exist_ok=True)
        _stored(place).chmod(0o1777 if place.name in ("shm", "tmp") else 0o755)


def mount_namespace(files: Files, own_pids: bool, modules: Iterable[str] = ()) -> int:
    """Let bubblewrap lay out the lab's files; return a descriptor of the mount namespace that it made.

    Args:
        files: What the lab sees.
        own_pids: Whether it has a pid namespace.
        modules: What may be imported while bubblewrap works; no more than that.

    Raises:
        FileNotFoundError: bubblewrap is not installed.
        Failed: It refused.
    """
    program = shutil.which(PROGRAM, path=f"{os.environ.get('PATH', '')}:{os.defpath}")
    if not program:
        raise FileNotFoundError(2, "bubblewrap is not installed", PROGRAM)
    libc.set_subreaper(True)  # bubblewrap leaves us the process that holds the mounts
    with ExitStack() as opened:
        told, telling = map(opened.enter_context, socket.socketpair())
        words = [*_places(files, own_pids), "--info-fd", str(telling.fileno())]
        descriptors = [telling.fileno()]
        for path, content in files.copies.items():
            descriptors.append(opened.enter_context(_in_memory(content)).fileno())
            words += ["--file", str(descriptors[-1]), str(path)]
        # `cat` says when all is mounted, and holds it until we are in.
        process = subprocess.Popen(
            [program, *words, "/bin/cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=descriptors,
        )
        assert process.stdin and process.stdout and process.stderr
        with process:
            process.stdin.write(b".")
            process.stdin.flush()
            _import_until_heard(process.stdout, modules)
            if process.stdout.read(1) != b".":
                raise Failed(process.stderr.read().decode(errors="replace").strip())
            child = json.loads(told.recv(4096))["child-pid"]
            namespace = os.open(f"/proc/{child}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
        with suppress(ChildProcessError):  # without a pid namespace of its own it was bubblewrap's to wait for
            os.waitpid(child, 0)
    libc.set_subreaper(False)
    return namespace


def _import_until_heard(stream: IO[bytes], modules: Iterable[str]) -> None:
    for name in modules:
        if select.select([stream], [], [], 0)[0]:
            return
        importlib.import_module(name)


def _places(files: Files, own_pids: bool) -> Iterator[str]:
    yield from ("--ro-bind", "/", "/")
    yield from ("--dev", "/dev", "--dir", "/dev/net", "--dev-bind-try", "/dev/net/tun", "/dev/net/tun")
    yield from ("--bind", str(_stored(Path("/dev/shm"))), "/dev/shm", "--remount-ro", "/dev")
    yield from ("--bind", "/sys", "/sys", "--ro-bind-try", GROUPS, GROUPS)
    yield from ("--unshare-pid", "--proc", "/proc") if own_pids else _machines_proc()
    for place in sorted(files.hidden):
        yield from ("--bind", str(_stored(place)), str(place))
    for place, writable in files.in_order:
        yield from ("--bind" if writable else "--ro-bind", str(place), str(place))


def _machines_proc() -> Iterator[str]:
    """Show the machine's /proc, but for its network with the switches read-only: root of a container owns them."""
    yield from ("--bind", "/proc", "/proc")
    for name in ("sys", "sysrq-trigger", "irq", "bus", "fs", "acpi"):
        yield from ("--ro-bind-try", f"/proc/{name}", f"/proc/{name}")
    yield from ("--bind", "/proc/sys/net", "/proc/sys/net")


def _stored(place: Path) -> Path:
    return _STORE / str(place).strip("/").replace("/", "-")


def _in_memory(content: bytes) -> IO[bytes]:
    """Return an open file without a place, to be read from its start."""
    file = os.fdopen(os.memfd_create("nslab"), "w+b")
    file.write(content)
    file.seek(0)
    return file
