"""build() and build_network(): a Network is made in Linux, and read back."""

import fcntl
import os
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from nslab_kernel.errors import BadValue, LabError
from nslab_kernel.linux import addrs, links, namespaces, routes, sysctls
from nslab_kernel.linux.netns_processes import pids
from nslab_kernel.model.network import HOST, End, Link, Namespace, Network, Route
from nslab_kernel.network import build as build_module
from nslab_kernel.network.build import build_network, plan_changes
from nslab_kernel.network.config_equality import comparable
from nslab_kernel.network.settle import settle
from nslab_kernel.network.snapshot import snapshot
from nslab_kernel.network.validate_network import check_network
from nslab_kernel.steps.whole_lab import build
from tests.live.network.random_networks import networks
from tests.live.shell import end, shell, sleeper_in

TUN = Path("/dev/net/tun")
TUNSETIFF, IFF_TUN = 0x400454CA, 1
"""From linux/if_tun.h."""
EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def two():
    """Connect test1 and test2 by a cable, with addresses and both ends UP, and a default route in test1."""
    for name in ("test1", "test2"):
        namespaces.add(name)
    links.add_veth("v1", "v2")
    for number in "12":
        links.set_netns(f"v{number}", f"test{number}")
        addrs.add(f"10.0.0.{number}/24", f"v{number}", f"test{number}")
        addrs.add(f"fd00::{number}/64", f"v{number}", f"test{number}")
        links.set_up(f"v{number}", f"test{number}")
    routes.add("default", "10.0.0.2", netns="test1")
    return settle()


@EXAMPLES
@given(networks())
def test_any_network_comes_back_as_it_was_asked_for(network):
    """build_network() turns any network into any other; comparable() ignores what Linux alone decides."""
    check_network(network)
    build_network(network)

    assert comparable(network) == comparable(snapshot())
    assert () == plan_changes(snapshot(), network)


@EXAMPLES
@given(networks())
def test_the_commands_make_the_same_network(network):
    """The commands of the plan, run by a shell in the same two rounds, make the same network as the plan."""
    for _round in range(2):
        for operation in plan_changes(settle(), network):
            shell(operation.command)

    assert comparable(network) == comparable(snapshot())


CHANGES = {
    "rename": lambda: links.rename("v1", "eth0", "test1"),
    "come home": lambda: links.set_netns("v1", None, "test1"),
    "move on": lambda: links.set_netns("v1", "test2", "test1"),
    "down": lambda: links.set_down("v1", "test1"),
    "mtu": lambda: links.set_mtu("v1", 1400, "test1"),
    "mac": lambda: links.set_mac("v1", "02:00:00:00:00:77", "test1"),
    "bridge": lambda: (links.add_bridge("br0", "test1"), links.set_master("v1", "br0", "test1")),
    "addr add": lambda: addrs.add("10.0.0.7/24", "v1", "test1"),
    "addr del": lambda: addrs.delete("10.0.0.1/24", "v1", "test1"),
    "route del": lambda: routes.delete("default", netns="test1"),
    "delete": lambda: links.delete("v1", "test1"),
    "netns del": lambda: namespaces.delete("test1"),
    "forward": lambda: sysctls.set_value("net.ipv4.ip_forward", 1, "test1"),
    "swap names": lambda: shell("ip link add name v1 type veth peer name w; ip link set dev v1 netns test1 name x1"),
    "lo": lambda: links.set_up("lo", "test1"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_taken_back(two, change):
    """build_network() takes back each kind of change, and the namespaces that still exist keep their inodes."""
    CHANGES[change]()
    changed = settle()
    assert comparable(two) != comparable(changed)

    build_network(two)

    assert comparable(two) == comparable(snapshot())
    kept = [name for name in two.namespaces if name in changed.namespaces]
    assert [two.namespaces[name].inode for name in kept] == [snapshot().namespaces[name].inode for name in kept]


@pytest.mark.parametrize("change", ["rename", "come home", "mtu", "addr add", "route del", "forward", "lo"])
def test_a_small_change_is_taken_back_without_touching_the_rest(two, change):
    """The commands do not name test2, and delete and add no interface."""
    CHANGES[change]()

    commands = [operation.command for operation in plan_changes(settle(), two)]

    assert not [command for command in commands if "test2" in command or "add name" in command or "link del" in command]


def test_names_may_be_swapped(two):
    """Two interfaces can swap their names while each keeps its number."""
    links.add_veth("a", "b", "test1")
    before = settle()
    links.rename("a", "c", "test1")
    links.rename("b", "a", "test1")
    links.rename("c", "b", "test1")

    build_network(before)

    assert comparable(before) == comparable(snapshot())


def test_links_that_change_places_have_their_routes_again(two):
    """The routes look the same before and after the interfaces swap namespaces, but Linux drops them on the way."""
    for number in "12":
        links.rename(f"v{number}", "eth0", f"test{number}")
        routes.add("10.9.0.0/16", dev="eth0", netns=f"test{number}")
    before = settle()
    links.set_netns("eth0", None, "test1")
    links.set_netns("eth0", "test1", "test2")
    links.set_netns("eth0", "test2")
    for number in "12":
        addrs.add(f"10.0.0.{number}/24", "eth0", f"test{number}")
        links.set_up("eth0", f"test{number}")
        routes.add("10.9.0.0/16", dev="eth0", netns=f"test{number}")

    for operation in plan_changes(settle(), before):
        shell(operation.command)

    assert comparable(before) == comparable(snapshot())


def test_a_process_inside_lives_on(two):
    """A namespace that stays is not made anew, so its process lives on."""
    inside = sleeper_in("test1")
    links.delete("v1", "test1")
    build_network(two)

    assert (inside.pid,) == pids("net", namespaces.inodes()["test1"].__eq__)
    end(inside)


def test_a_bridge_follows_its_ports_again(two):
    """A bridge that had its port's MAC address, made anew, still takes over a new address of its port."""
    namespaces.add("test3")
    links.add_bridge("br0", "test3")
    links.add_veth("p0", "q0", "test3")
    links.set_master("p0", "br0", "test3")
    before = settle()
    namespaces.delete("test3")
    build_network(before)

    links.set_mac("p0", "02:00:00:00:00:99", "test3")
    assert "02:00:00:00:00:99" == snapshot().link("br0", "test3").mac


def broken(two):
    """Yield networks that are impossible, each with a word for the reason."""
    test1, v1 = two.namespaces["test1"], two.link("v1", "test1")
    lo = test1.links[0]

    def with_test1(*links, **other):
        return Network({**two.namespaces, "test1": replace(test1, links=links, **other)})

    yield "no network", 5
    yield "no host", Network({"test1": test1})
    yield "another name", Network({**two.namespaces, "a": test1})
    yield "no such name", Network({**two.namespaces, "a/b": replace(test1, name="a/b")})
    yield "a link of words", with_test1(lo, "v1")
    yield "long name", with_test1(lo, replace(v1, ifname="a" * 16))
    for name in ("w 0", "w:0", "w\t0", "w\u4e20"):
        yield f"the name {name!r}", with_test1(lo, v1, Link(name, 77, "bridge", v1.mac, 1500, "", ()))
    yield "one-sided peer", with_test1(lo, replace(v1, ifname="v9"))
    yield "no peer at all", with_test1(lo, Link("n0", 77, "veth", "02:00:00:00:00:01", 1500, "", ()))
    yield "a kind unknown", with_test1(lo, v1, Link("n0", 77, "vlan", "02:00:00:00:00:01", 1500, "", ()))
    yield "twice the number", with_test1(lo, v1, Link("b0", v1.ifindex, "bridge", v1.mac, 1500, "", ()))
    yield "twice the name", with_test1(lo, v1, Link("v1", 77, "bridge", v1.mac, 1500, "", ()))
    yield "no address", with_test1(lo, replace(v1, addresses=("10.0.0.1/33",)))
    yield "an address twice", with_test1(lo, replace(v1, addresses=("10.0.0.1/24", "10.0.0.1/24")))
    yield "IPv6 on a small MTU", with_test1(lo, replace(v1, mtu=1000))
    yield "bridge elsewhere", with_test1(lo, replace(v1, master="br0"))
    yield "no such dev", with_test1(lo, v1, routes=(Route("default", None, "v7"),))
    yield "no destination", with_test1(lo, v1, routes=(Route("10.0.0.1/8", None, "v1"),))


def test_what_cannot_be_is_refused_before_anything_is_changed(two):
    """An impossible network raises a BadValue with a reason, and nothing changes."""
    before = snapshot()
    for what, network in broken(two):
        with pytest.raises(BadValue) as caught:
            build(network)
        assert caught.value.why, what
        assert comparable(before) == comparable(snapshot()), what


def with_a_bad_route(two):
    """Return a network that takes many changes before Linux refuses its last one, a broadcast address as gateway."""
    test1 = replace(two.namespaces["test1"], routes=(Route("default", "10.0.0.255", "v1"),))
    lo = two.namespaces[HOST].links[0]
    ends = [Link(name, 50 + i, "veth", f"02:00:00:00:01:0{i}", 1500, "", ()) for i, name in enumerate(("n0", "n1"))]
    new = (replace(ends[0], peer=End("test3", "n1")), replace(ends[1], peer=End("test3", "n0")))
    target = Network({HOST: Namespace(HOST, (lo,)), "test1": replace(test1, links=test1.links[:1], routes=())})
    return Network(
        {**target.namespaces, "test1": test1, "test2": two.namespaces["test2"], "test3": Namespace("test3", new)}
    )


def test_what_fails_on_the_way_is_put_back(two):
    """If Linux refuses a change on the way, all changes before it are taken back."""
    with pytest.raises(LabError) as caught:
        build_network(with_a_bad_route(two))

    assert comparable(two) == comparable(snapshot())
    assert not caught.value.partly


def a_bare_host(two):
    """Return a network without cables or namespaces: a cable's end on the host goes with the other end's namespace."""
    return Network({HOST: replace(two.namespaces[HOST], links=two.namespaces[HOST].links[:1])})


@pytest.mark.parametrize("target", [a_bare_host, with_a_bad_route])
def test_an_interrupted_build_is_put_back(two, target, monkeypatch):
    """An interrupt between any two changes takes back all changes before it."""
    links.add_veth("v3", "v4", "test1")
    links.set_netns("v4", None, "test1")
    before = settle()
    monkeypatch.setattr(build_module, "_AT_ONCE", 1)
    for done in range(1, len(plan_changes(before, target(two)))):
        checks = iter(range(1, done))
        monkeypatch.setattr(build_module, "check_interrupt", lambda checks=checks: stop_after(checks))

        with pytest.raises(KeyboardInterrupt):
            build_network(target(two))

        assert comparable(before) == comparable(snapshot()), f"after {done} changes"


def stop_after(checks):
    if next(checks, None) is None:
        raise KeyboardInterrupt


def test_what_could_not_be_put_back_is_told(two):
    """A tun device that a program holds open cannot be made again, so the error says that a part is changed."""
    if not os.access(TUN, os.W_OK):
        pytest.skip(f"{TUN} is open to the machine's root alone")
    with TUN.open("r+b", buffering=0) as device:
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", b"tun7", IFF_TUN))

        with pytest.raises(LabError) as caught:
            build_network(with_a_bad_route(two))

    assert caught.value.partly


def test_a_queue_that_linux_refuses_stops_nothing_else(two):
    """A queueing discipline of a kind that Linux lacks is named in `left_out`, and all else is built."""
    shell("tc -n test1 qdisc add dev v1 root pfifo limit 10")
    network = snapshot()
    space = network.namespaces["test1"]
    queues = tuple(replace(one, message=one.message.replace(b"pfifo\0", b"pfoff\0")) for one in space.entries)
    wanted = Network({**network.namespaces, "test1": replace(space, entries=queues)})
    shell("ip netns del test1; ip netns del test2")

    change = build(wanted)

    assert 1 == len([one for one in change.left_out if "tc qdisc replace dev v1 root" in one])
    assert space.link("v1").addresses == snapshot().link("v1", "test1").addresses
