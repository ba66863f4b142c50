"""The sentences about changes, pings and findings."""

from dataclasses import replace

import pytest

from nslab_kernel.display.sentences import change_sentences, ping_sentences, short_sentences
from nslab_kernel.display.sentences_diagnosis import finding_sentences
from nslab_kernel.display.text import plain
from nslab_kernel.model.diagnosis import INTERFACE, Finding, Place
from nslab_kernel.model.network import HOST, AddressDetails, Container, End, Namespace, Route
from nslab_kernel.model.results import Change, PingResult
from tests.networks import bare, before_the_move, bridged, lo, network, one_end_up, two_namespaces, veth

BUSYBOX = Container("busybox_1", "busybox", "0" * 64, 9)


def said(before, after):
    return plain(change_sentences(Change("command", before, after)))


def half_moved():
    """Return the tutorial after step 3.5: one end in test1, the other on the host."""
    moved = veth("veth-test1", 3, End(HOST, "veth-test2"), 2, flags=("BROADCAST", "MULTICAST"), operstate="DOWN")
    stayed = veth("veth-test2", 2, End("test1", "veth-test1"), 3, flags=("BROADCAST", "MULTICAST"), operstate="DOWN")
    return network(
        host=Namespace(HOST, (lo(up=True), stayed)),
        test1=Namespace("test1", (lo(), moved)),
        test2=Namespace("test2", (lo(),)),
    )


def with_link(whole, netns, name, **other):
    """Return the network with one link changed."""
    namespace = whole.namespaces[netns]
    links = tuple(replace(link, **other) if link.ifname == name else link for link in namespace.links)
    return network(**{**whole.namespaces, netns: replace(namespace, links=links)})


def with_routes(whole, netns, *routes):
    """Return the network with other routes in one namespace."""
    return network(**{**whole.namespaces, netns: replace(whole.namespaces[netns], routes=routes)})


def pinged(**facts):
    facts = {"sent": 3, "received": 3, "rtt_ms": (0.05, 0.04, 0.06), "seqs": (1, 2, 3), "text": ""} | facts
    return plain(ping_sentences(PingResult("192.168.1.2", "test1", ttl=64, **{"command": "ping"} | facts)))


@pytest.mark.parametrize("options", ["-t 1 ", "-s 1473 -M do "])
def test_why_is_offered_only_for_a_plain_packet(options):
    """why() is offered only for a plain ping: its own packet may be answered where one with -t or -M do is not."""
    nothing = {"received": 0, "rtt_ms": (), "seqs": ()}

    assert "why(" in pinged(**nothing)
    assert "why(" not in pinged(**nothing, command=f"ping -c 3 {options}192.168.1.2")
    assert "why(" in pinged(**nothing, command="nsenter -t 273 -n ping -c 3 172.17.0.2")


def test_nothing_is_different():
    """For a command that changed nothing the sentence says so."""
    assert said(bare(), bare()) == "Nothing changed: it was like this before."


def test_a_container_that_ended_may_leave_its_namespace():
    """A namespace with a name stays when its container ends; the sentence does not call it created."""
    running = network(busybox_1=Namespace("busybox_1", (lo(up=True),), inode=7, container=BUSYBOX, also=("web",)))
    ended = network(web=Namespace("web", (lo(up=True),), inode=7))

    assert "busybox_1 has stopped. Its namespace is still there, for it has the name web." == said(running, ended)


def test_a_container_that_stopped_is_not_said_to_be_gone():
    """The sentence says that the container has stopped, not that it is gone: its engine still lists it."""
    running = network(busybox_1=Namespace("busybox_1", (lo(up=True),), inode=7, container=BUSYBOX))

    assert "busybox_1 has stopped, and its network namespace is gone." == said(running, bare())


def test_namespaces_come_and_go():
    """The sentence about a deleted namespace names the ends of its veth pairs that went with it."""
    with_test1 = network(test1=Namespace("test1", (lo(),)))
    without_test1 = network(test2=Namespace("test2", (lo(),)))

    assert said(bare(), with_test1) == "test1 was created: a network namespace, with a lo of its own."
    assert said(two_namespaces(), without_test1).startswith(
        "test1 is gone, with all that was in it. With it went veth-test2 in test2: a cable has two ends or none."
    )


def test_a_name_goes_and_the_namespace_has_another():
    """If one of a namespace's two names is removed, the sentence says that the namespace still exists."""
    both = network(a=Namespace("a", (lo(),), inode=7), b=Namespace("b", (lo(),), inode=7))

    assert said(both, network(b=both.namespaces["b"])) == "The name a is gone; the namespace of b lives on."


def test_several_namespaces_take_several_ends():
    whole = bridged()
    host = whole.namespaces[HOST]
    bridge = replace(host, links=tuple(link for link in host.links if link.kind != "veth"))

    assert ". With them went " in said(whole, network(host=bridge))


def test_a_cable_is_two_ends():
    """One sentence names both ends of a new or removed veth pair, in the order of the command."""
    namespaces = network(test1=Namespace("test1", (lo(),)), test2=Namespace("test2", (lo(),)))

    assert said(namespaces, before_the_move()) == (
        "veth-test1 and veth-test2 were created, both on the host: the two ends of one cable."
    )
    assert said(before_the_move(), namespaces) == (
        "veth-test1 on the host and veth-test2 on the host were removed: a cable has two ends or none."
    )


def test_a_moved_end_is_not_a_new_one():
    """An end that moved is called moved, not new, and the sentence says where its peer is."""
    assert said(before_the_move(), half_moved()) == (
        "veth-test1 left the host and is now in test1. "
        "Its peer veth-test2 stayed on the host: the two ends of the cable are now in different namespaces."
    )


def test_an_end_may_come_to_its_peer():
    """If an end moves to its peer's namespace, the sentence says that both are there."""
    assert said(half_moved(), before_the_move()).endswith("is now on the host. Its peer veth-test2 is on the host too.")


def test_moving_strips():
    """The sentence says that moving removed the address, and set the link down."""
    before = with_link(before_the_move(), HOST, "veth-test1", addresses=("10.0.0.1/24",), flags=("UP",))

    assert "Moving cost it its address 10.0.0.1/24. Moving also switched it off." in said(before, half_moved())


def test_the_first_end_up_and_the_second():
    """The first end set up is said to wait for the other; with the second the cable is said to work."""
    down = with_link(with_routes(one_end_up(), "test1"), "test1", "veth-test1", flags=(), operstate="DOWN")

    assert said(down, one_end_up()).startswith(
        "veth-test1 in test1 is switched on. "
        "Its other end, veth-test2 in test2, is not: the cable does not work yet. "
        "The kernel itself wrote the route to 192.168.1.0/24 in test1."
    )
    assert said(one_end_up(), two_namespaces()).startswith(
        "veth-test2 in test2 is switched on. Its other end was on already, so the cable works now."
    )


def test_both_ends_up_at_once():
    """If both ends are set up at once, neither is said to have been up before."""
    down = with_link(with_routes(one_end_up(), "test1"), "test1", "veth-test1", flags=(), operstate="DOWN")

    assert said(down, two_namespaces()).startswith(
        "veth-test1 in test1 and veth-test2 in test2 are switched on: the cable works now."
    )


def test_one_end_down_again():
    """The end that was set down is mentioned first, then the end that lost its carrier."""
    assert said(two_namespaces(), one_end_up()) == (
        "veth-test2 in test2 is switched off. "
        "veth-test1 in test1 is still switched on, but it has no carrier any more. "
        "test2 has lost the route to 192.168.1.0/24."
    )


def test_addresses():
    """An address on a link that is down is said to add no route; the kernel's fe80 addresses get no sentence."""
    before = with_link(one_end_up(), "test2", "veth-test2", addresses=())
    linklocal = with_link(two_namespaces(), "test1", "veth-test1", addresses=("192.168.1.1/24", "fe80::1/64"))

    assert said(before, one_end_up()) == (
        "veth-test2 in test2 has the address 192.168.1.2/24 now. It is still DOWN, so no route came with it."
    )
    assert said(one_end_up(), before) == "veth-test2 in test2 has lost the address 192.168.1.2/24."
    assert said(two_namespaces(), linklocal) == "A detail is different: the lines below show it."


def test_an_address_of_lo_is_told_but_for_its_own():
    """A new address on lo gets a sentence; 127.0.0.1 gets none, because it comes when lo is set up."""
    before = network(host=Namespace(HOST, (lo(),)))
    given = with_link(before, HOST, "lo", addresses=("10.9.9.1/32",))
    up = network(host=Namespace(HOST, (lo(up=True),)))

    assert said(before, given).startswith("lo on the host has the address 10.9.9.1/32 now.")
    assert "neighbours" not in said(before, given)
    assert "address" not in said(before, up)


@pytest.mark.parametrize(("typed", "meant"), [("10.0.0.1/32", "10.0.0.1/24"), ("fd00::1/128", "fd00::1/64")])
def test_an_address_without_a_length(typed, meant):
    """An address without a prefix length gets a warning, except with a peer and on a tunnel, where it is normal."""
    before = with_link(one_end_up(), "test2", "veth-test2", addresses=())
    slipped = with_link(before, "test2", "veth-test2", addresses=(typed,))
    with_peer = with_link(slipped, "test2", "veth-test2", address_details=(AddressDetails(peer="10.9.9.9"),))
    tunnel = {"flags": ("POINTOPOINT", "NOARP"), "kind": "tun"}
    tunnels = [with_link(network, "test2", "veth-test2", **tunnel) for network in (before, slipped)]
    slip = f"/{typed.partition('/')[2]} is an address without neighbours. Did you mean {meant}?"

    assert said(before, slipped) == f"veth-test2 in test2 has the address {typed} now. {slip}"
    assert "neighbours" not in said(before, with_peer)
    assert "neighbours" not in said(*tunnels)


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"mtu": 1400}, "veth1 on the host takes packets of up to 1400 bytes now, not 1500."),
        ({"mac": "02:00:00:00:00:77"}, "veth1 on the host has another MAC address now: 02:00:00:00:00:77."),
        ({"master": None}, "veth1 on the host is no longer a port of lab0."),
    ],
)
def test_settings(other, sentence):
    """A change of MTU, MAC address or master gets a sentence."""
    assert said(bridged(), with_link(bridged(), HOST, "veth1", **other)) == sentence


def test_a_port_and_a_name():
    """The sentence about a new port names its bridge; a renamed interface is not called new."""
    unplugged = with_link(bridged(), HOST, "veth1", master=None)
    renamed = with_link(bridged(), HOST, "lab0", ifname="br0")
    loop = with_link(bridged(), "box1", "lo", ifname="loop")

    assert said(unplugged, bridged()) == "veth1 on the host is a port of the bridge lab0 now."
    assert "lab0 on the host is called br0 now." in said(bridged(), renamed)
    assert "lo in box1 is called loop now." == said(bridged(), loop)


def test_routes_and_forwarding():
    """A default route added or lost, and forwarding switched on, get a sentence."""
    kernel = two_namespaces().namespaces["test1"].routes
    default = with_routes(two_namespaces(), "test1", Route("default", "192.168.1.2", "veth-test1"), *kernel)
    namespace = two_namespaces().namespaces["test1"]
    router = network(**{**two_namespaces().namespaces, "test1": replace(namespace, ip_forward=True)})

    assert said(two_namespaces(), default) == "test1 has a default route now."
    assert said(default, two_namespaces()) == "test1 has lost its default route."
    assert said(two_namespaces(), router) == "test1 forwards packets now: it is a router."


def test_forgotten_neighbours():
    """The sentence about a flushed neighbour table names the addresses."""
    namespace = bridged().namespaces["box1"]
    flushed = network(**{**bridged().namespaces, "box1": replace(namespace, neighbours=())})

    assert said(bridged(), flushed) == "box1 has forgotten who has 172.18.0.1."


def test_many_things_are_cut_short():
    """If there are many changes, only three get sentences, and a fourth refers to the lines below."""
    change = Change("undo", bare(), bridged())
    sentences = change_sentences(change)
    assert "lines below" not in plain(short_sentences(change))

    assert len(sentences) == 4
    assert sentences[-1] == "See the lines below for the rest."


def test_pings():
    """The sentences of a ping have the count, the lost numbers, and the median time."""
    assert pinged() == "3 of 3 came back. Median 0.05 ms."
    assert pinged(received=2, rtt_ms=(0.05, 0.04), seqs=(1, 3)) == (
        "2 of 3 came back. Number 2 was lost. Median 0.045 ms."
    )
    assert "Numbers 1, 2 and 3 were lost." in pinged(sent=4, received=1, rtt_ms=(1.0,), seqs=(4,))
    assert "11 were lost." in pinged(sent=12, received=1, rtt_ms=(1.0,), seqs=(12,))


_UNREACHABLE, _HOST, _NET = "Network is unreachable", "Destination Host Unreachable", "Destination Net Unreachable"
_BROADCAST = "Do you want to ping broadcast? Then -b. If not, check your local firewall rules"
_FAILED, _DEAD = "192.168.1.2 dev veth-test1 FAILED", "dev veth-test1 NO-CARRIER"


@pytest.mark.parametrize(
    ("sent", "reason", "text", "sentence"),
    [
        (0, _UNREACHABLE, f"ping: connect: {_UNREACHABLE}", f"The kernel says: {_UNREACHABLE}. No line of the routing"),
        (0, _BROADCAST, f"ping: {_BROADCAST}", f"Nothing was sent. ping says: {_BROADCAST}. What is"),
        (3, _HOST, f"From 10.0.1.254 icmp_seq=1 {_HOST}", f"10.0.1.254 says: {_HOST}. It asked on the cable"),
        (3, _NET, f"From 195.11.14.1 icmp_seq=1 {_NET}", f"0 of 3 came back. 195.11.14.1 says: {_NET}."),
        (3, _FAILED, "", f"nslab found: {_FAILED}. It asked on the cable who has 192.168.1.2, and nobody answered."),
        (3, _DEAD, "", f"nslab found: {_DEAD}. The packets leave through veth-test1, and its cable does not work."),
        (3, "dev lo state DOWN", "", "packets to it go through lo, and lo is DOWN."),
        (3, "", "", "0 of 3 came back. No reply came, and no error either."),
    ],
)
def test_a_ping_without_reply_has_a_reason(sent, reason, text, sentence):
    """The sentence says who reported the reason (the kernel, another host, or nslab itself) and what it means."""
    told = pinged(sent=sent, received=0, rtt_ms=(), seqs=(), reason=reason, text=text)
    assert sentence in told
    assert told.endswith('What is broken, and where: why("192.168.1.2", netns="test1")')


_CABLE = "The cable between veth-test2 in test2 and veth-test1 in test1 has no carrier"


@pytest.mark.parametrize(
    ("whole", "place", "words"),
    [
        (one_end_up(), ("test2", "veth-test2"), f"veth-test2 in test2 is DOWN. {_CABLE}."),
        (half_moved(), ("test1", "veth-test1"), "both ends are DOWN."),
        (with_link(bridged(), HOST, "lab0", flags=()), (HOST, "lab0"), "The bridge lab0 on the host is DOWN."),
        (two_namespaces(), ("test1", "lo"), "192.168.1.1 is an address of its own: packets to it go through lo"),
        (None, ("test2", "veth-test2"), "veth-test2 in test2 is DOWN."),
        (two_namespaces(), ("test2", "newer"), "newer in test2 is DOWN."),
    ],
)
def test_what_it_means_that_an_interface_is_down(whole, place, words):
    """A cable is named by both ends; a bridge, lo and an interface that is not in the network get other sentences."""
    finding = Finding("link_down", INTERFACE, Place(*place), "UP", "DOWN", (), "192.168.1.1")

    assert words in plain(tuple(finding_sentences(finding, whole)))
