"""Who shares a cable with whom, by a network typed by hand."""

from nslab_kernel.doctor.segments import Segments
from nslab_kernel.model.network import End, Link, Namespace, Network


def link(ifname, *addresses, kind="veth", peer=None, master=None):
    return Link(ifname, 1, kind, "02:00:00:00:00:01", 1500, "UP", ("UP",), addresses, peer, master=master)


def network():
    """a and b at the host's bridge, c behind b."""
    bridge = [link("br", "10.0.0.254/24", kind="bridge")]
    ports = [link(f"v{n}", peer=End(n, "eth0"), master="br") for n in "ab"]
    a = link("eth0", "10.0.0.1/24", peer=End("host", "va"))
    b = link("eth0", "10.0.0.2/24", peer=End("host", "vb")), link("eth1", "10.1.0.1/24", peer=End("c", "eth0"))
    c = link("eth0", "10.1.0.2/24", peer=End("b", "eth1"))
    namespaces = {"host": (*bridge, *ports), "a": (a,), "b": b, "c": (c,)}
    return Network({name: Namespace(name, links) for name, links in namespaces.items()})


def test_a_bridge_joins():
    """Ports and what hangs on them are one piece; another cable is another."""
    segments = Segments(network())
    assert segments.of(End("a", "eth0")) == segments.of(End("b", "eth0")) == segments.of(End("host", "br"))
    assert segments.of(End("b", "eth1")) != segments.of(End("b", "eth0"))
    assert {"a", "b", "host"} == {seat.end.netns for seat in segments.seats(End("host", "va"))}


def test_ports_take_in_nothing():
    """A namespace's interfaces are those that take packets in."""
    assert ["br"] == [link.ifname for _end, link in Segments(network()).of_namespace("host")]


def test_distances():
    """Counted from whoever has the address; nobody's is nowhere."""
    segments = Segments(network())
    assert {"c": 0, "b": 1, "a": 2, "host": 2} == segments.distances("10.1.0.2")
    assert {} == segments.distances("10.9.9.9")
