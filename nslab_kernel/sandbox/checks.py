"""What this machine can do for the lab, thing by thing."""

import os
import platform
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from nslab_kernel.language import translate as _
from nslab_kernel.lessons.wants import that_want
from nslab_kernel.linux.lab import MACHINE, REFUSED, SANDBOX, Lab, lab
from nslab_kernel.model.results import Check
from nslab_kernel.sandbox.features import check_features, try_features
from nslab_kernel.sandbox.inside import Ended, sandbox_run
from nslab_kernel.sandbox.leave import Refused
from nslab_kernel.sandbox.limits import check_limits
from nslab_kernel.sandbox.refusals import cause_of, reason_and_remedy
from nslab_kernel.sandbox.tools import check_tools

READY, NOTE, MISSING = "ready", "note", "missing"
PYTHONS = ((3, 11), (3, 13))
_PORT = 8888
_TRIAL_LIMIT_S = 60


@dataclass(frozen=True)
class _Trial:
    """What came of making a sandbox: what it is, what was refused in it, how its users are numbered."""

    lab: Lab
    refused: dict[str, str]
    numbers: int


def all_checks() -> tuple[Check, ...]:
    """Look at each thing, in the order in which they are told."""
    here = lab()
    trial, refused = _try_sandbox()
    works = trial is not None or here.kind in (SANDBOX, MACHINE)
    return (
        *_check_lab(here, trial, refused),
        Check(_("Linux kernel"), READY, platform.release()),
        *check_limits(works, cause_of(refused) if refused else ""),
        *(check_features(trial.refused) if trial else ()),
        *check_tools(),
        _check_python(),
        *([] if here.kind == SANDBOX else [_check_port()]),
    )


def _try_sandbox() -> tuple[_Trial | None, Refused | None]:
    try:
        return sandbox_run(_look, _TRIAL_LIMIT_S), None
    except Refused as refused:
        return None, refused
    except (Ended, TimeoutError) as ended:
        return None, Refused("end", 0, str(ended))


def _look() -> _Trial:
    extents = Path("/proc/self/uid_map").read_text().splitlines()
    return _Trial(lab(), try_features(), sum(int(line.split()[2]) for line in extents))


def _check_lab(here: Lab, trial: _Trial | None, refused: Refused | None) -> list[Check]:
    name = _("lab")
    if here.kind == REFUSED:
        return [Check(name, MISSING, _("there is none in this notebook"), here.reason, here.remedy)]
    if here.kind == MACHINE:
        return [Check(name, READY, _("this machine itself"))]
    if here.kind == SANDBOX:
        return _check_sandbox(name, here)
    if refused:
        reason, remedy = reason_and_remedy(refused)
        return [Check(name, MISSING, str(refused), reason, remedy)]
    assert trial
    return [*_check_sandbox(name, trial.lab), _check_numbers(trial.numbers)]


def _check_sandbox(name: str, found: Lab) -> list[Check]:
    checks = [Check(name, READY, _("a sandbox of its own"))]
    if not found.own_pids:
        why = _("Parts of /proc are covered here, as containers do it, so the lab sees all processes of this machine.")
        mend = "docker run --security-opt systempaths=unconfined ..."
        checks.append(Check(_("processes"), NOTE, _("shared with the machine"), why, mend, that_want("processes")))
    if found.notes:
        why = _("Linux refused this, and the lab does without.")
        checks.append(Check(_("refused parts"), NOTE, "; ".join(found.notes), why))
    return checks


def _check_numbers(numbers: int) -> Check:
    what = _("root alone") if numbers == 1 else _("root and others")
    return Check(_("users in the lab"), READY, what)


def _check_port() -> Check:
    name = _("port {number}").format(number=_PORT)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", _PORT))
        except OSError as error:
            if server := _own_server(_PORT):
                return Check(name, READY, _("JupyterLab runs there, in {folder}").format(folder=server))
            why = _("JupyterLab takes the next free one, or the one that you name.")
            return Check(name, NOTE, os.strerror(error.errno or 0), why, "make lab PORT=9000")
    return Check(name, READY, _("free"))


def _own_server(port: int) -> str:
    """Return the folder of this user's Jupyter server on a port; empty where it is somebody else's, or no Jupyter."""
    from jupyter_server.serverapp import list_running_servers  # late: heavy, and rarely wanted

    servers = {server["port"]: server["root_dir"] for server in list_running_servers()}
    return str(servers.get(port, ""))


def _check_python() -> Check:
    oldest, newest = PYTHONS
    if oldest <= sys.version_info[:2] <= newest:
        return Check("Python", READY, platform.python_version())
    why = _("nslab is tested with Python {oldest} to {newest}.")
    versions = {"oldest": ".".join(map(str, oldest)), "newest": ".".join(map(str, newest))}
    return Check("Python", NOTE, platform.python_version(), why.format(**versions))
