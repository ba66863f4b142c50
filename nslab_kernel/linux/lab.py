"""The lab that this Python is in, as its launcher says, and verified.

The launcher of the notebook kernel (`sandbox/launcher.py`) describes the lab in an environment variable, which
counts only if this process is in the network namespace named there. Without a lab nothing is ever changed.
"""

import json
import os
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from nslab_kernel.errors import NoLab

ENVIRONMENT = "NSLAB_LAB"
SANDBOX, MACHINE, REFUSED, NONE = "sandbox", "machine", "refused", "none"
SYS = "/sys"
"""The first word of the note, in `Lab.notes`, that says why Linux refused to mount a /sys."""
_HERE = Path("/proc/self/ns/net")


@dataclass(frozen=True)
class Lab:
    """What kind of lab this is.

    `kind` is `sandbox` (a host of its own), `machine` (the real host, as root), `refused` (no lab is
    possible: `reason`, `remedy`) or `none` (an ordinary Python). A sandbox that lacks something has a `reason` too.
    """

    kind: str
    netns: int = 0
    """Inode of the network namespace that is the host."""
    reason: str = ""
    remedy: str = ""
    notes: tuple[str, ...] = field(default=())
    """What the sandbox lacks because Linux refused it, each with the reason."""
    writable: tuple[str, ...] = field(default=())
    """The folders of a sandbox where files may be written, beside /tmp."""
    own_pids: bool = False
    """Whether it has a pid namespace of its own, so that process 1 is on the lab's host."""

    @property
    def can_mount_sys(self) -> bool:
        """Whether Linux lets the lab mount a /sys, as each `ip netns exec` does."""
        return not any(note.startswith(f"{SYS}:") for note in self.notes)


def host_inode() -> int:
    """Return the inode of this process's network namespace."""
    return _HERE.stat().st_ino


def announce(lab: Lab) -> None:
    """Describe the lab, in the environment, for the Python that this process becomes or starts."""
    os.environ[ENVIRONMENT] = json.dumps(lab.__dict__)


def lab() -> Lab:
    """Return the lab that this process is in."""
    word = os.environ.get(ENVIRONMENT)
    if not word:
        return Lab(NONE)
    found = _parse_announcement(word)
    if found.kind in (SANDBOX, MACHINE) and found.netns != host_inode():
        return Lab(NONE)
    return found


@lru_cache(1)
def _parse_announcement(word: str) -> Lab:
    facts = json.loads(word)
    lists = {name: tuple(facts.get(name, ())) for name in ("notes", "writable")}
    return Lab(**{**facts, **lists})


def require_lab() -> Lab:
    """Return the lab, if it is one where the network may be changed.

    Raises:
        NoLab: This is an ordinary Python, or the sandbox was refused.
    """
    found = lab()
    if found.kind not in (SANDBOX, MACHINE):
        raise NoLab(found.reason, found.remedy)
    return found
