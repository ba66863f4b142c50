"""Mounts the files of a lab with bubblewrap.

The mounts belong to a user namespace above the lab's, so root in the lab can neither unmount them nor make them
writable. bubblewrap only makes the mounts; it has ended before the lab starts.
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
from nslab_kernel.sandbox.mounts import CGROUPS

PROGRAM = "bwrap"
_STORE = Path("/dev/shm")
"""Where the lab's own tmpfs is mounted while bubblewrap runs; the lab sees each of its folders at another path."""
_MOST_BYTES = 256 << 20


class Failed(Exception):
    """bubblewrap failed; the message is its error output."""


def make_store(files: Files) -> None:
    """Mount the lab's own tmpfs, with one folder for /dev/shm and one for each hidden folder."""
    size = min(_MOST_BYTES, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4)
    libc.mount("nslab", str(_STORE), "tmpfs", libc.MS_NOSUID | libc.MS_NODEV, f"mode=755,size={size}")
    for place in (Path("/dev/shm"), *files.hidden):
        _store_path(place).mkdir(exist_ok=True)
        _store_path(place).chmod(0o1777 if place.name in ("shm", "tmp") else 0o755)


def mount_namespace(files: Files, own_pids: bool, modules: Iterable[str] = ()) -> int:
    """Mount the lab's files with bubblewrap; return a descriptor of the mount namespace that it made.

    Args:
        files: The files that the lab sees.
        own_pids: Whether the lab has its own pid namespace.
        modules: Python modules to import while waiting for bubblewrap; those not reached in time are left out.

    Raises:
        FileNotFoundError: bubblewrap is not installed.
        Failed: bubblewrap could not make the mounts.
    """
    program = shutil.which(PROGRAM, path=f"{os.environ.get('PATH', '')}:{os.defpath}")
    if not program:
        raise FileNotFoundError(2, "bubblewrap is not installed", PROGRAM)
    libc.set_subreaper(True)  # adopt bubblewrap's child, which may outlive it
    with ExitStack() as opened:
        info_read, info_write = map(opened.enter_context, socket.socketpair())
        words = [*_mount_options(files, own_pids), "--info-fd", str(info_write.fileno())]
        descriptors = [info_write.fileno()]
        for path, content in files.copies.items():
            descriptors.append(opened.enter_context(_in_memory(content)).fileno())
            words += ["--file", str(descriptors[-1]), str(path)]
        # `cat` returns the byte once everything is mounted, and keeps the mount namespace alive until it is opened.
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
            _import_until_readable(process.stdout, modules)
            if process.stdout.read(1) != b".":
                raise Failed(process.stderr.read().decode(errors="replace").strip())
            child = json.loads(info_read.recv(4096))["child-pid"]
            namespace = os.open(f"/proc/{child}/ns/mnt", os.O_RDONLY | os.O_CLOEXEC)
        with suppress(ChildProcessError):  # without a pid namespace, bubblewrap has waited for it
            os.waitpid(child, 0)
    libc.set_subreaper(False)
    return namespace


def _import_until_readable(stream: IO[bytes], modules: Iterable[str]) -> None:
    for name in modules:
        if select.select([stream], [], [], 0)[0]:
            return
        importlib.import_module(name)


def _mount_options(files: Files, own_pids: bool) -> Iterator[str]:
    yield from ("--ro-bind", "/", "/")
    yield from ("--dev", "/dev", "--dir", "/dev/net", "--dev-bind-try", "/dev/net/tun", "/dev/net/tun")
    yield from ("--bind", str(_store_path(Path("/dev/shm"))), "/dev/shm", "--remount-ro", "/dev")
    yield from ("--bind", "/sys", "/sys", "--ro-bind-try", CGROUPS, CGROUPS)
    yield from ("--unshare-pid", "--proc", "/proc") if own_pids else _machine_proc_options()
    for place in sorted(files.hidden):
        yield from ("--bind", str(_store_path(place)), str(place))
    for place, writable in files.in_order:
        yield from ("--bind" if writable else "--ro-bind", str(place), str(place))


def _machine_proc_options() -> Iterator[str]:
    """Yield options that bind the machine's /proc, with sysctls but `net` read-only: a container's root owns them."""
    yield from ("--bind", "/proc", "/proc")
    for name in ("sys", "sysrq-trigger", "irq", "bus", "fs", "acpi"):
        yield from ("--ro-bind-try", f"/proc/{name}", f"/proc/{name}")
    yield from ("--bind", "/proc/sys/net", "/proc/sys/net")


def _store_path(place: Path) -> Path:
    return _STORE / str(place).strip("/").replace("/", "-")


def _in_memory(content: bytes) -> IO[bytes]:
    """Return an open file in memory, memfd_create(2), that contains the bytes; it is read from its start."""
    file = os.fdopen(os.memfd_create("nslab"), "w+b")
    file.write(content)
    file.seek(0)
    return file
