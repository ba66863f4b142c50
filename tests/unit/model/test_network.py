"""Network, Namespace, Link: plain frozen values."""

import pickle
from dataclasses import FrozenInstanceError

import pytest

from nslab_kernel.model.network import HOST, Container, End, Namespace, Network
from tests.networks import bare, before_the_move, one_end_up, two_namespaces


def test_link_by_name():
    """A link is found by name and namespace; `None` is the host."""
    assert two_namespaces().link("veth-test1", "test1").ifindex == 3
    assert before_the_move().link("veth-test2").ifindex == 2


@pytest.mark.parametrize("name", ["web", "w", "netns:w", "container:busybox_1"])
def test_namespace_of_a_container_by_each_of_its_names(name):
    """The namespace of a container is found by the names that `ip netns` has for it, and by its container's."""
    container = Container("busybox_1", "busybox", "0" * 64, 1)
    network = Network({HOST: Namespace(HOST), "web": Namespace("web", container=container, also=("w",))})

    assert network.namespace(name).container == container


@pytest.mark.parametrize(("ifname", "netns"), [("veth-test1", None), ("veth-test1", "test3"), ("eth0", "test1")])
def test_link_that_is_not_there(ifname, netns):
    """A link or a namespace that does not exist raises KeyError."""
    with pytest.raises(KeyError):
        two_namespaces().link(ifname, netns)


def test_both_ends_name_each_other():
    """The peer of an end's peer is that end."""
    network = two_namespaces()
    end = End("test1", "veth-test1")

    assert end == network.end(network.end(end).peer).peer


def test_up_and_carrier_are_flags():
    """`up` and `carrier` come from the flags: an end may be up and have no carrier."""
    waiting = one_end_up().link("veth-test1", "test1")

    assert (waiting.up, waiting.carrier) == (True, False)
    assert waiting.operstate == "LOWERLAYERDOWN"


def test_frozen():
    """Nothing in a Network can be changed."""
    network = bare()

    with pytest.raises(FrozenInstanceError):
        network.namespaces = {}
    with pytest.raises(TypeError):
        network.namespaces["x"] = network.namespaces[HOST]
    with pytest.raises(FrozenInstanceError):
        network.link("lo").mtu = 9000


def test_equal_by_value():
    """Two networks with the same contents are equal."""
    assert two_namespaces() == two_namespaces()
    assert two_namespaces() != one_end_up()


def test_repr_is_short():
    """repr() only counts namespaces and links."""
    assert repr(two_namespaces()) == "<Network 3 namespaces, 5 links>"


def test_pickle():
    """A network can be pickled, to be sent to another process."""
    assert two_namespaces() == pickle.loads(pickle.dumps(two_namespaces()))
