"""Defects that were found in use, each as a test of what went wrong.

`test_command_lines.py` tests single lines with undo, reset, build and script.
"""

import os
import random
import resource
import signal
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from nslab_kernel import (
    BadValue,
    Change,
    LabError,
    NoNamespace,
    Route,
    addr_add,
    addr_del,
    bridge_add,
    build,
    lab_reset,
    lab_script,
    link_add,
    link_del,
    link_down,
    link_set_mac,
    link_set_mtu,
    link_set_netns,
    link_up,
    neigh_flush,
    netns_add,
    netns_del,
    netns_list,
    ping,
    snapshot,
    sysctl_set,
    sysctl_show,
    topology,
    undo,
    veth_add,
)
from nslab_kernel.model.network import HOST, Network
from nslab_kernel.network.config_equality import comparable
from nslab_kernel.network.settle import settle
from nslab_kernel.probe.network_watch import NetworkWatch
from nslab_kernel.sandbox.run_in_sandbox import sandbox_run
from tests.live import foreign
from tests.live.network.lines import pair, router, terminal
from tests.live.shell import end, inside, sh, sleeper_in

OF_ANOTHER_KIND = "mkdir -p /run/netns; touch /run/netns/u; mount --bind /proc/self/ns/uts /run/netns/u"
VXLAN = "ip link add vx0 type vxlan id 42 dstport 4789"


def cable():
    """Connect two namespaces a and b by a cable, using the learner's functions."""
    netns_add("a")
    netns_add("b")
    veth_add("eth0", "spare")
    link_set_netns("eth0", "a")
    link_set_netns("spare", "b")


def value(key, netns=None):
    return sysctl_show(key, netns).text.split()[-1]


# Reset


def moved_loopback():
    addr_add("10.0.0.9/32", "lo")
    addr_del("127.0.0.1/8", "lo")
    link_down("lo")


def switches_by_hand():
    sysctl_set("net.ipv4.conf.all.rp_filter", 2)
    terminal("sysctl -w net.ipv4.conf.all.rp_filter=1")


MESSES = {
    "lo with another address": moved_loopback,
    "a peer address on lo": lambda: terminal("ip addr add 10.1.1.1 peer 10.1.1.2 dev lo"),
    "a macvlan on a cable": lambda: terminal(
        "ip link add p0 type veth peer name p1; ip link add link p0 name mv0 type macvlan"
    ),
    "a namespace of another kind": lambda: terminal(OF_ANOTHER_KIND),
    "a name with a space": lambda: terminal('ip netns add "my ns"'),
    "a name that is not UTF-8": lambda: terminal("ip netns add \"$(printf 'caf\\351')\""),
    "a blackhole with a TOS": lambda: terminal("ip route add blackhole 10.5.0.0/16 tos 0x10"),
    "rules, next hops, proxies": lambda: terminal(
        "ip rule add from 10.0.0.0/8 lookup 100; ip nexthop add id 1 blackhole; ip neigh add proxy 10.0.0.7 dev lo"
    ),
    "a rule set": lambda: terminal("nft add table ip nat; iptables -A INPUT -p icmp -j DROP"),
    "a switch set twice": switches_by_hand,
    "an altname": lambda: terminal("ip link property add dev lo altname loopback"),
    "all the main tables gone": lambda: terminal("ip rule flush; ip -6 rule flush; ip route flush table main"),
}


@pytest.mark.parametrize("mess", MESSES)
def test_a_reset_leaves_the_lab_as_it_was_born(mess):
    """lab_reset() restores the initial state, whatever was done."""
    born = foreign.look()
    MESSES[mess]()

    lab_reset()

    assert foreign.look() == born


def test_a_mac_address_of_lo_stays():
    """Linux does not let `lo` have its MAC address of zeros again: lab_reset() does the rest, and says so."""
    link_set_mac("lo", "02:00:00:00:00:01")

    assert "lo keeps its address" in lab_reset().left_out[0]


def test_a_reset_with_all_messes_at_once():
    """The lab can be used after the reset."""
    born = foreign.look()
    for mess in MESSES.values():
        with suppress(LabError, AssertionError):  # some messes exclude each other
            mess()

    lab_reset()
    assert foreign.look() == born

    cable()
    assert lab_reset().left_out == ()
    assert foreign.look() == born


# Names


@pytest.mark.parametrize("name", ['"my ns"', "\"$(printf 'caf\\351')\"", "\"$(printf 'a\\033[7mb')\"", "'<b>\"'"])
def test_a_strange_name_is_shown_and_deleted(name):
    """A name with any characters is shown without an error, and netns_del() and undo() work with it."""
    terminal(f"ip netns add {name}")
    [called] = foreign.names()

    network = snapshot()
    topology()
    netns_list()
    lab_script()
    assert len(network.namespaces) == 2
    netns_del(next(name for name in network.namespaces if name != HOST))

    assert foreign.names() == []
    undo()
    assert foreign.names() == [called]


def test_a_link_to_a_namespace_goes_without_it():
    """A symbolic link in /run/netns is a second name: netns_del() and undo() remove it, and the namespace stays."""
    terminal("ip netns add red; ln -s /run/netns/red /run/netns/copy")
    there = foreign.look()
    netns_del("copy")
    assert foreign.look() == foreign.without("copy", there)

    terminal("ln -s /run/netns/red /run/netns/other")
    undo()
    assert foreign.look() == foreign.without("copy", there)


def test_a_namespace_of_another_kind_stands_in_nobodys_way():
    """A UTS namespace mounted in /run/netns does not disturb others, and counts as no network namespace."""
    netns_add("a")
    terminal(OF_ANOTHER_KIND)
    netns_add("b")

    assert list(snapshot().namespaces) == [HOST, "a", "b"]
    with pytest.raises(NoNamespace):
        link_up("lo", "u")
    netns_del("u")
    assert "u" not in netns_list().text


def test_a_name_that_could_not_be_found_again_is_refused():
    """`netns:` is the prefix that tells a namespace from a container, so no name may begin with it."""
    with pytest.raises(BadValue):
        netns_add("netns:a")

    assert foreign.names() == []


# Undo


def test_undo_of_a_step_that_found_its_work_done():
    """link_up() has changed nothing, so undo() takes back the change before it, made by hand, and not the cable."""
    veth_add("v0", "v1")
    terminal("ip link set v0 up")
    link_up("v0")

    undo()

    assert not snapshot().link("v0").up


def test_undo_of_what_was_done_before_a_step_without_effect():
    """link_up() has changed nothing, so undo() takes back the namespace that was added by hand before it."""
    terminal("ip netns add byhand")
    link_up("lo")

    undo()

    assert foreign.names() == []


def known_neighbour():
    pair()
    ping("192.168.1.2", "test1", count=1)


LAST_CHANGES = {
    "neighbours forgotten": (known_neighbour, lambda: neigh_flush("veth-test1", "test1")),
    "a rule": (pair, lambda: terminal("ip rule add from 10.0.0.0/8 lookup 100")),
    "a rule set": (pair, lambda: terminal("nft add table ip nat")),
    "a link-local address gone": (pair, lambda: addr_del(link_local(), "veth-test1", "test1")),
}


def link_local():
    return next(addr for addr in snapshot().link("veth-test1", "test1").addresses if addr.startswith("fe80"))


@pytest.mark.parametrize("change", LAST_CHANGES)
def test_undo_never_takes_an_older_step(change):
    """undo() takes back a change that no picture shows, and not the older step."""
    start, last = LAST_CHANGES[change]
    start()
    netns_add("earlier")
    before = foreign.look()
    last()

    undone = undo()

    assert "earlier" in foreign.names()
    assert undone.left_out or foreign.look() == before
    undo()
    assert "earlier" not in foreign.names()


def test_undo_through_a_link_that_was_made_by_hand():
    """Each undo() takes back one change, also if an interface is neither a veth nor a bridge."""
    seen = [foreign.look()]
    for change in (lambda: terminal(VXLAN), lambda: netns_add("c"), lambda: link_del("vx0")):
        change()
        seen.append(foreign.look())

    for before in reversed(seen[:-1]):
        undo()
        assert foreign.look() == before


def test_undo_of_a_small_mtu():
    """An MTU below 1280, with which an interface has no IPv6, can be undone, and so can the IPv6 address."""
    born = foreign.look()
    link_set_mtu("lo", 1000)
    small = foreign.look()
    addr_add("fd00::1/128", "lo")

    undo()
    assert foreign.look() == small
    undo()
    assert foreign.look() == born


def test_equal_steps_are_taken_back_one_by_one():
    """Two steps that set the same sysctl to the same value are undone one by one."""
    netns_add("a")
    echo, proxy = "net.ipv4.icmp_echo_ignore_all", "net.ipv4.conf.lo.proxy_arp"
    for key, new in ((echo, 1), (proxy, 1), (echo, 0), (echo, 1)):
        sysctl_set(key, new, "a")

    stands = []
    for _step in range(4):
        undo()
        stands.append((value(echo, "a"), value(proxy, "a")))

    assert stands == [("0", "1"), ("1", "1"), ("1", "0"), ("0", "0")]
    assert foreign.names() == ["a"]


def test_undo_of_a_deleted_namespace_brings_its_switches():
    """undo() also restores the namespace's policy rules, which no picture shows."""
    netns_add("a")
    sysctl_set("net.ipv4.conf.lo.rp_filter", 2, "a")
    terminal("ip -n a rule add from 10.0.0.0/8 lookup 100")
    before = foreign.look()
    netns_del("a")

    undo()

    assert foreign.look() == before


def test_undo_of_a_deleted_namespace_that_lived_on():
    """The cable goes after the step, with the last process; undo() makes both of its ends again."""
    netns_add("a")
    veth_add("v0", "eth0", peer_netns="a")
    before = foreign.look()
    program = sleeper_in("a")
    assert netns_del("a").alive
    end(program)
    until(lambda: [link.ifname for link in snapshot().namespaces[HOST].links] == ["lo"])

    gone = undo()
    undo()

    assert len(gone.left_out) == 1
    assert foreign.look() == before


def test_undo_beside_a_route_that_linux_takes_no_more():
    """The route's gateway is now an address of the host itself: the route is kept, and stops no other change."""
    veth_add("d0", "d1")
    terminal("ip route add 192.0.2.0/24 via 10.3.0.1 dev lo onlink; ip addr add 10.3.0.1/30 dev d0")
    before = foreign.look()
    addr_add("10.2.0.4/24", "d1")

    undone = undo()
    assert undone.left_out == ()
    assert foreign.look() == before

    network = snapshot()
    lab_reset()
    assert ["192.0.2.0/24" in why for why in build(network).left_out] == [True]
    assert "10.3.0.1/30" in snapshot().link("d0").addresses


@pytest.mark.parametrize("where", [None, "far"])
def test_undo_with_a_macvlan(where):
    """For a macvlan Linux adds an fdb entry to the lower interface without a message; it is nobody's change."""
    netns_add("far")
    veth_add("p0", "p1")
    link_up("p0")
    link_up("p1")
    link_add("macvlan", "mv0", link="p0", mode="bridge")
    if where:
        link_set_netns("mv0", where)
    before = foreign.look()
    link_up("mv0", where)
    script = lab_script().text

    undo()

    assert foreign.look() == before
    assert "bridge fdb" not in script


# Build, and steps that fail


def test_a_rebuilt_router_forwards_ipv6():
    """A rebuilt router forwards a real packet, and a router that does not forward compares as different."""
    router()
    network = snapshot()

    lab_reset()
    build(network)
    assert ping("fd00:2::2", "left", count=1)

    terminal("ip netns exec router sysctl -w net.ipv6.conf.all.forwarding=0")
    assert comparable(network) != comparable(snapshot())
    assert Change("", network, snapshot()).difference


def meanwhile(work, times):
    """Call a failing function while a thread adds namespaces, and return those namespaces that are lost."""
    made, stopping = [], threading.Event()

    def somebody_else():
        for number in range(times):
            terminal(f"ip netns add t{number}")
            made.append(f"t{number}")
            time.sleep(0.005)
        stopping.set()

    other = threading.Thread(target=somebody_else)
    other.start()
    while not stopping.is_set():
        with pytest.raises(LabError):
            work()
    other.join()
    return sorted(set(made) - set(foreign.names()))


def failing_build():
    """Call build() so that much is changed before Linux refuses the last route, with a broadcast address as gateway."""
    now = snapshot()
    namespace = now.namespaces["a"]
    broken = replace(namespace, routes=(*namespace.routes, Route("10.9.0.0/16", "10.0.0.255", "eth0")))
    build(Network({**now.namespaces, "a": replace(broken, ip_forward=not namespace.ip_forward)}))


@pytest.mark.parametrize("failing", [lambda: link_up("nothing"), failing_build], ids=["a step", "a build"])
def test_a_call_that_fails_takes_back_its_own_part_only(failing):
    """What a terminal did meanwhile is kept."""
    cable()
    addr_add("10.0.0.1/24", "eth0", "a")
    link_up("eth0", "a")
    before = comparable(snapshot()).namespaces["a"]

    assert meanwhile(failing, 40) == []
    assert comparable(snapshot()).namespaces["a"] == before


# Threads


@pytest.mark.limit(100)
def test_two_threads_and_fifty_interrupts():
    """No snapshot takes another namespace for the host, the other thread's work stays, and this process stays on it."""
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    born, home, chance = foreign.look(), where_the_process_is(), random.Random(seed)
    veth_add("here", "there")
    netns_add("mine")
    hosts = set()

    def note(network):
        host = network.namespaces[HOST]
        hosts.add((host.inode, *(link.ifname for link in host.links)))

    steps = [
        lambda: note(snapshot()),
        lambda: link_up("lo", "mine"),
        lambda: link_down("lo", "mine"),
        lambda: link_up("nothing", "mine"),
        lambda: netns_add("passing"),
        lambda: netns_del("passing"),
        lambda: NetworkWatch(note).stop(),
    ]
    with somebody_elses_namespaces() as made:
        for _round in range(50):
            with pytest.raises(KeyboardInterrupt):
                interrupt_after(chance.uniform(0, 0.04))
                for _step in range(1000):
                    with suppress(LabError):
                        chance.choice(steps)()
            assert where_the_process_is() == home

    assert hosts == {(home, "lo", "there", "here")}
    assert made
    assert set(made) <= set(foreign.names())
    lab_reset()
    assert foreign.look() == born


def where_the_process_is():
    """Return the inode of the network namespace of the process's first thread."""
    return Path("/proc/self/ns/net").stat().st_ino


def interrupt_after(seconds):
    """Send SIGINT to this process once, after some seconds."""
    threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT)).start()


@contextmanager
def somebody_elses_namespaces():
    """Add namespaces in another thread until the end; yield the list of their names."""
    made, stopping = [], threading.Event()

    def work():
        while not stopping.wait(0.01):
            netns_add(f"t{len(made)}")
            made.append(f"t{len(made)}")

    other = threading.Thread(target=work)
    other.start()
    try:
        yield made
    finally:
        stopping.set()
        other.join()


# Limits


def test_a_watch_outlives_a_lack_of_descriptors():
    """While there are more namespaces than the process may have sockets the watch waits, and then goes on."""
    told = []
    watch = NetworkWatch(told.append)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    sh(*(f"netns add t{n}" for n in range(80)))
    time.sleep(0.1)
    sh(*(f"netns del t{n}" for n in range(10, 80)))

    inside("t0", "link set dev lo up")

    assert until(lambda: told and "t0" in told[-1].namespaces and told[-1].link("lo", "t0").up)
    watch.stop()


def test_a_dormant_link_holds_nobody_up(monkeypatch):
    """settle() does not wait for an interface in mode dormant, which never becomes UP."""
    cable()
    terminal("ip -n a link set dev eth0 mode dormant; ip -n b link set dev spare up")
    link_up("eth0", "a")

    assert pauses_of_settle(monkeypatch) == []


def test_a_bridge_without_ports_holds_nobody_up(monkeypatch):
    """settle() does not wait for a bridge without ports, which has carrier but stays UNKNOWN."""
    bridge_add("lab0")
    link_up("lab0")

    assert pauses_of_settle(monkeypatch) == []


def pauses_of_settle(monkeypatch):
    """Call settle(), and return how long it slept each time."""
    slept_s = []
    monkeypatch.setattr(time, "sleep", slept_s.append)
    settle()
    return slept_s


UPON_UP0 = """
ip link add dev up0 type veth peer name x0 netns x
ip -n x link set dev x0 up
ip link set dev up0 up
ip addr add 10.5.0.1/24 dev up0
ip neigh add 10.5.0.9 lladdr 02:00:00:00:00:09 dev up0 nud permanent
ip route add 10.6.0.0/24 via 10.5.0.9 dev up0
ip route add 10.7.0.0/24 nexthop via 10.5.0.3 dev up0 nexthop via 10.5.0.4 dev up0
ip nexthop add id 5 via 10.5.0.7 dev up0
ip nexthop add id 6 group 5
ip route add 10.9.0.0/24 nhid 6
ip rule add iif up0 lookup 7
sysctl -qw net.ipv4.conf.up0.rp_filter=2
ip link add br0 type bridge
ip link set dev br0 up
ip link set dev up0 master br0
bridge fdb add 02:00:00:00:00:0a dev up0 master static
bridge mdb add dev br0 port up0 grp 239.1.1.1 permanent
"""
"""Lines that need up0; a blackhole route and a rule beside them do not need it."""


def test_all_that_needs_what_cannot_be_made_is_left_out_with_it():
    """If up0 cannot be made, build() leaves out all that needs it: its other end is in a namespace without a name."""
    terminal("ip netns add x")
    keeper = sleeper_in("x")
    terminal(f"{UPON_UP0}\nip route add blackhole 10.8.0.0/24; ip rule add iif none0 lookup 9; ip netns del x")
    network, script = snapshot(), lab_script().text
    sentence = "up0 is left out: its other end is in a namespace without a name."

    lab_reset()
    assert (sentence,) == build(network).left_out
    assert ["br0", "lo"] == sorted(link.ifname for link in snapshot().namespaces[HOST].links)
    assert ["10.8.0.0/24"] == [route.dst for route in snapshot().namespaces[HOST].routes]
    shown = subprocess.run(["ip", "rule"], capture_output=True, text=True, check=True).stdout
    assert "iif up0" in shown and "iif none0" in shown

    assert f"# {sentence}" in script
    sandbox_run(lambda: terminal(script), 30)
    end(keeper)


def test_what_was_done_with_such_an_interface_is_left_out_of_the_script():
    """The script leaves out the steps on such an interface, and has the steps after them."""
    netns_add("x")
    veth_add("up0", "x0", peer_netns="x")
    keeper = sleeper_in("x")
    netns_del("x")
    link_set_mtu("up0", 1400)
    addr_add("10.0.0.1/24", "up0")
    bridge_add("br0")
    script = lab_script().text

    assert script.count("# up0 is left out") == 1
    sandbox_run(lambda: terminal(f"{script}ip link show dev br0"), 30)
    end(keeper)


def until(so, limit_s=5):
    """Wait until a condition holds, and return whether it does."""
    deadline = time.monotonic() + limit_s
    while not so() and time.monotonic() < deadline:
        time.sleep(0.02)
    return so()


# IPv6


@pytest.mark.parametrize("up_first", [False, True])
def test_ipv6_works_at_once(up_first):
    """After addr_add() and link_up() no packet is lost to duplicate address detection."""
    cable()
    raise_, address = (
        lambda: [link_up("eth0", "a"), link_up("spare", "b")],
        lambda: [addr_add("fd00::1/64", "eth0", "a"), addr_add("fd00::2/64", "spare", "b")],
    )
    for step in (raise_, address) if up_first else (address, raise_):
        step()

    assert ping("fd00::2", "a", count=1)
