"""why() with a port, DNAT or a name, and what why() must not blame."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nslab_kernel.display.bundle import bundle, plain_text
from nslab_kernel.doctor import names, traced
from nslab_kernel.doctor import why as module
from nslab_kernel.doctor.evidence import send
from nslab_kernel.doctor.why import why
from nslab_kernel.errors import BadValue, NoNamespace
from nslab_kernel.language import speaking
from nslab_kernel.network.settle import settle
from nslab_kernel.packets import queries
from tests.live.doctor import networks
from tests.live.doctor.networks import answers, run, settled
from tests.live.doctor.test_faults import ASKED, FAULTS, Fault
from tests.live.shell import end

SERVE = (
    "import socket; s = socket.create_server(('{addr}', {port})); print('ready', flush=True)\nwhile True: s.accept()"
)
PUBLISH = (
    "nft 'add chain ip nat prerouting {{ type nat hook prerouting priority dstnat; }};"
    " add rule ip nat prerouting tcp dport 8080 dnat to {to}'"
)


RULE_FOR_OTHERS = (
    "add table inet others; add chain inet others c { type filter hook forward priority 0; };"
    " add rule inet others c tcp dport 23 drop"
)


def serve(netns, port, addr=""):
    """Start a program that accepts TCP connections, and return it once it listens."""
    code = SERVE.format(addr=addr, port=port)
    program = subprocess.Popen(["ip", "netns", "exec", netns, sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert program.stdout.readline() == b"ready\n"
    return program


def first(found):
    """Return the first finding's id and place."""
    assert not found.ok
    return found.findings[0].id, found.findings[0].place[:2]


def test_a_port_that_answers():
    """There is no fault where a TCP connection opens."""
    networks.pair()
    server = serve("test2", 80)
    assert why("192.168.1.2", "test1", port=80).ok
    end(server)


def test_nobody_listens():
    """A refused connection shows that the network works, and that nobody listens on the port."""
    networks.pair()
    assert ("no_listener", ("test2", "")) == first(why("192.168.1.2", "test1", port=80))


def test_somebody_listens_elsewhere():
    """A server on 127.0.0.1 accepts no connection from outside; the finding says where it listens."""
    networks.pair()
    run("ip -n test2 link set dev lo up")
    server = serve("test2", 80, "127.0.0.1")
    found = why("192.168.1.2", "test1", port=80)
    assert ("no_listener", ("test2", "")) == first(found)
    assert "127.0.0.1:80" == found.findings[0].actual
    end(server)


@pytest.mark.parametrize("how", ["drop", "reject", "reject with tcp reset"])
def test_a_filter_against_a_port(how):
    """A rule can refuse the connection although a server listens; then the rule is blamed."""
    networks.pair()
    server = serve("test2", 80)
    run(
        "ip netns exec test2 nft 'add table inet f; add chain inet f c { type filter hook input priority 0; };"
        f" add rule inet f c tcp dport 80 {how}'"
    )
    found = why("192.168.1.2", "test1", port=80)
    assert ("filter_drop", ("test2", "")) == first(found)
    assert "tcp dport 80" in found.findings[0].place.rule
    end(server)


def test_a_published_port():
    """A published port works; if its DNAT rule leads to a missing address, the rule is blamed."""
    networks.outside()
    settled("203.0.113.9", "n0")
    server = serve("n0", 80)
    run(PUBLISH.format(to="10.0.0.1:80"))
    assert why("203.0.113.2", "inet", port=8080).ok
    run("nft flush chain ip nat prerouting", "nft add rule ip nat prerouting tcp dport 8080 dnat to 10.0.0.77:80")
    found = why("203.0.113.2", "inet", port=8080)
    assert ("wrong_dnat", ("host", "")) == first(found)
    assert "dnat to 10.0.0.77:80" in found.findings[0].place.rule
    run("nft flush chain ip nat prerouting", "nft add rule ip nat prerouting tcp dport 8080 dnat to 10.0.0.1:81")
    assert ("no_listener", ("n0", "")) == first(why("203.0.113.2", "inet", port=8080))
    end(server)


def test_a_published_port_is_forwarded_to_nobody():
    """If the forward chain drops the packet, its rule is blamed, and not the DNAT rule."""
    networks.outside()
    settled("203.0.113.9", "n0")
    server = serve("n0", 80)
    run(PUBLISH.format(to="10.0.0.1:80"), "iptables -P FORWARD DROP", "iptables -A FORWARD -i lab0 -j ACCEPT")
    found = why("203.0.113.2", "inet", port=8080)
    assert ("filter_drop", ("host", "")) == first(found)
    assert "FORWARD" in found.findings[0].place.rule
    end(server)


@pytest.mark.parametrize(
    ("server_at", "addr", "expected"),
    [
        pytest.param("n0", "10.0.0.1", "no_nat", id="a box calls itself, and gets its own packet back"),
        pytest.param("n1", "10.0.0.2", "reply_bypasses", id="the reply of a neighbour goes past the router"),
    ],
)
def test_who_asks_for_a_published_port_of_its_own_net(server_at, addr, expected):
    """A client in the server's net gets replies from an address that it did not call; rewriting its source helps."""
    networks.outside()
    settled("203.0.113.9", "n0")
    server = serve(server_at, 80)
    run(PUBLISH.format(to=f"{addr}:80"))
    found = why("203.0.113.2", "n0", port=8080)
    assert (expected, ("host", "lab0")) == first(found)
    run(*(fix.command for fix in found.findings[0].fix))
    assert why("203.0.113.2", "n0", port=8080).ok
    end(server)


def test_a_name():
    """A name is resolved in the namespace where the packet starts."""
    networks.pair()
    run("ip -n test1 link set dev lo up")
    assert why("localhost", "test1").ok
    found = why("nobody.invalid", "test1")
    assert "unknown_name" == found.findings[-1].id


def test_a_name_whose_server_is_not_reached(monkeypatch):
    """The text says that a name server is looked for, and that an address would do without one."""
    networks.pair()
    monkeypatch.setattr(names, "servers", lambda _netns: ["10.255.255.53"])
    told = plain_text(why("test2", "test1"))

    assert told.startswith(
        "test1 does not know the name test2: a name server would have to tell it (nameserver 10.255.255.53)."
        " Use an address. test1 has no route to 10.255.255.53."
    )


FALSE_LEADS = {
    "a longer prefix that still works": (
        "pair",
        "ip -n test2 addr del 192.168.1.2/24 dev veth-test2",
        "ip -n test2 addr add 192.168.1.2/25 dev veth-test2",
    ),
    "lo down": ("pair",),
    "a neighbour that failed": ("pair", "ip netns exec test1 ping -c1 -W1 192.168.1.9 || true"),
    "rules for others": (
        "outside",
        "nft 'add table inet f; add chain inet f c { type filter hook forward priority 0; }'",
        "nft add rule inet f c ip saddr 10.0.0.2 drop",
        "iptables -A FORWARD -p tcp -j DROP",
    ),
    "a cable elsewhere": ("bridge", "ip link set dev v2 down"),
    "nobody forwards where nobody has to": ("bridge", "sysctl -qw net.ipv4.ip_forward=0"),
    "a worse route to nowhere": ("outside", "ip -n n0 route add default via 10.0.0.2 metric 500"),
    "a blackhole elsewhere": ("outside", "ip -n n0 route add blackhole 198.51.100.0/24"),
    "isolated from others only": ("bridge", "bridge link set dev v0 isolated on"),
    "a narrow way that says so": (
        "routers",
        "ip -n r1 link set dev to-r2 mtu 1400",
        "ip -n r2 link set dev to-r1 mtu 1400",
    ),
    "a tunnel": ("tunnel",),
    "IPv6": ("six",),
    "strict reverse paths on the right way": ("routers", "ip netns exec r1 sysctl -qw net.ipv4.conf.all.rp_filter=1"),
    "an address twice, elsewhere": ("bridge", "ip -n n1 addr add 10.0.0.3/16 dev eth0"),
}


@pytest.mark.parametrize("name", FALSE_LEADS)
def test_nothing_is_blamed(name):
    """Settings that look wrong but do no harm are not blamed, neither the first nor the second time."""
    network, *lines = FALSE_LEADS[name]
    asked = ASKED[network]
    getattr(networks, network)()
    settled(*asked)
    run(*lines)
    assert answers(*asked)
    for _time in range(2):
        found = why(*asked)
        assert found.ok, found.findings
        assert () == found.findings


def test_all_forms():
    """A diagnosis has a text and an HTML form, and the text has the cause and its fix, and exists in Chinese."""
    networks.pair()
    run("ip -n test2 link set dev veth-test2 down")
    found = why("192.168.1.2", "test1")
    assert {"text/plain", "text/html"} == set(bundle(found))
    text = plain_text(found)
    assert text.startswith("veth-test2 in test2 is DOWN.")
    assert 'link_up("veth-test2", netns="test2")' in text
    assert "ip netns exec test2 ip link set dev veth-test2 up" in text
    with speaking("zh"):
        assert plain_text(found).startswith("test2")


def test_out_of_time(monkeypatch):
    """When the time limit is over, why() sends nothing more, says where the packet was seen last, and blames nobody."""
    networks.pair()
    run(
        "ip netns exec test2 nft 'add table inet f; add chain inet f c { type filter hook input priority 0; };"
        " add rule inet f c icmp type echo-request drop'"
    )
    monkeypatch.setattr(module, "_LIMIT_S", 0.0)
    assert ("lost", ("test2", "veth-test2")) == first(why("192.168.1.2", "test1"))


PROGRAMS = {
    "bridge": FAULTS["remote of a tunnel"],
    "ip": FAULTS["address at another interface"],
    "nft": FAULTS["a server's answer filtered"],
    "ss": Fault("pair", ("192.168.1.2", "test1", 80), (), "no_listener", ("test2", ""), frozenset()),
    "tc": FAULTS["queue that is too small"],
}
"""Each program, with a fault that makes why() run it."""


@pytest.mark.limit(100)
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_that_hangs_is_not_waited_for(program, monkeypatch, tmp_path):
    """When the time limit is over, why() ends the program, and still returns what it knows."""
    fault = PROGRAMS[program]
    getattr(networks, fault.network)()
    settled(*fault.asked[:2])
    run(*fault.lines)
    settle()
    hanging, started = tmp_path / program, tmp_path / "started"
    hanging.write_text(f"#!/bin/sh\necho $$ >> {started}\nexec sleep 1000\n")
    hanging.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(module, "_LIMIT_S", 1.5)
    monkeypatch.setattr(queries, "_PATIENCE_S", 1000.0)
    monkeypatch.setattr(traced, "_PATIENCE_S", 1000.0)

    assert not why(*fault.asked).ok
    asked = started.read_text().split()
    assert asked and not [pid for pid in asked if Path(f"/proc/{pid}").exists()]


def test_many_filters_below_a_tunnel(monkeypatch):
    """The filter that drops a tunnel's packets is found by at most three packets, not by one a namespace with rules."""
    fault = FAULTS["below the tunnel"]
    networks.tunnel()
    networks.namespaces(*(f"a{n}" for n in range(30)))
    settled(*fault.asked)
    run(f"ip -all netns exec nft '{RULE_FOR_OTHERS}' >/dev/null", *fault.lines)
    settle()
    sent = []
    monkeypatch.setattr(traced, "send", lambda *what: sent.append(what) or send(*what))

    assert (fault.found, fault.place) == first(why(*fault.asked))
    assert 0 < len(sent) < 4


def test_errors():
    """A wrong address, port or namespace raises an error before anything is sent."""
    networks.pair()
    for wrong in ("", "1.2.3", "a b", None):
        with pytest.raises(BadValue):
            why(wrong, "test1")
    with pytest.raises(BadValue):
        why("192.168.1.2", "test1", port=0)
    with pytest.raises(NoNamespace) as told:
        why("192.168.1.2", "nowhere")
    assert "ip netns exec nowhere ping -c 1 192.168.1.2" == told.value.command
