"""lab_script(): a script that makes the same network elsewhere."""

import subprocess

import pytest

from nslab_kernel import (
    addr_add,
    bridge_add,
    build,
    lab_reset,
    lab_script,
    link_set_master,
    link_set_netns,
    link_up,
    netns_add,
    netns_exec,
    route_add,
    snapshot,
    sysctl_set,
    undo,
    veth_add,
)
from nslab_kernel.network.config_equality import comparable
from nslab_kernel.network.settle import settle
from nslab_kernel.sandbox.run_in_sandbox import sandbox_run
from tests.networks import two_namespaces, without_macs


def by_hand():
    """Build the tutorial's network with a bridge, by steps only."""
    for name in ("test1", "test2"):
        netns_add(name)
    bridge_add("lab0")
    link_up("lab0")
    for n in (1, 2):
        veth_add(f"v{n}", f"p{n}")
        link_set_netns(f"v{n}", f"test{n}")
        link_set_master(f"p{n}", "lab0")
        addr_add(f"10.0.0.{n}/24", f"v{n}", f"test{n}")
        link_up(f"p{n}")
        link_up(f"v{n}", f"test{n}")
    route_add("default", "10.0.0.2", netns="test1")
    sysctl_set("net.ipv4.ip_forward", 1, "test2")


def there_and_back():
    """Move an end into a namespace, and back to the host."""
    netns_add("test1")
    veth_add("a", "b")
    link_set_netns("a", "test1")
    link_set_netns("a", None, netns="test1")


def mixed():
    """Mix steps, `!ip`, commands in a namespace with shell operators, an undo and a build."""
    subprocess.run("ip netns add early", shell=True, check=True)
    netns_add("test1")
    subprocess.run("ip link add dev a type veth peer name b && ip link set dev b up", shell=True, check=True)
    netns_exec("test1", "ip link set dev lo up && ip addr add 10.1.1.1/24 dev lo")
    netns_add("mistake")
    undo()
    build(two_namespaces())
    subprocess.run("ip netns exec test2 ip link set dev lo up", shell=True, check=True)


def elsewhere(text):
    """Run a script with a plain environment, as on another machine, and return the network."""
    subprocess.run(["sh", "-c", text], check=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
    return settle()


@pytest.mark.outside
@pytest.mark.parametrize("work", [by_hand, there_and_back, mixed])
def test_it_makes_the_same_network(work):
    """The script makes the same network in another lab."""

    def here():
        work()
        return lab_script().text, snapshot()

    text, network = sandbox_run(here, 30)
    twin = sandbox_run(lambda: elsewhere(text), 30)

    assert without_macs(comparable(network)) == without_macs(comparable(twin))


def test_it_reads_like_the_tutorial():
    """The script's lines are the commands that the cells showed, in the same order."""
    netns_add("test1")
    link_up("lo", netns="test1")

    assert (lab_script().text.splitlines()[-3:]) == [
        "set -e",
        "ip netns add test1",
        "ip netns exec test1 ip link set dev lo up",
    ]


def test_what_was_done_beside_the_steps_is_marked():
    """Commands for what `!ip` did have a comment above them."""
    netns_add("test1")
    subprocess.run(["ip", "netns", "add", "test2"], check=True)

    comment, command = lab_script().text.splitlines()[-2:]

    assert comment.startswith("# ")
    assert command == "ip netns add test2"


def test_a_reset_begins_anew():
    """After lab_reset() the script has only its head."""
    netns_add("test1")
    lab_reset()

    assert lab_script().text.splitlines()[-1] == "set -e"
