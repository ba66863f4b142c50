"""journey(): what was seen where, and who says what about the rest."""

import shutil
import subprocess
import threading

import pytest

from nslab_kernel.display.pcap import pcap_save
from nslab_kernel.display.sentences_way import journey_sentences
from nslab_kernel.errors import BadValue, NoLink, NoNamespace
from nslab_kernel.model.network import End
from nslab_kernel.network.settle import settle
from nslab_kernel.probe.journey import journey
from tests.live.shell import inside, sh, star, two_rooms

ONE, TWO = End("test1", "veth-test1"), End("test2", "veth-test2")


def story(found):
    """Each step as kind, from, to."""
    return [(step.kind, step.start, step.end) for step in found.steps]


def sysctl(line, netns=None):
    prefix = ["ip", "netns", "exec", netns] if netns else []
    subprocess.run([*prefix, "sysctl", "-qw", line], check=True)


def with_outside():
    """Two boxes on a bridge of the host, which has an uplink to `out`, and forwards."""
    star(2)
    sh("addr add 10.0.255.254/16 dev lab0", "netns add out", "link add dev wan type veth peer name eth0 netns out")
    sh("addr add 203.0.113.2/24 dev wan", "link set dev wan up")
    inside("out", "addr add 203.0.113.9/24 dev eth0", "link set dev eth0 up")
    inside("n0", "route add default via 10.0.255.254")
    sysctl("net.ipv4.ip_forward=1")


def listen(netns, port):
    """A program that takes one TCP connection."""
    code = f"import socket; s = socket.create_server(('', {port})); print('ready', flush=True); s.accept()"
    program = subprocess.Popen(["ip", "netns", "exec", netns, "python3", "-c", code], stdout=subprocess.PIPE, text=True)
    assert program.stdout.readline() == "ready\n"
    return program


def test_four_packets():
    """The first ping is four packets: ARP asks, ARP answers, request, reply; the second is two."""
    two_rooms()
    first, second = journey("192.168.1.2", netns="test1"), journey("192.168.1.2", netns="test1")

    assert [("ask", ONE, TWO), ("answer", TWO, ONE), ("request", ONE, TWO), ("reply", TWO, ONE)] == story(first)
    assert [("request", ONE, TWO), ("reply", TWO, ONE)] == story(second)
    assert first.outcome == second.outcome == "answered"
    assert (ONE, TWO) == first.stops
    assert ["who-has 192.168.1.2", "echo request"] == [step.words for step in first.steps if step.start == ONE]
    assert "ip netns exec test1 ping -c 1 -W 1 192.168.1.2" == first.command


def test_times_are_the_kernels_own():
    """They rise, begin at zero, and a packet leaves before it arrives."""
    two_rooms()
    found = journey("192.168.1.2", netns="test1")
    times = [one.time_us for one in found.sightings]

    assert 0 == times[0]
    assert sorted(times) == times
    assert ["out", "in"] * 4 == [one.way for one in found.sightings]
    assert found.took_us == times[-1]


def test_through_a_bridge():
    """A bridge stands for its ports, and those who only overhear the question are left out."""
    star(4)
    found = journey("10.0.0.3", netns="n0")

    assert (End("n0", "eth0"), End("host", "lab0"), End("n2", "eth0")) == found.stops
    assert ["ask", "ask", "answer", "answer", "request", "request", "reply", "reply"] == [s.kind for s in found.steps]
    assert any(packet.netns == "host" and packet.ifname == "v2" for packet in found.packets)


def test_nobody_has_the_address():
    """Only a question is seen; the neighbour's state says that nobody answers."""
    two_rooms()
    found = journey("192.168.1.9", netns="test1", timeout_s=0.3)

    assert [("ask", ONE, TWO)] == story(found)
    assert ("silent", ONE, "ask", "192.168.1.9 INCOMPLETE") == (
        found.outcome, found.loss.at, found.loss.kind, found.loss.words,
    )  # fmt: skip


def test_the_kernel_refuses():
    """Without a route nothing is sent."""
    two_rooms()
    found = journey("10.0.0.1", netns="test1")

    assert ("refused", "Network is unreachable (ENETUNREACH)", ()) == (found.outcome, found.said, found.steps)


def test_to_oneself():
    """One's own address goes over lo, and not over the cable; with lo down nothing is seen."""
    two_rooms()
    down = journey("192.168.1.1", netns="test1", timeout_s=0.2)
    inside("test1", "link set dev lo up")
    up = journey("192.168.1.1", netns="test1")

    assert ("silent", ()) == (down.outcome, down.steps)
    assert [
        ("request", End("test1", "lo"), End("test1", "lo")),
        ("reply", End("test1", "lo"), End("test1", "lo")),
    ] == story(up)


def test_a_host_that_does_not_forward():
    """Seen on the bridge, not on the uplink: the kernel says that it knows no way for it."""
    with_outside()
    sysctl("net.ipv4.ip_forward=0")
    found = journey("203.0.113.9", netns="n0", timeout_s=0.3)

    assert ("host", "request", "No route to host") == (found.loss.at.netns, found.loss.kind, found.loss.words)
    assert "ip route get 203.0.113.9 from 10.0.0.1 iif lab0" == found.loss.command


def test_no_way_back():
    """The request arrives; the other side has no route for the reply."""
    with_outside()
    found = journey("203.0.113.9", netns="n0", timeout_s=0.3)

    assert (End("out", "eth0"), "request", "Network is unreachable") == (
        found.loss.at, found.loss.kind, found.loss.words,
    )  # fmt: skip
    assert ("64", "63") in [(step.before, step.after) for step in found.steps if step.kind == "forwarded"]


@pytest.mark.skipif(not shutil.which("iptables", path="/usr/sbin:/sbin:/usr/bin"), reason="iptables is not installed")
def test_nat_there_and_back():
    """The source is rewritten on the way out, the destination on the way back."""
    with_outside()
    subprocess.run(
        ["/usr/sbin/iptables", "-t", "nat", "-A", "POSTROUTING", "-o", "wan", "-j", "MASQUERADE"], check=True
    )
    found = journey("203.0.113.9", netns="n0")
    rewritten = [(s.kind, s.before, s.after) for s in found.steps if s.kind in ("source", "destination")]

    assert [("source", "10.0.0.1", "203.0.113.2"), ("destination", "203.0.113.2", "10.0.0.1")] == rewritten
    assert found


def test_a_router_answers_instead():
    """An error on the way back is told, with who sent it."""
    with_outside()
    found = journey("198.51.100.1", netns="n0")

    assert ("rejected", "From 10.0.255.254: net unreachable") == (found.outcome, found.said)


def test_a_dead_port_of_a_bridge():
    """Seen at one port, not at the other, which is down."""
    star(2)
    journey("10.0.0.2", netns="n0")
    sh("link set dev v1 down")
    found = journey("10.0.0.2", netns="n0", timeout_s=0.3)

    assert (End("host", "v0"), "v1 <> state DOWN") == (found.loss.at, found.loss.words)


def test_a_bridge_that_is_down():
    """The packet came in at the bridge's port and went nowhere: the sentence names the bridge."""
    star(2)
    journey("10.0.0.2", netns="n0")
    sh("link set dev lab0 down")
    found = journey("10.0.0.2", netns="n0", timeout_s=0.3)

    assert End("host", "v0") == found.loss.at
    assert any("lab0 is DOWN" in sentence for sentence in journey_sentences(found))


def test_tcp_connects():
    """To an open port: SYN, SYN ACK, ACK."""
    two_rooms()
    server = listen("test2", 80)
    try:
        found = journey("192.168.1.2", netns="test1", port=80)
    finally:
        server.kill()
        server.wait()

    assert ["SYN", "SYN, ACK", "ACK"] == [step.words for step in found.steps if step.kind in ("request", "reply")]
    assert found
    assert "ip netns exec test1 nc -z -w 1 192.168.1.2 80" == found.command


def test_tcp_is_refused():
    """To a closed port: SYN, RST."""
    two_rooms()
    found = journey("192.168.1.2", netns="test1", port=81)

    assert ["SYN", "RST"] == [step.words for step in found.steps if step.kind in ("request", "reply")]
    assert ("rejected", "Connection refused (ECONNREFUSED)") == (found.outcome, found.said)


def test_ipv6_asks_its_group():
    """Neighbour discovery instead of ARP."""
    sh("netns add a", "netns add b", "link add dev eth0 netns a type veth peer name eth0 netns b")
    for n, name in enumerate("ab", 1):
        inside(name, f"addr add 2001:db8::{n}/64 dev eth0 nodad", "link set dev eth0 up")
    found = journey("2001:db8::2", netns="a")

    assert ["ask", "answer", "request", "reply"] == [step.kind for step in found.steps]
    assert "who has 2001:db8::2" == found.steps[0].words


@pytest.mark.parametrize("port", [None, 80])
def test_a_link_local_address_has_its_interface_behind_it(port):
    """The name of the interface is one of the namespace where the journey starts."""
    sh("netns add a", "netns add b", "link add dev va netns a type veth peer name vb netns b")
    inside("a", "addr add fe80::a/64 dev va nodad", "link set dev va up")
    inside("b", "addr add fe80::b/64 dev vb nodad", "link set dev vb up")
    settle()
    found = journey("fe80::b%va", netns="a", port=port)

    assert ("answered" if port is None else "rejected") == found.outcome
    assert End("b", "vb") in found.stops
    with pytest.raises(NoLink):
        journey("fe80::b%vb", netns="a", port=port)


def test_other_pings_do_not_disturb():
    """While others ping, only the journey's own packets are told."""
    star(3)
    noise = subprocess.Popen(
        ["ip", "netns", "exec", "n1", "ping", "-q", "-i", "0.002", "10.0.0.3"], stdout=subprocess.DEVNULL
    )
    try:
        found = journey("10.0.0.3", netns="n0")
    finally:
        noise.kill()
        noise.wait()

    assert (End("n0", "eth0"), End("host", "lab0"), End("n2", "eth0")) == found.stops
    assert 4 == sum(step.kind in ("request", "reply") for step in found.steps)


def test_tcpdump_reads_the_file(tmp_path):
    """The real tcpdump finds every packet, with nanoseconds, and the interfaces' names are in the file."""
    two_rooms()
    found = journey("192.168.1.2", netns="test1")
    file = pcap_save(found, str(tmp_path / "a.pcap"))
    read = subprocess.run(
        ["tcpdump", "-Z", "root", "-n", "-tt", "--nano", "-r", str(file)], check=True, capture_output=True, text=True
    ).stdout.splitlines()

    assert 8 == len(found.packets) == len(read)
    assert "who-has 192.168.1.2 tell 192.168.1.1" in read[0]
    assert "ICMP echo reply" in read[-1]
    assert f"{found.packets[0].time_ns // 10**9}.{found.packets[0].time_ns % 10**9:09}" == read[0].split()[0]
    assert b"test1/veth-test1" in file.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("example.org",), BadValue),
        (("192.168.1.2", "nowhere"), NoNamespace),
        (("192.168.1.2", "test1", 0), BadValue),
        (("192.168.1.2", "test1", 80, "1"), BadValue),
    ],
)
def test_bad_arguments(arguments, error):
    """What cannot be is said before anything is sent."""
    two_rooms()
    with pytest.raises(error):
        journey(*arguments)


def test_a_bad_file():
    """What is no journey, and what is no file, is said."""
    two_rooms()
    with pytest.raises(BadValue):
        pcap_save("192.168.1.2")
    with pytest.raises(BadValue):
        pcap_save(journey("192.168.1.2", netns="test1"), "/nowhere/a.pcap")


def test_it_leaves_no_thread():
    """Afterwards there are as many threads as before."""
    two_rooms()
    journey("192.168.1.2", netns="test1")
    before = threading.active_count()
    journey("192.168.1.2", netns="test1")

    assert before == threading.active_count()
