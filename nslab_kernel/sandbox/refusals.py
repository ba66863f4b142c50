"""Why Linux refuses a sandbox here, and what mends it.

The error number alone says little: the same "Operation not permitted" comes from a container's filter, from an old
Debian switch and from AppArmor. So the machine's own switches are read as well. See user_namespaces(7), seccomp(2).
"""

import errno
import os
from pathlib import Path

from nslab_kernel.language import translate as _
from nslab_kernel.linux.lab import Lab
from nslab_kernel.sandbox.enter import Refused

LIMITS = ("user", "net", "mnt", "pid", "uts", "ipc")
_DOCKER = "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
_DOCKER += "--security-opt systempaths=unconfined ..."
_NOT_PERMITTED = (errno.EPERM, errno.EACCES)


def limit_of(kind: str) -> int | None:
    """Return how many namespaces of a kind a user may have here; `None` where Linux does not tell."""
    text = _read(f"/proc/sys/user/max_{kind}_namespaces")
    return int(text) if text else None


def reason_and_remedy(refused: Refused) -> tuple[str, str]:
    """Return why there is no sandbox, as sentences, and one line that mends it, or an empty one."""
    reason, remedy = _explain(refused)
    return f"{reason}{_place()}", remedy


def banner(lab: Lab) -> dict[str, str]:
    """Return what a notebook without a lab says before its first output, as text and as Markdown."""
    title = _("There is no lab in this notebook.")
    lines = [lab.reason, _("Until that is mended, every function of nslab says so and changes nothing.")]
    if os.geteuid() == 0:
        lines.append(_("You are root here: a shell line such as !ip would change this machine itself."))
    mend = _("To mend it: {line}")
    check = _("To see all of it, in a terminal: {line}").format(line="nslab doctor")
    plain = [title, *lines, *([mend.format(line=lab.remedy)] if lab.remedy else []), check]
    marked = [
        f"**{title}** {' '.join(lines)}",
        *([f"{mend.format(line='')}\n\n    {lab.remedy}"] if lab.remedy else []),
    ]
    return {"text/plain": "\n".join(plain), "text/markdown": "\n\n".join([*marked, check])}


def _explain(refused: Refused) -> tuple[str, str]:
    if refused.errno in (errno.ENOSPC, errno.EUSERS):
        return _limit()
    if refused.errno in _NOT_PERMITTED:
        return _forbidden(refused) or _unknown(refused)
    return _unknown(refused)


def _limit() -> tuple[str, str]:
    for kind in LIMITS:
        if limit_of(kind) == 0:
            name = f"user.max_{kind}_namespaces"
            reason = _("This machine forbids what the lab is made of: {name} is 0.").format(name=name)
            return reason, f"sudo sysctl -w {name}=15000"
    return _("This user has as many namespaces as this machine allows, or they lie too deep in one another."), ""


def _forbidden(refused: Refused) -> tuple[str, str] | None:
    profile = _read("/proc/self/attr/current")
    if _read("/proc/sys/kernel/unprivileged_userns_clone") == "0" and os.geteuid():
        reason = _("This machine keeps user namespaces for root: kernel.unprivileged_userns_clone is 0.")
        return reason, "sudo sysctl -w kernel.unprivileged_userns_clone=1"
    if _read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1" and os.geteuid():
        reason = _("Ubuntu's AppArmor rule takes all rights from an ordinary user's namespaces.")
        return reason, "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    if refused.errno == errno.EPERM and refused.step == "unshare" and _is_filtered():
        return _("This container forbids new namespaces: its filter of system calls (seccomp) refuses them."), _DOCKER
    if refused.errno == errno.EACCES and profile not in ("", "unconfined"):
        reason = _("The AppArmor profile {profile} forbids what the lab is made of.").format(profile=profile.split()[0])
        return reason, _DOCKER
    return None


def _unknown(refused: Refused) -> tuple[str, str]:
    reason = _("Linux refused the lab at the step {step}: {text}.")
    return reason.format(step=refused.step, text=refused.text), ""


def _place() -> str:
    for variable, place in (("COLAB_RELEASE_TAG", "Google Colab"), ("BINDER_SERVICE_HOST", "mybinder.org")):
        if variable in os.environ:
            sentence = _("{place} does not allow it to anybody: use a machine or a development container of your own.")
            return " " + sentence.format(place=place)
    return ""


def _is_filtered() -> bool:
    return _read("/proc/self/status").partition("\nSeccomp:")[2].split()[:1] == ["2"]


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
