"""Who may log in to a class: people with an account on the machine.

The teacher names them in one line: `all`, or accounts and groups (`@nslab`), separated by spaces or commas.
"""

import grp
import os
import pwd
import re
from pathlib import Path

from jupyterhub.auth import PAMAuthenticator
from traitlets import Unicode

LOGIN_DEFS = Path("/etc/login.defs")
_NO_SHELLS = ("nologin", "false")


def person(name: str) -> pwd.struct_passwd | None:
    """Return the account of a person; None for an unknown name, for root, and for a service of the machine.

    A service has a number below UID_MIN (login.defs(5)), or a shell that lets nobody in (nologin(8)).
    """
    try:
        account = pwd.getpwnam(name)
    except KeyError:
        return None
    closed = Path(account.pw_shell).name in _NO_SHELLS
    return None if closed or account.pw_uid < uid_min() else account


def uid_min() -> int:
    """Return the lowest uid that this machine gives to a person (UID_MIN)."""
    text = LOGIN_DEFS.read_text() if LOGIN_DEFS.exists() else ""
    found = re.search(r"^\s*UID_MIN\s+(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 1000


def is_meant(account: pwd.struct_passwd, whom: str) -> bool:
    """Return whether a line names this account, one of its groups, or `all`."""
    words = _words(whom)
    groups = {f"@{group.gr_name}" for group in grp.getgrall() if group.gr_gid in _groups(account)}
    return not words.isdisjoint({"all", account.pw_name} | groups)


def unknown(whom: str) -> list[str]:
    """Return the words of a line that name no person and no group on this machine."""
    return sorted(word for word in _words(whom) - {"all"} if not _is_known(word))


def _words(whom: str) -> set[str]:
    return set(re.split(r"[\s,]+", whom.strip()))


def _groups(account: pwd.struct_passwd) -> set[int]:
    return set(os.getgrouplist(account.pw_name, account.pw_gid))


def _is_known(word: str) -> bool:
    try:
        return bool(grp.getgrnam(word[1:]) if word.startswith("@") else person(word))
    except KeyError:
        return False


class Accounts(PAMAuthenticator):  # type: ignore[misc]  # JupyterHub has no types
    """Logs people in by the password of their account; a teacher may start and stop everybody's server."""

    learners = Unicode(help="Who may come in.").tag(config=True, allow_config=True)
    teachers = Unicode(help="Who may besides look after all.").tag(config=True)

    def check_allowed(self, username: str, authentication: dict[str, object] | None = None) -> bool:
        """Return whether a user whose password is right may log in."""
        account = person(username)
        return account is not None and is_meant(account, f"{self.learners} {self.teachers}")

    def is_admin(self, handler: object, authentication: dict[str, object]) -> bool:
        """Return whether a user is a teacher; it is checked at each log-in, so former teachers lose the right."""
        account = person(str(authentication["name"]))
        return account is not None and is_meant(account, self.teachers)

    def system_user_exists(self, user: object) -> bool:
        """Return whether a name may be added to the class's users: only a person with an account can get a server."""
        return person(user.name) is not None  # type: ignore[attr-defined]
