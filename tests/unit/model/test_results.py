"""Change, Listing and PingResult: the values computed from their fields."""

import pytest

from nslab_kernel.model.results import Change, Listing, PingResult, Topology
from tests.networks import bare, two_namespaces


def result(**facts):
    given = {"sent": 3, "received": 2, "rtt_ms": (0.05, 0.07), "ttl": 64, "seqs": (1, 3), **facts}
    return PingResult("192.168.1.2", "test1", command="ping 192.168.1.2", text="", **given)


def test_a_change_has_the_lines_that_came_and_went():
    """`added` and `removed` are the lines that differ between before and after."""
    change = Change("ip netns add test1", bare(), two_namespaces())

    assert {"test1", "test2"} == {line.text for line in change.added if line.shown_by == "ip netns"}
    assert change.removed == ()
    assert repr(change).startswith("<Change 'ip netns add test1': +")


def test_lost_is_what_did_not_come_back():
    """`lost` and `lost_seqs` name the requests without a reply."""
    assert (result().lost, result().lost_seqs) == (1, (2,))


def test_median():
    """`median_ms` is the median of the round-trip times, and None without a reply."""
    assert pytest.approx(result().median_ms) == 0.06
    assert result(received=0, rtt_ms=(), seqs=()).median_ms is None


def test_a_ping_is_true_when_anything_came_back():
    """A result with at least one reply is true, so that `if ping(...)` works."""
    assert result()
    assert not result(received=0, rtt_ms=(), seqs=())


def test_reprs_are_short():
    """repr() is one line with the main facts."""
    assert repr(result()) == "<PingResult 192.168.1.2: 2 of 3 came back>"
    assert repr(Listing("ip link", "a\nb\n")) == "<Listing 'ip link': 2 lines>"
    assert repr(Topology(bare())) == "<Topology of <Network 1 namespaces, 1 links>>"
