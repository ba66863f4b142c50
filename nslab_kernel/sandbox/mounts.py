"""The sandbox's own /proc, /run and /sys; all other files stay shared.

    /proc        of the sandbox's processes alone
    /run         what was there, without the machine's namespaces and container engines; /run/netns is empty
    /sys         of the sandbox's network; control groups read-only
    /run/nslab   tmp (the sandbox's TMPDIR)

Launched by the machine's root, the machine's own switches become read-only as well. That guards against accidents
alone: files belong to whom they belonged before. See mount_namespaces(7).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nslab_kernel.linux import libc
from nslab_kernel.linux.libc import MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_REC, MS_REMOUNT
from nslab_kernel.sandbox.idmap import is_machine_root

TMPDIR = "/run/nslab/tmp"
# Unix sockets cross network namespaces: with docker.sock in sight a cell would drive the machine's Docker.
_LEFT_OUT = {"netns", "nslab", "docker", "docker.sock", "docker.pid", "containerd", "podman", "xtables.lock"}
_SWITCHES = ("/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi")
_PLAIN = MS_NOSUID | MS_NODEV | MS_NOEXEC


@contextmanager
def noting(notes: list[str], what: str) -> Iterator[None]:
    """Go on without a thing that Linux refuses, and note that."""
    try:
        yield
    except OSError as error:
        notes.append(f"{what}: {error.strerror or error}")


def part_from_machine() -> None:
    """Let later mounts of the machine be seen in here, and none of ours there."""
    libc.mount(None, "/", flags=MS_REC | libc.MS_SLAVE)


def mount_proc() -> None:
    """Mount a /proc of this pid namespace; refused where parts of the old one are covered."""
    libc.mount("proc", "/proc", "proc", _PLAIN)


def mount_run(notes: list[str]) -> None:
    """Lay a /run of our own over the old one, whose entries are bound back."""
    old = os.open("/run", os.O_PATH | os.O_DIRECTORY)
    names = sorted(path.name for path in Path("/run").iterdir())
    with noting(notes, "/run"):
        libc.mount("nslab", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
        for name in names:
            if name not in _LEFT_OUT:
                _bind_back(Path(f"/proc/self/fd/{old}/{name}"), Path("/run", name), notes)
        _make_own_folders(notes)
    os.close(old)


def _bind_back(source: Path, target: Path, notes: list[str]) -> None:
    if source.is_symlink():
        target.symlink_to(source.readlink())
        return
    if source.is_dir():
        target.mkdir()
    else:
        target.touch(mode=0o600)
    with noting(notes, str(target)):
        libc.mount(str(source), str(target), flags=MS_BIND | MS_REC)


def _make_own_folders(notes: list[str]) -> None:
    Path(TMPDIR).mkdir(parents=True)
    Path(TMPDIR).chmod(0o1777)
    Path("/run/netns").mkdir()
    with noting(notes, "/run/netns"):  # what the first `ip netns add` would do
        libc.mount("/run/netns", "/run/netns", flags=MS_BIND | MS_REC)
        libc.mount(None, "/run/netns", flags=MS_REC | libc.MS_SHARED)


def mount_sys(notes: list[str]) -> None:
    """Mount a /sys of this network namespace, with the old tree of control groups put back, read-only."""
    with noting(notes, "/sys"):
        groups = _aside("/sys/fs/cgroup")
        with noting(notes, "/sys"):
            _mount_sysfs()
            libc.mount(groups, "/sys/fs/cgroup", flags=MS_BIND | MS_REC)
        libc.make_read_only("/sys/fs/cgroup")
        libc.unmount(groups)


def _mount_sysfs() -> None:
    try:
        libc.mount("sysfs", "/sys", "sysfs", _PLAIN)
    except PermissionError:  # in a container whose own /sys is read-only
        libc.mount("sysfs", "/sys", "sysfs", _PLAIN | MS_RDONLY)


def shield_machine(notes: list[str], own_proc: bool) -> None:
    """Launched by the machine's root: make its switches read-only, except those of this network namespace."""
    if not is_machine_root():
        return
    with noting(notes, "/run/nslab"):
        _keep_whole("sysfs")
        if own_proc:
            _keep_whole("proc")
    with noting(notes, "/proc/sys"):
        network = _aside("/proc/sys/net")
        for path in filter(os.path.exists, _SWITCHES):
            libc.mount(path, path, flags=MS_BIND | MS_REC)
            libc.make_read_only(path)
        libc.mount(network, "/proc/sys/net", flags=MS_BIND)
        libc.unmount(network)
    with noting(notes, "/sys"):
        network = _aside("/sys/devices/virtual/net")
        libc.mount(None, "/sys", flags=MS_REMOUNT | MS_BIND | MS_RDONLY | _PLAIN)
        libc.mount(network, "/sys/devices/virtual/net", flags=MS_BIND)
        libc.unmount(network)


def _keep_whole(fstype: str) -> None:
    """Keep one that nothing covers: else no further user namespace in here could mount its own."""
    place = Path("/run/nslab", fstype)
    place.mkdir(mode=0o700)
    libc.mount(fstype, str(place), fstype, _PLAIN)


def _aside(path: str) -> str:
    """Bind a folder to another place, where it stays as it is when its own place is covered."""
    place = Path("/run/nslab", path.strip("/").replace("/", "-"))
    place.mkdir(parents=True)
    libc.mount(path, str(place), flags=MS_BIND | MS_REC)
    return str(place)
