"""Command prefixes: another user, or a Linux that refuses a sandbox.

Each is a command line to put before the program's own. All of them end in exec, so that the process id stays the same.
They change nothing on the machine: files that have to look different do so in a mount namespace of their own.
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

no_prefix: list[str] = []
"""No prefix: as the user who runs the tests."""

no_user_namespaces = ["unshare", "--user", "--map-current-user", "--keep-caps", "sh", "-c"]
no_user_namespaces += [
    'echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --ambient-caps=-all --inh-caps=-all "$@"',
    "sh",
]
"""Linux allows no further user namespace."""

covered_proc = ["unshare", "-Urm", "sh", "-c", 'mount --bind /dev/null /proc/keys; exec "$@"', "sh"]
"""A part of /proc is covered, as in a container. So Linux does not let a sandbox mount a /proc of its own."""

_read_only = "mount --bind /proc/sys /proc/sys; mount -o remount,bind,ro /proc/sys; mount --bind /dev/null /proc/keys"
read_only_sys = ["unshare", "-Urm", "sh", "-c", f'{_read_only}; exec "$@"', "sh"]
"""Like `covered_proc`, and /proc/sys is read-only, as in podman."""

_unified = "mount -t tmpfs none /run; mkdir -p /run/systemd/system; umount -R /sys/fs/cgroup; "
_unified += "mount -t cgroup2 none /sys/fs/cgroup"
systemd = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", f'{_unified}; exec "$@"', "sh"]
"""For root: the machine looks as if systemd ran, with one cgroup v2 hierarchy, as on a desktop."""

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
    """Return a prefix that hides some of the machine's programs, as if they were not installed."""
    hide = "p=$(command -v $f) || continue; mount --bind /dev/null $(readlink -f $p)"
    lines = f'PATH=$PATH:/usr/sbin:/sbin; for f in {" ".join(programs)}; do {hide}; done; exec "$@"'
    return ["unshare", "-Urm", "sh", "-c", lines, "sh"]


def switched(name: str, value: str) -> list[str]:
    """Return a prefix, for root only, that shows another system's sysctl in a tmpfs mounted over /proc/sys/kernel."""
    lines = [
        "nobody=$(cat /proc/sys/kernel/overflowuid)",
        "mount -t tmpfs tmpfs /proc/sys/kernel",
        "cd /proc/sys/kernel; echo $nobody | tee overflowuid > overflowgid; cd $OLDPWD",
        f'echo {value} > /proc/sys/kernel/{name}; exec "$@"',
    ]
    return ["unshare", "--mount", "sh", "-ec", "\n".join(lines), "sh"]


no_capabilities = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
"""User id 0 without any capability."""


def as_user(subids: str, uid: int = UID) -> list[str]:
    """Return a prefix, for root only, that becomes an ordinary user with these lines in /etc/subuid and /etc/subgid."""
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
    """Return a folder for the ordinary user: a home and, if root runs the tests, a copy of /etc that lists the user."""
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
    """Return shell lines that show Python and this repository if they are in a home that other users cannot enter."""
    hidden = {path: home for path in (Path(sys.base_prefix), Path(sys.prefix), REPO) if (home := _closed_home(path))}
    aside = {path: kit / f"aside{number}" for number, path in enumerate(hidden)}
    keep = [f"mkdir -p {aside[path]}; mount --bind {path} {aside[path]}" for path in hidden]
    cover = [f"mount -t tmpfs -o mode=755 tmpfs {home}" for home in sorted(set(hidden.values()))]
    return [*keep, *cover, *(f"mkdir -p {path}; mount --bind {aside[path]} {path}" for path in hidden)]


def _closed_home(path: Path) -> Path | None:
    closed = (parent for parent in reversed(path.parents) if not parent.stat().st_mode & 0o001)
    return next(closed, None)
