"""undo(): takes back the last change, whoever made it."""

import subprocess

import pytest

from nslab_kernel import (
    LabError,
    addr_add,
    build,
    link_down,
    link_rename,
    link_show,
    link_up,
    netns_add,
    netns_del,
    netns_exec,
    ping,
    route_add,
    snapshot,
    sysctl_set,
    sysctl_show,
    undo,
    veth_add,
)
from nslab_kernel.model.network import Namespace, Network
from nslab_kernel.network import build as build_module
from nslab_kernel.network import history
from nslab_kernel.network.config_equality import comparable
from tests.live.shell import interrupt_when


def lo_is_up(netns):
    return "UP" in subprocess.check_output(["ip", "-n", netns, "link", "show", "up", "dev", "lo"], text=True)


def now():
    return comparable(snapshot())


def test_step_by_step_back_to_the_start():
    """Each undo() takes back one step; after all of them the lab is as at its start."""
    seen = [now()]
    for step in (
        lambda: netns_add("test1"),
        lambda: veth_add("a", "b", netns="test1"),
        lambda: addr_add("10.0.0.1/24", "a", "test1"),
        lambda: link_up("a", "test1"),
        lambda: link_up("b", "test1"),
        lambda: netns_del("test1"),
    ):
        step()
        seen.append(now())

    for before in reversed(seen[:-1]):
        undo()
        assert before == now()


def test_an_address_goes_without_the_routes_that_stay():
    """undo() of an address deletes the address only: Linux drops the routes that need it, and other routes stay."""
    veth_add("v0", "v1")
    link_up("v0")
    addr_add("10.0.0.1/24", "v0")
    route_add("10.9.0.0/16", "10.0.0.2")
    addr_add("10.1.0.1/24", "v0")

    assert undo().command == "ip addr del 10.1.0.1/24 dev v0"


def test_another_name_of_lo_sets_no_switches():
    """A renamed `lo` has the sysctls that Linux gives it, so none of them counts as set by somebody."""
    link_down("lo")
    before = snapshot().namespaces["host"].sysctls
    link_rename("lo", "loop")

    assert snapshot().namespaces["host"].sysctls == before


def test_undo_shows_its_commands():
    """undo() returns a Change, with its commands and what came and went."""
    netns_add("test1")

    change = undo()

    assert change.command == "ip netns del test1"
    assert "test1" in {line.text for line in change.removed}


def test_a_deleted_namespace_comes_back_with_its_cable():
    """Both ends of the cable have the same number, MAC, address and state as before."""
    netns_add("test1")
    veth_add("a", "b")
    netns_exec(None, "ip link set dev a netns test1")
    addr_add("10.0.0.1/24", "a", "test1")
    link_up("a", "test1")
    before = now()
    netns_del("test1")

    undo()

    assert before == now()


@pytest.mark.parametrize(
    ("look", "steps"),
    [(history.record_outside_changes, 1), (lambda: link_up("lo", "test1"), 2), (snapshot, 1)],
    ids=["the end of a cell", "a step", "snapshot"],
)
def test_a_namespace_that_ip_deletes_is_gone_with_its_cable(look, steps):
    """Linux deletes the cable of a deleted namespace a moment later; whoever looks before that waits for it."""
    netns_add("test1")
    netns_add("test2")
    veth_add("a", "b", netns="test1", peer_netns="test2")
    before = now()
    subprocess.run(["ip", "netns", "del", "test2"], check=True)

    look()
    assert [link.ifname for link in snapshot().namespaces["test1"].links] == ["lo"]
    changes = [undo() for _step in range(steps)]

    assert before == now()
    assert all(change.left_out == () for change in changes)


def test_what_ip_did_is_taken_back_first():
    """undo() takes back a later change by `!ip` before it takes back the step."""
    netns_add("test1")
    after_step = now()
    subprocess.run("ip netns add test2; ip -n test2 link set dev lo up", shell=True, check=True)

    undo()
    assert after_step == now()

    undo()
    assert list(snapshot().namespaces) == ["host"]


def test_what_ip_did_before_any_step():
    """A sandbox's initial state is known, so undo() also works if the first change was made by `!ip`."""
    subprocess.run(["ip", "link", "add", "dev", "a", "type", "veth", "peer", "name", "b"], check=True)

    undo()

    assert [link.ifname for link in snapshot().namespaces["host"].links] == ["lo"]


def test_looking_is_no_change():
    """Functions that only show, a ping, and a step without effect are nothing to undo."""
    netns_add("test1")
    link_up("lo", "test1")
    before = now()
    link_up("lo", "test1")
    link_show()
    ping("127.0.0.1", "test1", count=1)
    netns_exec("test1", "ip link")
    assert before == now()

    undo()

    assert not snapshot().link("lo", "test1").up


def test_nothing_to_undo():
    """At the start, and after everything was undone, undo() raises an error."""
    with pytest.raises(LabError):
        undo()
    netns_add("test1")
    undo()
    with pytest.raises(LabError):
        undo()


def test_a_command_in_a_namespace_is_a_change():
    """undo() takes back what netns_exec() did, like a step."""
    netns_add("test1")
    netns_exec("test1", "ip link set dev lo up")

    undo()

    assert not snapshot().link("lo", "test1").up


def test_an_interrupted_command_can_be_undone():
    """What an interrupted command has done is kept, and can be undone."""
    netns_add("test1")
    interrupt_when(lambda: lo_is_up("test1"))

    with pytest.raises(KeyboardInterrupt):
        netns_exec("test1", "ip link set dev lo up; sleep 60")

    assert snapshot().link("lo", "test1").up
    undo()
    assert not snapshot().link("lo", "test1").up


def test_an_interrupted_undo_can_be_done_again(monkeypatch):
    """An interrupted undo() restores what it had taken away, and can be repeated."""
    netns_add("test1")
    before = now()
    build(Network({**snapshot().namespaces, "test2": Namespace("test2"), "test3": Namespace("test3")}))
    full = now()
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(build_module, "check_interrupt", interrupt)
        undo()
    assert full == now()

    undo()

    assert before == now()


def interrupt():
    raise KeyboardInterrupt


def test_a_switch_that_no_network_holds():
    """undo() sets any sysctl back, not only the one that every snapshot holds."""
    key, other = "net.ipv4.conf.all.rp_filter", "net.ipv4.ip_forward"
    netns_add("test1")
    was = [sysctl_show(name, "test1").text for name in (key, other)]
    sysctl_set(key, 2, "test1")
    sysctl_set(other, 1, "test1")

    undo()
    assert sysctl_show(other, "test1").text == was[1]
    assert undo().command == f"ip netns exec test1 sysctl -w {key}={was[0].split()[-1]}"
    assert [sysctl_show(name, "test1").text for name in (key, other)] == was

    undo()
    assert list(snapshot().namespaces) == ["host"]


def test_what_a_switch_has_cost_comes_back():
    """An interface without IPv6 loses its IPv6 addresses; undo() restores them."""
    netns_add("test1")
    veth_add("a", "b", netns="test1")
    addr_add("fd00::1/64", "a", "test1")
    before = now()
    sysctl_set("net.ipv6.conf.a.disable_ipv6", 1, "test1")
    assert "fd00::1/64" not in snapshot().link("a", "test1").addresses

    undo()

    assert before == now()
