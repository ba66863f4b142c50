"""Errors of the steps: each has its class, says what there is, and changes nothing."""

import errno
import subprocess

import pytest

import nslab_kernel as nslab
from nslab_kernel import (
    AlreadyExists,
    BadValue,
    MissingProgram,
    NoLink,
    NoNamespace,
    NoSuchThing,
    RefusedByLinux,
    build,
    snapshot,
    undo,
)
from nslab_kernel.network.config_equality import comparable
from nslab_kernel.network.record import recorded
from tests.networks import before_the_move, two_namespaces

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
    (BadValue, "addr_add", ("2001:db8::9/64", "veth-test1", "test1"), {"nodad": 1}),
    (BadValue, "addr_add", ("192.168.1.9/24", "veth-test1", "test1"), {"nodad": 0}),
    (BadValue, "link_set_mtu", ("veth-test1", "large", "test1"), {}),
    (BadValue, "link_set_mac", ("veth-test1", "aa:bb", "test1"), {}),
    (BadValue, "route_get", ("nowhere", "test1"), {}),
    (BadValue, "ping", ("example.org", "test1"), {}),
    (BadValue, "ping", ("192.168.1.2", "test1", 0), {}),
    (BadValue, "ping", ("192.168.1.2", ["test1"]), {}),
    (BadValue, "sysctl_set", ("kernel.panic", 1), {}),
    (BadValue, "build", ("network",), {}),
    (BadValue, "netns_add", ("netns:a",), {}),
    (BadValue, "netns_add", ("container:a",), {}),
    (NoNamespace, "veth_add", ("a", "b", "test1", "tset2"), {}),
    (BadValue, "veth_add", ("a", "b", None, "/proc/self/ns/net"), {}),
    (AlreadyExists, "veth_add", ("a", "veth-test2", "test1", "test2"), {}),
    (BadValue, "veth_add", ("a", "a"), {}),
    (BadValue, "veth_add", ("a", "a", "test1", "test1"), {}),
    (MissingProgram, "netns_exec", ("test1", "nosuch --help"), {}),
    (MissingProgram, "netns_exec", (None, "nosuch --help"), {}),
    (NoLink, "link_set_master", ("veth-test9", None, "test1"), {}),
    (BadValue, "addr_add", ("10.1.1.1", "veth-test1", "test1"), {"peer": "10.1.1.300"}),
    (BadValue, "addr_add", ("10.1.1.1", "veth-test1", "test1"), {"peer": "fd00::1"}),
    (BadValue, "addr_add", ("10.1.1.1", "veth-test1", "test1"), {"nodad": True}),
    (AlreadyExists, "addr_add", ("192.168.1.1/24", "veth-test1", "test1"), {"peer": "192.168.1.1/24"}),
    (NoSuchThing, "addr_del", ("192.168.1.1/24", "veth-test1", "test1"), {"peer": "10.0.0.2"}),
    (NoLink, "addr_flush", ("veth-test9", "test1"), {}),
    (BadValue, "neigh_replace", ("192.168.1.2/24", "02:00:00:00:00:01", "veth-test1", "test1"), {}),
    (BadValue, "neigh_replace", ("192.168.1.2", "01:00:00:00:00:01", "veth-test1", "test1"), {}),
    (BadValue, "neigh_replace", ("192.168.1.2", "02:00:00:00:00:01", "veth-test1", "test1", "sure"), {}),
    (BadValue, "neigh_replace", ("192.168.1.2", None, "veth-test1", "test1"), {}),
    (BadValue, "neigh_replace", ("192.168.1.2", "02:00:00:00:00:01", "veth-test1", "test1", None), {}),
    (NoLink, "neigh_replace", ("192.168.1.2", "02:00:00:00:00:01", "veth-test9", "test1"), {}),
    (NoSuchThing, "neigh_del", ("192.168.1.2", "veth-test1", "test1"), {}),
    (NoNamespace, "neigh_flush", (), {"netns": "tset1"}),
    (BadValue, "link_add", ("", "a"), {}),
    (BadValue, "link_add", (5, "a"), {}),
    (BadValue, "link_add", ("ifb", LONG), {}),
    (BadValue, "link_add", ("vxlan", "a"), {"id": 5, "nosuch": 7}),
    (BadValue, "link_add", ("vxlan", "a"), {"id": "many"}),
    (BadValue, "link_add", ("vxlan", "a"), {"id": 5, "learning": False}),
    (BadValue, "link_add", ("vxlan", "a"), {"id": 5, "local": "a\0b"}),
    (NoLink, "link_add", ("macvlan", "a", "test1", "veth-test9"), {}),
    (NoLink, "link_add", ("vxlan", "a", "test1"), {"id": 5, "dstport": 4789, "dev": "veth-test9"}),
    (NoNamespace, "link_add", ("ifb", "a", "tset1"), {}),
    (AlreadyExists, "link_add", ("ifb", "veth-test1", "test1"), {}),
    (RefusedByLinux, "link_add", ("macvlan", "a", "test1", "lo"), {}),
    (RefusedByLinux, "link_add", ("nosuch", "a", "test1"), {}),
    (BadValue, "route_add", ("10.5.0.0/16",), {"type": "black"}),
    (BadValue, "route_add", ("10.5.0.0/16",), {"type": "blackhole", "table": "nosuch"}),
    (BadValue, "route_add", ("10.5.0.0/16",), {"type": "blackhole", "metric": -1}),
    (BadValue, "route_add", ("192.168.9.0/24", None, "veth-test1", "test1"), {"src": "192.168.1.1/24"}),
    (RefusedByLinux, "route_add", ("192.168.9.0/24", None, "veth-test1", "test1"), {"src": "10.9.9.9"}),
    (BadValue, "route_add", ("10.5.0.0/16", None, "veth-test1", "test1"), {"src": "::1"}),
    (BadValue, "route_del", ("::/0", None, "veth-test1", "test1"), {"src": "192.168.1.1"}),
    (BadValue, "route_show", ("test1", 5), {}),
    (BadValue, "route_show", ("test1",), {"table": "nosuch"}),
    (NoSuchThing, "route_del", ("192.168.1.0/24",), {"netns": "test1", "table": 100}),
    (NoSuchThing, "route_del", ("192.168.1.0/24",), {"netns": "test1", "type": "blackhole"}),
    (BadValue, "rule_show", ("test1", "6"), {}),
    (BadValue, "rule_add", (), {"netns": "test1"}),
    (BadValue, "rule_add", ("10.0.0.1/8",), {}),
    (BadValue, "rule_add", ("fd00::/8",), {"table": 5}),
    (BadValue, "rule_add", (), {"fwmark": "red", "table": 5}),
    (BadValue, "rule_add", (), {"priority": -5}),
    (BadValue, "rule_add", (), {"iif": LONG}),
    (NoNamespace, "rule_add", ("10.0.0.0/8",), {"table": 5, "netns": "tset1"}),
    (NoSuchThing, "rule_del", (), {"priority": 9, "netns": "test1"}),
    (BadValue, "bridge_fdb_append", ("x", "veth-test1", "test1"), {}),
    (BadValue, "bridge_fdb_append", ("02:00:00:00:00:01", "veth-test1", "test1"), {"nosuch": True}),
    (NoLink, "bridge_fdb_append", ("02:00:00:00:00:01", "veth-test9", "test1"), {}),
    (RefusedByLinux, "bridge_fdb_append", ("02:00:00:00:00:01", "veth-test1", "test1"), {"master": True}),
    (NoSuchThing, "bridge_fdb_del", ("02:00:00:00:00:01", "veth-test1", "test1"), {}),
    (NoLink, "bridge_fdb_show", (), {"br": "lab9", "netns": "test1"}),
    (BadValue, "ping", ("192.168.1.2", "test1"), {"size": 15}),
    (BadValue, "ping", ("192.168.1.2", "test1"), {"size": 65508}),
    (BadValue, "ping", ("192.168.1.2", "test1"), {"ttl": 0}),
    (BadValue, "ping", ("192.168.1.2", "test1"), {"dont_fragment": "do"}),
    (RefusedByLinux, "link_del", ("lo", "test1"), {}),
    (RefusedByLinux, "route_add", ("10.0.0.0/8", "10.1.1.1", None, "test1"), {}),
    (RefusedByLinux, "link_set_netns", ("lo", "test2", "test1"), {}),
]


@pytest.mark.parametrize(("error", "name", "args", "kwargs"), WRONG, ids=[f"{w[1]}-{w[0].__name__}" for w in WRONG])
def test_an_error_has_a_name_and_changes_nothing(error, name, args, kwargs):
    """The error has the right class and the command that failed, and the network is as before."""
    build(two_namespaces())
    before = comparable(snapshot())

    with pytest.raises(error) as raised:
        getattr(nslab, name)(*args, **kwargs)

    assert raised.value.what
    assert name == "build" or raised.value.command
    assert before == comparable(snapshot())


def test_near_misses():
    """The error for a mistyped name has the name that was meant."""
    build(two_namespaces())

    with pytest.raises(NoNamespace) as raised:
        nslab.link_up("veth-test1", netns="tset1")

    assert raised.value.near == "test1"
    assert raised.value.command == "ip netns exec tset1 ip link set dev veth-test1 up"


def test_what_is_there_in_another_way_is_no_near_miss():
    """A route over another interface, or of the other family, is not suggested although its destination is the same."""
    build(two_namespaces())
    nslab.route_add("::/0", dev="veth-test1", netns="test1")

    with pytest.raises(NoSuchThing) as raised:
        nslab.route_del("default", netns="test1")
    assert str(raised.value) == "There is no such IPv4 route to default. There are: 192.168.1.0/24."

    with pytest.raises(NoSuchThing) as raised:
        nslab.route_del("::/0", dev="lo", netns="test1")
    assert raised.value.near != "default"


def test_a_folder_of_sysctls():
    """The error says that the key is a folder of sysctls, and lists them."""
    with pytest.raises(NoSuchThing) as raised:
        nslab.sysctl_show("net.ipv4.conf.lo")

    assert "net.ipv4.conf.lo is a folder of sysctls" in str(raised.value)
    assert "net.ipv4.conf.lo.forwarding" in raised.value.names
    assert "EISDIR" in raised.value.said


def test_an_unknown_argument_is_told_before_a_missing_one():
    """The unknown argument is most likely the missing one, misspelt."""
    with pytest.raises(TypeError, match=r"netns_add\(\) got an unexpected keyword argument 'nam'"):
        nslab.netns_add(nam="test1")


def test_a_step_that_was_left_out():
    """A name that differs only in its number was not mistyped, so the error says that a step may be missing."""
    nslab.netns_add("test2")

    with pytest.raises(NoNamespace) as raised:
        nslab.link_show(netns="test1")

    assert "Did you mean" not in str(raised.value)
    assert "There are: test2. Perhaps the step that makes it was left out." in str(raised.value)


def test_the_other_namespace_that_has_it():
    """The error says in which namespace the interface is."""
    build(two_namespaces())

    with pytest.raises(NoLink) as raised:
        nslab.link_show("veth-test1")

    assert raised.value.elsewhere == ("test1",)
    assert raised.value.try_ == 'link_show(netns="test1")'
    assert "Did you mean" not in str(raised.value)


def test_a_namespace_where_an_interface_is_wanted():
    """The error for `link_show("test1")` shows how to name a namespace."""
    build(two_namespaces())

    with pytest.raises(NoLink) as raised:
        nslab.link_show("test1")

    assert 'netns="test1"' in str(raised.value)
    assert raised.value.try_ == 'link_show(netns="test1")'


def test_an_offered_line_runs_whatever_a_name_is():
    """The suggested line works even if a namespace made by `ip` has quotation marks in its name."""
    netns = 'my-"odd"-ns\'s'
    subprocess.run(["ip", "netns", "add", netns], check=True)
    subprocess.run(["ip", "-n", netns, "link", "add", "dev", "v0", "type", "veth", "peer", "name", "v1"], check=True)

    with pytest.raises(NoLink) as raised:
        nslab.link_show("v0")
    assert "v0" in str(eval(f"nslab.{raised.value.try_}"))


@pytest.mark.parametrize("call", ["link_del('lo', 'test1')", "link_set_netns('lo', 'test2', 'test1')"])
def test_lo_stays_where_it_is(call):
    build(two_namespaces())

    with pytest.raises(RefusedByLinux) as raised:
        eval(f"nslab.{call}")

    assert "belongs to its namespace" in raised.value.why


def test_a_rule_is_added_once():
    """The second rule_add() raises an error."""
    nslab.rule_add("10.0.0.0/8", table=100, priority=50)

    with pytest.raises(AlreadyExists) as raised:
        nslab.rule_add("10.0.0.0/8", table=100, priority=50)

    assert raised.value.command == "ip rule add from 10.0.0.0/8 lookup 100 priority 50"
    assert raised.value.said == "File exists (EEXIST)"


def test_an_unknown_option_is_told_in_the_programs_words():
    """The error has the word that `ip` did not understand, and the command that lists its words."""
    with pytest.raises(BadValue) as raised:
        nslab.link_add("vxlan", "vx", id=5, nosuch=7)

    assert raised.value.why == 'vxlan: unknown command "nosuch"?'
    assert raised.value.try_ == "!ip link help vxlan"
    assert raised.value.command == "ip link add dev vx type vxlan id 5 nosuch 7"


def test_a_kind_that_this_linux_has_not():
    """The error has the kernel's sentence, and an explanation."""
    with pytest.raises(RefusedByLinux) as raised:
        nslab.link_add("nosuch", "x")

    assert raised.value.errno == errno.EOPNOTSUPP
    assert "Unknown device type." in raised.value.said
    assert "module" in raised.value.why


def test_what_an_interface_cannot_do():
    """EOPNOTSUPP means either that the interface cannot do it, or that the kernel lacks it, so the text offers both."""
    build(two_namespaces())

    with pytest.raises(RefusedByLinux) as raised:
        nslab.bridge_fdb_append("02:00:00:00:00:01", "veth-test1", "test1", master=True)

    assert raised.value.errno == errno.EOPNOTSUPP
    assert raised.value.why.startswith("Either this interface")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("link_add('vxlan', 'vx')", "Required attributes not provided to perform the operation."),
        ("link_add('macvlan', 'm', link='lo')", "Invalid argument (EINVAL)"),
    ],
)
def test_what_linux_said_is_what_is_told(call, said):
    """The error has the kernel's sentence, or only the name of its error number if there is none."""
    with pytest.raises(RefusedByLinux) as raised:
        eval(f"nslab.{call}")

    assert raised.value.said == said


@pytest.mark.parametrize(
    ("call", "line"),
    [
        ("rule_del(priority=9, netns='test1')", "32766: from all lookup main"),
        ("neigh_del('192.168.1.9', 'veth-test1', 'test1')", "192.168.1.7 lladdr 02:00:00:00:00:07 PERMANENT"),
        ("bridge_fdb_del('02:00:00:00:00:01', 'veth-test1', 'test1')", "33:33:00:00:00:01 self permanent"),
    ],
)
def test_what_there_is_to_delete(call, line):
    """If nothing matches, the error lists what exists in the program's own lines."""
    build(two_namespaces())
    nslab.neigh_replace("192.168.1.7", "02:00:00:00:00:07", "veth-test1", "test1")

    with pytest.raises(NoSuchThing) as raised:
        eval(f"nslab.{call}")

    assert any(told.startswith(line) for told in raised.value.names)


@pytest.mark.parametrize(("addr", "peer"), [("10.1.1.1", "10.1.1.2/31"), ("fd00::1", "fd00::2/64")])
def test_an_address_with_a_peer_is_called_by_both(addr, peer):
    """The address alone does not match; the suggested line with its peer deletes it."""
    nslab.addr_add(addr, "lo", peer=peer)
    before = nslab.addr_show("lo").text

    with pytest.raises(NoSuchThing) as raised:
        nslab.addr_del(f"{addr}/30", "lo")

    assert raised.value.names == (f"{addr} peer {peer}",)
    assert raised.value.try_ == f"addr_del({addr!r}, dev='lo', peer={peer!r})"
    assert before == nslab.addr_show("lo").text
    eval(f"nslab.{raised.value.try_}")
    assert addr not in nslab.addr_show("lo").text


def test_a_name_is_too_long_in_bytes():
    """A name may have 15 bytes: 15 letters are allowed, 16 letters or 15 Chinese characters of 3 bytes are not."""
    nslab.veth_add("v" * 15, "w" * 15)

    for name in ("v" * 16, "网" * 15):
        with pytest.raises(BadValue):
            nslab.veth_add(name, "b")


def test_a_call_that_fails_leaves_what_others_did():
    """The failed call keeps what a terminal did meanwhile."""
    build(before_the_move())
    after = comparable(snapshot())

    with pytest.raises(BadValue) as raised, recorded("a command", {}):
        subprocess.run(["ip", "netns", "add", "fromterminal"], check=True)
        raise BadValue("half-way")

    assert raised.value.command == "a command"
    assert {*after.namespaces, "fromterminal"} == set(snapshot().namespaces)
    undo()
    assert after == comparable(snapshot())
