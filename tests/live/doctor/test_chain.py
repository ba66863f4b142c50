"""The chain of why(): which of its links hold, and which one breaks."""

import pytest

from nslab_kernel.doctor.why import why
from nslab_kernel.model.diagnosis import (
    ADDRESS,
    ARRIVAL,
    BROKEN,
    HOLDS,
    INTERFACE,
    NEIGHBOUR,
    NOT_REACHED,
    ROUTE,
    WAY_BACK,
)
from tests.live.doctor import networks
from tests.live.doctor.networks import forget, run, settled
from tests.live.doctor.test_faults import ASKED

GONE = {
    "the destination's": ("pair", "ip -n test2 addr del 192.168.1.2/24 dev veth-test2", ADDRESS),
    "the destination's, behind routers": ("routers", "ip -n right addr flush dev eth0", ADDRESS),
    "the gateway's": ("outside", "ip addr del 10.0.255.254/16 dev lab0", NEIGHBOUR),
    "the gateway's on the way back": (
        "routers",
        "ip -n r2 addr del 10.0.2.1/24 dev to-right; ip -n r2 route add 10.0.2.0/24 dev to-right",
        WAY_BACK,
    ),
    "the own one": ("pair", "ip -n test1 addr del 192.168.1.1/24 dev veth-test1", ROUTE),
}


@pytest.mark.parametrize("name", GONE)
def test_an_address_that_is_gone(name):
    """There is a route to the address: the chain breaks at the destination, or at a next hop, whose address is gone."""
    network, line, link = GONE[name]
    getattr(networks, network)()
    settled(*ASKED[network])
    run(line)
    forget()
    found = why(*ASKED[network])

    assert "no_address" == found.findings[0].id
    assert [link] == [stage.link for stage in found.stages if stage.verdict == BROKEN]


def test_what_comes_behind_the_broken_link_is_not_reached():
    """A frame with a wrong destination MAC is dropped at the other end, so no link after NEIGHBOUR is reached."""
    networks.pair()
    run("ip -n test1 neigh replace 192.168.1.2 lladdr 02:00:00:00:00:99 dev veth-test1 nud permanent")
    stages = why("192.168.1.2", "test1").stages

    assert [(ROUTE, HOLDS), (INTERFACE, HOLDS), (NEIGHBOUR, BROKEN)] == [(one.link, one.verdict) for one in stages[:3]]
    assert {NOT_REACHED} == {one.verdict for one in stages[3:]}


def test_the_other_end_has_another_address():
    """Nobody can know which address was meant: the finding names the one that exists, and offers no fix."""
    networks.pair()
    found = why("192.168.1.7", "test1")

    assert "The other end of its cable, veth-test2 in test2, has 192.168.1.2." in str(found)
    assert ("nobody_has", ()) == (found.findings[0].id, found.findings[0].fix)


def test_where_a_cable_may_lead_out_of_the_lab_nobody_is_said_to_be_missing():
    """A tunnel may lead out of the lab, and the lab does not see who has an address there."""
    networks.pair()
    run(
        "ip -n test1 link add vx9 type vxlan id 9 dstport 4789 remote 192.168.1.2",
        "ip -n test1 addr add 203.0.113.1/24 dev vx9",
        "ip -n test1 link set dev vx9 up",
        "ip -n test1 neigh add 203.0.113.7 lladdr 02:00:00:00:00:99 dev vx9 nud permanent",
    )

    assert "lost" == why("203.0.113.7", "test1").findings[0].id


def test_on_a_bridge_no_end_is_the_other_one():
    """A bridge has many ports, so the finding names no other end whose address may have been meant."""
    networks.bridge()

    assert "other end" not in str(why("10.0.0.9", "n0"))


def test_who_asks_has_a_route_and_an_interface():
    """If the destination's address is gone, ROUTE and INTERFACE hold, because Linux did send ARP requests."""
    networks.pair()
    run("ip -n test2 addr del 192.168.1.2/24 dev veth-test2")
    stages = why("192.168.1.2", "test1").stages

    assert [(ROUTE, HOLDS), (INTERFACE, HOLDS), (ADDRESS, BROKEN)] == [(one.link, one.verdict) for one in stages[:3]]


def test_a_router_without_a_route_has_taken_the_packet_in():
    """A packet that a router cannot forward for want of a route has still arrived there."""
    networks.routers()
    run("ip -n r1 route del 10.0.2.0/24")
    stages = [(one.link, one.place and one.place.netns, one.verdict) for one in why("10.0.2.2", "left").stages]

    assert (ARRIVAL, "r1", HOLDS) == stages[stages.index((ROUTE, "r1", BROKEN)) - 1]
