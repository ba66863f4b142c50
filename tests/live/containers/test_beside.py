"""Containers beside cables and namespaces that a learner made by hand."""

import threading

import pytest

from nslab_kernel import (
    LabError,
    addr_add,
    container_run,
    link_set_master,
    link_set_netns,
    link_up,
    netns_add,
    netns_del,
    snapshot,
    undo,
    veth_add,
)
from nslab_kernel.model.network import HOST
from tests.live import foreign
from tests.live.network.lines import terminal


def test_a_cable_called_like_an_engines_is_the_learners():
    """A learner's cable named veth1 on the engine's bridge, as Podman names its own: undo() takes back each step."""
    container_run("busybox_1")
    bridge = next(link.ifname for link in snapshot().namespaces[HOST].links if link.kind == "bridge")
    seen = [foreign.look()]
    for step in (
        lambda: netns_add("test1"),
        lambda: veth_add("veth1", "eth0"),
        lambda: link_set_netns("eth0", "test1"),
        lambda: link_set_master("veth1", bridge),
        lambda: link_up("veth1"),
        lambda: link_up("eth0", "test1"),
        lambda: addr_add("172.17.0.99/16", "eth0", "test1"),
    ):
        step()
        seen.append(foreign.look())

    for before in reversed(seen[:-1]):
        undo()
        assert foreign.look() == before


def test_undo_of_a_namespace_called_like_a_container():
    """undo() of netns_del() restores an empty namespace under the name, although a container has the same name."""
    container_run("b1")
    netns_add("b1")
    before = foreign.look()
    netns_del("b1")

    undo()

    assert foreign.look() == before


def test_a_container_that_fails_takes_back_its_own_part_only():
    """While container_run() fails for want of an image, a terminal adds namespaces: its failure leaves them alone."""
    container_run("b1")
    stopping, made = threading.Event(), []

    def terminal_beside():
        while not stopping.wait(0.005):
            terminal(f"ip netns add t{len(made)}")
            made.append(f"t{len(made)}")

    beside = threading.Thread(target=terminal_beside)
    beside.start()
    for _again in range(3):
        with pytest.raises(LabError):
            container_run("b2", image="nosuch")
    stopping.set()
    beside.join()

    assert made
    assert foreign.names() == sorted(made)
