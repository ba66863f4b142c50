"""Where Linux refuses a sandbox, or a part of it, the notebook says so."""

import os
import subprocess
import sys

import pytest

from tests.live.sandbox import launches
from tests.live.sandbox.conftest import ordinary
from tests.live.sandbox.notebook import machine, notebook

pytestmark = pytest.mark.outside
LAB = "from nslab_kernel.linux.lab import lab, require_lab; found = lab(); print(found.kind, found.own_pids)"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.mark.parametrize(
    ("prefix", "reason", "remedy"),
    [
        (launches.no_user_namespaces, "user.max_user_namespaces is 0", "sudo sysctl -w user.max_user_namespaces=15000"),
        (launches.filtered, "seccomp", "docker run --security-opt seccomp=unconfined"),
    ],
    ids=["limit", "filter"],
)
def test_a_refused_lab_explains_itself(prefix, reason, remedy):
    """A plain kernel starts; before its first output, and only there, it says why there is no lab, and what to do."""
    with notebook(**ordinary(prefix)) as kernel:
        first, second = kernel.run("print('one')"), kernel.run("print('two')")

        assert "There is no lab in this notebook." in first
        assert reason in first
        assert remedy in first
        assert "root" not in first
        assert second == "two\n"
        assert kernel.run(LAB) == "refused False\n"


def test_a_refused_lab_changes_nothing():
    """`require_lab()` raises with the reason, and `netns_add` leaves the machine as before."""
    before = machine()
    with notebook(**ordinary(launches.filtered)) as kernel:
        kernel.run(LAB)
        shown = kernel.run("require_lab()")
        kernel.run("from nslab_kernel import *\nnetns_add('test1')")

    assert shown.startswith("NoLab: There is no lab here, so nothing is changed.")
    assert "seccomp" in shown
    assert machine() == before


@as_root
def test_root_is_warned_of_shell_lines():
    """Root without a lab is told that a shell line would change the machine."""
    with notebook(prefix=launches.filtered) as kernel:
        assert "You are root here: a shell line such as !ip would change this machine itself." in kernel.run("1")


def test_the_explanation_is_in_the_learners_language():
    """The explanation is in Chinese where the notebook's language is Chinese."""
    with notebook(NSLAB_LANG="zh", **ordinary(launches.filtered)) as kernel:
        assert "seccomp" in (shown := kernel.run("1"))
        assert "沙盒" in shown or "实验环境" in shown


@as_root
def test_root_gets_no_lab_without_user_namespaces():
    """Where user namespaces are forbidden root has no lab either, because its root would be root on the machine."""
    everybody = ["unshare", "--user", "--map-users=0,0,65536", "--map-groups=0,0,65536"]
    with notebook(prefix=[*everybody, *launches.no_user_namespaces[4:]]) as kernel:
        assert "sudo sysctl -w user.max_user_namespaces=15000" in kernel.run("1")
        assert kernel.run(LAB) == "refused False\n"


def test_a_covered_proc_costs_the_pid_namespace_alone():
    """In a container that covers parts of /proc the lab works, but shares the machine's processes."""
    with notebook(**ordinary(launches.covered_proc)) as kernel:
        assert kernel.run(LAB).endswith("sandbox False\n")
        kernel.run("!ip netns add x; ip link add name v1 type veth peer name v2 netns x; ip link set dev v1 up")
        assert "v2@if" in kernel.run("!ip -n x link show dev v2")
        assert "Error: [Errno" in kernel.run("open('/proc/sys/vm/swappiness', 'w')")
        assert kernel.interrupt_when("!ping 127.0.0.1", "icmp_seq=1") in ("ok", "KeyboardInterrupt")


def test_a_root_who_stays_root_outside_is_told():
    """Where only root's user id is mapped, the first output, and no other, warns of it and says what to do."""
    with notebook(**ordinary(["unshare", "-Urm"])) as kernel:
        first, second = kernel.run("1"), kernel.run("2")
        assert "Root in this lab is root of this container too" in first
        assert "Start JupyterLab as an ordinary user" in first
        assert second == "2\n"
        assert "Read-only file system" in kernel.run("open('/etc/x', 'w')")


@as_root
def test_where_there_is_only_root_there_is_no_lab():
    """Root of the machine without any other user id gets no lab, because its root would be root on the machine."""
    with notebook(prefix=["unshare", "-Urm"]) as kernel:
        assert "Start JupyterLab as an ordinary user" in kernel.run("1")
        assert kernel.run(LAB) == "refused False\n"


def test_read_only_switches_are_noted():
    """Where /proc/sys is read-only the lab works, and `lab().notes` says which sysctl could not be set."""
    with notebook(**ordinary(launches.read_only_sys)) as kernel:
        assert kernel.run(LAB).endswith("sandbox False\n")
        assert "/proc/sys/net/ipv4/ip_forward: Read-only file system" in kernel.run("print(found.notes)")


@as_root
def test_no_new_privileges_cost_the_range_alone():
    """Where no_new_privs disables newuidmap, the lab has root as its only user, and lacks nothing else."""
    code = "from nslab_kernel.sandbox.run_in_sandbox import sandbox_run\nfrom nslab_kernel.linux.lab import lab\n"
    code += "print(sandbox_run(lambda: (open('/proc/self/uid_map').read().split(), lab().notes)))"
    prefix = launches.as_user(launches.RANGE)

    def shown(*more):
        return subprocess.run([*prefix, *more, sys.executable, "-c", code], check=True, stdout=-1, text=True).stdout

    assert shown() == "(['0', '0', '1', '1', '1', '65536'], ())\n"
    assert shown("setpriv", "--no-new-privs") == "(['0', '0', '1'], ())\n"
