"""Functions that show something: the exact command, and the real program's output."""

import inspect
import subprocess

import pytest

import nslab_kernel
from nslab_kernel import Listing, build, netns_exec, ping, snapshot, topology
from tests.networks import bridged, two_namespaces

SHOWS = {
    "netns_list": [((), "ip netns list")],
    "link_show": [
        ((), "ip link"),
        (("veth1",), "ip link show dev veth1"),
        ((None, "box1"), "ip netns exec box1 ip link"),
        (("eth0", "box1"), "ip netns exec box1 ip link show dev eth0"),
    ],
    "addr_show": [
        ((), "ip addr"),
        (("lab0",), "ip addr show dev lab0"),
        ((None, "box1"), "ip netns exec box1 ip addr"),
    ],
    "route_show": [
        ((), "ip route"),
        (("box1",), "ip netns exec box1 ip route"),
        ((None, 6), "ip -6 route"),
        (("box1", 4, "local"), "ip netns exec box1 ip -4 route show table local"),
        ((None, None, "all"), "ip route show table all"),
        ((None, None, 254), "ip route show table 254"),
    ],
    "rule_show": [((), "ip rule"), (("box1", 6), "ip netns exec box1 ip -6 rule")],
    "bridge_fdb_show": [
        ((), "bridge fdb show"),
        (("veth1",), "bridge fdb show dev veth1"),
        ((None, "lab0"), "bridge fdb show br lab0"),
        (("eth0", None, "box1"), "ip netns exec box1 bridge fdb show dev eth0"),
    ],
    "route_get": [
        (("172.18.0.11",), "ip route get 172.18.0.11"),
        (("172.18.0.1", "box1"), "ip netns exec box1 ip route get 172.18.0.1"),
        (("10.0.0.1",), "ip route get 10.0.0.1"),
    ],
    "neigh_show": [((), "ip neigh"), (("box1",), "ip netns exec box1 ip neigh")],
    "bridge_link_show": [((), "bridge link"), (("box1",), "ip netns exec box1 bridge link")],
    "sysctl_show": [
        (("net.ipv4.ip_forward",), "sysctl net.ipv4.ip_forward"),
        (("net.ipv4.ip_forward", "box1"), "ip netns exec box1 sysctl net.ipv4.ip_forward"),
    ],
}
OTHERS = {"netns_exec", "lab_script"}
"""Functions that return a Listing too, but change the network or only tell."""


def test_no_function_escapes():
    """Every function that returns a Listing is in the table."""
    names = [n for n in nslab_kernel.__all__ if n.islower() and not n.startswith("container_")]  # tests/live/containers
    functions = {n: getattr(nslab_kernel, n) for n in names}
    listing = {n for n, f in functions.items() if inspect.signature(f).return_annotation is Listing}

    assert listing == set(SHOWS) | OTHERS


@pytest.mark.parametrize("name", SHOWS)
def test_the_real_output(name):
    """The shown command gives the same text and status in a shell."""
    build(bridged())

    for args, command in SHOWS[name]:
        listing = getattr(nslab_kernel, name)(*args)
        real = subprocess.run(["sh", "-c", command], check=False, capture_output=True, text=True)
        assert listing == Listing(command, real.stdout + real.stderr, real.returncode)


def test_a_look_that_finds_nothing_is_no_error():
    """If there is no route, that is the answer to the question, and no error is raised."""
    listing = nslab_kernel.route_get("10.0.0.1")

    assert listing.status == 2
    assert "Network is unreachable" in listing.text


def test_netns_exec_runs_anything():
    """Plain words are run directly, shell operators by a shell; a failure gives a status, not an error."""
    build(two_namespaces())

    assert netns_exec("test1", "echo a  'b  c'").text == "a b  c\n"
    assert netns_exec("test1", "echo a | tr a b; exit 3") == Listing(
        "ip netns exec test1 sh -c 'echo a | tr a b; exit 3'", "b\n", 3
    )
    assert netns_exec(None, "echo $((1 + 1))") == Listing("echo $((1 + 1))", "2\n")
    assert "veth-test1" in netns_exec("test1", "ip link").text
    assert netns_exec("test1", "false").status == 1


def test_netns_exec_has_no_input():
    """A program that reads its input finds the end of it, and does not hang."""
    build(two_namespaces())

    assert netns_exec("test1", "cat").text == ""


def test_looking_changes_nothing():
    """None of these functions changes the network."""
    build(bridged())
    before = snapshot()

    for name, calls in SHOWS.items():
        for args, _command in calls:
            getattr(nslab_kernel, name)(*args)

    assert snapshot() == before


def test_topology_is_the_network_now():
    """topology() has the same network as snapshot()."""
    build(two_namespaces())
    ping("192.168.1.2", "test1", count=1)

    assert topology().network == snapshot()
