"""Ways to start a program: as another user, or where Linux refuses parts of a sandbox.

Each is a command line to be put before the program's own; all of them end in exec, so that the process stays the same.
They change nothing of the machine: what has to look different does so in a mount namespace of its own.
"""

import atexit
import os
import platform
import shlex
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

USER, UID = "learner", 4321
REPO = Path(__file__).parents[3]
RANGE = f"{USER}:200000:65536\n"
_UNSHARE = {"x86_64": 272, "aarch64": 97}

own: list[str] = []
"""As whoever runs the tests."""

limit = ["unshare", "--user", "--map-current-user", "--keep-caps", "sh", "-c"]
limit += [
    'echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --ambient-caps=-all --inh-caps=-all "$@"',
    "sh",
]
"""No further user namespace is allowed."""

covered_proc = ["unshare", "-Urm", "sh", "-c", 'mount --bind /dev/null /proc/keys; exec "$@"', "sh"]
"""A part of /proc is covered, as in a container: no sandbox may mount its own."""

_read_only = "mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys; mount --bind /dev/null /proc/keys"
read_only_sys = ["unshare", "-Urm", "sh", "-c", f'{_read_only}; exec "$@"', "sh"]
"""The same, and the network's switches are read-only, as in podman."""

_unified = "mount -t tmpfs none /run; mkdir -p /run/systemd/system; umount -R /sys/fs/cgroup; "
_unified += "mount -t cgroup2 none /sys/fs/cgroup"
systemd = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", f'{_unified}; exec "$@"', "sh"]
"""It looks as if systemd ran, with one tree of control groups, as on a desktop; for root."""

_filter = f"""
import ctypes, os, struct, sys
line = lambda code, value, yes=0, no=0: struct.pack("HBBI", code, yes, no, value)
lines = [line(0x20, 0), line(0x15, {_UNSHARE.get(platform.machine(), 272)}, 0, 1)]
lines += [line(6, 0x50001), line(6, 0x7FFF0000)]
program = ctypes.create_string_buffer(b"".join(lines))
filter = struct.pack("HxxxxxxP", len(lines), ctypes.addressof(program))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, ctypes.c_char_p(filter), 0, 0) == 0
os.execvp(sys.argv[1], sys.argv[1:])
"""
filtered = [sys.executable, "-c", _filter]
"""A filter of system calls refuses unshare(2), as Docker's does."""


def without(*programs: str) -> list[str]:
    """Return how to run where some programs of the machine are not installed."""
    hide = "p=$(command -v $f) || continue; mount --bind /dev/null $(readlink -f $p)"
    lines = f'PATH=$PATH:/usr/sbin:/sbin; for f in {" ".join(programs)}; do {hide}; done; exec "$@"'
    return ["unshare", "-Urm", "sh", "-c", lines, "sh"]


def switched(name: str, value: str) -> list[str]:
    """Root only: a switch of another system stands in a file system laid over /proc/sys/kernel."""
    lines = [
        "nobody=$(cat /proc/sys/kernel/overflowuid)",
        "mount -t tmpfs tmpfs /proc/sys/kernel",
        "cd /proc/sys/kernel; echo $nobody | tee overflowuid > overflowgid; cd $OLDPWD",
        f'echo {value} > /proc/sys/kernel/{name}; exec "$@"',
    ]
    return ["unshare", "--mount", "sh", "-ec", "\n".join(lines), "sh"]


no_rights = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
"""Root by number alone."""


def as_user(subids: str, uid: int = UID) -> list[str]:
    """Root only: as an ordinary user, with these lines in /etc/subuid and /etc/subgid."""
    kit = user_kit()
    lines = [
        f"printf %s {shlex.quote(subids)} | tee {kit}/etc/subuid > {kit}/etc/subgid",
        f"mount --bind {kit}/etc /etc",
        *_opening_lines(kit),
        f"export HOME={kit}/home USER={USER}",
        f"cd {kit}/home/notebooks",
        f"for file in {kit}/home/*.json; do if [ -e $file ]; then chown {uid}:{uid} $file; fi; done",
        f'exec setpriv --reuid={uid} --regid={uid} --clear-groups --inh-caps=-all "$@"',
    ]
    return ["unshare", "--mount", "sh", "-ec", "\n".join(lines), "sh"]


@cache
def user_kit() -> Path:
    """Return a folder with what the ordinary user needs: a home, and where root becomes him, an /etc that knows him."""
    kit = Path(tempfile.mkdtemp(prefix="nslab-user-"))
    atexit.register(shutil.rmtree, kit, ignore_errors=True)
    kit.chmod(0o755)
    folders = [kit / "home", kit / "home/notebooks"]
    for folder in folders:
        folder.mkdir()
    if os.geteuid() != 0:
        return kit
    for folder in folders:
        os.chown(folder, UID, UID)
    shutil.copytree("/etc", kit / "etc", symlinks=True, ignore_dangling_symlinks=True)
    with (kit / "etc/passwd").open("a") as users:
        users.write(f"{USER}:x:{UID}:{UID}::{kit}/home:/bin/sh\n")
    return kit


def _opening_lines(kit: Path) -> list[str]:
    """Show what the tests run from, where it lies in somebody's closed home: alone, on a tmpfs laid over that home."""
    hidden = {path: home for path in (Path(sys.base_prefix), Path(sys.prefix), REPO) if (home := _closed_home(path))}
    aside = {path: kit / f"aside{number}" for number, path in enumerate(hidden)}
    keep = [f"mkdir -p {aside[path]}; mount --bind {path} {aside[path]}" for path in hidden]
    cover = [f"mount -t tmpfs -o mode=755 tmpfs {home}" for home in sorted(set(hidden.values()))]
    return [*keep, *cover, *(f"mkdir -p {path}; mount --bind {aside[path]} {path}" for path in hidden)]


def _closed_home(path: Path) -> Path | None:
    closed = (parent for parent in reversed(path.parents) if not parent.stat().st_mode & 0o001)
    return next(closed, None)
