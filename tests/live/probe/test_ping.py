"""ping(): runs the real ping, always ends, and gives the reason of a failure."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from nslab_kernel import addr_show, build, link_down, link_up, netns_add, ping, route_add, route_get, sysctl_set
from nslab_kernel.display.sentences import ping_sentences
from nslab_kernel.errors import NoNamespace
from nslab_kernel.model.results import PingResult
from nslab_kernel.probe.ping import ended
from nslab_kernel.probe.running_ping import RunningPing, asked_ping
from tests.live.shell import inside, interrupt_when
from tests.networks import bridged, one_end_up, two_namespaces

CUT = "ip -n test2 link set dev veth-test2 down"


def running(program):
    """Return the pids of the processes in this sandbox that run a program."""
    found = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        try:
            if path.read_text().strip() == program:
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


def once_answered(do):
    """Call a function in another thread, as soon as the other end has answered the first request."""

    def wait():
        while "REACHABLE" not in subprocess.check_output(["ip", "-n", "test1", "neigh"], text=True):
            time.sleep(0.01)
        do()

    started = threading.Thread(target=wait)
    started.start()
    return started


def test_both_ways():
    """In the tutorial's last step every request is answered, in both directions."""
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
    """Without `netns` the ping starts on the host."""
    build(bridged())

    assert ping("172.18.0.11", count=1).received == 1
    assert ping("127.0.0.1", count=1)


def test_no_way():
    """Without a route nothing is sent, and the reason is the kernel's error."""
    build(two_namespaces())

    result = ping("10.0.0.1", netns="test1")

    assert (result.sent, result.received) == (0, 0)
    assert result.reason == "Network is unreachable"
    assert not result


def test_nobody_answers_with_lo_down():
    """With lo down the kernel's ICMP error does not arrive, so the reason is the neighbour's state."""
    build(two_namespaces())

    result = ping("192.168.1.9", netns="test1", count=2)

    assert (result.sent, result.received, result.lost) == (2, 0, 2)
    assert result.reason == "192.168.1.9 dev veth-test1 INCOMPLETE"


def test_nobody_answers_with_lo_up():
    """With lo up the kernel's ICMP error arrives, after three ARP requests."""
    build(two_namespaces())
    link_up("lo", netns="test1")

    result = ping("192.168.1.9", netns="test1", count=1, timeout_s=5)

    assert result.reason == "Destination Host Unreachable"


def test_a_router_that_knows_no_way():
    """The ICMP error of a router is quoted as the router's, not as that of the sender's kernel."""
    build(two_namespaces())
    route_add("10.0.0.0/8", gateway="192.168.1.2", netns="test1")
    sysctl_set("net.ipv4.ip_forward", 1, netns="test2")

    result = ping("10.0.0.1", netns="test1", count=1)

    assert "Destination Net Unreachable" == result.reason
    assert "192.168.1.2 says: Destination Net Unreachable." in ping_sentences(result)


@pytest.mark.parametrize("metrics", [(100, 200), (200, 100)])
def test_of_two_routes_the_one_with_the_lower_metric_is_the_way(metrics):
    """The reason names the gateway of the route with the lower metric."""
    build(two_namespaces())
    for n, metric in enumerate(metrics):
        inside("test1", f"route add 10.0.0.0/8 via 192.168.1.{8 + n} metric {metric}")
    taken = f"192.168.1.{8 + metrics.index(100)}"

    result = ping("10.0.0.1", netns="test1", count=1, timeout_s=0.2)

    assert f"via {taken} " in route_get("10.0.0.1", netns="test1").text
    assert f"{taken} dev veth-test1 INCOMPLETE" == result.reason


def test_the_other_end_is_down():
    """The cable has no carrier because its other end is down."""
    build(one_end_up())

    assert ping("192.168.1.2", netns="test1", count=1).reason == "dev veth-test1 NO-CARRIER"


def test_a_rule_leads_out_of_a_dead_cable():
    """The reason names the interface that a policy rule's table leads to, not the main table's, which works."""
    build(two_namespaces())
    inside("test1", "link add dev x type veth peer name y", "link set dev x up")
    inside("test1", "route add default dev x table 100", "rule add to 192.168.1.2 lookup 100")

    assert "dev x NO-CARRIER" == ping("192.168.1.2", netns="test1", count=1, timeout_s=0.2).reason


def test_ones_own_address_with_lo_down():
    """The namespace's own address is reached over lo, and lo is down."""
    build(two_namespaces())

    assert ping("192.168.1.1", netns="test1", count=1).reason == "dev lo state DOWN"


def test_the_gateway_is_the_neighbour():
    """Behind a gateway that does not exist, the reason is the gateway's neighbour state."""
    build(two_namespaces())
    route_add("default", gateway="192.168.1.9", netns="test1")

    assert ping("10.1.2.3", netns="test1", count=1).reason == "192.168.1.9 dev veth-test1 INCOMPLETE"


ROUTER = """
netns add r
link add dev v0 type veth peer name eth0 netns r
link add dev v1 mtu 1300 type veth peer name eth1 mtu 1300 netns r
link set dev v1 netns test1
addr add 10.0.1.1/24 dev v0
link set dev v0 up
route add 10.0.2.0/24 via 10.0.1.254
netns exec r ip addr add 10.0.1.254/24 dev eth0
netns exec r ip addr add 10.0.2.254/24 dev eth1
netns exec r ip link set dev eth0 up
netns exec r ip link set dev eth1 up
netns exec r sysctl -qw net.ipv4.ip_forward=1
-n test1 addr add 10.0.2.1/24 dev v1
-n test1 link set dev v1 up
-n test1 route add default via 10.0.2.254
"""
"""Lines of `ip`: from the host over r to test1; the last cable has an MTU of 1300."""


def behind_a_router():
    netns_add("test1")
    for line in ROUTER.strip().splitlines():
        subprocess.run(["ip", *line.split()], check=True)


def test_size():
    """`size` bytes are sent and come back."""
    build(two_namespaces())

    result = ping("192.168.1.2", netns="test1", count=2, size=1000)

    assert (result.received, len(result.rtt_ms)) == (2, 2)
    assert "1008 bytes from" in result.text
    assert result.command == "ip netns exec test1 ping -c 2 -i 0.2 -W 1 -s 1000 192.168.1.2"


def test_the_smallest_size_has_a_time():
    """16 bytes is the least size for which `ping` measures a time."""
    assert len(ping("127.0.0.1", count=1, size=16).rtt_ms) == 1


def test_dont_fragment_and_the_own_link():
    """A packet larger than the sender's own MTU is refused with dont_fragment, and sent in fragments without it."""
    build(two_namespaces())

    assert ping("192.168.1.2", netns="test1", count=1, size=1473)
    result = ping("192.168.1.2", netns="test1", count=1, size=1473, dont_fragment=True)

    assert not result
    assert result.reason == "Message too long"
    assert result.command == "ip netns exec test1 ping -c 1 -i 0.2 -W 1 -s 1473 -M do 192.168.1.2"
    assert ping("192.168.1.2", netns="test1", count=1, size=1472, dont_fragment=True)


def test_dont_fragment_and_a_link_on_the_way():
    """The router's ICMP error reports its MTU; from then on Linux fragments packets that may be fragmented."""
    behind_a_router()

    assert ping("10.0.2.1", count=1, size=1400, dont_fragment=True).reason == "Frag needed and DF set (mtu = 1300)"
    assert ping("10.0.2.1", count=1, size=1400)
    assert not ping("10.0.2.1", count=1, size=1400, dont_fragment=True)


def test_ttl():
    """With a TTL of 1 the router reports that it was exceeded; 2 is enough to reach test1."""
    behind_a_router()

    result = ping("10.0.2.1", count=1, ttl=1)

    assert result.reason == "Time to live exceeded"
    assert result.command == "ping -c 1 -i 0.2 -W 1 -t 1 10.0.2.1"
    assert ping("10.0.2.1", count=1, ttl=2)


def test_a_namespace_that_goes_meanwhile_is_no_reason(monkeypatch):
    """If the namespace is deleted before the reason is looked for, the reason is empty, and no error is raised."""
    build(two_namespaces())

    def gone(*_asked):
        raise NoNamespace("test1", [])

    monkeypatch.setattr("nslab_kernel.probe.ping.look_up_route", gone)

    assert "" == ended(PingResult("192.168.1.9", "test1", 1, 0, (), None, "", ""), 1).reason


def test_one_that_is_killed_does_not_say_that_nothing_was_sent():
    """A killed ping writes no count of sent packets, so the text must not say that nothing was sent."""
    build(two_namespaces())
    running = RunningPing(asked_ping("192.168.1.9", "test1", 100, 1, 1), lambda *_news: None)
    time.sleep(0.2)
    os.killpg(running._program.pid, signal.SIGKILL)
    running.wait()

    assert not running.running
    assert "Nothing was sent" not in " ".join(ping_sentences(running.result))


def test_loss():
    """The cable is cut after the first replies, and the lost requests are named by their numbers."""
    build(two_namespaces())
    cut = once_answered(lambda: subprocess.run(["sh", "-c", CUT], check=True))

    result = ping("192.168.1.2", netns="test1", count=20, interval_s=0.2, timeout_s=0.5)
    cut.join()

    assert result.sent == 20
    assert 0 < result.received < 20
    assert result.seqs == tuple(range(1, result.received + 1))
    assert result.lost_seqs == tuple(range(result.received + 1, 21))


def test_link_local_by_interface():
    """An IPv6 link-local address needs an interface after a percent sign."""
    build(two_namespaces())
    deadline = time.monotonic() + 60
    while any("tentative" in addr_show(netns=netns).text for netns in ("test1", "test2")):
        assert time.monotonic() < deadline
        time.sleep(0.05)

    assert ping("fe80::ff:fe00:2%veth-test1", netns="test1", count=1)


@pytest.mark.parametrize("dst", ["192.168.1.2", "192.168.1.9"])
def test_an_interrupt_stops_at_once_and_leaves_no_process(dst):
    """An interrupt ends a long ping at once, with its process."""
    build(two_namespaces())
    interrupt_when(lambda: running("ping"))
    start = time.monotonic()

    with pytest.raises(KeyboardInterrupt):
        ping(dst, netns="test1", count=1000, interval_s=0.2)

    assert time.monotonic() - start < 100
    assert running("ping") == []


def test_it_always_ends():
    """ping() ends even if the other end is down, and lo is too."""
    build(two_namespaces())
    link_down("veth-test2", netns="test2")

    ping("192.168.1.2", netns="test1")

    assert running("ping") == []


def test_it_ends_even_where_ping_does_not():
    """A ping process that hangs is killed after its time, and its output until then is kept."""
    build(two_namespaces())
    stop = once_answered(lambda: [os.kill(pid, signal.SIGSTOP) for pid in running("ping")])

    result = ping("192.168.1.2", netns="test1", count=20, timeout_s=0.1)
    stop.join()

    assert (result.sent, result.received + result.lost) == (20, 20)
    assert 0 < result.received < 20
    assert running("ping") == []


@pytest.mark.parametrize("pause_s", [0.3, 1.3])
def test_a_cable_that_was_mended_carries_at_once(pause_s):
    """The next ping asks for the neighbour anew, instead of sharing the failed ping's pending ARP requests."""
    build(one_end_up())
    ping("192.168.1.2", netns="test1")
    time.sleep(pause_s)
    link_up("veth-test2", netns="test2")

    assert ping("192.168.1.2", netns="test1").received == 3
