"""A shell inside a running lab: `nslab enter`.

A lab is found by the process name of its first process; no file lists the labs. The visitor's shell is part of the
lab: it ends with the lab, and it has at most the rights of the lab's owner, whoever started it.
See nsenter(1), script(1), ioctl_ns(2).
"""

import fcntl
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from nslab_kernel.linux import libc, netns_processes
from nslab_kernel.linux.lab import SANDBOX, Lab, announce
from nslab_kernel.sandbox.first_process import FIRST_NAME
from nslab_kernel.sandbox.isolate import SBIN
from nslab_kernel.sandbox.launcher import environment_for_lab

_NS_GET_PARENT = 0xB702
_OPTIONS = {"user": "--user", "net": "--net", "mnt": "--mount", "uts": "--uts", "ipc": "--ipc", "pid": "--pid"}


@dataclass(frozen=True)
class RunningLab:
    """A lab that runs on this machine."""

    pid: int
    """The pid of the notebook kernel, or of what else the lab runs, as this machine numbers processes."""
    first: int
    """The pid of its first process, through which the lab is entered; /proc hides the notebook kernel's namespaces."""
    notebook: str
    """The notebook's path as Jupyter calls it, else the folder where the kernel started."""
    folder: str
    home: str
    netns: int
    """The inode of its network namespace, which is the same number outside and inside the lab."""
    owner: tuple[int, int]
    """The uid and the gid on this machine of root in the lab."""


def running_labs() -> list[RunningLab]:
    """Return the labs that this user may enter, in the order of the `pid` of each."""
    labs = map(_lab_of, netns_processes.pids_named(FIRST_NAME))
    return sorted((lab for lab in labs if lab), key=lambda lab: lab.pid)


def enter(lab: RunningLab, command: list[str]) -> NoReturn:
    """Replace this process by a shell, or by another command, inside a lab.

    The learner controls every program in the lab, even one called /bin/bash. So this process gives up all rights that
    the lab's owner does not have before it enters the lab.

    Raises:
        OSError: nsenter is not installed; or script, which is used at a terminal, is not.
    """
    options = [
        option for kind, option in _OPTIONS.items() if _namespace(lab.first, kind) != _namespace(os.getpid(), kind)
    ]
    if "--user" in options:
        options.append("--preserve-credentials")  # where one user is mapped, setgroups is refused
    _announce_there(lab, own_pids="--pid" in options)
    shell = command or [os.environ.get("SHELL", "/bin/sh")]
    words = ["nsenter", f"--target={lab.first}", *options, f"--wdns={lab.folder}", "--", *shell]
    if sys.stdin.isatty():  # a new terminal: a program in the lab could type into ours, TIOCSTI in ioctl_tty(2)
        words = ["script", "--quiet", "--return", "--command", shlex.join(words), "/dev/null"]
    _become(lab)
    os.execvpe(words[0], words, environment_for_lab())


def _become(lab: RunningLab) -> None:
    uid, gid = lab.owner
    if os.geteuid() == 0 != uid:
        for namespace in _between(lab.first):  # the owner may enter only from the user namespace just above the lab's
            libc.setns(namespace, libc.CLONE_NEWUSER)
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)


def _between(first: int) -> list[int]:
    """Return descriptors of the user namespaces between this one and that of the lab's owner."""
    found = os.open(f"/proc/{first}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    own, above = _namespace(os.getpid(), "user"), []
    while os.fstat(found).st_ino != own:
        found = fcntl.ioctl(found, _NS_GET_PARENT)
        above.append(found)
    return above[-2:0:-1]


def _announce_there(lab: RunningLab, own_pids: bool) -> None:
    announce(Lab(SANDBOX, netns=_namespace(lab.first, "net"), own_pids=own_pids))
    os.environ["PATH"] = f"{os.environ.get('PATH', os.defpath)}:{SBIN}"
    os.environ["HOME"] = lab.home


def _lab_of(first: int) -> RunningLab | None:
    try:
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        pid = int(children[0])
        variables = Path(f"/proc/{first}/environ").read_bytes().split(b"\0")
        folder = str(Path(f"/proc/{first}/cwd").readlink())
        status = Path(f"/proc/{first}").stat()
        netns = _namespace(first, "net")
    except (OSError, IndexError):
        return None
    named = dict(os.fsdecode(line).partition("=")[::2] for line in variables)
    notebook = named.get("JPY_SESSION_NAME", folder)
    return RunningLab(pid, first, notebook, folder, named.get("HOME", "/"), netns, (status.st_uid, status.st_gid))


def _namespace(pid: int, kind: str) -> int:
    return Path(f"/proc/{pid}/ns/{kind}").stat().st_ino
