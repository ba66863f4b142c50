"""A shell inside a running lab: `nslab enter`.

A lab is found by its first process, which carries a name of its own; nothing is written down anywhere. The visitor's
shell belongs to the lab: it ends with it, and it has the rights of the lab's owner at most, whoever asked for it.
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
    """Of the process that it is for, the notebook kernel, as this machine counts."""
    first: int
    """Of its first process, which shows its namespaces; the notebook kernel shows nobody what it has open."""
    notebook: str
    """The notebook's path as Jupyter calls it, else the folder where the kernel started."""
    folder: str
    home: str
    netns: int
    """Inode of its network namespace: of its numbers the one that is known inside as well."""
    owner: tuple[int, int]
    """The user and the group who are root in it, as this machine numbers them."""


def running_labs() -> list[RunningLab]:
    """Return the labs that this user may enter, oldest first."""
    labs = map(_lab_of, netns_processes.pids_named(FIRST_NAME))
    return sorted((lab for lab in labs if lab), key=lambda lab: lab.pid)


def enter(lab: RunningLab, command: list[str]) -> NoReturn:
    """Become a shell inside a lab, or another command.

    What runs there is the learner's, also a program that is called /bin/bash. So this process gives up what its user
    may do beyond the lab's owner before it goes there.

    Raises:
        OSError: nsenter is not installed, or the terminal's program, script.
    """
    options = [
        option for kind, option in _OPTIONS.items() if _namespace(lab.first, kind) != _namespace(os.getpid(), kind)
    ]
    if "--user" in options:
        options.append("--preserve-credentials")  # with one user mapped setgroups is refused
    _announce_there(lab, own_pids="--pid" in options)
    shell = command or [os.environ.get("SHELL", "/bin/sh")]
    words = ["nsenter", f"--target={lab.first}", *options, f"--wdns={lab.folder}", "--", *shell]
    if sys.stdin.isatty():  # a terminal of its own: who has ours can type into it, see TIOCSTI in ioctl_tty(2)
        words = ["script", "--quiet", "--return", "--command", shlex.join(words), "/dev/null"]
    _become(lab)
    os.execvpe(words[0], words, environment_for_lab())


def _become(lab: RunningLab) -> None:
    uid, gid = lab.owner
    if os.geteuid() == 0 != uid:
        for namespace in _between(lab.first):  # a container's root had to make one, where the owner has his rights
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
