"""journey(): where a packet was seen, and why it went no further."""

import shutil
import subprocess
import threading
import time

import pytest

from nslab_kernel.display.bundle import bundle
from nslab_kernel.display.pcap import pcap_save
from nslab_kernel.display.sentences_probes import journey_sentences
from nslab_kernel.doctor import traced
from nslab_kernel.errors import BadValue, NoLink, NoNamespace
from nslab_kernel.model.network import End
from nslab_kernel.network.settle import settle
from nslab_kernel.packets import travel
from nslab_kernel.probe.journey import journey
from tests.live.shell import end, inside, quieten, sh, star, two_namespaces

ONE, TWO = End("test1", "veth-test1"), End("test2", "veth-test2")


def story(found):
    """Return each step's kind, start and end."""
    return [(step.kind, step.start, step.end) for step in found.steps]


def sysctl(line, netns=None):
    prefix = ["ip", "netns", "exec", netns] if netns else []
    subprocess.run([*prefix, "sysctl", "-qw", line], check=True)


def routed():
    """Make a and b, 10.0.1.2 and 10.0.2.2, behind the router r, which forwards; all interfaces are UP, lo too."""
    sh("netns add a", "netns add r", "netns add b")
    settle()  # on a machine that forwards, new namespaces forward until the lab has looked
    quieten("a", "r", "b")
    for n, name in enumerate("ab", 1):
        sh(f"link add dev eth0 netns {name} type veth peer name r{name} netns r")
        inside("r", f"addr add 10.0.{n}.1/24 dev r{name}", f"link set dev r{name} up", "link set dev lo up")
        inside(name, f"addr add 10.0.{n}.2/24 dev eth0", "link set dev eth0 up", "link set dev lo up")
        inside(name, f"route add default via 10.0.{n}.1")
    sysctl("net.ipv4.ip_forward=1", "r")


def routed_by_ipv6():
    """Make the same with fd00:1::2 and fd00:2::2, without duplicate address detection, which takes a second."""
    sh("netns add a", "netns add r", "netns add b")
    for name in "arb":
        sysctl("net.ipv6.conf.default.accept_dad=0", name)
        sysctl("net.ipv6.conf.all.accept_dad=0", name)
    for n, name in enumerate("ab", 1):
        sh(f"link add dev eth0 netns {name} type veth peer name r{name} netns r")
        inside("r", f"addr add fd00:{n}::1/64 dev r{name} nodad", f"link set dev r{name} up")
        inside(name, f"addr add fd00:{n}::2/64 dev eth0 nodad", "link set dev eth0 up")
        inside(name, f"route add default via fd00:{n}::1")
    sysctl("net.ipv6.conf.all.forwarding=1", "r")


def rules(netns, hook):
    """Add a chain that drops all packets at a hook."""
    line = f"add table ip t; add chain ip t c {{ type filter hook {hook} priority 0; policy drop; }}"
    subprocess.run(["ip", "netns", "exec", netns, "nft", line], check=True)


def pinged(netns, dst):
    """Send a ping that fails, so that Linux goes on asking for the neighbour."""
    line = ["ip", "netns", "exec", netns, "ping", "-c", "1", "-W", "0.2", dst]
    subprocess.run(line, check=False, stdout=subprocess.DEVNULL)


def told(found):
    """Return all sentences in one line, and check that none suspects a packet filter."""
    words = " ".join(journey_sentences(found)).replace("**", "")
    assert "packet filter may have" not in words
    return words


def with_outside():
    """Make two namespaces on a bridge of the host, which forwards to `out`."""
    star(2)
    sh("addr add 10.0.255.254/16 dev lab0", "netns add out", "link add dev wan type veth peer name eth0 netns out")
    sh("addr add 203.0.113.2/24 dev wan", "link set dev wan up")
    inside("out", "addr add 203.0.113.9/24 dev eth0", "link set dev eth0 up")
    inside("n0", "route add default via 10.0.255.254")
    sysctl("net.ipv4.ip_forward=1")


def listen(netns, port):
    """Start a program that takes one TCP connection, and return it once it listens."""
    code = f"import socket; s = socket.create_server(('', {port})); print('ready', flush=True); s.accept()"
    program = subprocess.Popen(["ip", "netns", "exec", netns, "python3", "-c", code], stdout=subprocess.PIPE, text=True)
    assert program.stdout.readline() == "ready\n"
    return program


def test_four_packets():
    """The first ping is four packets, ARP request and reply, echo request and reply; the second ping is two."""
    two_namespaces()
    first, second = journey("192.168.1.2", netns="test1"), journey("192.168.1.2", netns="test1")

    assert [("ask", ONE, TWO), ("answer", TWO, ONE), ("request", ONE, TWO), ("reply", TWO, ONE)] == story(first)
    assert [("request", ONE, TWO), ("reply", TWO, ONE)] == story(second)
    assert first.outcome == second.outcome == "answered"
    assert (ONE, TWO) == first.stops
    assert ["who-has 192.168.1.2", "echo request"] == [step.words for step in first.steps if step.start == ONE]
    assert "ip netns exec test1 ping -c 1 -W 1 192.168.1.2" == first.command


def test_times_are_the_kernels_own():
    """The times are the kernel's: they begin at 0, never fall, and a packet leaves before it arrives."""
    two_namespaces()
    found = journey("192.168.1.2", netns="test1")
    times = [one.time_us for one in found.sightings]

    assert 0 == times[0]
    assert sorted(times) == times
    assert ["out", "in"] * 4 == [one.direction for one in found.sightings]
    assert found.took_us == times[-1]


def test_through_a_bridge():
    """The bridge stands for its ports, and namespaces that only receive the ARP broadcast are left out."""
    star(4)
    found = journey("10.0.0.3", netns="n0")

    assert (End("n0", "eth0"), End("host", "lab0"), End("n2", "eth0")) == found.stops
    assert ["ask", "ask", "answer", "answer", "request", "request", "reply", "reply"] == [s.kind for s in found.steps]
    assert any(packet.netns == "host" and packet.ifname == "v2" for packet in found.packets)


def test_nobody_has_the_address():
    """Only an ARP request is seen; the neighbour's state shows that nobody answers."""
    two_namespaces()
    found = journey("192.168.1.9", netns="test1", timeout_s=0.3)

    assert [("ask", ONE, TWO)] == story(found)
    assert ("silent", ONE, "ask", "192.168.1.9 INCOMPLETE") == (
        found.outcome, found.last.at, found.last.kind, found.proof.text,
    )  # fmt: skip


def test_the_kernel_refuses():
    """Without a route nothing is sent."""
    two_namespaces()
    found = journey("10.0.0.1", netns="test1")

    assert ("refused", "Network is unreachable (ENETUNREACH)", ()) == (found.outcome, found.said, found.steps)


def test_to_oneself():
    """A packet to the namespace's own address goes over lo, not over the cable; with lo down nothing is seen."""
    two_namespaces()
    down = journey("192.168.1.1", netns="test1", timeout_s=0.2)
    inside("test1", "link set dev lo up")
    up = journey("192.168.1.1", netns="test1")

    assert ("silent", ()) == (down.outcome, down.steps)
    assert [
        ("request", End("test1", "lo"), End("test1", "lo")),
        ("reply", End("test1", "lo"), End("test1", "lo")),
    ] == story(up)


def test_a_host_that_does_not_forward():
    """The packet is seen on the bridge and not on the uplink, and the sysctl that is off is named."""
    with_outside()
    sysctl("net.ipv4.ip_forward=0")
    found = journey("203.0.113.9", netns="n0", timeout_s=0.3)

    assert ("host", "request") == (found.last.at.netns, found.last.kind)
    assert ("sysctl net.ipv4.ip_forward", "net.ipv4.ip_forward = 0") == (found.proof.command, found.proof.text)
    assert ("not_forwarding", "host") == (found.finding.id, found.finding.place.netns)
    assert "The host does not forward packets: net.ipv4.ip_forward = 0." in told(found)


def test_no_way_back():
    """The request arrives, and the other side has no route for the reply."""
    with_outside()
    found = journey("203.0.113.9", netns="n0", timeout_s=0.3)

    assert (End("out", "eth0"), "request", "RTNETLINK answers: Network is unreachable") == (
        found.last.at, found.last.kind, found.proof.text,
    )  # fmt: skip
    assert "ip netns exec out ip route get 10.0.0.1 from 203.0.113.9" == found.proof.command
    assert "nobody there has a route to it. The request arrives: it is the reply that is lost." in told(found)
    assert ("64", "63") in [(step.before, step.after) for step in found.steps if step.kind == "forwarded"]


@pytest.mark.skipif(not shutil.which("iptables", path="/usr/sbin:/sbin:/usr/bin"), reason="iptables is not installed")
def test_nat_there_and_back():
    """The steps show the source rewritten in the request, and the destination in the reply."""
    with_outside()
    subprocess.run(
        ["/usr/sbin/iptables", "-t", "nat", "-A", "POSTROUTING", "-o", "wan", "-j", "MASQUERADE"], check=True
    )
    found = journey("203.0.113.9", netns="n0")
    rewritten = [(s.kind, s.before, s.after) for s in found.steps if s.kind in ("source", "destination")]

    assert [("source", "10.0.0.1", "203.0.113.2"), ("destination", "203.0.113.2", "10.0.0.1")] == rewritten
    assert found


def test_a_router_answers_instead():
    """An ICMP error is reported with its sender."""
    with_outside()
    found = journey("198.51.100.1", netns="n0")

    assert ("rejected", "From 10.0.255.254: net unreachable") == (found.outcome, found.said)
    assert "No reply, but an error: From 10.0.255.254: net unreachable." == told(found)


def test_a_dead_port_of_a_bridge():
    """The packet is seen at one port of the bridge; the other port is DOWN, and is named."""
    star(2)
    journey("10.0.0.2", netns="n0")
    sh("link set dev v1 down")
    found = journey("10.0.0.2", netns="n0", timeout_s=0.3)

    assert End("host", "v0") == found.last.at
    assert "v1@if2: <BROADCAST,MULTICAST> mtu 1500" in found.proof.text  # as ip itself writes it
    assert "v1 on the host is DOWN. The cable between v1 on the host and eth0 in n1 has no carrier." in told(found)


def test_a_bridge_that_is_down():
    """The packet came in at a bridge's port and went no further, because the bridge is DOWN, and is named."""
    star(2)
    journey("10.0.0.2", netns="n0")
    sh("link set dev lab0 down")
    found = journey("10.0.0.2", netns="n0", timeout_s=0.3)

    assert End("host", "v0") == found.last.at
    assert "The bridge lab0 on the host is DOWN." in told(found)


def test_ipv6_that_is_not_forwarded():
    """The router's sysctl for IPv6 is named, not a packet filter."""
    routed_by_ipv6()
    settle()
    assert journey("fd00:2::2", netns="a")
    sysctl("net.ipv6.conf.all.forwarding=0", "r")
    found = journey("fd00:2::2", netns="a", timeout_s=0.3)

    assert End("r", "ra") == found.last.at
    assert "r does not forward packets: net.ipv6.conf.all.forwarding = 0." in told(found)
    assert "ip netns exec r sysctl net.ipv6.conf.all.forwarding" == found.proof.command
    assert "net.ipv6.conf.all.forwarding = 0" == found.proof.text


def test_one_interface_whose_packets_are_not_forwarded():
    """The forwarding sysctl of one interface is off, although ip_forward is on."""
    routed()
    sysctl("net.ipv4.conf.ra.forwarding=0", "r")

    words = told(journey("10.0.2.2", "a", timeout_s=0.3))
    assert "r does not forward packets: net.ipv4.conf.ra.forwarding = 0." in words


@pytest.mark.parametrize("network", [routed, routed_by_ipv6])
@pytest.mark.parametrize("warm", [True, False])
def test_a_cable_without_carrier_behind_a_router(network, warm):
    """Both ends of the cable are named, and which one is DOWN, whether the neighbour was known before or not."""
    network()
    settle()
    dst = "10.0.2.2" if network is routed else "fd00:2::2"
    assert not warm or journey(dst, netns="a")
    inside("b", "link set dev eth0 down")
    found = journey(dst, netns="a", timeout_s=0.3)

    assert (End("r", "ra"), End("b", "eth0")) == (found.last.at, found.finding.place.end)
    assert "eth0 in b is DOWN. The cable between eth0 in b and rb in r has no carrier." in told(found)


def test_a_dead_cable_at_the_sender():
    """No packet is seen; both ends of the cable are named, and which one is DOWN."""
    two_namespaces()
    inside("test2", "link set dev veth-test2 down")
    found = journey("192.168.1.2", netns="test1", timeout_s=0.2)

    assert (
        "No answer, and nothing was seen at any interface. veth-test2 in test2 is DOWN. The cable between veth-test2 in"
        " test2 and veth-test1 in test1 has no carrier." == told(found)
    )
    assert "Seen last" not in bundle(found)["text/html"]


@pytest.mark.parametrize(("where", "ifname"), [(None, "v1"), ("n1", "eth0")])
def test_a_question_lost_behind_a_bridge(where, ifname):
    """The port that leads to the address is named, or its other end, whichever is DOWN; another port's is not."""
    star(3)
    sh("link set dev v2 down")
    inside(where, f"link set dev {ifname} down") if where else sh(f"link set dev {ifname} down")
    found = journey("10.0.0.2", netns="n0", timeout_s=0.3)
    words = told(found)

    ends = [("v1", "on the host"), ("eth0", "in n1")]
    (here, beside), (there, beyond) = reversed(ends) if where else ends
    assert (End("host", "v0"), End(where or "host", ifname)) == (found.last.at, found.finding.place.end)
    assert "who has 10.0.0.2, and nobody answered." in words
    assert f"{here} {beside} is DOWN. The cable between {here} {beside} and {there} {beyond} has no carrier." in words
    assert "v2" not in words


def test_a_question_behind_two_bridges():
    """The cable between two bridges has no carrier, and is the one that is named."""
    star(1)
    sh("netns add far", "link add dev up0 type veth peer name up1 netns far", "link set dev up0 master lab0 up")
    inside("far", "link add dev br type bridge", "link set dev br up", "addr add 10.0.9.9/16 dev br")
    inside("far", "link set dev up1 master br")

    assert "up1 in far is DOWN. The cable between up1 in far and up0 on the host has no carrier." in told(
        journey("10.0.9.9", netns="n0", timeout_s=0.3)
    )


def test_a_question_that_came_in_and_was_not_answered():
    """With rp_filter Linux does not answer the ARP request, which arrives; `ip route get` shows why."""
    routed()
    inside("r", "route add 10.0.1.2/32 dev rb")
    sysctl("net.ipv4.conf.all.rp_filter=1", "r")
    found = journey("10.0.2.2", netns="a", timeout_s=0.3)

    assert End("r", "ra") == found.last.at
    assert "The question came in at ra in r, where the address is. ra in r refuses packets from 10.0.1.2" in told(found)
    assert "ip netns exec r ip route get 10.0.1.1 from 10.0.1.2 iif ra" == found.proof.command
    assert "RTNETLINK answers: Invalid argument" == found.proof.text


def test_a_question_that_came_in_behind_a_bridge():
    """An ARP request goes to all ports of a bridge; only its arrival at the owner of the address is reported."""
    star(3)
    inside("n1", "link set dev eth0 arp off")
    found = journey("10.0.0.2", netns="n0", timeout_s=0.3)

    assert (End("n1", "eth0"), "ask", "no_arp") == (found.last.at, found.last.kind, found.finding.id)
    assert (End("n0", "eth0"), End("host", "lab0"), End("n1", "eth0")) == found.stops
    assert "The question came in at eth0 in n1, where the address is. eth0 in n1 takes no part in ARP" in told(found)


def test_both_ends_of_a_cable_are_down():
    """If both ends are DOWN the text says so, because setting one end up would not help."""
    star(2)
    inside("n1", "link set dev eth0 down")
    sh("link set dev v1 down")

    assert "The cable between v1 on the host and eth0 in n1 has no carrier: both ends are DOWN." in told(
        journey("10.0.0.2", netns="n0", timeout_s=0.3)
    )


def test_an_address_that_nobody_has():
    """The text says that no interface in the lab has the address."""
    two_namespaces()

    assert "no interface in the lab has it." in told(journey("192.168.1.9", "test1", timeout_s=0.2))


def test_a_wrong_mac():
    """A permanent neighbour has a wrong MAC, so the frame arrives, but is addressed to nobody."""
    two_namespaces()
    inside("test1", "neigh replace 192.168.1.2 lladdr 02:00:00:00:00:99 dev veth-test1 nud permanent")
    found = journey("192.168.1.2", netns="test1", timeout_s=0.2)

    assert End("test2", "veth-test2") == found.last.at
    assert "192.168.1.2 lladdr 02:00:00:00:00:99 PERMANENT" == found.proof.text
    assert "addressed to the MAC 02:00:00:00:00:99, which no interface in the lab has." in told(found)


def test_pings_that_are_ignored():
    """The sysctl that makes a namespace ignore echo requests is named."""
    two_namespaces()
    sysctl("net.ipv4.icmp_echo_ignore_all=1", "test2")

    assert "test2 answers no ping: net.ipv4.icmp_echo_ignore_all = 1." in told(
        journey("192.168.1.2", netns="test1", timeout_s=0.2)
    )


def test_a_namespace_that_is_deleted_meanwhile(monkeypatch):
    """If the sender's namespace is deleted before journey() reads its neighbours, the error says so."""
    two_namespaces()
    inside("test2", "link set dev veth-test2 arp off")
    inside("test1", "neigh flush all")

    def travelled(*asked):
        found = travel.travel(*asked)
        sh("netns del test1")
        return found

    monkeypatch.setattr("nslab_kernel.probe.journey.travel", travelled)
    with pytest.raises(NoNamespace, match="test1"):
        journey("192.168.1.2", netns="test1", timeout_s=0.2)


def test_a_packet_filter_that_drops():
    """The packet is sent once more, and Linux's trace names the rule that drops it."""
    routed()
    rules("r", "forward")
    found = journey("10.0.2.2", netns="a", timeout_s=0.3)

    assert "A rule of the packet filter in r stops the packet: ip t c: policy drop." in told(found)
    assert ("filter_drop", "ip netns exec r nft -s list chain ip t c") == (found.finding.id, found.proof.command)
    assert "type filter hook forward priority filter; policy drop;" == found.proof.text


def test_a_packet_filter_is_not_accused(monkeypatch):
    """If there is no time to trace a packet, the text says only that there are rules."""
    routed()
    rules("r", "forward")
    monkeypatch.setattr(traced, "_PATIENCE_S", 0.0)
    found = journey("10.0.2.2", netns="a", timeout_s=0.3)
    words = " ".join(journey_sentences(found)).replace("**", "")

    assert "It came in there and was not seen to go on. r has packet filter rules" in words
    assert ("lost", "ip netns exec r nft list ruleset", "table ip t {") == (
        found.finding.id, found.proof.command, found.proof.text,
    )  # fmt: skip


def test_a_packet_filter_that_lets_it_through_is_not_accused():
    """Rules that the packet passes are not named if something else stops it."""
    routed()
    line = "add table ip t; add chain ip t c { type filter hook forward priority 0; policy accept; }"
    subprocess.run(["ip", "netns", "exec", "r", "nft", line], check=True)
    sysctl("net.ipv4.ip_forward=0", "r")
    found = journey("10.0.2.2", netns="a", timeout_s=0.3)

    assert "not_forwarding" == found.finding.id
    assert "packet filter" not in told(found)


def test_where_nothing_is_known_nothing_is_claimed():
    """A full accept queue drops the SYN, which nothing shows, so no cause is named."""
    two_namespaces()
    inside("test2", "link set dev lo up")
    fill = (
        "import socket, time; s = socket.socket(); s.bind(('', 80)); s.listen(0)\n"
        "kept = socket.create_connection(('192.168.1.2', 80)); print('full', flush=True); time.sleep(100)"
    )
    server = subprocess.Popen(["ip", "netns", "exec", "test2", "python3", "-c", fill], stdout=subprocess.PIPE)
    try:
        server.stdout.readline()
        found = journey("192.168.1.2", netns="test1", port=80, timeout_s=0.3)
    finally:
        end(server)

    assert "No answer. Seen last: veth-test2 in test2. It came in there and was not seen to go on." == told(found)
    assert ("lost", None) == (found.finding.id, found.proof)


def test_a_reply_that_the_sender_throws_away():
    """A reply that is seen at the interface, but does not reach the program, is no answer."""
    routed()
    rules("a", "input")
    found = journey("10.0.2.2", netns="a", timeout_s=0.3)

    assert ("silent", End("a", "eth0"), "reply") == (found.outcome, found.last.at, found.last.kind)
    assert ("filter_drop", "a", True) == (found.finding.id, found.finding.place.netns, found.finding.is_back)
    assert not found


@pytest.mark.parametrize(("network", "dst"), [(two_namespaces, "192.168.1.9"), (routed, "10.0.2.9")])
def test_soon_after_a_failed_ping(network, dst):
    """journey() waits until an earlier ping's ARP requests have failed, and then asks anew, without their error."""
    network()
    start = "test1" if network is two_namespaces else "a"
    inside(start, "link set dev lo up")
    pinged(start, dst)
    time.sleep(2.4)  # Linux gives up 3.1 s after the first question
    found = journey(dst, netns=start, timeout_s=1)

    assert ("silent", "ask") == (found.outcome, found.last.kind)
    assert f"who-has {dst}" in [step.words for step in found.steps]
    assert found.proof.text == f"{dst} INCOMPLETE"


def test_what_passed_before_it_was_sent_is_not_told(monkeypatch):
    """ARP requests of another program, before the journey sends its packet, do not belong to the journey."""
    two_namespaces()
    settle()
    monkeypatch.setattr(travel, "_TIMESTAMP_DELAY_S", 0.8)
    other = threading.Timer(0.3, pinged, ["test1", "192.168.1.9"])
    other.start()
    found = journey("192.168.1.9", netns="test1", timeout_s=0.1)
    other.join()

    assert () == found.sightings
    assert "192.168.1.9 INCOMPLETE" == found.proof.text


def test_a_question_of_somebody_else_is_not_forwarding():
    """ARP requests of the router itself do not count as the journey's packet being forwarded."""
    routed()
    sysctl("net.ipv4.ip_forward=0", "r")
    inside("b", "addr del 10.0.2.2/24 dev eth0")
    noise = subprocess.Popen(
        ["ip", "netns", "exec", "r", "ping", "-q", "-i", "0.1", "10.0.2.2"], stdout=subprocess.DEVNULL
    )
    try:
        time.sleep(0.3)
        found = journey("10.0.2.2", netns="a", timeout_s=1.5)
    finally:
        end(noise)

    assert (End("r", "ra"), "request") == (found.last.at, found.last.kind)
    assert "net.ipv4.ip_forward = 0" in told(found)
    assert End("r", "rb") not in found.stops


def test_asking_whether_a_neighbour_is_still_there_is_not_forwarding():
    """A unicast probe to a known neighbour (RFC 4861, 7.3), sent meanwhile, does not belong to the journey."""
    routed()
    assert journey("10.0.2.2", netns="a")
    rules("r", "forward")
    inside("r", "neigh replace 10.0.2.2 lladdr 02:00:00:00:00:99 dev rb nud probe")
    found = journey("10.0.2.2", netns="a", timeout_s=1.5)

    assert (End("r", "ra"), "request") == (found.last.at, found.last.kind)
    assert End("r", "rb") not in found.stops


def test_the_command_is_what_one_would_type():
    """The command by hand was not what ran, and the text says so; it does run in a shell."""
    two_namespaces()
    found = journey("192.168.1.2", netns="test1")
    first, command, *_ = bundle(found)["text/plain"].splitlines()

    assert "nslab: one ping of its own from test1 to 192.168.1.2. By hand:" == first
    assert f"$ {found.command}" == command
    assert first in bundle(found)["text/html"]
    assert 0 == subprocess.run(["sh", "-c", found.command], check=False, stdout=subprocess.DEVNULL).returncode


def test_tcp_connects():
    """A connection to an open port is SYN, SYN ACK, ACK."""
    two_namespaces()
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
    """A connection to a closed port is SYN, RST."""
    two_namespaces()
    found = journey("192.168.1.2", netns="test1", port=81)

    assert ["SYN", "RST"] == [step.words for step in found.steps if step.kind in ("request", "reply")]
    assert ("rejected", "Connection refused (ECONNREFUSED)") == (found.outcome, found.said)
    assert "In test2 nobody listens at port 81." in str(found)


def test_tcp_is_refused_by_a_filter():
    """If a rule answers with RST, the rule is named, and not the port."""
    two_namespaces()
    rule = "add rule ip f c tcp dport 80 reject with tcp reset"
    chain = "add chain ip f c { type filter hook input priority 0; }"
    subprocess.run(["ip", "netns", "exec", "test2", "nft", f"add table ip f; {chain}; {rule}"], check=True)
    found = journey("192.168.1.2", netns="test1", port=80)

    assert "filter_drop" == found.finding.id
    assert "nobody listens" not in str(found)


def test_ipv6_asks_its_group():
    """IPv6 uses neighbour discovery instead of ARP."""
    sh("netns add a", "netns add b", "link add dev eth0 netns a type veth peer name eth0 netns b")
    for n, name in enumerate("ab", 1):
        inside(name, f"addr add 2001:db8::{n}/64 dev eth0 nodad", "link set dev eth0 up")
    found = journey("2001:db8::2", netns="a")

    assert ["ask", "answer", "request", "reply"] == [step.kind for step in found.steps]
    assert "who has 2001:db8::2" == found.steps[0].words


@pytest.mark.parametrize("port", [None, 80])
def test_a_link_local_address_has_its_interface_behind_it(port):
    """The interface name after % is one of the namespace where the journey starts."""
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
    """Packets of other pings do not become steps."""
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
    """The real tcpdump reads all packets with their nanoseconds, and the file has the interfaces' names."""
    two_namespaces()
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
    """A wrong argument raises an error before anything is sent."""
    two_namespaces()
    with pytest.raises(error):
        journey(*arguments)


def test_a_bad_file():
    """An argument that is no journey, and a file that cannot be written, raise an error."""
    two_namespaces()
    with pytest.raises(BadValue):
        pcap_save("192.168.1.2")
    with pytest.raises(BadValue):
        pcap_save(journey("192.168.1.2", netns="test1"), "/nowhere/a.pcap")


def test_a_reply_that_is_not_seen_counts():
    """A loop of two bridges fills the captures before the reply is seen, and the journey still counts as answered."""
    star(1)
    sh(
        "addr add 10.0.255.254/16 dev lab0",
        "link set dev lo up",
        "link add dev lab1 type bridge",
        "link set dev lab1 up",
    )
    for n in (1, 2):
        sh(f"link add dev t{n} type veth peer name u{n}")
        sh(f"link set dev t{n} master lab0 up", f"link set dev u{n} master lab1 up")
    subprocess.run(["ping", "-c1", "-W1", "10.0.0.99"], check=False, capture_output=True)  # its ARP request circles

    for _time in range(10):
        found = journey("10.0.255.254")
        assert found
        assert (found.took_us is None) == ("was not seen" in " ".join(journey_sentences(found)))


def test_it_leaves_no_thread():
    """journey() leaves no thread behind."""
    two_namespaces()
    journey("192.168.1.2", netns="test1")
    before = threading.active_count()
    journey("192.168.1.2", netns="test1")

    assert before == threading.active_count()
