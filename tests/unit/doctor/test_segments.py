"""Which interfaces share a link-layer segment, in a network typed by hand."""

from nslab_kernel.doctor.segments import Segments
from nslab_kernel.model.entry import Entry
from nslab_kernel.model.network import End, Link, Namespace, Network


def link(ifname, *addresses, kind="veth", **more):
    return Link(ifname, 1, kind, "02:00:00:00:00:01", 1500, "UP", ("UP",), addresses, **more)


def network():
    """Return a network with a and b on the host's bridge, and c behind b."""
    bridge = [link("br", "10.0.0.254/24", kind="bridge")]
    ports = [link(f"v{n}", peer=End(n, "eth0"), master="br") for n in "ab"]
    a = link("eth0", "10.0.0.1/24", peer=End("host", "va"))
    b = link("eth0", "10.0.0.2/24", peer=End("host", "vb")), link("eth1", "10.1.0.1/24", peer=End("c", "eth0"))
    c = link("eth0", "10.1.0.2/24", peer=End("b", "eth1"))
    namespaces = {"host": (*bridge, *ports), "a": (a,), "b": b, "c": (c,)}
    return Network({name: Namespace(name, links) for name, links in namespaces.items()})


def test_a_bridge_joins():
    """A bridge, its ports and their peers are one segment; another cable is another segment."""
    segments = Segments(network())
    assert segments.of(End("a", "eth0")) == segments.of(End("b", "eth0")) == segments.of(End("host", "br"))
    assert segments.of(End("b", "eth1")) != segments.of(End("b", "eth0"))
    assert {"a", "b", "host"} == {seat.end.netns for seat in segments.seats(End("host", "va"))}


def test_ports_take_in_nothing():
    """The ports of a bridge do not count as a namespace's interfaces, because the bridge receives their packets."""
    assert ["br"] == [link.ifname for _end, link in Segments(network()).of_namespace("host")]


def test_distances():
    """Distances are counted from the namespace with the address; an address that nobody has gives none."""
    segments = Segments(network())
    assert {"c": 0, "b": 1, "a": 2, "host": 2} == segments.distances("10.1.0.2")
    assert {} == segments.distances("10.9.9.9")


def switched():
    """Return a switch with a in VLAN 10, b in VLAN 20, r on a trunk of both, and a macvlan m on a's interface."""
    bridge = link("br", kind="bridge", options=("type bridge vlan_filtering 1",))
    ports = [link(f"p{name}", peer=End(name, "eth0"), master="br") for name in "abr"]
    words = (
        "pa vid 1 untagged, vid 10 pvid untagged",
        "pb vid 20 pvid untagged",
        "pr vid 1 pvid untagged, vid 10, vid 20",
    )
    vlans = tuple(Entry("bridge vlan", text, b"") for text in words)
    hosts = {name: (link("eth0", peer=End("sw", f"p{name}")),) for name in "abr"}
    upon = [
        link(f"v{vid}", kind="vlan", link=End("r", "eth0"), options=(f"type vlan protocol 802.1Q id {vid}",))
        for vid in (10, 20)
    ]
    hosts |= {"r": (*hosts["r"], *upon), "m": (link("mv", kind="macvlan", link=End("a", "eth0")),)}
    namespaces = {name: Namespace(name, links) for name, links in hosts.items()}
    return Network({**namespaces, "sw": Namespace("sw", (bridge, *ports), entries=vlans)})


def test_each_vlan_is_a_piece():
    """A VLAN interface shares a segment with the ports of its VLAN alone."""
    segments = Segments(switched())
    pieces = [segments.of(End(*end)) for end in (("a", "eth0"), ("b", "eth0"), ("r", "eth0"))]
    assert 3 == len({*pieces})
    assert pieces[:2] == [segments.of(End("r", f"v{vid}")) for vid in (10, 20)]
    assert pieces[0] == segments.of(End("m", "mv"))


def test_a_vrf_joins_no_cables():
    """The ports of a VRF receive packets themselves, each on a segment of its own."""
    links = link("red", kind="vrf"), link("e0", master="red"), link("e1", master="red")
    segments = Segments(Network({"r": Namespace("r", links)}))
    assert segments.of(End("r", "e0")) != segments.of(End("r", "e1"))
    assert ["red", "e0", "e1"] == [link.ifname for _end, link in segments.of_namespace("r")]
