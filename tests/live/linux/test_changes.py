"""Changes of the network: what Linux does, and the errors when it refuses."""

import errno
import os
from pathlib import Path

import pytest

from nslab_kernel.errors import AlreadyExists, NoLink, NoNamespace, NoSuchThing, RefusedByLinux
from nslab_kernel.linux import addrs, libc, links, namespaces, neighs, routes, sysctls
from nslab_kernel.linux.lab import host_inode
from nslab_kernel.linux.netns_processes import pids
from nslab_kernel.network import operation
from nslab_kernel.network.settle import settle
from nslab_kernel.network.snapshot import snapshot
from tests.live.shell import end, shell, sleeper_in


@pytest.fixture
def cable():
    """Connect test1 and the host by a veth pair, with addresses and both ends UP."""
    namespaces.add("test1")
    links.add_veth("v0", "v1")
    links.set_netns("v1", "test1")
    addrs.add("10.0.0.1/24", "v0")
    addrs.add("10.0.0.2/24", "v1", "test1")
    links.set_up("v0")
    links.set_up("v1", "test1")
    settle()


def test_a_namespace_is_one_for_ip_as_well():
    """`ip` sees and deletes a namespace that was added here, and the other way round."""
    namespaces.add("test1")
    assert "test1\n" == shell("ip netns list")

    shell("ip netns del test1; ip netns add test2")
    assert ("test2",) == namespaces.names()

    namespaces.delete("test2")
    assert "" == shell("ip netns list")


def test_a_namespace_is_added_once():
    """Adding a namespace a second time raises an error, and leaves the first one alone."""
    namespaces.add("test1")
    before = namespaces.inodes()

    with pytest.raises(AlreadyExists):
        namespaces.add("test1")
    assert before == namespaces.inodes()


def test_a_name_that_our_functions_refuse_can_be_given_back():
    """undo() can restore a namespace's name that our functions refuse, but `ip netns attach` accepts."""
    operation.attach("my box", os.getpid()).run()

    assert "my box" in shell("ip netns list")


def test_namespaces_are_made_together():
    """Two threads add the namespaces, but mount the folder once; a name that is refused does not stop the others."""
    together = [f"n{n}" for n in range(20)]
    namespaces.make_together(together)
    with pytest.raises(AlreadyExists):
        namespaces.make_together(["m1", "n3", "m2"])

    assert {*together, "m1", "m2"} == set(namespaces.names())
    assert 22 == len(set(namespaces.inodes().values()))
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    assert 1 == mounts.count(str(namespaces.FOLDER))


def test_an_empty_file_is_no_namespace():
    """A file in /run/netns that no namespace is mounted on is not listed, and can be deleted."""
    (namespaces.FOLDER / "left").touch()

    assert () == namespaces.names()
    with pytest.raises(NoNamespace):
        links.set_up("lo", "left")
    namespaces.delete("left")  # as `ip netns del` does
    assert () == namespaces.entries()


def test_whatever_has_a_name_is_removed():
    """remove_all() removes namespaces, one mounted twice, plain files, and a folder from before the first namespace."""
    (namespaces.FOLDER / "folder").mkdir(parents=True)
    namespaces.remove_all()
    assert () == namespaces.entries()
    namespaces.add("test1")
    namespaces.add("test2")
    libc.mount(namespaces.path("test1"), namespaces.path("test2"), flags=libc.MS_BIND)
    (namespaces.FOLDER / "left").touch()

    namespaces.remove_all()

    assert () == namespaces.entries()
    namespaces.add("test1")
    assert ("test1",) == namespaces.names()
    told = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    assert [True] == [words[6].startswith("shared:") for words in told if words[4] == str(namespaces.FOLDER)]


def test_the_processes_inside():
    """pids() lists a process in the namespace, and not this process, which is outside."""
    namespaces.add("test1")
    inside = sleeper_in("test1")

    assert (inside.pid,) == pids("net", namespaces.inodes()["test1"].__eq__)

    end(inside)
    assert () == pids("net", namespaces.inodes()["test1"].__eq__)


def test_no_thread_of_ours_is_left_behind(cable):
    """After work in a namespace all threads of this process are in the host's namespace."""
    threads = Path("/proc/self/task").iterdir()

    assert {host_inode()} == {(thread / "ns/net").stat().st_ino for thread in threads}


def test_a_missing_link_is_told_with_where_it_is(cable):
    """The error lists the interfaces here, and the namespaces that have an interface of that name."""
    with pytest.raises(NoLink) as caught:
        links.set_up("v1")

    assert ("lo", "v0") == caught.value.names
    assert ("test1",) == caught.value.elsewhere
    assert "ENODEV" in caught.value.said


@pytest.mark.parametrize(("ifname", "peer"), [("v0", "new"), ("new", "v0")])
def test_a_taken_name_is_told(cable, ifname, peer):
    """The error names whichever of the two names is taken, and no interface is made."""
    with pytest.raises(AlreadyExists, match="v0"):
        links.add_veth(ifname, peer)

    assert ["lo", "v0"] == [link.ifname for link in snapshot().namespaces["host"].links]


def test_a_move_onto_a_taken_name_is_refused(cable):
    """The error has the kernel's own message."""
    links.add_veth("v1", "other")

    with pytest.raises(AlreadyExists) as caught:
        links.set_netns("v1", "test1")
    assert "same name exists in the target netns" in caught.value.said


def test_a_bridge_cannot_move():
    """The error has the kernel's message, which says why (K4)."""
    links.add_bridge("br0")
    namespaces.add("test1")

    with pytest.raises(RefusedByLinux) as caught:
        links.set_netns("br0", "test1")
    assert "The interface netns is immutable" == caught.value.extack


def test_a_veth_comes_home(cable):
    """A target of None is the host."""
    links.set_netns("v1", None, "test1")

    assert {"lo", "v0", "v1"} == {link.ifname for link in snapshot().namespaces["host"].links}


def test_properties_are_set(cable):
    """Name, MTU, MAC address and bridge can be set one after the other."""
    links.add_bridge("br0", "test1")
    links.rename("v1", "eth0", "test1")
    links.set_mtu("eth0", 1400, "test1")
    links.set_mac("eth0", "02:00:00:00:00:77", "test1")
    links.set_master("eth0", "br0", "test1")

    link = snapshot().link("eth0", "test1")
    assert (1400, "02:00:00:00:00:77", "br0") == (link.mtu, link.mac, link.master)

    links.set_master("eth0", None, "test1")
    links.set_down("eth0", "test1")
    link = snapshot().link("eth0", "test1")
    assert (None, False) == (link.master, link.up)


def test_an_mtu_that_is_too_large_is_refused_by_linux(cable):
    """The functions accept an MTU of 65536, which `lo` has, and Linux refuses it for a veth."""
    with pytest.raises(RefusedByLinux) as caught:
        links.set_mtu("v0", 65536)
    assert (errno.EINVAL, "mtu greater than device maximum") == (caught.value.errno, caught.value.extack)


def test_addresses_come_and_go(cable):
    """Adding an address twice is refused; the error for a missing one suggests one that exists."""
    with pytest.raises(AlreadyExists, match=r"10\.0\.0\.1/24"):
        addrs.add("10.0.0.1/24", "v0")
    with pytest.raises(NoSuchThing) as caught:
        addrs.delete("10.0.0.9/24", "v0")
    assert "10.0.0.1/24" == caught.value.near

    addrs.delete("10.0.0.1/24", "v0")
    assert ["10.0.0.1/24"] != list(snapshot().link("v0").addresses)[:1]


@pytest.mark.parametrize("addr", ["10.1.0.1/24", "127.1.0.1/8", "fd00::1/64", "10.1.0.1"])
def test_an_address_is_the_one_that_ip_adds(cable, addr):
    """Scope, broadcast address and prefix length are those that iproute2 sets."""
    addrs.add(addr, "v0")
    ours = shell(f"ip -o addr show dev v0 to {addr.partition('/')[0]}").replace("tentative ", "")
    addrs.delete(addr, "v0")

    shell(f"ip addr add {addr} dev v0")
    assert shell(f"ip -o addr show dev v0 to {addr.partition('/')[0]}").replace("tentative ", "") == ours


@pytest.mark.parametrize(
    "words",
    [
        ("default", "10.0.0.2", None),
        ("172.16.0.0/12", None, "v0"),
        ("172.16.0.5", "10.0.0.2", "v0"),
        ("default", "fd00::2", None),
        ("fd01::/64", None, "v0"),
        ("default", None, "v0"),
    ],
)
def test_a_route_is_the_one_that_ip_adds(cable, words):
    """Scope, protocol and metric are those that iproute2 sets, and the same arguments delete the route."""
    addrs.add("fd00::1/64", "v0")
    dst, gateway, dev = words
    command = f"{dst}{f' via {gateway}' if gateway else ''}{f' dev {dev}' if dev else ''}"
    routes.add(*words)
    ours = shell("ip route; ip -6 route")
    with pytest.raises(AlreadyExists):
        routes.add(*words)
    routes.delete(*words)
    with pytest.raises(NoSuchThing):
        routes.delete(*words)

    shell(f"ip route add {command}")
    assert shell("ip route; ip -6 route") == ours


def test_a_gateway_out_of_reach_is_explained(cable):
    """The error has the kernel's message, and an explanation."""
    with pytest.raises(RefusedByLinux) as caught:
        routes.add("default", "172.16.0.1")

    assert "Nexthop has invalid gateway" == caught.value.extack
    assert caught.value.why


def test_neighbours_are_forgotten(cable):
    """All neighbours are removed except the permanent ones, as by `ip neigh flush`."""
    shell("ping -c1 10.0.0.2; ip neigh add 10.0.0.50 lladdr 02:00:00:00:00:50 dev v0 nud permanent")

    neighs.flush("v0")

    assert ["10.0.0.50"] == [neighbour.dst for neighbour in snapshot().namespaces["host"].neighbours]


def test_a_switch_is_of_its_namespace(cable):
    """A sysctl set in a namespace keeps its value on the host."""
    sysctls.set_value("net.ipv4.ip_forward", 1, "test1")

    assert ("0", "1") == (sysctls.get("net.ipv4.ip_forward"), sysctls.get("net.ipv4.ip_forward", "test1"))
    assert snapshot().namespaces["test1"].ip_forward


def test_a_switch_that_is_not_there_is_told_with_near_ones():
    """The error suggests a similar sysctl; a folder of them counts as missing; Linux refuses a wrong value."""
    with pytest.raises(NoSuchThing) as caught:
        sysctls.get("net.ipv4.ip_forwar")
    assert "net.ipv4.ip_forward" == caught.value.near
    with pytest.raises(NoSuchThing):
        sysctls.set_value("net.ipv4.conf", 1)
    with pytest.raises(RefusedByLinux):
        sysctls.set_value("net.ipv4.ip_forward", "many")
