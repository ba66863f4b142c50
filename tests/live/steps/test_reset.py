"""lab_reset(): the lab is as at its start."""

import subprocess
from pathlib import Path

import pytest

from nslab_kernel import LabError, build, lab_reset, link_down, link_rename, snapshot, sysctl_set, sysctl_show, undo
from nslab_kernel.network.config_equality import comparable
from tests.live.shell import sleeper_in
from tests.networks import bridged, two_namespaces


def test_everything_goes():
    """Namespaces, cables, bridges, addresses and sysctls are all gone or reset."""
    born = snapshot()
    build(bridged())
    link_down("lo")

    change = lab_reset()

    assert comparable(born) == comparable(snapshot())
    assert "ip netns del box1" in change.command.splitlines()


def test_the_loopback_is_as_it_was_born():
    """`lo` has its name and MTU again."""
    born = snapshot()
    link_rename("lo", "loop")
    subprocess.run(["ip", "link", "set", "dev", "loop", "mtu", "1500"], check=True)

    lab_reset()

    assert comparable(born) == comparable(snapshot())


def test_processes_inside_are_ended():
    """Processes in a namespace are ended, because they would keep the namespace and its cable alive."""
    build(two_namespaces())
    sleeper = sleeper_in("test1")

    lab_reset()

    sleeper.communicate()
    assert sleeper.returncode == -9


def test_a_process_in_a_nameless_namespace_is_ended():
    """A process is ended even if its namespace has no name any more."""
    build(two_namespaces())
    sleeper = sleeper_in("test1")
    subprocess.run(["ip", "netns", "del", "test1"], check=True)

    lab_reset()

    sleeper.communicate()
    assert sleeper.returncode == -9


def test_build_again_at_once():
    """After a reset the same network can be built at once, again and again."""
    for _ in range(5):
        build(two_namespaces())
        sleeper_in("test1")
        lab_reset()

    assert list(snapshot().namespaces) == ["host"]


def test_there_is_no_way_back():
    """lab_reset() clears the history, so undo() has nothing to undo."""
    build(two_namespaces())
    lab_reset()

    with pytest.raises(LabError):
        undo()


def test_the_hosts_switches_are_set_back():
    """A sysctl of the host has the value from before the first step, however often it was set."""
    key = "net.ipv4.conf.all.rp_filter"
    was = sysctl_show(key).text
    sysctl_set(key, 1)
    sysctl_set(key, 2)

    lab_reset()

    assert sysctl_show(key).text == was


def test_a_cable_goes_whose_namespace_lives_on():
    """A program's open file keeps a namespace and its end of the cable alive; the host loses its end all the same."""
    born = snapshot()
    build(bridged())

    with Path("/run/netns/box1").open():
        lab_reset()
        assert comparable(born) == comparable(snapshot())
