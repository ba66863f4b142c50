"""Checks each program and feature that the lab needs of this machine.

The kernel's features are tried, not looked up in a list of modules: real commands run in a temporary sandbox. See
ip-link(8), tc(8), nft(8), mount(8).
"""

import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nslab_kernel.language import translate as _
from nslab_kernel.lessons.wants import that_want
from nslab_kernel.linux.busybox import BUSYBOX, is_static
from nslab_kernel.linux.command import Finished, run
from nslab_kernel.linux.lab import MACHINE, REFUSED, SANDBOX, Lab, lab
from nslab_kernel.linux.process_status import id_map
from nslab_kernel.model.results import Check
from nslab_kernel.sandbox.host_policy import cause_of, check_policy, reason_and_remedy
from nslab_kernel.sandbox.isolate import SBIN, Refused
from nslab_kernel.sandbox.run_in_sandbox import Ended, sandbox_run

READY, NOTE, MISSING = "ready", "note", "missing"
PYTHONS = ((3, 11), (3, 13))
_PORT = 8888
_TRIAL_LIMIT_S, _FEATURE_LIMIT_S, _VERSION_LIMIT_S = 60, 10, 5
_PAIR = "ip link add dev a type veth peer name b"
_NAT = "nft add table ip t; nft add chain ip t c '{ type nat hook postrouting priority 100 ; }'"
_FILTER = "nft add table inet t; nft add chain inet t c"
_OVERLAY = "mount -t overlay overlay -o lowerdir=/etc,upperdir=$TRY/upper,workdir=$TRY/work $TRY/merged"


@dataclass(frozen=True)
class Program:
    """A program, the package that contains it, and the option that prints its version."""

    name: str
    package: str
    option: str = ""
    without: str = NOTE
    """The state of the check if it is not installed: `note`, or `missing` if no lab works without it."""


PROGRAMS = (
    Program("ip", "iproute2", "-V", without=MISSING),
    Program("ping", "iputils-ping", "-V", without=MISSING),
    Program("bwrap", "bubblewrap", "--version", without=MISSING),
    Program("nft", "nftables", "--version"),
    Program("tc", "iproute2", "-V"),
    Program("bridge", "iproute2", "-V"),
    Program("tcpdump", "tcpdump"),
)


@dataclass(frozen=True)
class Feature:
    """A feature of the kernel, the module that provides it, and shell commands that succeed where it is available."""

    name: str
    module: str
    command: str
    program: str = "ip"
    without: str = NOTE
    """The state of the check if it is not available: `note`, or `missing` if no lab works without it."""


FEATURES = (
    Feature("veth", "veth", _PAIR, without=MISSING),
    Feature("bridge", "bridge", "ip link add dev x type bridge"),
    Feature("vlan_filtering", "bridge", "ip link add dev x type bridge vlan_filtering 1"),
    Feature("vlan", "8021q", f"{_PAIR}; ip link add link a name a.10 type vlan id 10"),
    Feature("vxlan", "vxlan", "ip link add dev x type vxlan id 1 dstport 4789"),
    Feature("netem", "sch_netem", f"{_PAIR}; tc qdisc add dev a root netem delay 1ms", program="tc"),
    Feature("tbf", "sch_tbf", f"{_PAIR}; tc qdisc add dev a root tbf rate 1mbit burst 4k latency 50ms", program="tc"),
    Feature("nft", "nf_tables", _FILTER, "nft"),
    Feature("nft nat", "nft_nat", f"{_NAT}; nft add rule ip t c masquerade", program="nft"),
    Feature("nft ct", "nft_ct", f"{_FILTER}; nft add rule inet t c ct state established", program="nft"),
    Feature("nft fib", "nft_fib_ipv4", f"{_FILTER}; nft add rule inet t c fib daddr type local", program="nft"),
    Feature("nft numgen", "nft_numgen", f"{_FILTER}; nft add rule inet t c numgen random mod 9 1", program="nft"),
    Feature("ip_forward", "", "echo 1 > /proc/sys/net/ipv4/ip_forward", program="sh"),
    Feature("overlay", "overlay", _OVERLAY, program="mount"),
)


@dataclass(frozen=True)
class _Trial:
    """The result of a trial sandbox: its lab, the errors of refused features by name, and how many users it has."""

    lab: Lab
    refused: dict[str, str]
    numbers: int


def all_checks() -> tuple[Check, ...]:
    """Return all checks, in the order in which they are shown."""
    here = lab()
    trial, refused = _try_sandbox()
    works = trial is not None or here.kind in (SANDBOX, MACHINE)
    return (
        *_check_lab(here, trial, refused),
        Check(_("Linux kernel"), READY, platform.release()),
        *check_policy(works, cause_of(refused) if refused else ""),
        *(_check_features(trial.refused) if trial else ()),
        *map(_check_program, PROGRAMS),
        _check_engine(),
        _check_busybox(),
        _check_python(),
        *([] if here.kind == SANDBOX else [_check_port()]),
    )


def _try_sandbox() -> tuple[_Trial | None, Refused | None]:
    try:
        return sandbox_run(_try_in_sandbox, _TRIAL_LIMIT_S), None
    except Refused as refused:
        return None, refused
    except (Ended, TimeoutError) as ended:
        return None, Refused("end", 0, str(ended))


def _try_in_sandbox() -> _Trial:
    return _Trial(lab(), _try_features(), sum(count for _inside, _outside, count in id_map("uid")))


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
    users = _("root alone") if trial.numbers == 1 else _("root and others")
    return [*_check_sandbox(name, trial.lab), Check(_("users in the lab"), READY, users)]


def _check_sandbox(name: str, found: Lab) -> list[Check]:
    checks = [Check(name, READY, _("a sandbox of its own"))]
    if not found.own_pids:
        why = _("Parts of /proc are covered here, as containers do it, so the lab sees all processes of this machine.")
        fix = "docker run --security-opt systempaths=unconfined ..."
        checks.append(Check(_("processes"), NOTE, _("shared with the machine"), why, fix, that_want("processes")))
    if found.notes:
        why = _("Linux refused this, and the lab does without.")
        checks.append(Check(_("refused parts"), NOTE, "; ".join(found.notes), why))
    return checks


def _check_port() -> Check:
    name = _("port {number}").format(number=_PORT)
    try:
        socket.create_server(("127.0.0.1", _PORT)).close()
    except OSError as error:
        if server := _own_server():
            return Check(name, READY, _("JupyterLab runs there, in {folder}").format(folder=server))
        why = _("JupyterLab takes the next free one, or the one that you name.")
        return Check(name, NOTE, os.strerror(error.errno or 0), why, "make lab PORT=9000")
    return Check(name, READY, _("free"))


def _own_server() -> str:
    """Return the folder of this user's Jupyter server on `_PORT`; empty if none of this user's listens there."""
    from jupyter_server.serverapp import list_running_servers  # imported late: slow, and rarely needed

    return next((str(server["root_dir"]) for server in list_running_servers() if server["port"] == _PORT), "")


def _check_python() -> Check:
    oldest, newest = PYTHONS
    if oldest <= sys.version_info[:2] <= newest:
        return Check("Python", READY, platform.python_version())
    why = _("nslab is tested with Python {oldest} to {newest}.")
    versions = {"oldest": ".".join(map(str, oldest)), "newest": ".".join(map(str, newest))}
    return Check("Python", NOTE, platform.python_version(), why.format(**versions))


def _find(name: str) -> str | None:
    """Return the path of a program in the PATH of a lab; `None` if it is not installed."""
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:{SBIN}")


def _check_program(program: Program) -> Check:
    lessons = that_want(program.name)
    if path := _find(program.name):
        what = _version([path, program.option]) if program.option else path
        return Check(program.name, READY, what, lessons=lessons)
    why = _("The lab runs the real {program}.").format(program=program.name)
    return _absent(program.name, why, program.package, lessons, program.without)


def _absent(name: str, why: str, packages: str, lessons: tuple[int, ...], state: str = NOTE) -> Check:
    return Check(name, state, _("not installed"), why, f"sudo apt-get install {packages}", lessons)


def _version(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_VERSION_LIMIT_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return command[0]
    return (done.stdout + done.stderr).strip().partition("\n")[0] or command[0]


def _check_engine() -> Check:
    name, lessons = _("container engine"), that_want("docker")
    if _find("dockerd") and _find("docker"):
        return Check(name, READY, "Docker", lessons=lessons)
    if _find("podman"):
        return Check(name, READY, "Podman", lessons=lessons)
    why = _("The lab starts a real engine of its own, where one is installed.")
    return _absent(name, why, "docker.io docker-cli", lessons)


def _check_busybox() -> Check:
    if is_static(BUSYBOX):
        return Check("busybox", READY, str(BUSYBOX), lessons=that_want("busybox"))
    why = _("The containers' image is made of it; it must need no shared libraries.")
    return _absent("busybox", why, "busybox-static", that_want("busybox"))


def _try_features() -> dict[str, str]:
    """Try each feature in its own network namespace; return the last line of output of those that fail, by name.

    Runs inside a sandbox. A feature whose program is not installed is not tried.
    """
    refused = {}
    for feature in FEATURES:
        if _find(feature.program):
            done = _try(feature.command)
            if done.status:
                refused[feature.name] = done.text.strip().rpartition("\n")[2]
    return refused


def _check_features(refused: dict[str, str]) -> list[Check]:
    """Return one check for all features that work, then one for each that was refused."""
    there = [feature for feature in FEATURES if feature.name not in refused and _find(feature.program)]
    summary = Check(_("Linux can"), READY, _(", ").join(feature.name for feature in there))
    return [
        summary,
        *(_refused_check(feature, refused[feature.name]) for feature in FEATURES if feature.name in refused),
    ]


def _refused_check(feature: Feature, said: str) -> Check:
    if not feature.module:
        why = _("Linux's sysctls are read-only here, as in a container: nothing can be made to forward packets.")
        fix = "docker run --security-opt systempaths=unconfined ..."
    elif _has_module(feature.module):
        why = _("The module {module} is here, and not loaded.").format(module=feature.module)
        fix = f"sudo modprobe {feature.module}"
    else:
        why = _("This Linux kernel was made without it. The lab's own virtual machine has it.")
        fix = "make vm"
    return Check(feature.name, feature.without, said, why, fix, that_want(feature.name))


def _try(command: str) -> Finished:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("upper", "work", "merged"):
            Path(folder, name).mkdir()
        # Each feature has its own namespaces, so that it does not find what another one has left behind.
        words = ["unshare", "--net", "--mount", "sh", "-ec", command]
        return run(["env", f"TRY={folder}", *words], _FEATURE_LIMIT_S)


def _has_module(name: str) -> bool:
    """Return whether the running kernel's modules.dep lists a module; False if that file cannot be read."""
    try:
        listed = Path("/lib/modules", platform.release(), "modules.dep").read_text()
    except OSError:
        return False
    return f"/{name}.ko" in listed
