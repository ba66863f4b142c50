"""A plan names what cannot be made again, and makes the rest."""

from nslab_kernel.linux import entries
from nslab_kernel.model.entry import Entry
from nslab_kernel.model.network import End, Link, Namespace, Network
from nslab_kernel.network.left_out import creatable
from nslab_kernel.network.peers import LinkKey
from nslab_kernel.network.plan import Plan
from tests.networks import lo, network


def test_the_keys_of_wireguard_are_named_and_its_interface_is_made():
    """A new WireGuard interface is made without keys, which the plan says; an existing interface keeps its keys."""
    tunnel = Link("wg0", 7, "wireguard", "", 1420, "DOWN", ("POINTOPOINT", "NOARP"))
    without, with_it = (network(test1=Namespace("test1", (lo(), *more))) for more in ((), (tunnel,)))

    plan = Plan(without, with_it)
    assert [one.command.split()[:3] for one in plan.operations()] == [["ip", "link", "add"]]
    assert plan.left_out == ["wg0 is made without its keys and peers: the lab does not read what wg sets."]

    plan = Plan(with_it, with_it)
    assert (list(plan.operations()), plan.left_out) == ([], [])


def test_what_lies_upon_it_is_left_out_too():
    """What depends on an interface that cannot be made, such as VLANs on it, is left out too, in any order."""
    end = Link("eth0", 2, "veth", "02:00:00:00:00:01", 1500, "UP", ("UP",), peer_ifindex=7)
    inner = Link("eth0.1.2", 3, "vlan", end.mac, 1500, "UP", ("UP",), link=End("host", "eth0.1"))
    outer = Link("eth0.1", 4, "vlan", end.mac, 1500, "UP", ("UP",), link=End("host", "eth0"), master="br0")
    bridge = Link("br0", 5, "bridge", "02:00:00:00:00:05", 1500, "UP", ("UP",))
    vlans = Entry(entries.VLAN, "eth0.1 vid 7", b""), Entry(entries.VLAN, "br0 vid 7 self", b"")
    target = Network({"host": Namespace("host", (lo(), end, inner, outer, bridge), entries=vlans)})

    made, left_out = creatable(target, ())

    assert ["lo", "br0"] == [link.ifname for link in made.namespaces["host"].links]
    assert vlans[1:] == made.namespaces["host"].entries
    assert [sentence.split()[0] for sentence in left_out] == ["eth0", "eth0.1", "eth0.1.2"]
    assert (target, ()) == creatable(target, {LinkKey("host", 2)})
