"""What a live test, and a learner's cell, finds around it."""

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
    """The lab is a sandbox, complete, with a host of its own."""
    assert (lab().kind, lab().notes, lab().own_pids) == ("sandbox", (), True)


def test_the_host_has_lo_alone_and_it_is_up():
    """The sandbox's host begins with `lo`, up."""
    assert [tuple(line.split()[:2]) for line in shell("ip -br link").splitlines()] == [("lo", "UNKNOWN")]


def test_there_are_no_namespaces():
    """/run/netns is empty, and belongs to the sandbox."""
    assert shell("ip netns list") == ""


def test_the_learner_is_root():
    """The learner may make a namespace, and a pair of links, and join them."""
    shell("ip netns add test1 && ip link add v1 type veth peer name v2 netns test1 && ip -n test1 link set dev v2 up")

    assert "v2@if" in shell("ip -n test1 link show dev v2")


def test_process_one_stays_on_the_host():
    """`ip link set dev X netns 1` means the lab's host."""
    shell("ip netns add test1 && ip link add v1 type veth peer name v2 netns test1 && ip -n test1 link set v2 netns 1")

    assert "v2@v1" in shell("ip link show dev v2")


def test_every_namespace_has_the_same_switches():
    """A namespace made by `ip netns add` has the lab's switches, not the machine's, a moment later."""
    for n in range(20):
        shell(f"ip netns add n{n}")

    for n in range(20):
        assert soon(lambda n=n: switches_of(f"n{n}")) == PINNED


def test_netns_add_sets_the_switches_at_once():
    """A namespace made by `netns_add` has the lab's switches from its first moment."""
    for n in range(20):
        namespaces.add(f"n{n}")
        assert switches_of(f"n{n}") == PINNED


@pytest.mark.parametrize("by_netns_add", [True, False])
def test_what_a_learner_has_set_is_left_alone(by_netns_add):
    """However late the lab comes by, a switch that somebody has touched keeps its value."""
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
    """On a machine that forwards: the lab turns forwarding off once, and not again when somebody has turned it on."""
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
    """/proc shows the sandbox's processes alone."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]

    assert sorted(pids) == [1, os.getpid()]


@pytest.mark.parametrize("path", ["/proc/sys/vm/swappiness", "/proc/sys/kernel/core_pattern"])
def test_the_machines_own_switches_are_out_of_reach(path):
    """Even root on the machine cannot change by accident what belongs to the machine."""
    with pytest.raises(OSError, match=FORBIDDEN):
        os.close(os.open(path, os.O_WRONLY))


def test_control_groups_are_read_only():
    """Nothing in here changes the machine's control groups."""
    folders = [path for path in Path("/sys/fs/cgroup").iterdir() if path.is_dir()]

    for folder in folders:
        with pytest.raises(OSError, match=FORBIDDEN):
            (folder / "nslab-test").mkdir()


def test_the_networks_own_switches_can_be_set():
    """A bridge and a route have switches in /proc and /sys, and they are the learner's."""
    shell("ip link add name br0 type bridge; sysctl -qw net.ipv4.ip_forward=1")
    shell("echo 1 > /sys/class/net/br0/bridge/stp_state")

    assert shell("cat /proc/sys/net/ipv4/ip_forward /sys/class/net/br0/bridge/stp_state").split() == ["1", "1"]


def test_run_is_the_labs_own():
    """Sockets of engines and services, the machine's namespaces: nothing of the machine's /run is in the lab's."""
    for name in ("docker.sock", "xtables.lock", "netns/red", "other"):
        Path("/run", name).write_text("outside")

    assert sandbox_run(lambda: sorted(path.name for path in Path("/run").iterdir())) == ["lock", "netns", "nslab"]
    assert sandbox_run(lambda: list(Path("/run/netns").iterdir())) == []


def test_a_lab_in_a_lab_is_whole():
    """Also where a lab is started inside a lab, `ip netns exec` mounts its own /sys."""

    def visit():
        return shell("ip netns add x; ip netns exec x ls /sys/class/net")

    assert "lo" in sandbox_run(visit).split()


def test_a_learner_may_make_user_namespaces_of_his_own():
    """A sandbox in the sandbox, with a /proc of its own."""
    assert shell("unshare -Urnmpf --mount-proc sh -c 'echo $$; ip -o link | wc -l'").split() == ["1", "1"]


def test_orphans_are_reaped():
    """A process whose parent has gone does not stay as a zombie."""
    shell("sh -c 'sleep 0.05 & exit'")
    deadline = time.monotonic() + 60
    while "sleep" in shell("ps -e -o comm=") and time.monotonic() < deadline:
        time.sleep(0.02)

    assert "sleep" not in shell("ps -e -o comm=")
