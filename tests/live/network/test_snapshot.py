"""snapshot() against the output of `ip`."""

import json

import pytest

from nslab_kernel.linux import addrs, links, namespaces, nsids, worker
from nslab_kernel.model.network import HOST, End
from nslab_kernel.network.settle import settle
from nslab_kernel.network.snapshot import snapshot
from tests.live.shell import end, shell, sleeper_apart


@pytest.fixture
def town():
    """Make two namespaces on a bridge in a third, a cable from there to the host, and a cable inside test1."""
    shell("ip netns add sw; ip netns add test1; ip netns add test2; ip -n sw link add name br0 type bridge")
    for name in ("test1", "test2"):
        shell(f"ip link add name p-{name} netns sw type veth peer name eth0 netns {name}")
        shell(f"ip -n sw link set dev p-{name} master br0 up; ip -n {name} link set dev eth0 up")
    shell(
        "ip -n sw link set dev br0 up; ip link add name up0 type veth peer name down0 netns sw; ip link set dev up0 up"
    )
    shell("ip -n test1 link add name a type veth peer name b; ip -n test1 link set dev a up")
    shell("ip -n test1 addr add 10.0.0.1/24 dev eth0; ip -n test1 addr add 10.0.0.2/24 dev eth0")
    shell("ip -n test2 addr add 10.0.0.3/24 dev eth0; ip -n test2 route add default via 10.0.0.1 metric 7")
    shell("ip -n test1 route add 10.9.0.0/16 dev eth0; ip -n test1 route add blackhole 10.8.0.0/16")
    shell(
        "ip -n test1 -6 route add fd00::/64 via fe80::1 dev eth0; ip netns exec test1 sysctl -w net.ipv4.ip_forward=1"
    )
    shell("ip -n test1 route add 10.7.0.0/16 dev eth0 table 100; ip netns exec test1 ping -c1 10.0.0.3")
    return settle()


@pytest.mark.parametrize("name", [HOST, "sw", "test1", "test2"])
def test_links_are_as_ip_tells_them(town, name):
    """Number, flags, state, MAC, MTU, qdisc, bridge and addresses are those of `ip`, in the same order."""
    told = json.loads(shell(f"ip {'' if name == HOST else '-n ' + name} -d -j addr"))

    assert [(link["ifindex"], link["ifname"], link["address"], link["mtu"]) for link in told] == [
        (link.ifindex, link.ifname, link.mac, link.mtu) for link in town.namespaces[name].links
    ]
    for link, ours in zip(told, town.namespaces[name].links, strict=True):
        assert link["qdisc"] == ours.qdisc
        assert link.get("master") == ours.master
        assert link.get("linkinfo", {}).get("info_kind", "loopback") == ours.kind
        if ours.kind != "bridge":  # a bridge's state and addresses change a while later
            assert [f"{a['local']}/{a['prefixlen']}" for a in link["addr_info"]] == list(ours.addresses)
            assert (link["operstate"], link["flags"]) == (ours.operstate, list(ours.flags))


@pytest.mark.parametrize("name", ["test1", "test2", "sw"])
@pytest.mark.parametrize("family", [4, 6])
def test_routes_are_as_ip_tells_them(town, name, family):
    """All tables but `local`, without multicast routes, and without a bridge's, which come a while later."""
    told = [
        (route["dst"], route.get("gateway"), route.get("dev"), route.get("type", "unicast"), route.get("metric", 0))
        for route in json.loads(shell(f"ip -n {name} -{family} -j route show table all"))
        if route.get("table") != "local" and route.get("type") != "multicast" and route.get("dev") != "br0"
    ]

    ours = [route for route in town.namespaces[name].routes if route.family == family and route.dev != "br0"]
    assert told == [(route.dst, route.gateway, route.dev, route.type, route.metric) for route in ours]


def test_a_route_has_all_its_words(town):
    """A route has its protocol, scope, source and table."""
    routes = {route.dst: route for route in town.namespaces["test1"].routes if route.family == 4}

    assert ("kernel", "link", "10.0.0.1") == (
        routes["10.0.0.0/24"].protocol,
        routes["10.0.0.0/24"].scope,
        routes["10.0.0.0/24"].prefsrc,
    )
    assert ("boot", "link", "100") == (
        routes["10.7.0.0/16"].protocol,
        routes["10.7.0.0/16"].scope,
        routes["10.7.0.0/16"].table,
    )


def test_every_cable_has_two_ends(town):
    """Each end knows the other one: in another namespace, in the same one, and on the host."""
    assert End("test1", "eth0") == town.link("p-test1", "sw").peer
    assert End("sw", "p-test1") == town.link("eth0", "test1").peer
    assert End("sw", "p-test2") == town.link("eth0", "test2").peer
    assert End("sw", "down0") == town.link("up0").peer
    assert End(HOST, "up0") == town.link("down0", "sw").peer
    assert End("test1", "b") == town.link("a", "test1").peer


def test_switches_and_neighbours_are_told(town):
    """Forwarding and neighbours are read for each namespace alone."""
    assert [False, False, True, False] == [namespace.ip_forward for namespace in town.namespaces.values()]
    assert ["10.0.0.3"] == [neighbour.dst for neighbour in town.namespaces["test1"].neighbours if "." in neighbour.dst]


def test_the_host_is_first_and_the_others_are_sorted(town):
    """The order does not depend on the order of creation."""
    assert [HOST, "sw", "test1", "test2"] == list(town.namespaces)


def test_a_peer_in_a_namespace_without_a_name_is_unknown():
    """Only the peer's number is known. settle() waits only once for such an interface."""
    keeper = sleeper_apart()
    shell(f"ip link add name v0 type veth peer name v1 netns {keeper.pid}")

    link = settle().link("v0")
    assert (None, 2) == (link.peer, link.peer_ifindex)
    assert worker.run(None, nsids.is_alive, link.link_netnsid)

    end(keeper)


def test_a_namespace_lives_whatever_its_loopback_is_called():
    """A namespace with a renamed `lo` counts as alive, so that settle() does not wait for it again and again."""
    namespaces.add("test1")
    shell("ip -n test1 link set dev lo name loop && ip link add name v0 type veth peer name v1 netns test1")

    assert worker.run(None, nsids.is_alive, snapshot().link("v0").link_netnsid)


def test_a_lower_link_elsewhere_is_known_by_its_new_name():
    """A macvlan's lower interface, and a port's bridge, have their new names, although only those were renamed."""
    shell("ip netns add test1; ip link add p0 type veth peer name p1")
    shell("ip link add link p0 name m0 netns test1 type macvlan")
    shell("ip link add w0 type veth peer name w1; ip link add br0 type bridge; ip link set w0 master br0")
    assert (End(HOST, "p0"), "br0") == (snapshot().link("m0", "test1").link, snapshot().link("w0").master)

    shell("ip link set p0 name q0; ip link set br0 name br9")
    assert (End(HOST, "q0"), "br9") == (snapshot().link("m0", "test1").link, snapshot().link("w0").master)


def test_a_stranger_with_the_right_number_is_no_peer():
    """Equal interface numbers do not make a peer: the namespace must be the one that the link refers to (K3)."""
    namespaces.add("test1")
    keeper = sleeper_apart()
    shell(f"ip link add name v0 index 7 type veth peer name x index 9 netns {keeper.pid}")
    shell(f"ip link add name v1 index 9 netns test1 type veth peer name y index 7 netns {keeper.pid}")

    network = snapshot()
    assert [None, None] == [network.link("v0").peer, network.link("v1", "test1").peer]

    end(keeper)


def test_a_namespace_deleted_behind_our_back_is_gone_with_its_cables():
    """A namespace that was deleted by `ip` is gone with its cables, and a file left in its place is no namespace."""
    namespaces.add("test1")
    links.add_veth("v0", "v1")
    links.set_netns("v1", "test1")
    snapshot()
    shell("ip netns del test1; touch /run/netns/left")

    network = settle()
    assert [HOST] == list(network.namespaces)
    assert ["lo"] == [link.ifname for link in network.namespaces[HOST].links]


def test_settled_means_that_packets_pass():
    """After settle() the very first ping is answered, however soon it is sent."""
    for attempt in range(10):
        shell("ip netns add test1; ip netns add test2; ip link add name br0 type bridge; ip link set dev br0 up")
        for name in ("test1", "test2"):
            links.add_veth(name, "eth0")
            links.set_netns("eth0", name)
            addrs.add(f"10.0.0.{name[-1]}/24", "eth0", name)
            links.set_master(name, "br0")
            links.set_up(name)
            links.set_up("eth0", name)
        network = settle()

        assert {"UP"} == {network.link("eth0", name).operstate for name in ("test1", "test2")}
        assert any(addr.startswith("fe80::") for addr in network.link("eth0", "test1").addresses)
        assert "1 received" in shell("ip netns exec test1 ping -c1 -W0.5 10.0.0.2"), attempt
        shell("ip link del dev br0; ip netns del test1; ip netns del test2")
        settle()
