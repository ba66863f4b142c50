"""What this machine can do for the lab: `nslab doctor`."""

import os
import platform
import shutil
import subprocess
import sys

from nslab_kernel.language import translate as _
from nslab_kernel.linux.lab import MACHINE, REFUSED, SANDBOX, Lab, lab
from nslab_kernel.model.results import Check, Doctor
from nslab_kernel.sandbox.enter import Refused
from nslab_kernel.sandbox.inside import sandbox_run
from nslab_kernel.sandbox.refusals import LIMITS, limit_of, reason_and_remedy

READY, NOTE, MISSING = "ready", "note", "missing"
PYTHONS = ((3, 11), (3, 13))
_PROGRAMS = {"ip": ("iproute2", "-V"), "ping": ("iputils-ping", "-V")}
_VERSION_LIMIT_S = 5


def lab_doctor() -> Doctor:
    """Look at what this machine can do for the lab.

    Mirrors `nslab doctor` in a terminal. Changes nothing; where there is no lab yet it makes a sandbox, and lets it go.

    Returns:
        One check a thing: ready, a note, or missing, with the line that mends it.
    """
    return Doctor((*_check_lab(lab()), _check_linux(), *_check_limits(), *_check_programs(), _check_python()))


def _check_lab(found: Lab) -> list[Check]:
    name = _("lab")
    if found.kind == REFUSED:
        return [Check(name, MISSING, _("there is none in this notebook"), found.reason, found.remedy)]
    if found.kind == MACHINE:
        return [Check(name, READY, _("this machine itself"))]
    return _check_sandbox(name, found) if found.kind == SANDBOX else _try_sandbox(name)


def _try_sandbox(name: str) -> list[Check]:
    try:
        return _check_sandbox(name, sandbox_run(lab))
    except Refused as refused:
        reason, remedy = reason_and_remedy(refused)
        return [Check(name, MISSING, str(refused), reason, remedy)]


def _check_sandbox(name: str, found: Lab) -> list[Check]:
    checks = [Check(name, READY, _("a sandbox of its own"))]
    if not found.own_pids:
        why = _("Parts of /proc are covered here, as containers do it, so the lab sees all processes of this machine.")
        mend = "docker run --security-opt systempaths=unconfined ..."
        checks.append(Check(_("processes"), NOTE, _("shared with the machine"), why, mend))
    if found.notes:
        why = _("Linux refused this, and the lab does without; routing lessons may be affected.")
        checks.append(Check(_("refused parts"), NOTE, "; ".join(found.notes), why))
    return checks


def _check_linux() -> Check:
    return Check(_("Linux kernel"), READY, platform.release())


def _check_limits() -> list[Check]:
    limits = {kind: limit for kind in LIMITS if (limit := limit_of(kind)) is not None}
    if not limits:
        return []
    forbidden = [_forbidden(kind) for kind, limit in limits.items() if limit == 0]
    what = _("at most {count} of each kind").format(count=min(limits.values()))
    return forbidden or [Check(_("namespaces"), READY, what)]


def _forbidden(kind: str) -> Check:
    name = f"user.max_{kind}_namespaces"
    # Root can make the other kinds without a user namespace around them.
    state = NOTE if kind == "user" and os.geteuid() == 0 else MISSING
    return Check(name, state, "0", _("This machine forbids this kind of namespace."), f"sudo sysctl -w {name}=15000")


def _check_programs() -> list[Check]:
    return [_check_program(name, package, option) for name, (package, option) in _PROGRAMS.items()]


def _check_program(name: str, package: str, option: str) -> Check:
    path = shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if not path:
        why = _("The lab runs the real {program}.").format(program=name)
        return Check(name, MISSING, _("not installed"), why, f"sudo apt-get install {package}")
    return Check(name, READY, _version([path, option]) or path)


def _version(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_VERSION_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout + done.stderr).strip().partition("\n")[0]


def _check_python() -> Check:
    oldest, newest = PYTHONS
    if oldest <= sys.version_info[:2] <= newest:
        return Check("Python", READY, platform.python_version())
    why = _("nslab is tested with Python {oldest} to {newest}.")
    versions = {"oldest": ".".join(map(str, oldest)), "newest": ".".join(map(str, newest))}
    return Check("Python", NOTE, platform.python_version(), why.format(**versions))
