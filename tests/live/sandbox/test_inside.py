"""What a live test, and a learner's cell, finds around it."""

import os
import subprocess
import time
from pathlib import Path

from nslab_kernel.linux import namespaces
from nslab_kernel.linux.lab import lab

PINNED = ["0", "0", "0", "0"]


def shell(command):
    return subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout


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


def test_what_a_learner_switches_on_stays_on():
    """What `netns_add` has set is not set again, even where a learner gives a switch the machine's value."""
    for n in range(20):
        namespaces.add(f"n{n}")
        shell(f"ip netns exec n{n} sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.default.promote_secondaries=1")
    time.sleep(0.3)

    for n in range(20):
        assert switches_of(f"n{n}") == ["1", "0", "0", "1"]


def switches_of(name):
    names = ("ip_forward", "conf.all.rp_filter", "conf.default.rp_filter", "conf.default.promote_secondaries")
    return shell(f"ip netns exec {name} sysctl -n {' '.join(f'net.ipv4.{name}' for name in names)}").split()


def soon(look):
    deadline = time.monotonic() + 2
    while (seen := look()) != PINNED and time.monotonic() < deadline:
        time.sleep(0.01)
    return seen


def test_processes_outside_are_out_of_sight():
    """/proc shows the sandbox's processes alone."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]

    assert sorted(pids) == [1, os.getpid()]
