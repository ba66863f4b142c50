"""What a live test and a learner's cell find in their sandbox."""

import os
import time
from pathlib import Path

import pytest

from nslab_kernel.linux import default_sysctls, libc, namespaces
from nslab_kernel.linux.lab import lab
from nslab_kernel.sandbox.run_in_sandbox import sandbox_run
from tests.live.shell import shell

FORBIDDEN = r"Read-only|Permission denied"
PINNED = ["0", "0", "0", "0"]


def test_the_lab_says_what_it_is():
    """`lab()` reports a sandbox with a pid namespace of its own, and nothing that is missing."""
    assert (lab().kind, lab().notes, lab().own_pids) == ("sandbox", (), True)


def test_the_host_has_lo_alone_and_it_is_up():
    """A new sandbox's host has no interface but `lo`, and `lo` is up."""
    assert [tuple(line.split()[:2]) for line in shell("ip -br link").splitlines()] == [("lo", "UNKNOWN")]


def test_there_are_no_namespaces():
    """A new sandbox has no named namespaces, whatever the machine has."""
    assert shell("ip netns list") == ""


def test_the_learner_is_root():
    """The learner may add a namespace and a veth pair, and set its end there up."""
    shell("ip netns add test1 && ip link add v1 type veth peer name v2 netns test1 && ip -n test1 link set dev v2 up")

    assert "v2@if" in shell("ip -n test1 link show dev v2")


def test_process_one_stays_on_the_host():
    """`ip link set dev X netns 1` moves an interface to the lab's host, because process 1 stays there."""
    shell("ip netns add test1 && ip link add v1 type veth peer name v2 netns test1 && ip -n test1 link set v2 netns 1")

    assert "v2@v1" in shell("ip link show dev v2")


def test_every_namespace_has_the_same_switches():
    """A namespace that `ip netns add` made has the lab's sysctls, not the machine's, after a short while."""
    for n in range(20):
        shell(f"ip netns add n{n}")

    for n in range(20):
        assert soon(lambda n=n: switches_of(f"n{n}")) == PINNED


def test_netns_add_sets_the_switches_at_once():
    """A namespace that `netns_add` made has the lab's sysctls at once."""
    for n in range(20):
        namespaces.add(f"n{n}")
        assert switches_of(f"n{n}") == PINNED


@pytest.mark.parametrize("by_netns_add", [True, False])
def test_what_a_learner_has_set_is_left_alone(by_netns_add):
    """A sysctl that a learner has set keeps its value, however late the lab applies its defaults."""
    libc.unshare(libc.CLONE_NEWNET)
    born = default_sysctls.read_current() | {"ipv4/ip_forward": "1", "ipv4/conf/lo/rp_filter": "2"}
    if by_netns_add:
        default_sysctls.apply_defaults()
        Path("/proc/sys/net/ipv4/ip_forward").write_text("1")  # as on a machine that forwards
    Path("/proc/sys/net/ipv4/conf/lo/rp_filter").write_text("1")

    default_sysctls.apply_defaults_where_untouched(born, {"lo"})

    now = default_sysctls.read_current()
    assert now["ipv4/conf/lo/rp_filter"] == "1"
    assert now["ipv4/ip_forward"] == ("1" if by_netns_add else "0")


def test_what_a_learner_sets_as_linux_would_have_it_is_left_alone():
    """The lab turns inherited forwarding off once only, and not again when a learner has turned it on."""
    libc.unshare(libc.CLONE_NEWNET)
    forwarding = Path("/proc/sys/net/ipv4/ip_forward")
    forwarding.write_text("1")
    born = default_sysctls.read_current()

    default_sysctls.apply_defaults_where_untouched(born, {"lo"})
    assert forwarding.read_text() == "0\n"

    forwarding.write_text("1")
    default_sysctls.apply_defaults_where_untouched(born, {"lo"})
    assert forwarding.read_text() == "1\n"


def switches_of(name):
    names = ("ip_forward", "conf.all.rp_filter", "conf.default.rp_filter", "conf.default.promote_secondaries")
    return shell(f"ip netns exec {name} sysctl -n {' '.join(f'net.ipv4.{name}' for name in names)}").split()


def soon(look):
    deadline = time.monotonic() + 60
    while (seen := look()) != PINNED and time.monotonic() < deadline:
        time.sleep(0.01)
    return seen


def test_processes_outside_are_out_of_sight():
    """/proc shows no processes but the sandbox's."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]

    assert sorted(pids) == [1, os.getpid()]


@pytest.mark.parametrize("path", ["/proc/sys/vm/swappiness", "/proc/sys/kernel/core_pattern"])
def test_the_machines_own_switches_are_out_of_reach(path):
    """Not even root can change sysctls of the whole machine by accident."""
    with pytest.raises(OSError, match=FORBIDDEN):
        os.close(os.open(path, os.O_WRONLY))


def test_control_groups_are_read_only():
    """Nobody in the lab can change the machine's control groups."""
    folders = [path for path in Path("/sys/fs/cgroup").iterdir() if path.is_dir()]

    for folder in folders:
        with pytest.raises(OSError, match=FORBIDDEN):
            (folder / "nslab-test").mkdir()


def test_the_networks_own_switches_can_be_set():
    """The sysctls of the lab's network, and a bridge's files in /sys, are writable for the learner."""
    shell("ip link add name br0 type bridge; sysctl -qw net.ipv4.ip_forward=1")
    shell("echo 1 > /sys/class/net/br0/bridge/stp_state")

    assert shell("cat /proc/sys/net/ipv4/ip_forward /sys/class/net/br0/bridge/stp_state").split() == ["1", "1"]


def test_run_is_the_labs_own():
    """The lab's /run shows nothing of the machine's: no engine's socket, no service, no named namespace."""
    for name in ("docker.sock", "xtables.lock", "netns/red", "other"):
        Path("/run", name).write_text("outside")

    assert sandbox_run(lambda: sorted(path.name for path in Path("/run").iterdir())) == ["lock", "netns", "nslab"]
    assert sandbox_run(lambda: list(Path("/run/netns").iterdir())) == []


def test_a_lab_in_a_lab_is_whole():
    """In a lab that is started inside a lab, `ip netns exec` can still mount its own /sys."""

    def visit():
        return shell("ip netns add x; ip netns exec x ls /sys/class/net")

    assert "lo" in sandbox_run(visit).split()


def test_a_learner_may_make_user_namespaces_of_his_own():
    """A learner may make a user namespace with pid and network namespaces, and mount /proc in it."""
    assert shell("unshare -Urnmpf --mount-proc sh -c 'echo $$; ip -o link | wc -l'").split() == ["1", "1"]


def test_orphans_are_reaped():
    """Process 1 of the lab reaps a process whose parent has ended, so that no zombie stays."""
    shell("sh -c 'sleep 0.05 & exit'")
    deadline = time.monotonic() + 60
    while "sleep" in shell("ps -e -o comm=") and time.monotonic() < deadline:
        time.sleep(0.02)

    assert "sleep" not in shell("ps -e -o comm=")
