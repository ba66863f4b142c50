"""Accounts of a machine that is nobody's: an /etc of its own, in a mount namespace, with passwords that PAM takes."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

PASSWORD = uuid4().hex
"""The same for all."""
GROUPS = ("nslab", "nslab-teachers")


@dataclass(frozen=True)
class Account:
    """One who could try to log in."""

    name: str
    group: str = "nslab"
    shell: str = "/bin/bash"
    more: str = ""
    """Further words for useradd(8)."""


TEACHER = Account("teacher", group="nslab-teachers")


def with_accounts(
    command: Sequence[str], accounts: Sequence[Account], folder: Path, before: Sequence[str] = ()
) -> list[str]:
    """Return a command that runs where the machine has these accounts, all with `PASSWORD`, root too. Wants root.

    Args:
        command: The program with its arguments.
        accounts: Who is there.
        folder: For what is made meanwhile.
        before: Lines of a shell that are run there first.
    """
    etc, homes = folder / "etc", folder / "homes"
    homes.mkdir()
    lines = ["set -e", f"cp -a /etc {etc}", f"mount --bind {etc} /etc", *open_to_all(folder / "kept"), *before]
    lines += [f"groupadd --force {group}" for group in GROUPS]
    for one in accounts:
        words = f"--home-dir {homes}/{one.name} --create-home --no-log-init --key MAIL_DIR=/nonexistent {one.more}"
        lines.append(f"useradd {words} --groups '{one.group}' --shell {one.shell} {one.name} 2>/dev/null")
    given = "".join(f"{name}:{PASSWORD}\\n" for name in ("root", *(one.name for one in accounts)))
    lines += [f"printf '{given}' | chpasswd", f"exec {shlex.join(command)}"]
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", "\n".join(lines)]


def open_to_all(kept: Path) -> list[str]:
    """Return lines that let others run this Python and this tree, where they lie in somebody's closed folder."""
    needed = {Path(sys.base_prefix), Path(sys.prefix), Path(__file__).parents[2]}
    behind = {path: [one for one in path.parents if not one.stat().st_mode & 0o001] for path in needed}
    lines = []
    for number, path in enumerate(path for path in needed if behind[path]):
        lines.append(f"mkdir -p {kept}/{number}; mount --bind {path} {kept}/{number}")
    lines += [f"mount -t tmpfs -o mode=755 none {top}" for top in {closed[-1] for closed in behind.values() if closed}]
    for number, path in enumerate(path for path in needed if behind[path]):
        lines.append(f"mkdir -p {path}; mount --bind {kept}/{number} {path}")
    return lines
