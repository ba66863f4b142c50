"""What this Linux kernel can do for the lab: each thing tried.

Nothing is read off a list of modules: in a sandbox that is thrown away, the real commands are run. See ip-link(8),
tc(8), nft(8), mount(8).
"""

import os
import platform
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from nslab_kernel.language import translate as _
from nslab_kernel.lessons.wants import that_want
from nslab_kernel.model.results import Check
from nslab_kernel.sandbox.tools import find

_LIMIT_S = 10
_PAIR = "ip link add dev a type veth peer name b"
_NAT = "nft add table ip t; nft add chain ip t c '{ type nat hook postrouting priority 100 ; }'"
_FILTER = "nft add table inet t; nft add chain inet t c"
_OVERLAY = "mount -t overlay overlay -o lowerdir=/etc,upperdir=$TRY/upper,workdir=$TRY/work $TRY/merged"


@dataclass(frozen=True)
class Feature:
    """A thing that a lab wants of Linux: the kernel module that has it, and commands that succeed where it is."""

    name: str
    module: str
    command: str
    program: str = "ip"
    without: str = "note"
    """What it is to be without it: a `note`, or `missing` where no lab works."""


FEATURES = (
    Feature("veth", "veth", _PAIR, without="missing"),
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


def try_features() -> dict[str, str]:
    """Try each in a network namespace of its own, and return what was refused, with the last line that was said.

    Called inside a sandbox; a thing whose program is missing is not tried.
    """
    refused = {}
    for feature in FEATURES:
        if find(feature.program):
            done = _try(feature.command)
            if done.returncode:
                refused[feature.name] = done.stdout.strip().rpartition("\n")[2]
    return refused


def check_features(refused: dict[str, str]) -> list[Check]:
    """Return a check for what was refused each, and one for all the rest."""
    there = [feature for feature in FEATURES if feature.name not in refused and find(feature.program)]
    summary = Check(_("Linux can"), "ready", ", ".join(feature.name for feature in there))
    return [summary, *(_lacking(feature, refused[feature.name]) for feature in FEATURES if feature.name in refused)]


def _lacking(feature: Feature, said: str) -> Check:
    if not feature.module:
        why = _("Linux's switches are read-only here, as in a container: nothing can be made to forward packets.")
        mend = "docker run --security-opt systempaths=unconfined ..."
    elif _has_module(feature.module):
        why = _("The module {module} is here, and not loaded.").format(module=feature.module)
        mend = f"sudo modprobe {feature.module}"
    else:
        why = _("This Linux kernel was made without it. The lab's own virtual machine has it.")
        mend = "make vm"
    return Check(feature.name, feature.without, said, why, mend, that_want(feature.name))


def _try(command: str) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("upper", "work", "merged"):
            Path(folder, name).mkdir()
        # A namespace of their own for each: what one leaves behind, no other meets.
        words = ["unshare", "--net", "--mount", "sh", "-ec", command]
        return _run(words, {**os.environ, "TRY": folder, "LC_ALL": "C"})


def _run(words: Sequence[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_LIMIT_S,
            check=False,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(words, 124, "", "")


def _has_module(name: str) -> bool:
    """Return whether a module lies on this machine's disk; where there is no list of them nobody can tell."""
    try:
        listed = Path("/lib/modules", platform.release(), "modules.dep").read_text()
    except OSError:
        return False
    return f"/{name}.ko" in listed
