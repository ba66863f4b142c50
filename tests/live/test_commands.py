"""Each changing function's command makes the same network as the function.

Each case runs twice, in two new sandboxes that start alike: once by the function, once by the command that it showed.
"""

import inspect
import json
import subprocess
from dataclasses import dataclass, field
from functools import partial

import pytest

import nslab_kernel
from nslab_kernel import Change, Network
from nslab_kernel.network.build import build_network
from nslab_kernel.network.config_equality import comparable
from nslab_kernel.network.settle import settle
from nslab_kernel.sandbox.run_in_sandbox import sandbox_run
from tests.live.foreign import AUTOMATIC_BRIDGE_FIELDS, cleaned
from tests.networks import bare, before_the_move, bridged, one_end_up, two_namespaces, without_macs

pytestmark = pytest.mark.outside

IN1 = "ip netns exec test1 "
VXLAN = ("netns_exec", "test1", "ip link add dev vx type vxlan id 42 dstport 4789")
MAC = "02:00:00:00:00:99"


@dataclass
class Case:
    """One call, and the command that it must show."""

    start: object
    args: tuple = ()
    netns: dict = field(default_factory=dict)
    shows: str | None = None
    """The exact command, or `None` if it depends on the network before."""
    steps: tuple = ()
    """Calls between the start and the tested call: function and arguments."""


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
        case(
            two_namespaces,
            "eth0",
            "eth0",
            netns="test1",
            peer_netns="test2",
            shows="ip link add dev eth0 netns test1 type veth peer name eth0 netns test2",
        ),
        case(
            two_namespaces,
            "v0",
            "eth0",
            peer_netns="test1",
            shows="ip link add dev v0 type veth peer name eth0 netns test1",
        ),
    ],
    "link_add": [
        case(bare, "ifb", "i0", shows="ip link add dev i0 type ifb"),
        case(
            two_namespaces,
            "macvlan",
            "mac0",
            netns="test1",
            link="veth-test1",
            mode="bridge",
            shows=IN1 + "ip link add link veth-test1 dev mac0 type macvlan mode bridge",
        ),
        case(
            two_namespaces,
            "vxlan",
            "vx",
            netns="test1",
            id=42,
            dstport=4789,
            remote="192.168.1.2",
            local=None,
            dev="veth-test1",
            srcport=(5000, 6000),
            nolearning=True,
            shows=IN1 + "ip link add dev vx type vxlan "
            "id 42 dstport 4789 remote 192.168.1.2 dev veth-test1 srcport 5000 6000 nolearning",
        ),
        case(
            bare,
            "bridge",
            "br0",
            stp_state=1,
            ageing_time=500,
            shows="ip link add dev br0 type bridge stp_state 1 ageing_time 500",
        ),
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
        ),
        case(bridged, "veth1", None, shows="ip link set dev veth1 nomaster"),
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
        case(bare, "10.1.1.1", "lo", peer="10.1.1.2/31", shows="ip addr add 10.1.1.1 peer 10.1.1.2/31 dev lo"),
        case(
            two_namespaces,
            "10.1.1.1/24",
            "veth-test1",
            "test1",
            peer="10.1.1.2",
            shows=IN1 + "ip addr add 10.1.1.1/24 peer 10.1.1.2 dev veth-test1",
        ),
        case(
            two_namespaces,
            "2001:db8::1/64",
            "veth-test1",
            "test1",
            nodad=True,
            shows=IN1 + "ip addr add 2001:db8::1/64 dev veth-test1 nodad",
        ),
        case(bare, "fd00::1", "lo", peer="fd00::2", shows="ip addr add fd00::1 peer fd00::2 dev lo"),
    ],
    "addr_del": [
        case(
            two_namespaces,
            "192.168.1.1/24",
            "veth-test1",
            "test1",
            shows=IN1 + "ip addr del 192.168.1.1/24 dev veth-test1",
        ),
        case(
            two_namespaces, "192.168.1.1", "veth-test1", "test1", shows=IN1 + "ip addr del 192.168.1.1 dev veth-test1"
        ),
        *(
            case(
                bare,
                addr,
                "lo",
                peer=peer,
                shows=f"ip addr del {words} dev lo",
                steps=(("netns_exec", None, f"ip addr add {given} dev lo"),),
            )
            for addr, peer, words, given in (
                ("10.1.1.1", "10.1.1.2/32", "10.1.1.1 peer 10.1.1.2/32", "10.1.1.1 peer 10.1.1.2"),
                ("10.1.1.1", None, "10.1.1.1", "10.1.1.1 peer 10.1.1.2/31"),
                ("fd00::1", "fd00::2/128", "fd00::1 peer fd00::2/128", "fd00::1 peer fd00::2"),
            )
        ),
    ],
    "addr_flush": [
        case(two_namespaces, "veth-test1", "test1", shows=IN1 + "ip addr flush dev veth-test1"),
        case(bridged, "lab0", shows="ip addr flush dev lab0"),
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
        *(
            case(
                two_namespaces,
                dst,
                dev="veth-test1",
                netns="test1",
                shows=IN1 + f"ip route add {dst} dev veth-test1",
            )
            for dst in ("default", "0.0.0.0/0", "::/0")
        ),
        *(
            case(bare, "10.5.0.0/16", type=type_, shows=f"ip route add {type_} 10.5.0.0/16")
            for type_ in ("blackhole", "unreachable", "prohibit", "throw")
        ),
        case(bare, "2001:db8::/32", type="blackhole", shows="ip route add blackhole 2001:db8::/32"),
        case(bare, "10.7.7.7", type="local", dev="lo", shows="ip route add local 10.7.7.7 dev lo"),
        case(bare, "10.7.7.255", type="broadcast", dev="lo", shows="ip route add broadcast 10.7.7.255 dev lo"),
        case(
            two_namespaces,
            "10.9.0.0/16",
            gateway="192.168.1.2",
            dev="veth-test1",
            netns="test1",
            metric=7,
            src="192.168.1.1",
            table=100,
            shows=IN1 + "ip route add 10.9.0.0/16 via 192.168.1.2 dev veth-test1 src 192.168.1.1 metric 7 table 100",
        ),
    ],
    "route_del": [
        case(bridged, "default", netns="box1", shows="ip netns exec box1 ip route del default"),
        *(
            case(
                bridged,
                dst,
                netns="box1",
                shows=f"ip netns exec box1 ip route del {dst}",
                steps=(("netns_exec", "box1", "ip -6 route add unreachable default"),),
            )
            for dst in ("default", "0.0.0.0/0", "::/0")
        ),
        case(
            two_namespaces,
            "192.168.1.0/24",
            dev="veth-test1",
            netns="test1",
            shows=IN1 + "ip route del 192.168.1.0/24 dev veth-test1",
        ),
        *(
            case(
                bare,
                "10.5.0.0/16",
                shows=f"ip route del {shows}",
                steps=(
                    ("netns_exec", None, "ip route add blackhole 10.5.0.0/16 metric 5"),
                    ("netns_exec", None, "ip route add unreachable 10.5.0.0/16 metric 6"),
                    ("netns_exec", None, "ip route add blackhole 10.5.0.0/16 table 100"),
                ),
                **words,
            )
            for words, shows in (
                ({"type": "unreachable"}, "unreachable 10.5.0.0/16"),
                ({"metric": 6}, "10.5.0.0/16 metric 6"),
                ({"table": "100", "type": "blackhole"}, "blackhole 10.5.0.0/16 table 100"),
                ({}, "10.5.0.0/16"),
            )
        ),
        case(
            bridged,
            "10.5.0.0/16",
            src="172.18.0.1",
            dev="lab0",
            shows="ip route del 10.5.0.0/16 dev lab0 src 172.18.0.1",
            steps=(
                ("route_add", "10.5.0.0/16", None, "lab0", None, None, 5),
                ("route_add", "10.5.0.0/16", None, "lab0", None, None, 6, "172.18.0.1"),
            ),
        ),
    ],
    "rule_add": [
        case(bare, "::/0", family=6, table=100, shows="ip -6 rule add from ::/0 lookup 100"),
        case(bare, "10.0.0.0/8", table=100, shows="ip rule add from 10.0.0.0/8 lookup 100"),
        case(
            two_namespaces,
            to="10.0.0.0/8",
            iif="veth-test1",
            oif="lo",
            fwmark="1/0xff",
            table="main",
            priority=50,
            netns="test1",
            shows=IN1 + "ip rule add to 10.0.0.0/8 iif veth-test1 oif lo fwmark 1/0xff lookup main priority 50",
        ),
        case(bare, "2001:db8::/32", table=7, family=6, shows="ip -6 rule add from 2001:db8::/32 lookup 7"),
        case(bare, "all", fwmark=0, priority=9, shows="ip rule add from all fwmark 0 priority 9"),
    ],
    "rule_del": [
        case(
            two_namespaces,
            priority=50,
            netns="test1",
            shows=IN1 + "ip rule del priority 50",
            steps=(
                ("netns_exec", "test1", "ip rule add from 10.0.0.0/8 lookup 100 priority 50"),
                ("netns_exec", "test1", "ip rule add from 10.0.0.0/8 lookup 101 priority 49"),
            ),
        ),
        case(
            bare,
            "10.0.0.0/8",
            table=100,
            shows="ip rule del from 10.0.0.0/8 lookup 100",
            steps=(
                ("netns_exec", None, "ip rule add from 10.0.0.0/8 lookup 100"),
                ("netns_exec", None, "ip rule add from 10.0.0.0/8 lookup 101"),
            ),
        ),
    ],
    "neigh_replace": [
        case(
            two_namespaces,
            "192.168.1.2",
            MAC,
            "veth-test1",
            "test1",
            shows=IN1 + f"ip neigh replace 192.168.1.2 lladdr {MAC} dev veth-test1 nud permanent",
        ),
        case(
            two_namespaces,
            "fd00::7",
            MAC,
            "veth-test1",
            "test1",
            nud="stale",
            shows=IN1 + f"ip neigh replace fd00::7 lladdr {MAC} dev veth-test1 nud stale",
        ),
    ],
    "neigh_del": [
        case(
            two_namespaces,
            "192.168.1.7",
            "veth-test1",
            "test1",
            shows=IN1 + "ip neigh del 192.168.1.7 dev veth-test1",
            steps=(
                ("netns_exec", "test1", f"ip neigh add 192.168.1.7 lladdr {MAC} dev veth-test1"),
                ("netns_exec", "test1", f"ip neigh add 192.168.1.8 lladdr {MAC} dev veth-test1"),
            ),
        )
    ],
    "bridge_fdb_append": [
        case(
            two_namespaces,
            "00:00:00:00:00:00",
            "vx",
            "test1",
            dst="10.0.0.3",
            shows=IN1 + "bridge fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.3",
            steps=(VXLAN, ("netns_exec", "test1", "bridge fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.2")),
        ),
        case(
            bridged,
            MAC,
            "veth1",
            master=True,
            static=True,
            shows=f"bridge fdb append {MAC} dev veth1 master static",
        ),
    ],
    "bridge_fdb_del": [
        case(
            two_namespaces,
            "00:00:00:00:00:00",
            "vx",
            "test1",
            dst="10.0.0.3",
            shows=IN1 + "bridge fdb del 00:00:00:00:00:00 dev vx dst 10.0.0.3",
            steps=(
                VXLAN,
                ("netns_exec", "test1", "bridge fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.2"),
                ("netns_exec", "test1", "bridge fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.3"),
            ),
        ),
        case(
            bridged,
            MAC,
            "veth1",
            master=True,
            shows=f"bridge fdb del {MAC} dev veth1 master",
            steps=(("netns_exec", None, f"bridge fdb add {MAC} dev veth1 master static"),),
        ),
    ],
    "neigh_flush": [
        case(
            two_namespaces,
            "veth-test1",
            "test1",
            shows=IN1 + "ip neigh flush dev veth-test1",
            steps=(("ping", "192.168.1.2", "test1", 1),),
        ),
        case(
            two_namespaces,
            netns="test1",
            shows=IN1 + "ip neigh flush all",
            steps=(
                ("ping", "192.168.1.2", "test1", 1),
                ("netns_exec", "test1", f"ip neigh add fd00::7 lladdr {MAC} dev veth-test1 nud stale"),
                ("netns_exec", "test1", f"ip neigh add 192.168.1.7 lladdr {MAC} dev veth-test1"),
            ),
        ),
    ],
    "sysctl_set": [
        case(bridged, "net.ipv4.ip_forward", 0, shows="sysctl -w net.ipv4.ip_forward=0"),
        case(two_namespaces, "net.ipv4.ip_forward", True, shows="sysctl -w net.ipv4.ip_forward=1"),
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
    """Return the public functions that return a Change, and `netns_exec`, which runs any command."""
    names = [n for n in nslab_kernel.__all__ if n.islower() and not n.startswith("container_")]
    names.remove("netns_attach")  # tested with the containers, in tests/live/containers
    for many in ("solve", "goto", "lab_restore"):  # each calls other functions: tests/live/lessons, tests/live/steps
        names.remove(many)
    functions = {n: getattr(nslab_kernel, n) for n in names}
    return {"netns_exec"} | {n for n, f in functions.items() if inspect.signature(f).return_annotation is Change}


def test_no_function_escapes():
    """Every changing function is in the table."""
    assert changing() == set(CASES)


@pytest.mark.parametrize(
    ("name", "case"), [pytest.param(n, c, id=f"{n}-{i}") for n, cs in CASES.items() for i, c in enumerate(cs)]
)
def test_the_command_does_the_same(name, case):
    """The function shows the exact command, and the command makes the same network in another sandbox."""
    command, by_function, told_by_function = sandbox_run(partial(call, name, case), 20)
    by_command, told_by_command = sandbox_run(partial(type_, command, case), 20)

    if case.shows is not None:
        assert case.shows == command
    assert without_chance(by_command, case) == without_chance(by_function, case)
    assert told_by_command == told_by_function


def call(name, case):
    """Run the start, the steps and the call in a sandbox."""
    prepare(case)
    result = getattr(nslab_kernel, name)(*case.args, **case.netns)
    network = settle()
    return result.command, network, told(network, case)


def type_(command, case):
    """Run the start, the steps and the command, by a shell, in another sandbox."""
    prepare(case)
    subprocess.run(["sh", "-ec", command], check=True)
    network = settle()
    return network, told(network, case)


def told(network, case):
    """Return what `ip` and `bridge` write about each namespace, without what Linux chooses by chance."""
    given = {str(value).partition("/")[0] for value in case.args + tuple(case.netns.values())}
    return {name: list(told_inside([] if name == "host" else ["-n", name], given)) for name in network.namespaces}


def told_inside(where, given):
    """Yield the rules, the routes made by hand, and the links, addresses, neighbours and MACs that the case names."""
    for family in ("-4", "-6"):
        yield ask("ip", *where, family, "rule")
        yield [row for row in ask("ip", *where, family, "route", "show", "table", "all") if "protocol" not in row]
    yield [row for row in ask("ip", *where, "neigh") if row.get("lladdr") == MAC]
    yield [row for row in ask("bridge", *where, "fdb") if row["mac"] in given]
    for link in ask("ip", *where, "-d", "addr"):
        yield [addr for addr in link["addr_info"] if addr["local"] in given]
        if link["ifname"] in given:
            info = link.get("linkinfo", {})
            kind = info.get("info_kind")
            data = cleaned(info.get("info_data", {}), AUTOMATIC_BRIDGE_FIELDS if kind == "bridge" else ())
            yield link["ifname"], link.get("link"), kind, data


def ask(program, *words):
    """Return the JSON of a program of iproute2, without ages, which are chance."""
    told = json.loads(subprocess.check_output([program, "-j", *words], text=True) or "[]")
    return cleaned(told, ("used", "confirmed", "updated"))


def prepare(case):
    build_network(case.start())
    for name, *args in case.steps:
        getattr(nslab_kernel, name)(*args)


def without_chance(network, case):
    """Return a network without what the kernel alone decides, and without the random MACs of new interfaces."""
    given = [case.start(), *(value for value in case.args if isinstance(value, Network))]
    known = {link.mac for one in given for namespace in one.namespaces.values() for link in namespace.links}
    known |= {value.lower() for value in case.args if isinstance(value, str)}
    return comparable(without_macs(network, known))
