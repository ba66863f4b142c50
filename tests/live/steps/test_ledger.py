"""The kernel "this machine" changes only what the lab made; a sandbox is the machine here."""

import subprocess
import sys

import pytest

import nslab_kernel as nslab
from nslab_kernel import NotOurs, build, lab_reset, lab_script, snapshot, undo
from nslab_kernel.linux.lab import MACHINE, Lab, announce, host_inode
from nslab_kernel.network.config_equality import comparable
from tests.live.shell import end, sleeper_in
from tests.networks import network, two_namespaces

THEIRS = """
mount -t tmpfs names /run/netns  # out of sight of process 1, which sets a sandbox's switches in each new namespace
ip netns add theirs
ip link add dev eth0 type veth peer name peer0 netns theirs
ip link add dev docker0 type bridge
ip addr add 172.17.0.1/16 dev docker0
ip link set dev docker0 up
ip link set dev eth0 up
ip -n theirs link set dev peer0 up
ip addr add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2
"""


@pytest.fixture(autouse=True)
def machine():
    """Make a host with a network card, Docker's bridge and somebody's namespace, and announce it as a machine."""
    subprocess.run(["sh", "-ec", THEIRS], check=True)
    announce(Lab(MACHINE, netns=host_inode()))
    return comparable(snapshot())


REFUSED = [
    ("netns_del", "theirs"),
    ("netns_exec", "theirs", "ip link del peer0"),
    ("link_up", "docker0"),
    ("link_down", "eth0"),
    ("link_del", "eth0"),
    ("link_rename", "eth0", "eth1"),
    ("link_set_netns", "eth0", "theirs"),
    ("link_set_mtu", "eth0", 1400),
    ("link_set_mac", "eth0", "02:00:00:00:00:01"),
    ("link_set_master", "eth0", "docker0"),
    ("link_set_nomaster", "eth0"),
    ("veth_add", "a", "b", "theirs"),
    ("bridge_add", "a", "theirs"),
    ("addr_add", "10.9.9.9/24", "eth0"),
    ("addr_del", "10.0.2.15/24", "eth0"),
    ("route_add", "10.9.0.0/16", None, "eth0"),
    ("route_add", "10.9.0.0/16", "10.0.2.2"),
    ("route_del", "default"),
    ("route_add", "10.9.0.0/16", None, None, None, "blackhole"),
    ("rule_add", "10.9.0.0/16"),
    ("rule_del", "10.9.0.0/16"),
    ("neigh_flush", "eth0"),
    ("neigh_flush",),
    ("neigh_replace", "10.0.2.2", "02:00:00:00:00:01", "eth0"),
    ("neigh_del", "10.0.2.2", "eth0"),
    ("addr_flush", "eth0"),
    ("veth_add", "a", "b", None, "theirs"),
    ("link_add", "macvlan", "a", None, "eth0"),
    ("bridge_fdb_append", "02:00:00:00:00:01", "docker0"),
    ("bridge_fdb_del", "02:00:00:00:00:01", "docker0"),
    ("sysctl_set", "net.ipv4.ip_forward", 1),
    ("link_up", "peer0", "theirs"),
]


def ids(call):
    return " ".join(map(str, call))


@pytest.mark.parametrize("call", REFUSED, ids=ids)
def test_the_rest_is_refused(call, machine):
    """Every step that would change what is not the lab's is refused, and nothing changes."""
    name, *args = call

    with pytest.raises(NotOurs) as raised:
        getattr(nslab, name)(*args)

    assert raised.value.command
    assert machine == comparable(snapshot())


def test_the_target_of_a_move_must_be_ours():
    """The lab's own interface may not be moved into somebody else's namespace or bridge."""
    nslab.veth_add("a", "b")

    for call in (lambda: nslab.link_set_netns("a", "theirs"), lambda: nslab.link_set_master("a", "docker0")):
        with pytest.raises(NotOurs):
            call()


def test_the_tutorial_works_and_reset_removes_exactly_it(machine):
    """The lab may change what it made; lab_reset() removes exactly that."""
    for name in ("test1", "test2"):
        nslab.netns_add(name)
    nslab.veth_add("veth-test1", "veth-test2")
    nslab.link_set_netns("veth-test1", "test1")
    nslab.addr_add("192.168.1.1/24", "veth-test1", "test1")
    nslab.link_up("veth-test1", "test1")
    nslab.bridge_add("lab0")
    nslab.link_set_master("veth-test2", "lab0")
    nslab.link_rename("veth-test2", "port1")
    nslab.route_add("10.77.0.0/16", gateway="192.168.1.2", netns="test1")
    nslab.sysctl_set("net.ipv4.ip_forward", 1, "test1")

    change = lab_reset()

    assert machine == comparable(snapshot())
    assert not [line for line in change.removed if {"theirs", "eth0", "docker0"} & set(line.text.split())]


def test_a_link_that_came_back_to_the_host_is_ours(machine):
    """An interface that was in the lab's namespace, and came back to the host, is still the lab's."""
    nslab.netns_add("test1")
    nslab.veth_add("a", "b", netns="test1")
    nslab.link_set_netns("a", None, netns="test1")

    nslab.link_up("a")
    lab_reset()

    assert machine == comparable(snapshot())


def test_a_restarted_kernel_still_knows(machine):
    """The ledger is a file, so another process knows what is the lab's."""
    nslab.netns_add("test1")
    nslab.veth_add("a", "b")

    code = "from nslab_kernel import *; link_up('a'); lab_reset()"
    subprocess.run([sys.executable, "-c", code], check=True)

    assert machine == comparable(snapshot())


def test_the_same_number_without_the_alias_is_not_ours():
    """An interface made by somebody else with a number from the ledger lacks the lab's alias."""
    nslab.bridge_add("lab0")
    number = snapshot().link("lab0").ifindex
    subprocess.run(["ip", "link", "del", "dev", "lab0"], check=True)
    subprocess.run(["ip", "link", "add", "dev", "lab0", "index", str(number), "type", "bridge"], check=True)

    with pytest.raises(NotOurs):
        nslab.link_del("lab0")


def test_the_same_name_with_another_inode_is_not_ours():
    """A namespace that somebody made anew under a name from the ledger is somebody else's."""
    nslab.netns_add("test1")
    keeper = sleeper_in("test1")  # so that its inode is not used again
    subprocess.run(["ip", "netns", "del", "test1"], check=True)
    subprocess.run(["ip", "netns", "add", "test1"], check=True)

    with pytest.raises(NotOurs):
        nslab.netns_del("test1")
    end(keeper)


def test_undo_leaves_others_alone():
    """undo() does not take back what others did meanwhile."""
    nslab.netns_add("test1")
    nslab.bridge_add("lab0")
    subprocess.run(
        "ip link add dev veth9 type veth peer name v netns theirs; ip netns add more", shell=True, check=True
    )
    nslab.link_del("lab0")

    undo()
    assert snapshot().link("lab0")
    nslab.link_up("lab0")
    undo()
    undo()
    undo()

    assert {"host", "more", "theirs"} == set(snapshot().namespaces)
    assert {"lo", "eth0", "docker0", "veth9"} == {link.ifname for link in snapshot().namespaces["host"].links}


def test_build_leaves_others_alone(machine):
    """build() adds to what there is, and lab_reset() removes only that."""
    build(two_namespaces())
    assert {"host", "test1", "test2", "theirs"} == set(snapshot().namespaces)

    build(network())
    assert machine == comparable(snapshot())

    build(two_namespaces())
    lab_reset()
    assert machine == comparable(snapshot())


def test_the_script_holds_the_labs_own_steps():
    """The script on a machine has only the lab's steps, not what was there before."""
    nslab.netns_add("test1")

    text = lab_script().text

    assert "ip netns add test1" in text
    assert "docker0" not in text
