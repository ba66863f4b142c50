"""Lines in the words and the order of iproute2; a live test compares them with the real `ip -o`."""

from dataclasses import replace

import pytest

from nslab_kernel.model import lines
from nslab_kernel.model.network import End, Namespace, Neighbour, Route
from tests.networks import before_the_move, bridged, lo, two_namespaces, veth


def test_a_peer_beside_it_is_named():
    """While both ends are in one namespace, the peer's name is after the @."""
    link = before_the_move().link("veth-test2")

    assert lines.link_line("host", link).text == (
        "2: veth-test2@veth-test1: <BROADCAST,MULTICAST,M-DOWN> mtu 1500 qdisc noop state DOWN"
        " link/ether 02:00:00:00:00:02"
    )


def test_a_peer_elsewhere_is_a_number_and_its_namespace_a_name():
    """A peer in another namespace is `@if` and its ifindex, and `link-netns` if /run/netns has a name for it."""
    link = two_namespaces().link("veth-test1", "test1")

    assert lines.link_line("test1", link).text.startswith("3: veth-test1@if2: ")
    assert lines.link_line("test1", link).text.endswith(" link-netns test2")


def test_a_peer_in_a_namespace_without_a_name_keeps_the_number():
    """A peer in a namespace without a name has `link-netnsid`, the number that this namespace uses for the other."""
    link = veth("eth0", 3, None, 9, link_netnsid=4)

    assert lines.link_line("box", link).text.endswith(" link-netnsid 4")


def test_the_host_has_no_name_for_others():
    """The host has no name in /run/netns, so a peer there has `link-netnsid`."""
    link = veth("eth0", 2, End("host", "veth1"), 3, link_netnsid=0)

    assert lines.link_line("box1", link).text.endswith(" link-netnsid 0")


def test_a_port_names_its_bridge():
    """A port's line has its master before its state."""
    assert " qdisc noqueue master lab0 state UP " in lines.link_line("host", bridged().link("veth1")).text


def test_a_tunnel_has_no_mac_address():
    """An interface that carries packets instead of frames is `link/none`."""
    link = replace(veth("tun0", 5, None, None), kind="tun", mac="", peer_ifindex=None, link_netnsid=None)

    assert lines.link_line("host", link).text.endswith(" link/none")


def test_loopback():
    """`lo` is `link/loopback`."""
    assert (
        lines.link_line("test1", lo()).text
        == "1: lo: <LOOPBACK> mtu 65536 qdisc noop state DOWN link/loopback 00:00:00:00:00:00"
    )


@pytest.mark.parametrize(
    ("addr", "text"),
    [("192.168.1.1/24", "3: v inet 192.168.1.1/24"), ("fe80::1/64", "3: v inet6 fe80::1/64")],
)
def test_an_address(addr, text):
    """An address follows its family, as in `ip -o addr`."""
    assert text == lines.address_line("test1", veth("v", 3, None, 2), addr).text


ROUTES = {
    "default via 172.18.0.1 dev eth0": Route("default", "172.18.0.1", "eth0"),
    "10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1": Route(
        "10.0.0.0/24", dev="eth0", protocol="kernel", scope="link", prefsrc="10.0.0.1"
    ),
    "10.0.0.0/24 dev eth0 scope link linkdown": Route("10.0.0.0/24", dev="eth0", scope="link", flags=("linkdown",)),
    "blackhole 10.9.0.0/16": Route("10.9.0.0/16", type="blackhole"),
    "fe80::/64 dev eth0 proto kernel metric 256": Route(
        "fe80::/64", dev="eth0", family=6, protocol="kernel", metric=256
    ),
}


@pytest.mark.parametrize("text", ROUTES)
def test_a_route(text):
    """A route's line has the words of `ip route`, and like it leaves out defaults."""
    assert text == lines.route_line("test1", ROUTES[text]).text


def test_the_family_decides_which_command_shows_a_route():
    """A line belongs to `ip route` for IPv4, and to `ip -6 route` for IPv6."""
    assert lines.route_line("test1", Route("default", dev="eth0")).shown_by == "ip route"
    assert lines.route_line("test1", Route("default", dev="eth0", family=6)).shown_by == "ip -6 route"


def test_a_neighbour_without_its_state():
    """A neighbour's line has no state, because the state changes by itself."""
    known = Neighbour("192.168.1.2", "eth0", "02:00:00:00:00:02", "REACHABLE")
    asked = replace(known, mac=None, state="INCOMPLETE")

    assert lines.neighbour_line("test1", known).text == "192.168.1.2 dev eth0 lladdr 02:00:00:00:00:02"
    assert lines.neighbour_line("test1", asked).text == "192.168.1.2 dev eth0"


def test_namespace_and_switch():
    """A namespace's line is its name; forwarding is a line as sysctl prints it."""
    namespace = Namespace("test1", ip_forward=True)

    assert tuple(lines.namespace_line("test1")) == ("host", "ip netns", "test1", "test1")
    assert lines.forward_line(namespace).text == "net.ipv4.ip_forward = 1"
