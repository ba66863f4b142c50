"""The explanations of fields in the output of `ip` and `ping`, which depend on the field's value."""

import itertools

import pytest

from nslab_kernel.display.explain import explain

LINK = """\
1: lo: <LOOPBACK> mtu 65536 qdisc noop state DOWN mode DEFAULT group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
3: veth-test1@if2: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state {state} mode DEFAULT group default
    link/ether 2a:6d:8a:f8:2e:5f brd ff:ff:ff:ff:ff:ff {where}
"""
BRIDGED = """\
4: br0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    link/ether 6e:c7:30:03:22:a6 brd ff:ff:ff:ff:ff:ff
    inet 10.0.0.1/24 brd 10.0.0.255 scope global br0
       valid_lft forever preferred_lft forever
    inet6 fe80::6cc7:30ff:fe03:22a6/64 scope link tentative proto kernel_ll
       valid_lft forever preferred_lft forever
6: p1@if5: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue master br0 state UP group default qlen 1000
    link/ether 6e:c7:30:03:22:a6 brd ff:ff:ff:ff:ff:ff link-netns test2
"""
PING = """\
PING 192.168.1.2 (192.168.1.2) 56(84) bytes of data.
64 bytes from 192.168.1.2: icmp_seq=1 ttl=64 time=0.607 ms
64 bytes from 192.168.1.2: icmp_seq=2 ttl=63 time=0.044 ms
From 192.168.1.1 icmp_seq=3 Destination Host Unreachable

--- 192.168.1.2 ping statistics ---
3 packets transmitted, 2 received, +1 errors, 33.3333% packet loss, time 407ms
rtt min/avg/max/mdev = 0.044/0.325/0.607/0.281 ms, pipe 3
"""


def meanings(command, text):
    return [(text[word.start : word.end], word.meaning) for word in explain(command, text)]


def meaning(command, text, which, number=0):
    return [says for word, says in meanings(command, text) if word == which][number]


def link(state="LOWERLAYERDOWN", where="link-netnsid 0"):
    return LINK.format(state=state, where=where)


def test_the_same_word_means_what_it_means_there():
    """`state DOWN` has one explanation for a link without the flag UP, and another one for a link with it."""
    text = link(state="DOWN")

    assert meaning("ip link", text, "state DOWN", 0).startswith("lo is not switched on")
    assert meaning("ip link", text, "state DOWN", 1).startswith("veth-test1 is switched on, its other end is not")


def test_lowerlayerdown_sends_the_reader_to_the_flags():
    """The kernel may also say DOWN for the same state, so the explanation names DOWN and refers to the flags."""
    says = meaning("ip link", link(), "state LOWERLAYERDOWN")

    assert "the kernel says DOWN for the same thing" in says
    assert "trust the flags" in says


@pytest.mark.parametrize(("where", "place"), [("link-netnsid 0", "another namespace"), ("link-netns test2", "test2")])
def test_the_other_end_is_named_as_far_as_it_is_known(where, place):
    """The explanation of `@if2` names the namespace of interface 2 if the text contains it."""
    assert f"interface number 2 in {place}" in meaning("ip netns exec test1 ip link", link(where=where), "@if2")


def test_the_other_end_is_named_on_one_line():
    """The other end is also found where an interface is on one line, as `ip -o` and our own values print it."""
    text = link(where="link-netns test2").replace("\n    link/", " link/")

    assert "interface number 2 in test2" in meaning("ip link", text, "@if2")


def test_a_netnsid_is_a_number_of_the_namespace_looked_at():
    """A netnsid is a number that the namespace in which the command ran gives: test1, or the host."""
    assert "that test1 calls number 0" in meaning("ip netns exec test1 ip link", link(), "link-netnsid 0")
    assert "that test1 calls number 0" in meaning("ip -n test1 link", link(), "link-netnsid 0")
    assert "that the host calls number 0" in meaning("ip link", link(), "link-netnsid 0")


def test_up_says_whether_it_carries():
    """The explanation of UP says whether the link has carrier (LOWER_UP) too."""
    assert "does not work yet" in meaning("ip link", link(), "UP")
    assert "it works, too" in meaning("ip addr show", BRIDGED, "UP")


def test_a_bridge_is_known_by_its_ports():
    """A link that is the master of another one is explained as a bridge, which has carrier if a port has."""
    assert "at least one of its ports" in meaning("ip a", BRIDGED, "LOWER_UP", 0)
    assert "so is its other end" in meaning("ip a", BRIDGED, "LOWER_UP", 1)
    assert "p1 is a port of br0" in meaning("ip a", BRIDGED, "master br0")


def test_a_mask_names_its_neighbours():
    """A prefix length is explained by the range of neighbours; /32 has no neighbours."""
    assert "all of 10.0.0.0/24 are neighbours" in meaning("ip a", BRIDGED, "10.0.0.1/24")
    assert "no neighbours" in meaning("ip a", "2: a    inet 10.0.0.1/32 scope global a\n", "10.0.0.1/32")


def test_every_field_of_link_and_addr_is_explained():
    """Every word except punctuation has an explanation."""
    for command, text in (("ip link", link()), ("ip a", BRIDGED), ("ping -c 3 192.168.1.2", PING)):
        left = list(text)
        for word in explain(command, text):
            left[word.start : word.end] = " " * (word.end - word.start)

        assert set() == set(
            "".join(left).replace("(192.168.1.2)", "").replace("--- 192.168.1.2 ping statistics ---", "")
        ) - set(" \n:<>,.")


def test_words_stand_in_order_and_apart():
    """Explained words are in order and do not overlap, so that no place has two explanations."""
    for command, text in (("ip link", link()), ("ip a", BRIDGED), ("ping 192.168.1.2", PING)):
        words = explain(command, text)

        assert all(one.end <= two.start for one, two in itertools.pairwise(words))


def test_a_ttl_counts_the_routers():
    """ttl=64 is explained as no router in between, ttl=63 as one router."""
    assert "none lies between" in meaning("ping 192.168.1.2", PING, "ttl=64")
    assert "1 router lies between" in meaning("ping 192.168.1.2", PING, "ttl=63")


def test_a_slow_first_reply_is_excused():
    """A first reply that took much longer than the others is explained by ARP; the other replies are not."""
    assert "MAC address" in meaning("ping 192.168.1.2", PING, "time=0.607 ms")
    assert "MAC address" not in meaning("ping 192.168.1.2", PING, "time=0.044 ms")


def test_routes_and_neighbours():
    """Explanations of a connected route's range, linkdown, a local route, and a neighbour that failed."""
    route = "192.168.1.0/24 dev veth-test1 proto kernel scope link src 192.168.1.1 linkdown \n"

    assert "192.168.1.0 up to 192.168.1.255" in meaning("ip netns exec test1 ip route", route, "192.168.1.0/24")
    assert "veth-test1 has no carrier" in meaning("ip route", route, "linkdown")
    assert "goes through lo" in meaning("ip route get 10.0.0.1", "local 10.0.0.1 dev lo src 10.0.0.1 uid 0 \n", "local")
    assert "nobody answered" in meaning("ip neigh", "192.168.1.77 dev veth-test1 FAILED \n", "FAILED")


def test_what_is_not_known_is_not_explained():
    """The output of other programs, and error messages of ip, have no explanations."""
    assert explain("uname -a", "Linux lab 6.18.0\n") == ()
    assert explain("ip link show dev nope", 'Device "nope" does not exist.\n') == ()
    assert explain("ip link", "") == ()
