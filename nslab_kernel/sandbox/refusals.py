"""Why Linux refuses a sandbox here, and what mends it.

The error number alone says little: the same "Operation not permitted" comes from a container's filter, from an old
Debian switch and from AppArmor. So the machine's own switches are read as well. See user_namespaces(7), seccomp(2).
"""

import errno
import os
import sys
from pathlib import Path, PurePosixPath

from nslab_kernel.language import language, tidy
from nslab_kernel.language import translate as _
from nslab_kernel.linux.lab import REFUSED, Lab
from nslab_kernel.sandbox.leave import Refused

LIMITS = ("user", "net", "mnt", "pid", "uts", "ipc")
UBUNTU_SWITCH = "kernel.apparmor_restrict_unprivileged_userns"
CLONE_SWITCH = "kernel.unprivileged_userns_clone"
DOCKER = "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
DOCKER += "--security-opt systempaths=unconfined ..."
_NOT_PERMITTED = (errno.EPERM, errno.EACCES)


def limit_of(kind: str) -> int | None:
    """Return how many namespaces of a kind a user may have here; `None` where Linux does not tell."""
    text = read(f"/proc/sys/user/max_{kind}_namespaces")
    return int(text) if text else None


def reason_and_remedy(refused: Refused) -> tuple[str, str]:
    """Return why there is no sandbox, as sentences, and one line that mends it, or an empty one."""
    _cause, reason, remedy = _explain(refused)
    return f"{reason}{_place()}", remedy


def banner(lab: Lab) -> dict[str, str]:
    """Return what a notebook with no lab, or with less than a whole one, says before its first output.

    Returns:
        The same as text and as Markdown.
    """
    if lab.kind != REFUSED:
        lines = [lab.reason, lab.remedy]
        return {"text/plain": "\n".join(lines), "text/markdown": tidy(" ".join(lines))}
    title = _("There is no lab in this notebook.")
    lines = [lab.reason, _("Until that is mended, every function of nslab says so and changes nothing.")]
    if os.geteuid() == 0:
        lines.append(_("You are root here: a shell line such as !ip would change this machine itself."))
    mend = _("To mend it: {line}")
    check = _("To see all of it, in a terminal: {line}").format(line="nslab doctor")
    read = _("What this lesson shows can be read all the same: a recorded run of it.")
    page = _recorded_run()
    plain, marked = [title, *lines], [f"**{title}** {' '.join(lines)}"]
    if page:
        plain.append(f"{read} {page}")
        marked.append(f"[{read}]({page})")
    if lab.remedy:
        plain.append(mend.format(line=lab.remedy))
        marked.append(f"{mend.format(line='')}\n\n    {lab.remedy}")
    return {"text/plain": "\n".join([*plain, check]), "text/markdown": "\n\n".join([*marked, check])}


def _recorded_run() -> str:
    """Return where this server has the recorded run of this notebook, or of all; empty where it has none.

    `binder/settings/install` puts them there; JupyterHub tells below which path a learner's server is reached.
    """
    pages = Path(sys.prefix, "share/nslab/recorded")
    lesson = f"{language()}/{PurePosixPath(os.environ.get('JPY_SESSION_NAME', '')).stem}.html"
    page = lesson if (pages / lesson).is_file() else "index.html"
    server = os.environ.get("JUPYTERHUB_SERVICE_PREFIX", "/")
    return f"{server}static/recorded/{page}" if (pages / page).is_file() else ""


def cause_of(refused: Refused) -> str:
    """Return the limit that refuses: a switch's name, `seccomp`, `AppArmor`; empty where it is not known."""
    return _explain(refused)[0]


def _explain(refused: Refused) -> tuple[str, str, str]:
    """Return the limit, the reason, the remedy."""
    if refused.step == "root":
        reason = _("Root is the only user here, and root outside of this container: a lab would not be apart from it.")
        return "root", reason, _("Start JupyterLab as an ordinary user, or give the container a range of users.")
    if refused.step == "bubblewrap" and refused.errno == errno.ENOENT:
        return "bubblewrap", _("The lab needs bubblewrap, which is not installed."), "sudo apt-get install bubblewrap"
    if refused.errno in (errno.ENOSPC, errno.EUSERS):
        return _limit()
    if refused.errno in _NOT_PERMITTED:
        return _forbidden(refused) or _unknown(refused)
    return _unknown(refused)


def _limit() -> tuple[str, str, str]:
    for kind in LIMITS:
        if limit_of(kind) == 0:
            name = f"user.max_{kind}_namespaces"
            reason = _("This machine forbids what the lab is made of: {name} is 0.").format(name=name)
            return name, reason, f"sudo sysctl -w {name}=15000"
    return "", _("This user has as many namespaces as this machine allows, or they lie too deep in one another."), ""


def _forbidden(refused: Refused) -> tuple[str, str, str] | None:
    if read("/proc/sys/" + CLONE_SWITCH.replace(".", "/")) == "0" and os.geteuid():
        reason = _("This machine keeps user namespaces for root: kernel.unprivileged_userns_clone is 0.")
        return CLONE_SWITCH, reason, f"sudo sysctl -w {CLONE_SWITCH}=1"
    if read("/proc/sys/" + UBUNTU_SWITCH.replace(".", "/")) == "1" and os.geteuid():
        reason = _("Ubuntu's AppArmor rule takes all rights from an ordinary user's namespaces.")
        return UBUNTU_SWITCH, reason, f"sudo sysctl -w {UBUNTU_SWITCH}=0"
    if refused.errno == errno.EPERM and refused.step == "unshare" and is_filtered():
        reason = _("This container forbids new namespaces: its filter of system calls (seccomp) refuses them.")
        return "seccomp", reason, DOCKER
    if refused.errno == errno.EACCES and profile():
        reason = _("The AppArmor profile {profile} forbids what the lab is made of.").format(profile=profile())
        return "AppArmor", reason, DOCKER
    return None


def _unknown(refused: Refused) -> tuple[str, str, str]:
    reason = _("Linux refused the lab at the step {step}: {text}.")
    return "", reason.format(step=refused.step, text=refused.text), ""


def _place() -> str:
    for variable, place in (("COLAB_RELEASE_TAG", "Google Colab"), ("BINDER_SERVICE_HOST", "mybinder.org")):
        if variable in os.environ:
            sentence = _("{place} does not allow it to anybody: use a machine or a development container of your own.")
            return " " + sentence.format(place=place)
    return ""


def is_filtered() -> bool:
    """Return whether a filter of system calls is laid on this process."""
    return status_line("Seccomp") == "2"


def profile() -> str:
    """Return the AppArmor profile that confines this process; empty without one."""
    name = read("/proc/self/attr/current").partition(" ")[0]
    return "" if name == "unconfined" else name


def status_line(name: str) -> str:
    """Return one value of /proc/self/status; see proc_pid_status(5)."""
    return read("/proc/self/status").partition(f"\n{name}:")[2].partition("\n")[0].strip()


def read(path: str) -> str:
    """Return what a file of the kernel says; empty where there is none, or it may not be read."""
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""
