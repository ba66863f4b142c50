"""Why Linux refuses a sandbox here, by which rule, and what fixes it.

The error number alone says little: the same "Operation not permitted" comes from a container's seccomp filter, from an
old Debian sysctl and from AppArmor. So the machine's sysctls are read as well. A rule that is enabled but does not
block the lab is reported as ready.

See namespaces(7), user_namespaces(7), capabilities(7), seccomp(2), and AppArmor's own documents.
"""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

from nslab_kernel.language import translate as _
from nslab_kernel.linux.process_status import capabilities, status_line
from nslab_kernel.model.results import Check
from nslab_kernel.sandbox.isolate import Refused

APPARMOR_SYSCTL = "kernel.apparmor_restrict_unprivileged_userns"
CLONE_SYSCTL = "kernel.unprivileged_userns_clone"
DOCKER = "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
DOCKER += "--security-opt systempaths=unconfined ..."
_ALL_CAPABILITIES = (1 << 41) - 1
"""Every capability that Linux 5.9 and later know."""


def _limits() -> dict[str, int]:
    """Return how many namespaces of each kind a user may have, by sysctl; without sysctls that this kernel lacks."""
    names = (f"user.max_{kind}_namespaces" for kind in ("user", "net", "mnt", "pid", "uts", "ipc"))
    return {name: int(text) for name in names if (text := _sysctl(name))}


def reason_and_remedy(refused: Refused) -> tuple[str, str]:
    """Return why there is no sandbox, as sentences, and one line that fixes it; an empty line if no fix is known."""
    _cause, reason, remedy = _explain(refused)
    return f"{reason}{_hosting_note()}", remedy


def cause_of(refused: Refused) -> str:
    """Return the rule that refused: a sysctl, `seccomp`, `AppArmor`, `root` or `bubblewrap`; empty if unknown."""
    return _explain(refused)[0]


def _explain(refused: Refused) -> tuple[str, str, str]:
    """Return the rule as `cause_of` names it, the reason, and the remedy."""
    if refused.step == "root":
        reason = _("Root is the only user here, and root outside of this container: a lab would not be apart from it.")
        return "root", reason, _("Start JupyterLab as an ordinary user, or give the container a range of users.")
    if refused.step == "bubblewrap" and refused.errno == errno.ENOENT:
        return "bubblewrap", _("The lab needs bubblewrap, which is not installed."), "sudo apt-get install bubblewrap"
    if refused.errno in (errno.ENOSPC, errno.EUSERS):
        return _limit()
    if refused.errno in (errno.EPERM, errno.EACCES) and (rule := _rule_that_forbids(refused)):
        return rule
    reason = _("Linux refused the lab at the step {step}: {text}.")
    return "", reason.format(step=refused.step, text=refused.text), ""


def _limit() -> tuple[str, str, str]:
    for name, limit in _limits().items():
        if limit == 0:
            reason = _("This machine forbids what the lab is made of: {name} is 0.").format(name=name)
            return name, reason, f"sudo sysctl -w {name}=15000"
    return "", _("This user has as many namespaces as this machine allows, or they lie too deep in one another."), ""


def _rule_that_forbids(refused: Refused) -> tuple[str, str, str] | None:
    if _sysctl(CLONE_SYSCTL) == "0" and os.geteuid():
        reason = _("This machine keeps user namespaces for root: kernel.unprivileged_userns_clone is 0.")
        return CLONE_SYSCTL, reason, f"sudo sysctl -w {CLONE_SYSCTL}=1"
    if _sysctl(APPARMOR_SYSCTL) == "1" and os.geteuid():
        reason = _("Ubuntu's AppArmor rule takes all rights from an ordinary user's namespaces.")
        return APPARMOR_SYSCTL, reason, f"sudo sysctl -w {APPARMOR_SYSCTL}=0"
    if refused.errno == errno.EPERM and refused.step == "unshare" and _is_filtered():
        reason = _("This container forbids new namespaces: its filter of system calls (seccomp) refuses them.")
        return "seccomp", reason, DOCKER
    if refused.errno == errno.EACCES and _profile():
        reason = _("The AppArmor profile {profile} forbids what the lab is made of.").format(profile=_profile())
        return "AppArmor", reason, DOCKER
    return None


def _hosting_note() -> str:
    for variable, place in (("COLAB_RELEASE_TAG", "Google Colab"), ("BINDER_SERVICE_HOST", "mybinder.org")):
        if variable in os.environ:
            sentence = _("{place} does not allow it to anybody: use a machine or a development container of your own.")
            return " " + sentence.format(place=place)
    return ""


def _is_filtered() -> bool:
    """Return whether a seccomp filter applies to this process."""
    return status_line("Seccomp") == "2"


def _profile() -> str:
    """Return the AppArmor profile that confines this process; empty without one."""
    name = _read("/proc/self/attr/current").partition(" ")[0]
    return "" if name == "unconfined" else name


def _sysctl(name: str) -> str:
    return _read("/proc/sys/" + name.replace(".", "/"))


def _read(path: str) -> str:
    """Return the text of a file below /proc; empty if the file is missing or may not be read."""
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def check_policy(works: bool, cause: str) -> Iterator[Check]:
    """Yield the checks of all rules that may refuse a lab.

    Args:
        works: Whether a lab could be made, in spite of all rules.
        cause: The rule that refused it, as `cause_of` names it.
    """
    yield from _check_counts()
    yield from _check_sysctl(CLONE_SYSCTL, "0", works, cause)
    yield from _check_sysctl(APPARMOR_SYSCTL, "1", works, cause)
    yield _check_profile(works, cause)
    yield _check_filter(works, cause)
    yield Check(_("capabilities"), "ready", _capabilities())


def _check_counts() -> list[Check]:
    limits = _limits()
    if not limits:
        return []
    why = _("This machine forbids this kind of namespace.")
    forbidden = [name for name, limit in limits.items() if limit == 0]
    if forbidden:
        return [Check(name, "missing", "0", why, f"sudo sysctl -w {name}=15000") for name in forbidden]
    return [Check(_("namespaces"), "ready", _("at most {count} of each kind").format(count=min(limits.values())))]


def _check_sysctl(name: str, refusing: str, works: bool, cause: str) -> list[Check]:
    value = _sysctl(name)
    if not value:
        return []
    if value != refusing or works:
        return [Check(name, "ready", value)]
    why = _("It takes namespaces from ordinary users.")
    return [Check(name, _state(name, cause), value, why, f"sudo sysctl -w {name}={1 - int(refusing)}")]


def _check_profile(works: bool, cause: str) -> Check:
    found = _profile()
    if works or not found:
        return Check("AppArmor", "ready", found or _("unconfined"))
    why = _("The profile {profile} may forbid mounts and namespaces.").format(profile=found)
    return Check("AppArmor", _state("AppArmor", cause), found, why, DOCKER)


def _check_filter(works: bool, cause: str) -> Check:
    if works or not _is_filtered():
        what = _("a filter that lets the lab through") if _is_filtered() else _("no filter")
        return Check("seccomp", "ready", what)
    why = _("A filter of system calls is laid on this process; Docker's own forbids new namespaces.")
    return Check("seccomp", _state("seccomp", cause), _("a filter"), why, DOCKER)


def _state(name: str, cause: str) -> str:
    """Return `missing` for the rule that refused the lab, else `note`: another rule might refuse as well."""
    return "missing" if name == cause else "note"


def _capabilities() -> str:
    held, bound = capabilities(), capabilities(kind="CapBnd")
    counts = _("{held} held, {bound} to be had").format(held=held.bit_count(), bound=bound.bit_count())
    if status_line("NoNewPrivs") == "1":
        counts += _(", no new ones (no_new_privs)")
    return _("all") if held & _ALL_CAPABILITIES == _ALL_CAPABILITIES else counts
