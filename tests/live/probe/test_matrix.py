"""ping_matrix(): which address reaches which, or the reason why not."""

import subprocess
import threading
from pathlib import Path

import pytest

from nslab_kernel.errors import BadValue
from nslab_kernel.probe import reachability_matrix
from nslab_kernel.probe.reachability_matrix import ping_matrix
from tests.live.shell import inside, sh, star, two_namespaces


def said(result):
    """Return for each direction `ok`, the error's text or `silence`."""
    return {
        (one.source.addr, one.target.addr): "ok" if one.reached else one.said or "silence" for one in result.directions
    }


def neighbours(netns):
    return len(subprocess.check_output(["ip", "-n", netns, "neigh"], text=True).splitlines())


def test_two_namespaces():
    """Two namespaces reach each other within a second, without an error."""
    two_namespaces()
    result = ping_matrix()

    assert {("192.168.1.1", "192.168.1.2"): "ok", ("192.168.1.2", "192.168.1.1"): "ok"} == said(result)
    assert result
    assert all(0 < one.rtt_ms < 1000 for one in result.directions)
    assert not any(one.table_full for one in result.directions)


def test_thirty_boxes_are_complete():
    """All 870 directions between thirty namespaces on a bridge work, twice in a row."""
    star(30)
    for _ in range(2):
        result = ping_matrix()

        assert (870, 870) == (len(result.directions), result.reached)


def test_fifty_boxes_are_complete_though_the_neighbour_table_is_smaller():
    """2450 directions need more neighbour entries than the machine has, so entries are deleted on the way."""
    star(50)
    result = ping_matrix()

    assert (2450, 2450) == (len(result.directions), result.reached)
    assert neighbours("n0") < 49


def test_what_was_known_before_stays_known():
    """Neighbours that were known before a large matrix are kept."""
    star(30)
    inside("n3", "neigh add 10.0.0.200 lladdr 02:00:00:00:00:99 dev eth0 nud stale")
    ping_matrix()

    assert "10.0.0.200" in subprocess.check_output(["ip", "-n", "n3", "neigh"], text=True)


def test_a_full_table_is_said(monkeypatch):
    """Without the limit of pending directions the table overflows; the reason of those without an entry is ENOBUFS."""
    star(50)
    monkeypatch.setattr(reachability_matrix, "MAX_PENDING", 5000)
    result = ping_matrix(timeout_s=0.3)

    assert any(one.table_full for one in result.directions)
    assert {"ok", "No buffer space available (ENOBUFS)"} == set(said(result).values())


def test_no_route_is_the_senders_own_refusal():
    """With too long a prefix on one side that side gets an error of its own kernel, and the other side no answer."""
    two_namespaces()
    inside("test2", "addr flush dev veth-test2", "addr add 192.168.1.129/25 dev veth-test2")
    result = ping_matrix(timeout_s=0.2)

    assert {
        ("192.168.1.1", "192.168.1.129"): "silence",
        ("192.168.1.129", "192.168.1.1"): "Network is unreachable (ENETUNREACH)",
    } == said(result)
    assert result.one_way == ()


def test_tenants_with_the_same_address_cannot_call_each_other():
    """Two namespaces with the same address do not ping each other, because each would answer itself; others do."""
    two_namespaces()
    sh("netns add test3", "link add dev eth0 netns test3 type veth peer name far netns test3")
    inside("test3", "addr add 192.168.1.1/24 dev eth0", "link set dev eth0 up", "link set dev lo up")
    inside("test1", "link set dev lo up")
    result = ping_matrix(timeout_s=0.2)

    assert {("test1", "test2"), ("test2", "test1"), ("test2", "test3"), ("test3", "test2")} == {
        (one.source.netns, one.target.netns) for one in result.directions
    }


@pytest.mark.parametrize("second", ["n0", "n1"])
def test_a_call_to_an_address_that_the_caller_has_as_well_is_not_made(second):
    """If one side also has the other's address, neither direction is asked, because it would answer itself."""
    star(2)
    shared = {"n0": "10.0.0.2", "n1": "10.0.0.1"}[second]
    inside(second, f"addr add {shared}/16 dev lo")
    result = ping_matrix(timeout_s=0.2)

    assert () == result.directions


def test_who_does_not_answer_arp_is_unreachable():
    """Without `timeout_s` the matrix waits until ARP has failed, and has the kernel's ICMP error."""
    two_namespaces()
    inside("test1", "link set dev lo up")
    inside("test2", "link set dev veth-test2 down")

    assert "From 192.168.1.1: Destination Host Unreachable" == said(ping_matrix())["192.168.1.1", "192.168.1.2"]


def test_where_lo_is_down_the_neighbours_state_is_told():
    """With lo down the kernel's ICMP error does not arrive, so the neighbour's state is given as `ip neigh` has it."""
    two_namespaces()
    inside("test2", "link set dev veth-test2 down")
    line = said(ping_matrix())["192.168.1.1", "192.168.1.2"]

    assert "192.168.1.2 dev veth-test1 FAILED" == line
    assert line in subprocess.check_output(["ip", "-n", "test1", "neigh"], text=True).replace(" \n", "\n").splitlines()


@pytest.mark.limit(50)
def test_where_all_answer_nothing_is_waited_for():
    """The matrix ends with the last reply, long before its timeout."""
    star(5)

    assert ping_matrix(timeout_s=60)


def test_a_router_that_sends_few_errors_is_asked_again():
    """Linux sends two of these ICMP errors at once and then one in two seconds; asking again gets all four."""
    sh("netns add a", "netns add r", "link add dev eth0 netns a type veth peer name ra netns r")
    inside("a", "addr add 10.0.1.2/24 dev eth0", "link set dev eth0 up", "route add default via 10.0.1.1")
    inside("r", "addr add 10.0.1.1/24 dev ra", "link set dev ra up")
    for n in range(4):
        sh(f"netns add b{n}", f"link add dev eth0 netns b{n} type veth peer name r{n} netns r")
        inside(f"b{n}", f"addr add 10.9.{n}.2/24 dev eth0")
    subprocess.run(["ip", "netns", "exec", "r", "sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)
    result = ping_matrix()
    words = [what for (source, target), what in said(result).items() if source == "10.0.1.2" and target[:4] == "10.9"]

    assert ["From 10.0.1.1: Destination Net Unreachable"] * 4 == words


def test_a_reply_to_the_second_request_is_timed_from_that():
    """A reply to the second request has no time added for the first one, which was not answered."""
    two_namespaces()
    switch = "net.ipv4.icmp_echo_ignore_all="
    subprocess.run(["ip", "netns", "exec", "test2", "sysctl", "-qw", f"{switch}1"], check=True)
    answer = threading.Timer(1, subprocess.run, [["ip", "netns", "exec", "test2", "sysctl", "-qw", f"{switch}0"]])
    answer.start()
    result = ping_matrix(timeout_s=5)
    answer.join()
    (one,) = [one for one in result.directions if one.target.netns == "test2"]

    assert 0 < one.rtt_ms < 1000


def test_one_way_only():
    """A namespace that ignores echo requests still reaches the other one, so the pair is marked as one-way."""
    two_namespaces()
    subprocess.run(["ip", "netns", "exec", "test2", "sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1"], check=True)
    result = ping_matrix(timeout_s=0.2)

    assert {("192.168.1.1", "192.168.1.2"): "silence", ("192.168.1.2", "192.168.1.1"): "ok"} == said(result)
    ((works, does_not),) = result.one_way
    assert "test2" == works.source.netns == does_not.target.netns


def test_a_router_that_knows_no_way_is_quoted():
    """The ICMP error of a router without a route is quoted."""
    sh("netns add a", "netns add r", "netns add b")
    sh(
        "link add dev eth0 netns a type veth peer name r0 netns r",
        "link add dev eth0 netns b type veth peer name r1 netns r",
    )
    inside("r", "addr add 10.0.1.1/24 dev r0", "link set dev r0 up", "link set dev r1 up")
    inside("a", "addr add 10.0.1.10/24 dev eth0", "link set dev eth0 up", "route add default via 10.0.1.1")
    inside("b", "addr add 10.0.2.10/24 dev eth0", "link set dev eth0 up")
    subprocess.run(["ip", "netns", "exec", "r", "sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)
    result = ping_matrix(timeout_s=0.3)

    assert said(result)["10.0.1.10", "10.0.2.10"] == "From 10.0.1.1: Destination Net Unreachable"


def test_ipv6_too():
    """Global IPv6 addresses are asked from IPv6 addresses only."""
    sh("netns add a", "netns add b", "link add dev eth0 netns a type veth peer name eth0 netns b")
    for n, name in enumerate("ab", 1):
        inside(name, f"addr add 2001:db8::{n}/64 dev eth0 nodad", f"addr add 10.0.0.{n}/24 dev eth0")
        inside(name, "link set dev eth0 up")
    result = ping_matrix()

    assert {"ok"} == set(said(result).values())
    assert 4 == len(result.directions)


def test_progress_is_told():
    """on_progress hears of ever more directions, up to all of them."""
    star(10)
    seen = []
    ping_matrix(on_progress=lambda result, total: seen.append((len(result().directions), total)))

    assert seen == sorted(seen)
    assert (90, 90) == seen[-1]


def test_nothing_to_ask():
    """A lab without addresses has no directions, and raises no error."""
    assert () == ping_matrix().directions


def test_a_bad_time():
    """A timeout that is no number is refused."""
    with pytest.raises(BadValue):
        ping_matrix(timeout_s="1")


def test_nothing_stays_open():
    """Forty matrices leave no file descriptor open."""
    star(3)
    ping_matrix()  # the first snapshot() opens descriptors that it keeps
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(40):
        ping_matrix()

    assert before >= len(list(Path("/proc/self/fd").iterdir()))
