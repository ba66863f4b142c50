"""Side by side: what Docker did, what a learner did."""

import pytest

from nslab_kernel import NoNamespace, build, container_run, link_up
from nslab_kernel.containers.compare import compare
from tests.networks import two_namespaces


def test_a_container_beside_a_namespace():
    """The same parts, put together in two ways."""
    build(two_namespaces())
    container_run("busybox_1")
    found = compare("busybox_1", "test1")

    assert ("namespace", "interface", "state") == tuple(trait.what for trait in found.same)
    assert (("172.17.0.2/16",), ("192.168.1.1/24",)) == sides(found, "address")
    assert (("docker0",), ()) == sides(found, "bridge")
    assert (("default via 172.17.0.1 dev eth0",), ()) == sides(found, "default route")
    assert (("UP",), ("DOWN",)) == sides(found, "lo")
    assert ((), ("/run/netns/test1",)) == sides(found, "name")
    assert "veth-test2 (test2)" == found.trait("peer").right[0]
    assert "NET_ADMIN" not in found.trait("capabilities").left
    assert "NET_ADMIN" in found.trait("capabilities").right
    assert any("docker0" in rule for rule in found.trait("firewall").left)
    assert () == found.trait("firewall").right


def test_two_alike():
    """Two containers differ in nothing, nor do two namespaces; what is mended is the same."""
    build(two_namespaces())
    container_run("busybox_1")
    container_run("busybox_2")

    assert () == compare("busybox_1", "busybox_2").differs
    assert () == compare("test1", "test2").differs
    link_up("lo", netns="test1")
    assert ["lo"] == [trait.what for trait in compare("test1", "test2").differs]


def test_a_name_that_is_none():
    """The error says what there is."""
    build(two_namespaces())

    with pytest.raises(NoNamespace, match="Did you mean test1"):
        compare("tset1", "test2")


def sides(found, what):
    trait = found.trait(what)
    return trait.left, trait.right
