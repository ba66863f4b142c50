"""Networks to break, made by plain `ip`, `nft` and `sysctl`."""

import subprocess
import time

from nslab_kernel.network.settle import settle
from tests.live.shell import inside, quieten, sh, star, two_namespaces


def run(*lines):
    """Run lines as a learner types them into a shell."""
    for line in lines:
        subprocess.run(["sh", "-ec", line], check=True)


def answers(dst, netns):
    """Return whether one of two pings is answered."""
    prefix = ["ip", "netns", "exec", netns] if netns else []
    return any(
        not subprocess.run([*prefix, "ping", "-c1", "-W1", dst], check=False, stdout=subprocess.DEVNULL).returncode
        for _try in range(2)
    )


def forget():
    """Flush the neighbour tables of all namespaces, and what all bridges named lab0 have learnt."""
    for line in ("ip neigh flush all", "bridge fdb flush dev lab0 dynamic"):
        for prefix in ("", "ip -all netns exec "):
            run(f"{prefix}{line} >/dev/null 2>&1 || true")


def pair():
    """Connect test1 and test2 by a cable: 192.168.1.1 and 192.168.1.2."""
    two_namespaces()


def bridge():
    """Connect three namespaces to the host's bridge lab0: 10.0.0.1 to 10.0.0.3, the host 10.0.255.254."""
    star(3)
    sh("addr add 10.0.255.254/16 dev lab0")


def outside():
    """Connect two namespaces by lab0 to the host, their gateway, which masquerades them towards `inet`, 203.0.113.9."""
    star(2)
    sh("addr add 10.0.255.254/16 dev lab0", "netns add inet", "link add dev wan type veth peer name eth0 netns inet")
    quieten("inet")
    sh("addr add 203.0.113.2/24 dev wan", "link set dev wan up", "link set dev lo up")
    inside("inet", "addr add 203.0.113.9/24 dev eth0", "link set dev eth0 up", "link set dev lo up")
    for n in range(2):
        inside(f"n{n}", "route add default via 10.0.255.254")
    run(
        "sysctl -qw net.ipv4.ip_forward=1",
        "nft 'add table ip nat; add chain ip nat postrouting { type nat hook postrouting priority srcnat; };"
        ' add rule ip nat postrouting ip saddr 10.0.0.0/16 oifname "wan" masquerade\'',
    )


def routers():
    """Connect left, r1, r2 and right in a row: 10.0.1.0/24, 10.0.12.0/24, 10.0.2.0/24, with all routes they need."""
    namespaces("left", "r1", "r2", "right")
    quieten("left", "r1", "r2", "right")
    cable("left", "eth0", "10.0.1.2", "r1", "to-left", "10.0.1.1")
    cable("r1", "to-r2", "10.0.12.1", "r2", "to-r1", "10.0.12.2")
    cable("r2", "to-right", "10.0.2.1", "right", "eth0", "10.0.2.2")
    inside("left", "route add default via 10.0.1.1")
    inside("right", "route add default via 10.0.2.1")
    inside("r1", "route add 10.0.2.0/24 via 10.0.12.2")
    inside("r2", "route add 10.0.1.0/24 via 10.0.12.1")
    run(*(f"ip netns exec {name} sysctl -qw net.ipv4.ip_forward=1" for name in ("r1", "r2")))


def namespaces(*names):
    """Add namespaces, and wait until the lab has reset the sysctls that they have from a machine that forwards."""
    sh(*(f"netns add {name}" for name in names))
    settle()


def cable(one, ifname, addr, other, peer, peer_addr, length=24):
    """Connect two namespaces by a veth pair, with an address and UP at both ends."""
    sh(f"link add dev {ifname} netns {one} type veth peer name {peer} netns {other}")
    for netns, dev, ip in ((one, ifname, addr), (other, peer, peer_addr)):
        nodad = " nodad" if ":" in ip else ""
        inside(netns, f"addr add {ip}/{length} dev {dev}{nodad}", f"link set dev {dev} up", "link set dev lo up")


def six():
    """Connect a, fd00:1::2, and b, fd00:2::2, by the router r, with IPv6 only."""
    namespaces("a", "r", "b")
    for name in "arb":
        run(*(f"ip netns exec {name} sysctl -qw net.ipv6.conf.{which}.accept_dad=0" for which in ("all", "default")))
    cable("a", "eth0", "fd00:1::2", "r", "to-a", "fd00:1::1", 64)
    cable("r", "to-b", "fd00:2::1", "b", "eth0", "fd00:2::2", 64)
    inside("a", "route add default via fd00:1::1")
    inside("b", "route add default via fd00:2::1")
    run("ip netns exec r sysctl -qw net.ipv6.conf.all.forwarding=1")


def tunnel():
    """Connect c1, 10.10.0.11, and c2, 10.10.0.12, by VXLAN 42 between bridges on two hosts with a router between."""
    namespaces("c1", "h1", "core", "h2", "c2")
    quieten("c1", "h1", "core", "h2", "c2")
    cable("h1", "eth0", "192.0.2.2", "core", "to-h1", "192.0.2.1")
    cable("core", "to-h2", "198.51.100.1", "h2", "eth0", "198.51.100.2")
    run("ip netns exec core sysctl -qw net.ipv4.ip_forward=1")
    ends = {"1": ("192.0.2.2", "198.51.100.2"), "2": ("198.51.100.2", "192.0.2.2")}
    for n, (local, remote) in ends.items():
        via = local.rpartition(".")[0] + ".1"
        inside(f"h{n}", f"route add default via {via}", "link add dev lab0 type bridge", "link set dev lab0 up")
        inside(f"h{n}", f"link add dev vx42 type vxlan id 42 dstport 4789 local {local} remote {remote}")
        inside(f"h{n}", "link set dev vx42 master lab0 up")
        sh(f"link add dev v1 netns h{n} type veth peer name eth0 netns c{n}")
        inside(f"h{n}", "link set dev v1 master lab0 up")
        inside(f"c{n}", f"addr add 10.10.0.1{n}/24 dev eth0", "link set dev eth0 up", "link set dev lo up")


def settled(dst, netns):
    """Wait until pings work in a network that was just made."""
    deadline = time.monotonic() + 5
    while not answers(dst, netns) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert answers(dst, netns)
