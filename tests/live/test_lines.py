"""Each line of the model has the words of the real `ip`, in the same order."""

import re
import subprocess

import pytest

from nslab_kernel.model import lines
from nslab_kernel.model.network import HOST
from nslab_kernel.network.build import build_network
from nslab_kernel.network.settle import settle
from tests.networks import before_the_move, bridged, one_end_up, two_namespaces

# Words that do not matter to a learner; `pref medium` is in every IPv6 route.
LEFT_OUT = re.compile(r" (?:mode|group|qlen|brd) \S+| pref medium")
STATES = re.compile(r" (?:REACHABLE|STALE|DELAY|PROBE|INCOMPLETE|FAILED|PERMANENT)$")

MORE = """
ip -n test1 addr add 10.1.0.1/24 brd + dev veth-test1
ip -n test1 addr add 2001:db8::1/64 dev veth-test1 nodad
ip -n test1 link set dev lo up
ip -n test1 route add default via 192.168.1.2
ip -n test1 route add 10.2.0.0/16 dev veth-test1 metric 20 proto static
ip -n test1 route add blackhole 10.3.0.0/16
ip -n test1 route add unreachable 10.4.0.0/16
ip -n test1 route add 10.5.0.0/16 via 192.168.1.2 dev veth-test1 src 10.1.0.1
ip -n test1 route add 10.6.0.0/16 via 10.200.0.1 dev veth-test1 onlink
ip -n test1 route add 10.7.0.0/16 dev veth-test1 table 100
ip -n test1 -6 route add 2001:db8:1::/48 via 2001:db8::2
ip -n test1 -6 route add default via fe80::1 dev veth-test1
ip -n test1 -6 route add unreachable 2001:db8:2::/48
ip -n test1 neigh add 192.168.1.77 lladdr 02:00:00:00:00:77 dev veth-test1
ip netns exec test1 ping -c 1 -W 1 192.168.1.2
ip netns exec test1 sysctl -w net.ipv4.ip_forward=1
ip netns add nameless
ip link add dev here type veth peer name there netns nameless
ip -n nameless link set dev there up
ip netns exec nameless sleep 60 &
sleep 0.2
ip netns del nameless
ip link set dev here up
ip link add dev lab0 type bridge
ip -n test2 link set dev veth-test2 mtu 1400
"""
STARTS = {
    "before the move": (before_the_move, ""),
    "one end up": (one_end_up, ""),
    "two namespaces": (two_namespaces, ""),
    "bridged": (bridged, "ip netns exec box1 ping -c 1 172.18.0.12"),
    "a bit of everything": (two_namespaces, MORE),
}


def real(netns, *command):
    """Return the lines that a real command writes, without what the model leaves out."""
    inside = [] if netns == HOST else ["ip", "netns", "exec", netns]
    text = subprocess.check_output([*inside, *command], text=True)
    return [" ".join(LEFT_OUT.sub("", " ".join(re.split(r"[\s\\]+", line))).split()) for line in text.splitlines()]


@pytest.mark.parametrize("start", STARTS)
def test_the_words_of_ip(start):
    """Links, addresses, routes, neighbours and ip_forward have the words of the real programs."""
    network, more = STARTS[start]
    build_network(network())
    subprocess.run(["sh", "-ec", more], check=True, stdout=subprocess.DEVNULL)

    for name, namespace in settle().namespaces.items():
        assert real(name, "ip", "-o", "link") == [lines.link_line(name, link).text for link in namespace.links]
        assert [line.split(" scope ")[0] for line in real(name, "ip", "-o", "addr")] == [
            lines.address_line(name, link, addr).text.removesuffix(" nodad")
            for link in namespace.links
            for addr in link.addresses
        ]
        for family, command in ((4, "-4"), (6, "-6")):
            assert real(name, "ip", command, "route", "show", "table", "main") == [
                lines.route_line(name, route).text
                for route in namespace.routes
                if route.family == family and route.table == "main"
            ]
        assert sorted(STATES.sub("", line) for line in real(name, "ip", "neigh")) == sorted(
            lines.neighbour_line(name, neighbour).text for neighbour in namespace.neighbours
        )
        assert real(name, "sysctl", "net.ipv4.ip_forward") == [lines.forward_line(namespace).text]


def test_the_names():
    """Namespaces read as in `ip netns list`, without the numbers and in any order."""
    build_network(bridged())

    listed = {line.split(" (id:")[0] for line in real(HOST, "ip", "netns", "list")}

    assert listed == {lines.namespace_line(name).text for name in settle().namespaces if name != HOST}


def test_another_table_is_named():
    """A route in another table than `main` names its table."""
    build_network(two_namespaces())
    add = ["ip", "-n", "test1", "route", "add", "10.7.0.0/16", "dev", "veth-test1", "table", "100"]
    subprocess.run(add, check=True)

    routes = [lines.route_line("test1", route).text for route in settle().namespaces["test1"].routes]

    assert "10.7.0.0/16 dev veth-test1 table 100 scope link" in routes
    assert "10.7.0.0/16 dev veth-test1 table 100 scope link" in real(
        "test1", "ip", "-4", "route", "show", "table", "all"
    )
