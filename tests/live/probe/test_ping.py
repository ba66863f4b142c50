"""ping(): the real ping, which always ends; a failed one is a result with a reason."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from nslab_kernel import addr_show, build, link_down, link_up, ping, route_add
from tests.live.shell import interrupt_when
from tests.networks import bridged, one_end_up, two_namespaces

CUT = "ip -n test2 link set dev veth-test2 down"


def running(program):
    """The processes of this sandbox that run a program."""
    found = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        try:
            if path.read_text().strip() == program:
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


def once_answered(do):
    """Do something in another thread, as soon as the other end has answered the first request."""

    def wait():
        while "REACHABLE" not in subprocess.check_output(["ip", "-n", "test1", "neigh"], text=True):
            time.sleep(0.01)
        do()

    started = threading.Thread(target=wait)
    started.start()
    return started


def test_both_ways():
    """The tutorial's last step: every request is answered."""
    build(two_namespaces())

    for dst, netns in (("192.168.1.2", "test1"), ("192.168.1.1", "test2")):
        result = ping(dst, netns=netns)
        assert (result.sent, result.received, result.seqs, result.ttl, result.status) == (3, 3, (1, 2, 3), 64, 0)
        assert len(result.rtt_ms) == 3
        assert all(0 < ms < 1000 for ms in result.rtt_ms)
        assert result.reason == ""
        assert f"ip netns exec {netns} ping -c 3 -i 0.2 -W 1 {dst}" == result.command
        assert "icmp_seq=3" in result.text


def test_on_the_host():
    """Without netns it starts on the host."""
    build(bridged())

    assert ping("172.18.0.11", count=1).received == 1
    assert ping("127.0.0.1", count=1)


def test_no_way():
    """Without a route the kernel refuses at once: nothing is sent."""
    build(two_namespaces())

    result = ping("10.0.0.1", netns="test1")

    assert (result.sent, result.received) == (0, 0)
    assert result.reason == "Network is unreachable"
    assert not result


def test_nobody_answers_with_lo_down():
    """With lo down the kernel's own error never arrives: the neighbour's state is the reason."""
    build(two_namespaces())

    result = ping("192.168.1.9", netns="test1", count=2)

    assert (result.sent, result.received, result.lost) == (2, 0, 2)
    assert result.reason == "192.168.1.9 dev veth-test1 INCOMPLETE"


def test_nobody_answers_with_lo_up():
    """With lo up the kernel says so itself, after its three questions."""
    build(two_namespaces())
    link_up("lo", netns="test1")

    result = ping("192.168.1.9", netns="test1", count=1, timeout_s=5)

    assert result.reason == "Destination Host Unreachable"


def test_the_other_end_is_down():
    """With one end down the cable does not carry, and the question is never heard."""
    build(one_end_up())

    assert ping("192.168.1.2", netns="test1", count=1).reason == "dev veth-test1 NO-CARRIER"


def test_ones_own_address_with_lo_down():
    """One's own address goes by lo, and lo is down."""
    build(two_namespaces())

    assert ping("192.168.1.1", netns="test1", count=1).reason == "dev lo state DOWN"


def test_the_gateway_is_the_neighbour():
    """What lies behind a gateway that is not there: the gateway's state is the reason."""
    build(two_namespaces())
    route_add("default", gateway="192.168.1.9", netns="test1")

    assert ping("10.1.2.3", netns="test1", count=1).reason == "192.168.1.9 dev veth-test1 INCOMPLETE"


def test_loss():
    """The cable is cut after the first replies: those that are lost are named by number."""
    build(two_namespaces())
    cut = once_answered(lambda: subprocess.run(["sh", "-c", CUT], check=True))

    result = ping("192.168.1.2", netns="test1", count=20, interval_s=0.2, timeout_s=0.5)
    cut.join()

    assert result.sent == 20
    assert 0 < result.received < 20
    assert result.seqs == tuple(range(1, result.received + 1))
    assert result.lost_seqs == tuple(range(result.received + 1, 21))


def test_link_local_by_interface():
    """An IPv6 link-local address needs its interface behind a percent sign."""
    build(two_namespaces())
    deadline = time.monotonic() + 60
    while any("tentative" in addr_show(netns=netns).text for netns in ("test1", "test2")):
        assert time.monotonic() < deadline
        time.sleep(0.05)

    assert ping("fe80::ff:fe00:2%veth-test1", netns="test1", count=1)


@pytest.mark.parametrize("dst", ["192.168.1.2", "192.168.1.9"])
def test_an_interrupt_stops_at_once_and_leaves_no_process(dst):
    """Interrupting a long ping ends it and the program."""
    build(two_namespaces())
    interrupt_when(lambda: running("ping"))
    start = time.monotonic()

    with pytest.raises(KeyboardInterrupt):
        ping(dst, netns="test1", count=1000, interval_s=0.2)

    assert time.monotonic() - start < 100
    assert running("ping") == []


def test_it_always_ends():
    """Even when the other end stops answering in the middle, and with lo down."""
    build(two_namespaces())
    link_down("veth-test2", netns="test2")

    ping("192.168.1.2", netns="test1")

    assert running("ping") == []


def test_it_ends_even_where_ping_does_not():
    """A ping that hangs is ended after its time, and what it has written is kept."""
    build(two_namespaces())
    stop = once_answered(lambda: [os.kill(pid, signal.SIGSTOP) for pid in running("ping")])

    result = ping("192.168.1.2", netns="test1", count=20, timeout_s=0.1)
    stop.join()

    assert (result.sent, result.received + result.lost) == (20, 20)
    assert 0 < result.received < 20
    assert running("ping") == []


@pytest.mark.parametrize("pause_s", [0.3, 1.3])
def test_a_cable_that_was_mended_carries_at_once(pause_s):
    """A ping that failed leaves Linux asking for the neighbour; the next one does not share that question's fate."""
    build(one_end_up())
    ping("192.168.1.2", netns="test1")
    time.sleep(pause_s)
    link_up("veth-test2", netns="test2")

    assert ping("192.168.1.2", netns="test1").received == 3
