"""For every changing function: its command, run in a shell on a twin network, does the same.

Each case runs twice, in two fresh sandboxes that start alike: once by the function, once by the command that it showed.
"""

import inspect
import subprocess
from dataclasses import dataclass, field
from functools import partial

import pytest

import nslab_kernel
from nslab_kernel import Change, Network
from nslab_kernel.network.build import build_network
from nslab_kernel.network.settle import settle
from nslab_kernel.network.snapshot import comparable
from nslab_kernel.sandbox.inside import sandbox_run
from tests.networks import bare, before_the_move, bridged, one_end_up, two_namespaces, without_macs

pytestmark = pytest.mark.outside

IN1 = "ip netns exec test1 "


@dataclass
class Case:
    """One call, and what it must show."""

    start: object
    args: tuple = ()
    netns: dict = field(default_factory=dict)
    shows: str | None = None
    """The exact command; `None` where it depends on what was there."""
    steps: tuple = ()
    """What is done between the start and the call: function, arguments."""


def case(start, *args, shows=None, steps=(), **kwargs):
    return Case(start, args, kwargs, shows, steps)


CASES = {
    "netns_add": [case(bare, "red", shows="ip netns add red"), case(bare, "a$b", shows="ip netns add 'a$b'")],
    "netns_del": [case(two_namespaces, "test1", shows="ip netns del test1")],
    "netns_exec": [
        case(
            two_namespaces,
            "test1",
            "ip link set dev lo up",
            shows="ip netns exec test1 ip link set dev lo up",
        ),
        case(
            two_namespaces,
            "test1",
            "ip link add dev a type dummy || ip link add dev a type bridge; ip link set dev a mtu 1400",
            shows="ip netns exec test1 sh -c "
            "'ip link add dev a type dummy || ip link add dev a type bridge; ip link set dev a mtu 1400'",
        ),
        case(bare, None, "ip netns add red", shows="ip netns add red"),
    ],
    "veth_add": [
        case(bare, "a", "b", shows="ip link add dev a type veth peer name b"),
        case(two_namespaces, "a", "b", netns="test1", shows=IN1 + "ip link add dev a type veth peer name b"),
    ],
    "bridge_add": [
        case(bare, "lab0", shows="ip link add dev lab0 type bridge"),
        case(two_namespaces, "br", netns="test1", shows=IN1 + "ip link add dev br type bridge"),
    ],
    "link_up": [
        case(before_the_move, "veth-test1", shows="ip link set dev veth-test1 up"),
        case(one_end_up, "veth-test2", netns="test2", shows="ip netns exec test2 ip link set dev veth-test2 up"),
        case(two_namespaces, "lo", netns="test1", shows=IN1 + "ip link set dev lo up"),
    ],
    "link_down": [
        case(two_namespaces, "veth-test1", netns="test1", shows=IN1 + "ip link set dev veth-test1 down"),
        case(bridged, "lab0", shows="ip link set dev lab0 down"),
    ],
    "link_del": [
        case(before_the_move, "veth-test1", shows="ip link del dev veth-test1"),
        case(bridged, "lab0", shows="ip link del dev lab0"),
    ],
    "link_rename": [
        case(before_the_move, "veth-test1", "a", shows="ip link set dev veth-test1 name a"),
        case(two_namespaces, "veth-test1", "eth0", netns="test1", shows=IN1 + "ip link set dev veth-test1 name eth0"),
    ],
    "link_set_netns": [
        case(before_the_move, "veth-test1", "test1", shows="ip link set dev veth-test1 netns test1"),
        case(
            two_namespaces, "veth-test1", "test2", netns="test1", shows=IN1 + "ip link set dev veth-test1 netns test2"
        ),
        case(two_namespaces, "veth-test1", None, netns="test1"),
    ],
    "link_set_mtu": [
        case(before_the_move, "veth-test1", 9000, shows="ip link set dev veth-test1 mtu 9000"),
        case(two_namespaces, "veth-test1", 1280, netns="test1", shows=IN1 + "ip link set dev veth-test1 mtu 1280"),
    ],
    "link_set_mac": [
        case(
            before_the_move,
            "veth-test1",
            "02:00:00:00:00:99",
            shows="ip link set dev veth-test1 address 02:00:00:00:00:99",
        ),
        case(
            two_namespaces,
            "veth-test1",
            "02:AA:00:00:00:99",
            netns="test1",
            shows=IN1 + "ip link set dev veth-test1 address 02:AA:00:00:00:99",
        ),
    ],
    "link_set_master": [
        case(
            bridged,
            "veth-x",
            "lab0",
            shows="ip link set dev veth-x master lab0",
            steps=(("veth_add", "veth-x", "veth-y"),),
        )
    ],
    "link_set_nomaster": [case(bridged, "veth1", shows="ip link set dev veth1 nomaster")],
    "addr_add": [
        case(before_the_move, "10.0.0.1/24", "veth-test1", shows="ip addr add 10.0.0.1/24 dev veth-test1"),
        case(
            two_namespaces,
            "10.0.0.1/24",
            dev="veth-test1",
            netns="test1",
            shows=IN1 + "ip addr add 10.0.0.1/24 dev veth-test1",
        ),
        case(
            two_namespaces,
            "192.168.1.77/24",
            "veth-test1",
            "test1",
            shows=IN1 + "ip addr add 192.168.1.77/24 dev veth-test1",
        ),
        case(two_namespaces, "10.0.0.1", "veth-test1", "test1", shows=IN1 + "ip addr add 10.0.0.1 dev veth-test1"),
        case(
            two_namespaces,
            "2001:db8::1/64",
            "veth-test1",
            "test1",
            shows=IN1 + "ip addr add 2001:db8::1/64 dev veth-test1",
        ),
        case(two_namespaces, "127.0.0.1/8", "lo", "test1", shows=IN1 + "ip addr add 127.0.0.1/8 dev lo"),
    ],
    "addr_del": [
        case(
            two_namespaces,
            "192.168.1.1/24",
            "veth-test1",
            "test1",
            shows=IN1 + "ip addr del 192.168.1.1/24 dev veth-test1",
        )
    ],
    "route_add": [
        case(
            two_namespaces,
            "default",
            "192.168.1.2",
            netns="test1",
            shows=IN1 + "ip route add default via 192.168.1.2",
        ),
        case(
            two_namespaces,
            "10.0.0.0/8",
            dev="veth-test1",
            netns="test1",
            shows=IN1 + "ip route add 10.0.0.0/8 dev veth-test1",
        ),
        case(
            bridged,
            "10.9.0.7",
            gateway="172.18.0.11",
            dev="lab0",
            shows="ip route add 10.9.0.7 via 172.18.0.11 dev lab0",
        ),
        case(
            two_namespaces,
            "2001:db8::/32",
            dev="veth-test1",
            netns="test1",
            shows=IN1 + "ip route add 2001:db8::/32 dev veth-test1",
        ),
    ],
    "route_del": [
        case(bridged, "default", netns="box1", shows="ip netns exec box1 ip route del default"),
        case(
            two_namespaces,
            "192.168.1.0/24",
            dev="veth-test1",
            netns="test1",
            shows=IN1 + "ip route del 192.168.1.0/24 dev veth-test1",
        ),
    ],
    "neigh_flush": [
        case(
            two_namespaces,
            "veth-test1",
            "test1",
            shows=IN1 + "ip neigh flush dev veth-test1",
            steps=(("ping", "192.168.1.2", "test1", 1),),
        )
    ],
    "sysctl_set": [
        case(bridged, "net.ipv4.ip_forward", 0, shows="sysctl -w net.ipv4.ip_forward=0"),
        case(
            two_namespaces,
            "net.ipv4.ip_forward",
            "1",
            netns="test1",
            shows=IN1 + "sysctl -w net.ipv4.ip_forward=1",
        ),
    ],
    "build": [case(bare, two_namespaces()), case(two_namespaces, bridged()), case(bridged, bare())],
    "undo": [
        case(two_namespaces, steps=(("netns_del", "test1"),)),
        case(bridged, steps=(("link_del", "lab0"),)),
        case(two_namespaces, steps=(("link_down", "veth-test1", "test1"),)),
    ],
    "lab_reset": [case(two_namespaces), case(bridged)],
}


def changing():
    """The public functions that return a Change, and the one that runs any command."""
    names = [n for n in nslab_kernel.__all__ if n.islower() and not n.startswith("container_")]
    names.remove("netns_attach")  # as those: tests/live/containers
    functions = {n: getattr(nslab_kernel, n) for n in names}
    return {"netns_exec"} | {n for n, f in functions.items() if inspect.signature(f).return_annotation is Change}


def test_no_function_escapes():
    """Every changing function stands in the table."""
    assert changing() == set(CASES)


@pytest.mark.parametrize(
    ("name", "case"), [pytest.param(n, c, id=f"{n}-{i}") for n, cs in CASES.items() for i, c in enumerate(cs)]
)
def test_the_command_does_the_same(name, case):
    """The function shows the exact command, and the command makes the same network on a twin."""
    command, by_function = sandbox_run(partial(call, name, case), 20)
    by_command = sandbox_run(partial(type_, command, case), 20)

    if case.shows is not None:
        assert case.shows == command
    assert without_chance(by_command, case) == without_chance(by_function, case)


def call(name, case):
    """Run in a sandbox: the start, the steps, the call."""
    prepare(case)
    result = getattr(nslab_kernel, name)(*case.args, **case.netns)
    return result.command, settle()


def type_(command, case):
    """Run in a twin: the start, the steps, the command in a shell."""
    prepare(case)
    subprocess.run(["sh", "-ec", command], check=True)
    return settle()


def prepare(case):
    build_network(case.start())
    for name, *args in case.steps:
        getattr(nslab_kernel, name)(*args)


def without_chance(network, case):
    """Leave out what the kernel alone decides, and the MAC that it draws for a new interface."""
    given = [case.start(), *(value for value in case.args if isinstance(value, Network))]
    known = {link.mac for one in given for namespace in one.namespaces.values() for link in namespace.links}
    known |= {value.lower() for value in case.args if isinstance(value, str)}
    return comparable(without_macs(network, known))
