"""compare(): two namespaces or networks side by side, such as Docker's and the learner's."""

import subprocess

import pytest

from nslab_kernel import (
    BadValue,
    NoNamespace,
    addr_add,
    bridge_add,
    build,
    compare,
    container_exec,
    container_run,
    link_down,
    link_set_master,
    link_set_mtu,
    link_up,
    netns_add,
    snapshot,
    sysctl_set,
    veth_add,
)
from nslab_kernel.display.bundle import bundle
from nslab_kernel.model.network import HOST, End
from nslab_kernel.scene.layout.correspondence import place_pair
from tests.networks import two_namespaces


def test_a_container_beside_a_namespace():
    """A container and a namespace have the same parts, but addresses, routes, bridge and capabilities differ."""
    build(two_namespaces())
    container_run("busybox_1")
    found = compare("busybox_1", "test1")

    assert {"namespace", "interface", "state"} <= {trait.what for trait in found.same}
    assert (("172.17.0.2/16",), ("192.168.1.1/24",)) == sides(found, "address")
    assert (("docker0",), ()) == sides(found, "bridge")
    assert "default via 172.17.0.1 dev eth0" in found.trait("routes").left
    assert ("192.168.1.0/24 dev veth-test1 proto kernel scope link src 192.168.1.1",) == found.trait("routes").right
    assert (("UP",), ("DOWN",)) == sides(found, "lo")
    assert ((), ("/run/netns/test1",)) == sides(found, "name")
    assert "veth-test2 (test2)" == found.trait("peer").right[0]
    assert "NET_ADMIN" not in found.trait("capabilities").left
    assert "NET_ADMIN" in found.trait("capabilities").right
    assert any("docker0" in rule for rule in found.trait("firewall").left)
    assert () == found.trait("firewall").right
    # Both sides have the same host, which the engine made a router; it counts only where a cable leads to the host.
    assert [True, False] == [half.network.namespaces[HOST].ip_forward for half in (found.left, found.right)]


def test_two_alike():
    """Two containers do not differ, nor do two namespaces, nor two whose difference was removed again."""
    build(two_namespaces())
    container_run("busybox_1")
    container_run("busybox_2")

    assert () == compare("busybox_1", "busybox_2").differs
    assert () == compare("test1", "test2").differs
    link_up("lo", netns="test1")
    assert ["lo"] == [trait.what for trait in compare("test1", "test2").differs]
    assert "" == compare("test1", "test2").engine
    link_down("lo", netns="test1")
    assert bundle(compare("test1", "test2"))["text/plain"].startswith("Both are made alike; only names and numbers")


def test_a_pair_beside_a_pair():
    """With two on each side each line has the values of both; each difference has its reason, in either order."""
    build(two_namespaces())
    container_run("busybox_1")
    container_run("busybox_2")
    found, turned = (
        compare(*pairs)
        for pairs in (
            (("busybox_1", "busybox_2"), ("test1", "test2")),
            (["test1", "test2"], ["busybox_1", "busybox_2"]),
        )
    )

    assert (("172.17.0.2/16", "172.17.0.3/16"), ("192.168.1.1/24", "192.168.1.2/24")) == sides(found, "address")
    assert [trait.what for trait in found.differs] == [trait.what for trait in turned.differs]
    assert sides(found, "peer") == tuple(reversed(sides(turned, "peer")))
    forms = bundle(found)
    assert "image/png" not in forms
    assert 2 == forms["text/html"].count("<img alt=")
    assert 'alt="Docker did: host: docker0 (bridge)' in forms["text/html"]
    assert 'alt="You did: host: lo UP. test1: veth-test1' in forms["text/html"]
    reasons = [line for line in forms["text/plain"].splitlines() if line.startswith("  ") and line.endswith(".")]
    assert len(found.differs) == len(reasons)
    rows = [row.count("<td") for row in forms["text/html"].split("<tr")[2:]]
    assert [3, 1] * len(reasons) == rows  # each reason is a row of its own, as wide as the table


def test_what_corresponds_stands_in_the_same_place():
    """Namespaces that correspond have the same place in both pictures, which show only the related part of the host."""
    build(two_namespaces())
    for name in ("busybox_1", "busybox_2", "other"):
        container_run(name)
    found = compare(("busybox_1", "busybox_2"), ("test1", "test2"))
    left, right = place_pair(found.left.network, found.right.network, found.matched_namespaces)

    assert ["host", "busybox_1", "busybox_2"] == list(found.left.network.namespaces)
    assert ["host", "test1", "test2"] == list(found.right.network.namespaces)
    assert ["lo"] == [link.ifname for link in found.right.network.namespace(None).links]
    assert 4 == len(found.left.network.namespace(None).links)
    assert left.interfaces[End("busybox_2", "eth0")] == right.interfaces[End("test2", "veth-test2")]


def test_one_beside_one_shows_what_its_cable_leads_to():
    """The picture shows the namespace at the cable's other end as well; the table does not."""
    build(two_namespaces())
    container_run("busybox_1")
    found = compare("busybox_1", "test1")

    assert ["host", "test1", "test2"] == list(found.right.network.namespaces)
    assert ("192.168.1.1/24",) == found.trait("address").right


def test_the_same_lines_are_the_same():
    """Different files /etc/resolv.conf count as different only if their lines differ."""
    build(two_namespaces())
    container_run("busybox_1")
    lines = "\n".join(compare("busybox_1", "test1").trait("resolv.conf").right)
    container_exec("busybox_1", f"printf '%s\\n' '{lines}' > /etc/resolv.conf")
    assert compare("busybox_1", "test1").trait("resolv.conf").same

    container_exec("busybox_1", "echo nameserver 192.0.2.1 >> /etc/resolv.conf")
    assert not compare("busybox_1", "test1").trait("resolv.conf").same


def test_then_and_now():
    """Two networks: each difference has its namespace, and what is the same is named once."""
    build(two_namespaces())
    before = snapshot()
    link_down("veth-test1", netns="test1")
    netns_add("test3")
    found = compare(before, snapshot())
    differs = {(trait.netns, trait.what): sides_of(trait) for trait in found.differs}

    assert (("UP",), ("DOWN",)) == differs[("test1", "test1"), "state"]
    assert ((), ("test3",)) == differs[("", "test3"), "namespace"]
    assert () == compare(before, before).differs
    assert "The same in both: host." == bundle(found)["text/plain"].splitlines()[-1]
    assert "Nothing differs." in bundle(compare(before, before))["text/html"]


@pytest.mark.parametrize(
    ("what", "step"),
    [
        ("mtu", lambda: link_set_mtu("veth-test1", 1400, "test1")),
        ("entries", lambda: run("ip -n test1 neigh add 192.168.1.9 lladdr 02:00:00:00:00:09 dev veth-test1")),
        ("options", lambda: run("ip -n test1 link set dev veth-test1 txqueuelen 5")),
        ("options", lambda: run("ip -n test1 link set dev lo multicast on")),
        ("address", lambda: addr_add("192.0.2.9/32", dev="lo", netns="test1")),
        ("lo", lambda: link_set_mtu("lo", 1400, "test1")),
        ("entries", lambda: run("ip -n test1 rule add to 192.0.2.1 table 100")),
        ("ruleset", lambda: run("ip netns exec test1 nft add table inet mine")),
        ("sysctls", lambda: sysctl_set("net.ipv4.conf.all.rp_filter", 1, netns="test1")),
        ("address", lambda: addr_add("10.5.0.1/24", dev="veth-test1", netns="test1")),
        ("routes", lambda: run("ip -n test1 route add 192.0.2.0/24 via 192.168.1.2")),
    ],
)
def test_what_was_set_differs(what, step):
    """A setting that was changed differs between two snapshots, and between two namespaces that were alike."""
    build(two_namespaces())
    before = snapshot()
    step()

    assert ("test1", "test1") == compare(before, snapshot()).differs[0].netns
    assert what in [trait.what for trait in compare(before, snapshot()).differs]
    assert what in [trait.what for trait in compare("test1", "test2").differs]


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("options", "ip link property add dev veth1 altname port-of-box"),
        ("options", "ip link set dev br0 type bridge ageing_time 1000"),
        ("options", "ip link set dev veth1 type bridge_slave cost 7"),
        ("state", "ip link set dev br0 up"),
    ],
)
def test_then_and_now_of_a_bridge(what, line):
    """A setting of a bridge or of its port is a difference, and both of its values are shown."""
    bridge_add("br0")
    veth_add("veth1", "veth2")
    link_set_master("veth1", "br0")
    before = snapshot()
    run(line)
    found = compare(before, snapshot())

    assert [what] == [trait.what for trait in found.differs]
    assert found.differs[0].left != found.differs[0].right


def test_what_differs_is_among_the_lines_shown():
    """A route that differs is shown, however many routes are the same."""
    build(two_namespaces())
    for number in range(5):
        run(f"ip -n test1 route add 10.{number}.0.0/16 via 192.168.1.2")
    before = snapshot()
    run("ip -n test1 route add 198.51.100.0/24 via 192.168.1.2")

    assert "198.51.100.0/24" in bundle(compare(before, snapshot()))["text/plain"]


def test_docker_s_network_beside_one_by_hand():
    """No name but the host's is in both networks, so the namespaces correspond in their order."""
    container_run("busybox_1")
    container_run("busybox_2")
    found = compare(snapshot(), two_namespaces())

    assert (("host", "host"), ("busybox_1", "test1"), ("busybox_2", "test2")) == found.matched_namespaces
    assert "Docker" == found.engine
    text = bundle(found)["text/plain"]
    assert "busybox_2 / test2, Bridge:" in text
    assert "  Docker makes the host a router, so that containers reach the world outside." in text


def test_by_hand_with_a_bridge():
    """A bridge made by hand corresponds to Docker's, and has the same place in the picture."""
    container_run("busybox_1")
    build_like_docker()
    found = compare("busybox_1", "box")
    left, right = place_pair(found.left.network, found.right.network, found.matched_namespaces)

    assert found.trait("bridge").same
    assert found.trait("peer").same
    assert left.interfaces[End("host", "docker0")] == right.interfaces[End("host", "br0")]


def test_the_host_is_a_side():
    """A side may be "host", as pictures call it, although it has no name in /run/netns."""
    build(two_namespaces())
    link_up("lo")
    found = compare("host", "test1")

    assert (("UP",), ("DOWN",)) == sides(found, "lo")
    assert "host: UP" in bundle(found)["text/plain"]


def test_a_name_that_is_none():
    """The error for a name that does not exist suggests a similar one."""
    build(two_namespaces())

    with pytest.raises(NoNamespace, match="Did you mean test1"):
        compare("tset1", "test2")
    with pytest.raises(NoNamespace, match="Did you mean test2"):
        compare(("test1", "test2"), ("test1", "tset2"))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("test1", ("test1", "test2")),
        (("test1",), ("test2",)),
        (("test1", "test1"), ("test1", "test2")),
        (("test1", "test2", "test1"), ("test1", "test2", "test1")),
        (("test1", 2), ("test1", "test2")),
        (None, "test1"),
        ("test1", {"test2"}),
        (7, 7),
        ((), ()),
        ("test1", two_namespaces()),
        (two_namespaces(), ("test1", "test2")),
    ],
)
def test_sides_that_are_none(left, right):
    """For sides that cannot be compared the error shows a call that works."""
    build(two_namespaces())

    with pytest.raises(BadValue) as caught:
        compare(left, right)
    assert "compare(" in caught.value.try_


def build_like_docker():
    from nslab_kernel import link_set_master, link_set_netns, veth_add

    netns_add("box")
    bridge_add("br0")
    veth_add("v0", "eth9")
    link_set_netns("eth9", "box")
    link_set_master("v0", "br0")
    for name, netns in (("br0", None), ("v0", None), ("eth9", "box")):
        link_up(name, netns=netns)
    addr_add("10.0.0.2/16", dev="eth9", netns="box")


def run(line):
    subprocess.run(line.split(), check=True)


def sides_of(trait):
    return trait.left, trait.right


def sides(found, what):
    return sides_of(found.trait(what))
