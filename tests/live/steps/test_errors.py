"""Every step: what can go wrong has a name, says what there is, and changes nothing."""

import subprocess

import pytest

import nslab_kernel as nslab
from nslab_kernel import AlreadyExists, BadValue, NoLink, NoNamespace, RefusedByLinux, build, snapshot
from nslab_kernel.network.record import Recording
from nslab_kernel.network.snapshot import comparable
from tests.networks import before_the_move, bridged, two_namespaces

LONG, CHINESE = "veth-test1234567", "网络接口一二三四五六七八九十"

WRONG = [
    (NoNamespace, "netns_del", ("tset1",), {}),
    (NoNamespace, "netns_exec", ("tset1", "true"), {}),
    (NoNamespace, "link_show", (), {"netns": "tset1"}),
    (NoNamespace, "link_up", ("veth-test1",), {"netns": "tset1"}),
    (NoNamespace, "link_set_netns", ("veth-test1", "tset1", "test1"), {}),
    (NoNamespace, "addr_show", (), {"netns": "tset1"}),
    (NoNamespace, "ping", ("192.168.1.2", "tset1"), {}),
    (NoNamespace, "route_get", ("192.168.1.2", "tset1"), {}),
    (NoNamespace, "sysctl_show", ("net.ipv4.ip_forward", "tset1"), {}),
    (NoLink, "link_up", ("veth-test9",), {"netns": "test1"}),
    (NoLink, "link_show", ("veth-test9", "test1"), {}),
    (NoLink, "addr_show", ("veth-test9", "test1"), {}),
    (NoLink, "addr_add", ("10.0.0.1/24", "veth-test9", "test1"), {}),
    (NoLink, "link_del", ("veth-test1",), {}),
    (NoLink, "neigh_flush", ("veth-test9", "test1"), {}),
    (NoLink, "route_add", ("10.0.0.0/8",), {"dev": "veth-test9", "netns": "test1"}),
    (NoLink, "link_set_master", ("veth-test1", "lab0", "test1"), {}),
    (AlreadyExists, "netns_add", ("test1",), {}),
    (AlreadyExists, "veth_add", ("a", "veth-test1", "test1"), {}),
    (AlreadyExists, "bridge_add", ("veth-test1", "test1"), {}),
    (AlreadyExists, "link_rename", ("veth-test1", "lo", "test1"), {}),
    (AlreadyExists, "addr_add", ("192.168.1.1/24", "veth-test1", "test1"), {}),
    (AlreadyExists, "route_add", ("192.168.1.0/24",), {"dev": "veth-test1", "netns": "test1"}),
    (BadValue, "veth_add", (LONG, "b"), {}),
    (BadValue, "veth_add", ("a", CHINESE), {}),
    (BadValue, "netns_add", ("a/b",), {}),
    (BadValue, "netns_add", (1,), {}),
    (BadValue, "netns_add", ("host",), {}),
    (BadValue, "netns_exec", ("test1", ""), {}),
    (BadValue, "netns_exec", ("test1", "echo 'open"), {}),
    (BadValue, "netns_exec", ("test1", ["ip", "link"]), {}),
    (BadValue, "link_show", (3,), {}),
    (BadValue, "addr_add", ("192.168.1.300/24", "veth-test1", "test1"), {}),
    (BadValue, "link_set_mtu", ("veth-test1", "large", "test1"), {}),
    (BadValue, "link_set_mac", ("veth-test1", "aa:bb", "test1"), {}),
    (BadValue, "route_get", ("nowhere", "test1"), {}),
    (BadValue, "ping", ("example.org", "test1"), {}),
    (BadValue, "ping", ("192.168.1.2", "test1", 0), {}),
    (BadValue, "ping", ("192.168.1.2", ["test1"]), {}),
    (BadValue, "sysctl_set", ("kernel.panic", 1), {}),
    (BadValue, "build", ("network",), {}),
    (RefusedByLinux, "link_del", ("lo", "test1"), {}),
    (RefusedByLinux, "route_add", ("10.0.0.0/8", "10.1.1.1", None, "test1"), {}),
    (RefusedByLinux, "link_set_netns", ("lo", "test2", "test1"), {}),
]


@pytest.mark.parametrize(("error", "name", "args", "kwargs"), WRONG, ids=[f"{w[1]}-{w[0].__name__}" for w in WRONG])
def test_an_error_has_a_name_and_changes_nothing(error, name, args, kwargs):
    """The error is of the right family, has the command that failed, and the network is as it was."""
    build(two_namespaces())
    before = comparable(snapshot())

    with pytest.raises(error) as raised:
        getattr(nslab, name)(*args, **kwargs)

    assert raised.value.what
    assert name == "build" or raised.value.command
    assert before == comparable(snapshot())


def test_near_misses():
    """A typo is named with what was meant."""
    build(two_namespaces())

    with pytest.raises(NoNamespace) as raised:
        nslab.link_up("veth-test1", netns="tset1")

    assert raised.value.near == "test1"
    assert raised.value.command == "ip netns exec tset1 ip link set dev veth-test1 up"


def test_a_step_that_was_left_out():
    """A namespace whose number is missing was not mistyped: it is not there yet."""
    nslab.netns_add("test2")

    with pytest.raises(NoNamespace) as raised:
        nslab.link_show(netns="test1")

    assert "Did you mean" not in str(raised.value)
    assert "There are: test2. Perhaps the step that makes it was left out." in str(raised.value)


def test_the_other_namespace_that_has_it():
    """An interface that is elsewhere is said to be there."""
    build(two_namespaces())

    with pytest.raises(NoLink) as raised:
        nslab.link_show("veth-test1")

    assert raised.value.elsewhere == ("test1",)
    assert raised.value.try_ == 'link_show(netns="test1")'
    assert "Did you mean" not in str(raised.value)


def test_a_namespace_where_an_interface_is_wanted():
    """`link_show("test1")` is told how a namespace is meant."""
    build(two_namespaces())

    with pytest.raises(NoLink) as raised:
        nslab.link_show("test1")

    assert 'netns="test1"' in str(raised.value)
    assert raised.value.try_ == 'link_show(netns="test1")'


@pytest.mark.parametrize("call", ["link_del('lo', 'test1')", "link_set_netns('lo', 'test2', 'test1')"])
def test_lo_stays_where_it_is(call):
    build(two_namespaces())

    with pytest.raises(RefusedByLinux) as raised:
        eval(f"nslab.{call}")

    assert "belongs to its namespace" in raised.value.why


def test_a_name_is_too_long_in_bytes():
    """15 letters fit, 16 do not; nor do 15 Chinese ones, which take 45 bytes."""
    nslab.veth_add("v" * 15, "w" * 15)

    for name in ("v" * 16, "网" * 15):
        with pytest.raises(BadValue):
            nslab.veth_add(name, "b")


def test_a_call_that_fails_half_way_is_put_back():
    """Whatever was done before the error is taken back."""
    build(before_the_move())
    before = comparable(snapshot())

    with pytest.raises(BadValue) as raised, Recording("a command", {}):
        subprocess.run(["ip", "link", "set", "dev", "veth-test1", "up"], check=True)
        raise BadValue("half-way")

    assert raised.value.command == "a command"
    assert before == comparable(snapshot())


def test_an_interrupt_puts_back_too():
    """Interrupting a step leaves the network as it was."""
    build(bridged())
    before = comparable(snapshot())

    with pytest.raises(KeyboardInterrupt), Recording("a command", {}):
        subprocess.run(["ip", "link", "del", "dev", "lab0"], check=True)
        raise KeyboardInterrupt

    assert before == comparable(snapshot())
