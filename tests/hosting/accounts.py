"""Test accounts with passwords for PAM, in a copy of /etc that only one mount namespace sees."""

import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

PASSWORD = uuid4().hex
"""The password of all test accounts."""
GROUPS = ("nslab", "nslab-teachers")


@dataclass(frozen=True)
class Account:
    """An account that may try to log in."""

    name: str
    group: str = "nslab"
    shell: str = "/bin/bash"
    more: str = ""
    """Further options for useradd(8)."""


TEACHER = Account("teacher", group="nslab-teachers")


def with_accounts(
    command: Sequence[str], accounts: Sequence[Account], folder: Path, before: Sequence[str] = ()
) -> list[str]:
    """Return a command that runs where these accounts and root have the password `PASSWORD`. It needs root.

    Args:
        command: The program with its arguments.
        accounts: The accounts to create.
        folder: A folder for the copy of /etc, the home folders and mounts.
        before: Shell commands to run there first.
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
    """Return shell commands that let other users run this Python and this tree, even if a parent folder is closed."""
    needed = {Path(sys.base_prefix), Path(sys.prefix), Path(__file__).parents[2]}
    behind = {path: [one for one in path.parents if not one.stat().st_mode & 0o001] for path in needed}
    lines = []
    for number, path in enumerate(path for path in needed if behind[path]):
        lines.append(f"mkdir -p {kept}/{number}; mount --bind {path} {kept}/{number}")
    lines += [f"mount -t tmpfs -o mode=755 none {top}" for top in {closed[-1] for closed in behind.values() if closed}]
    for number, path in enumerate(path for path in needed if behind[path]):
        lines.append(f"mkdir -p {path}; mount --bind {kept}/{number} {path}")
    return lines
