"""Command lines, each with the state of the lab in which it is typed.

A state is made by shell lines, without nslab. If a line needs more than its state has, the lines before it are in
`given`. The two ends of a veth pair have different ifindexes, because with equal ones Linux reports up to a second
late that they are UP.
"""

import subprocess
import time
from dataclasses import dataclass

import pytest

from tests.live.shell import inside, sh

NOT_ON_THIS_MACHINE = (
    "Unknown device type",
    "qdisc kind is unknown",
    "classifier not found",
    "load TC action module",
    "Operation not supported",
    "encapsulation type not supported",
    "cannot stat /proc/sys",
    "Requested type not found",
    "open: Permission denied",  # ip-tuntap(8), where /dev/net/tun is open to the machine's root alone
)
"""Error texts where the machine lacks a kind of interface, queue or sysctl: the test is skipped with this text."""
T1 = "ip -n test1"
IN1 = "ip netns exec test1"
CABLE = "dev veth-test1"
GROUP = "bridge mdb add dev lab0 port veth1 grp 239.1.1.1 permanent"


def bare():
    """Leave the lab as it is at the start."""


def pair():
    """Make the tutorial's last state: test1 and test2, a veth pair, IPv4 and IPv6 addresses, all interfaces UP."""
    sh("netns add test1", "netns add test2")
    sh("link add dev veth-test1 index 15 netns test1 type veth peer name veth-test2 index 16 netns test2")
    for n in (1, 2):
        inside(
            f"test{n}",
            "link set dev lo up",
            f"addr add 192.168.1.{n}/24 dev veth-test{n}",
            f"addr add 2001:db8::{n}/64 dev veth-test{n} nodad",
            f"link set dev veth-test{n} up",
        )


def switch():
    """Make a bridge lab0 on the host, with an address, and box1 and box2 on its ports veth1 and veth2."""
    sh("link add dev lab0 type bridge", "addr add 10.0.0.1/24 dev lab0", "link set dev lab0 up")
    for n in (1, 2):
        sh(f"netns add box{n}", f"link add dev veth{n} type veth peer name eth0 netns box{n}")
        sh(f"link set dev veth{n} master lab0", f"link set dev veth{n} up")
        inside(
            f"box{n}",
            f"addr add 10.0.0.1{n}/24 dev eth0",
            "link set dev eth0 up",
            "route add default via 10.0.0.1",
        )


def router():
    """Make left, router and right: two veth pairs, and a router in the middle that forwards IPv4 and IPv6."""
    sh("netns add left", "netns add router", "netns add right")
    for n, side in enumerate(("left", "right"), 1):
        sh(f"link add dev eth0 index 15 netns {side} type veth peer name to-{side} index 2{n} netns router")
        inside("router", f"addr add 10.{n}.0.1/24 dev to-{side}", f"addr add fd00:{n}::1/64 dev to-{side} nodad")
        inside("router", f"link set dev to-{side} up")
        inside(side, f"addr add 10.{n}.0.2/24 dev eth0", f"addr add fd00:{n}::2/64 dev eth0 nodad")
        inside(side, "link set dev eth0 up")
        inside(side, f"route add default via 10.{n}.0.1", f"route add default via fd00:{n}::1")
    terminal("ip netns exec router sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")


@dataclass(frozen=True)
class Typed:
    """A line, and the state in which it is typed."""

    line: str
    state: object
    given: str = ""
    """Shell lines that are run before it."""
    may_be_left_out: bool = False
    """Whether the line makes something that cannot always be made again; then `left_out` of the Change names it."""
    is_silent: bool = False
    """Whether Linux sends no message about the change: only undo, reset and the script read enough to see it."""

    def __str__(self):
        return f"{self.state.__name__}: {self.line}"

    def start(self):
        """Make the state, and run the lines in `given`."""
        self.state()
        if self.given:
            terminal(self.given)

    def run(self):
        """Run the line in a shell."""
        terminal(self.line)
        if "netns del" in self.line:
            time.sleep(0.3)  # Linux takes a namespace apart in the background


def terminal(line):
    """Run a line in a shell; skip the test if this Linux lacks what the line needs."""
    finished = subprocess.run(["sh", "-ec", line], check=False, capture_output=True)
    said = finished.stderr.decode(errors="replace")
    if finished.returncode and any(words in said for words in NOT_ON_THIS_MACHINE):
        pytest.skip(f"{said.splitlines()[0]} ({line})")
    assert finished.returncode == 0, (line, said)


def typed(state, text, given="", **other):
    """Return one `Typed` for each line of a text."""
    return [Typed(line.strip(), state, given, **other) for line in text.strip().splitlines()]


NAMES = typed(
    bare,
    r"""
    ip netns add red
    ip netns add "my ns"
    ip netns add "$(printf 'caf\351')"
    ip netns add "$(printf 'a\tb')"
    ip netns add 'say "hi" <b>'
    ip netns add netns:a
    ip netns add red; ip netns add blue; ip link add dev a netns red type veth peer name b netns blue
    ip netns add red; ip -n red link set lo name own; ip -n red link add lo type veth peer name far
    ip link add ip6_vti0 type bridge
    ip link add dev "$(printf 'v\033[7m')" type veth peer name v1
    ip link add dev "$(printf 'v\351')" type veth peer name v1
    """,
) + typed(
    pair,
    """
    ip netns del test1
    ip netns del test1; ip netns add test1
    """,
)

LINKS = (
    typed(
        bare,
        """
        ip link add v0 type veth peer name v1
        ip link add v0 address 02:00:00:00:00:01 mtu 1400 txqueuelen 500 type veth peer name v1 mtu 1300
        ip link add v0 numtxqueues 4 type veth peer name v1
        ip link add v0 type veth peer name v1; ip link set v0 alias "$(printf '\351\007')"
        ip link add br0 type bridge
        ip link add br0 address 02:00:00:00:00:02 type bridge stp_state 1 forward_delay 400 ageing_time 1000
        ip link add vx0 type vxlan id 42 remote 10.0.0.2 local 10.0.0.1 dstport 4789
        ip link add br0 type bridge no_linklocal_learn 1 fdb_max_learned 100
        ip link add vx0 type vxlan id 1
        ip link add vx0 type vxlan external dstport 4789
        ip link add vx0 type vxlan external vnifilter dstport 4789
        ip link add vx0 type vxlan id 5 local 2001:db8::1 dstport 4789 udp6zerocsumtx remcsumrx
        ip link add vx0 type vxlan id 42 dstport 4789 ttl 16 nolearning
        ip link add ifb7 type ifb
        """,
    )
    + typed(
        bare,
        """
        ip tuntap add dev tap0 mode tap
        ip tuntap add dev tun0 mode tun multi_queue
        """,
        may_be_left_out=True,
    )
    + typed(
        bare,
        """
        ip link set lo mtu 1500
        ip link set lo down; ip link set lo name loop
        ip link set lo down
        ip link set lo alias "myself"
        ip link property add dev lo altname loopback-of-the-lab
        """,
    )
    + typed(
        bare,
        """
        ip link add link p0 name mv0 type macvlan mode bridge
        ip link add link p0 name mv0 type macvlan mode source
        ip link add link p0 name mv0 type macvlan mode source macaddr set 02:00:00:00:00:07 02:00:00:00:00:08
        ip link add link p0 name mt0 type macvtap
        ip link add vx0 type vxlan id 42 group 239.1.1.1 dev p0 dstport 4789
        ip link set p0 up
        ip link del p1
        ip link set p0 netns far; ip -n far link set p0 up
        """,
        given="ip link add p0 type veth peer name p1; ip netns add far",
    )
    + typed(
        bare,
        "ip link set mv0 netns far",
        given="ip netns add far; ip link add p0 type veth peer name p1; ip link add link p0 name mv0 type macvlan",
    )
    + typed(
        bare,
        """
        ip link set mv0 type macvlan macaddr add 02:00:00:00:00:08
        ip link set mv0 type macvlan macaddr del 02:00:00:00:00:07
        ip link set mv0 type macvlan mode bridge
        """,
        given="ip link add p0 type veth peer name p1; "
        "ip link add link p0 name mv0 type macvlan mode source macaddr set 02:00:00:00:00:07",
    )
    + typed(
        bare,
        "ip link del p0",
        given="ip link add p0 type veth peer name p1; ip addr add fd00:7::1/64 dev p0; "
        "sysctl -qw net.ipv6.conf.default.disable_ipv6=1",
    )
    + typed(
        bare,
        "ip link del vx0",
        given="ip link add vx0 type vxlan id 42 dstport 4789; bridge fdb append 00:00:00:00:00:00 dev vx0 dst 10.0.0.2",
    )
    + typed(bare, "ip link del tap0", "ip tuntap add dev tap0 mode tap", may_be_left_out=True)
    + typed(
        pair,
        f"""
        {T1} link set {CABLE} down; {T1} link set {CABLE} name eth0
        {T1} link set {CABLE} down
        {T1} link set {CABLE} mtu 1400
        {T1} link set {CABLE} mtu 1000
        {T1} link set {CABLE} address 02:00:00:00:00:05
        {T1} link set {CABLE} broadcast 02:00:00:00:00:ff
        {T1} link set {CABLE} alias "the cable to test2"
        {T1} link set {CABLE} group 7
        {T1} link set {CABLE} txqueuelen 42
        {T1} link set {CABLE} addrgenmode none
        {T1} link set {CABLE} promisc on
        {T1} link set {CABLE} allmulticast on
        {T1} link set {CABLE} multicast off
        {T1} link set {CABLE} arp off
        {T1} link set {CABLE} mode dormant
        {T1} link property add {CABLE} altname the-cable-to-test2
        {T1} link set {CABLE} netns test2
        {T1} link set {CABLE} netns test2 name moved
        {T1} link del {CABLE}
        """,
    )
    + typed(
        pair,
        f"""
        {T1} link set {CABLE} group 8
        {T1} link set {CABLE} alias "another"
        """,
        given=f"{T1} link set {CABLE} group 7 alias one",
    )
    + typed(
        pair,
        f"{T1} link set {CABLE} down; {T1} link set {CABLE} name eth5; {T1} link set eth5 up",
        given=f"{IN1} sysctl -qw net.ipv4.conf.veth-test1.rp_filter=1 net.ipv6.conf.veth-test1.accept_ra=0",
    )
    + typed(
        bare,
        "ip link set lo down; ip link set lo name loop; ip link set loop up",
        given="sysctl -qw net.ipv4.conf.lo.rp_filter=1",
    )
    + typed(pair, f"{T1} link set dev the-cable mtu 1400", given=f"{T1} link property add {CABLE} altname the-cable")
)

ADDRESSES = typed(
    bare,
    """
    ip addr add 10.1.1.1 peer 10.1.1.2 dev lo
    ip addr add 10.0.0.9/32 dev lo
    ip addr add 10.0.0.9/32 dev lo; ip addr del 127.0.0.1/8 dev lo; ip link set lo down
    ip addr del 127.0.0.1/8 dev lo
    ip addr del ::1/128 dev lo
    """,
) + typed(
    pair,
    f"""
    {T1} addr add 10.2.0.1/24 brd + {CABLE} label veth-test1:1
    {T1} addr add 10.2.0.1/24 {CABLE} scope link
    {T1} addr add 127.5.0.1/16 {CABLE} scope global
    {T1} addr add 10.2.0.1/24 {CABLE} noprefixroute
    {T1} addr add 10.2.0.1/24 {CABLE} metric 50
    {T1} addr add 10.2.0.1/24 {CABLE} proto 77
    {T1} addr add 10.2.0.1/24 {CABLE} valid_lft 1000 preferred_lft 500
    {T1} addr add 192.168.1.77/24 {CABLE}
    {T1} addr add 10.2.0.1 peer 10.2.0.2/24 {CABLE}
    {T1} addr add 2001:db8:2::1/64 {CABLE} nodad
    {T1} addr add 2001:db8:2::1/64 {CABLE} noprefixroute
    {T1} addr add 2001:db8:2::1/64 {CABLE} preferred_lft 0
    {T1} addr add 2001:db8:2::1 peer 2001:db8:2::2 {CABLE}
    {T1} addr add fe80::1/64 {CABLE}
    {T1} addr add 224.0.0.5/24 {CABLE}
    {T1} addr add 10.0.0.5/1 {CABLE}
    {T1} addr change 192.168.1.1/24 {CABLE} preferred_lft 100 valid_lft 200
    {T1} addr del 192.168.1.1/24 {CABLE}
    {T1} -4 addr flush {CABLE}
    {T1} -6 addr flush {CABLE} scope global
    """,
)

ROUTES = (
    typed(
        pair,
        f"""
        {T1} route add default via 192.168.1.2
        {T1} route add blackhole 10.5.0.0/16
        {T1} route add blackhole 10.5.0.0/16 tos 0x10
        {T1} route add unreachable 10.5.0.0/16 metric 7
        {T1} route add prohibit 10.5.0.0/16 table 100
        {T1} route add throw 10.5.0.0/16 table 100
        {T1} route add 10.9.0.0/16 nexthop via 192.168.1.2 weight 2 nexthop via 192.168.1.3
        {T1} route add 10.9.0.0/16 via 192.168.1.2; {T1} route append 10.9.0.0/16 via 192.168.1.3
        {T1} route add 10.9.0.0/16 via 192.168.1.2 mtu lock 1300 advmss 1200 initcwnd 20
        {T1} route add 10.9.0.0/16 via 10.200.0.1 {CABLE} onlink
        {T1} route add 10.9.0.0/16 via 192.168.1.2 src 192.168.1.1 proto static metric 20
        {T1} route add 10.9.0.0/16 {CABLE} scope link table 1000
        {T1} route add 10.9.0.0/16 via inet6 fe80::1 {CABLE}
        {T1} route add 10.9.0.0/16 via 192.168.1.2 realm 4 congctl reno
        {T1} route add 10.9.0.0/16 via 192.168.1.2 rto_min 300
        {T1} route add local 10.9.0.0/16 dev lo
        {T1} route add broadcast 10.9.0.255 {CABLE}
        {T1} route add multicast 239.0.0.0/8 {CABLE}
        {T1} -6 route add local fd00:9::/64 dev lo
        {T1} -6 route add anycast fd00:9::/64 {CABLE}
        {T1} route add 10.9.0.0/16 encap ip id 1 dst 10.1.1.1 via 192.168.1.2
        {T1} route del 192.168.1.0/24 {CABLE}
        {T1} -6 route add default via 2001:db8::2 pref high
        {T1} -6 route add unreachable 2001:db8:9::/48
        {T1} -6 route add 2001:db8:9::/48 via fe80::1 {CABLE} mtu 1300 table 100
        {T1} -6 route add 2001:db8:9::/48 nexthop via 2001:db8::2 nexthop via 2001:db8::3
        {T1} -6 route add 2001:db8:9::/48 via 2001:db8::2 expires 600
        {T1} nexthop add id 1 via 192.168.1.2 {CABLE}
        {T1} nexthop add id 3 blackhole; {T1} route add 10.9.0.0/16 nhid 3
        {T1} -6 nexthop add id 6 blackhole; {T1} -6 route add 2001:db8:9::/48 nhid 6
        {T1} nexthop add id 1 encap ip dst 10.8.8.8 id 4 via 192.168.1.2 {CABLE}; {T1} route add 10.9.0.0/16 nhid 1
        """,
    )
    + typed(
        pair,
        f"""
        {T1} nexthop add id 10 group 1,2/2,1; {T1} route add 10.9.0.0/16 nhid 10
        {T1} nexthop add id 10 group 1,3/2,65000 type resilient buckets 32 idle_timer 60
        {T1} nexthop replace id 1 via 192.168.1.9 {CABLE}
        {T1} nexthop del id 2
        """,
        given=f"{T1} nexthop add id 1 via 192.168.1.2 {CABLE}; {T1} nexthop add id 2 via 192.168.1.3 {CABLE}",
    )
    + typed(
        pair,
        f"""
        {T1} addr del 10.1.0.1/24 {CABLE}
        {T1} -4 addr flush {CABLE}
        {T1} -6 addr del fd00:1::1/64 {CABLE}
        {T1} route add 10.5.0.0/24 {CABLE} scope link; {T1} nexthop add id 3 via 10.5.0.7 {CABLE}
        {T1} addr del 10.1.0.1/24 {CABLE}; {T1} route add 10.11.0.0/16 nhid 1
        """,
        given="; ".join(
            (
                f"{T1} addr add 10.1.0.1/24 {CABLE}; {T1} -6 addr add fd00:1::1/64 {CABLE} nodad",
                f"{T1} nexthop add id 1 via 10.1.0.7 {CABLE}; {T1} nexthop add id 2 via fd00:1::7 {CABLE}",
                f"{T1} route add 10.8.0.0/24 nhid 1; {T1} route add 10.9.0.0/24 via 10.1.0.7",
                f"{T1} route add 10.9.0.0/24 via 192.168.1.2 metric 9; {T1} -6 route add 2001:db8:9::/48 via fd00:1::7",
                f"{T1} route add 10.10.0.0/24 nexthop via 10.1.0.7 nexthop via 192.168.1.2",
            )
        ),
    )
    + typed(
        pair,
        f"""
        {T1} route replace default via 192.168.1.3
        {T1} route del default
        {T1} link set {CABLE} down; {T1} link set {CABLE} up
        """,
        given=f"{T1} route add default via 192.168.1.2 metric 0; {T1} -6 route add default via 2001:db8::2",
    )
    + typed(
        router,
        """
        ip -n router rule add from 10.1.0.0/24 lookup 100 priority 100
        ip -n router rule add not fwmark 7/0xff iif to-left lookup 100 priority 101
        ip -n router rule add to 10.2.0.0/24 ipproto tcp dport 80 prohibit priority 102
        ip -n router rule add tos 0x10 lookup main suppress_prefixlength 0 priority 103
        ip -n router -6 rule add from fd00:1::/64 lookup 100 priority 104
        ip -n router rule add goto 200 priority 105
        ip -n router rule add lookup local priority 200; ip -n router rule del priority 0
        ip -n router -6 rule del priority 0
        ip -n router rule add lookup 9 priority 0; ip -n router rule add lookup 10 priority 0
        ip -n router rule del priority 32766
        ip -n router rule flush
        ip -n router link set dev to-right down
        ip netns exec router sysctl -w net.ipv6.conf.all.forwarding=0
        """,
    )
    + typed(
        router,
        "ip -n router rule del from 10.1.0.0/24 priority 9",
        given="for n in 0 1 2 3; do ip -n router rule add from 10.$n.0.0/24 lookup 100 priority 9; done",
    )
)

NEIGHBOURS = (
    typed(
        pair,
        f"""
    {T1} neigh add 192.168.1.2 lladdr 02:00:00:00:00:22 {CABLE}
    {T1} neigh add 2001:db8::22 lladdr 02:00:00:00:00:22 {CABLE} router
    {T1} neigh add 192.168.1.2 lladdr 02:00:00:00:00:22 {CABLE} extern_learn proto 7
    """,
    )
    + typed(
        pair,
        f"""
    {T1} neigh add proxy 192.168.1.77 {CABLE}
    {T1} neigh add proxy 2001:db8::77 {CABLE}
    {T1} ntable change name arp_cache {CABLE} base_reachable 10000
    {T1} link set {CABLE} gso_max_size 32768
    """,
        is_silent=True,
    )
    + typed(
        pair,
        f"""
    {T1} neigh del 192.168.1.2 {CABLE}
    {T1} neigh replace 192.168.1.2 lladdr 02:00:00:00:00:23 {CABLE} nud permanent
    {T1} neigh flush all nud permanent
    """,
        given=f"{T1} neigh add 192.168.1.2 lladdr 02:00:00:00:00:22 {CABLE}",
    )
)

BRIDGES = (
    typed(
        switch,
        f"""
        bridge link set dev veth1 hairpin on
        bridge link set dev veth1 isolated on learning off
        bridge link set dev veth2 mcast_router 2
        bridge link set dev veth1 guard on cost 50 priority 8
        bridge link set dev veth1 flood off mcast_flood off neigh_suppress on
        ip link set veth1 nomaster
        ip link add br1 type bridge; ip link set veth1 master br1
        ip link set lab0 type bridge stp_state 1 priority 4096 ageing_time 1000
        ip link set lab0 type bridge mcast_snooping 0 group_fwd_mask 8
        ip link set lab0 address 02:00:00:00:00:0b
        ip link set lab0 mtu 1400
        ip link set lab0 down
        ip link del lab0
        bridge fdb add 02:00:00:00:00:99 dev veth1 master static
        bridge fdb add 02:00:00:00:00:99 dev veth1 self
        bridge fdb add 02:00:00:00:00:99 dev lab0 self local
        bridge mdb add dev lab0 port veth1 grp 239.1.1.1 permanent
        bridge mdb add dev lab0 port veth1 grp 239.1.1.1 src 10.0.0.9 permanent
        bridge mdb add dev lab0 port veth1 grp 01:02:03:04:05:06 permanent
        ip link set lab0 type bridge mcast_igmp_version 3; {GROUP} filter_mode exclude source_list 10.0.0.8,10.0.0.9
        ip link set lab0 type bridge mcast_igmp_version 3; {GROUP} filter_mode include source_list 10.0.0.9 proto bgp
        bridge mdb add dev lab0 port veth1 grp 239.1.1.1 permanent; ip link set lab0 down
        bridge mdb add dev lab0 port veth1 grp 239.1.1.1 permanent; ip link set lab0 type bridge mcast_snooping 0
        ip netns del box1
        """,
    )
    + typed(
        switch,
        """
        ip link set lab0 down
        ip link set lab0 down; ip addr add 2001:db8::9/64 dev lab0 nodad
        ip link set lab0 down; ip link set lab0 up; bridge mdb del dev lab0 port veth1 grp 239.1.1.1
        """,
        given=GROUP,
    )
    + typed(
        switch,
        """
        ip link set lab0 up; bridge mdb del dev lab0 port veth1 grp 239.1.1.1; ip link set lab0 down
        ip link set lab0 up; bridge mdb add dev lab0 port veth2 grp 239.1.1.2 permanent; ip link set lab0 down
        """,
        given=f"{GROUP}; ip link set lab0 down",
    )
    + typed(
        switch,
        """
        ip link set lab0 type bridge mcast_snooping 0
        ip link set lab0 down type bridge mcast_snooping 0
        """,
        given=GROUP,
    )
    + typed(
        switch,
        """
        ip link set lab0 type bridge mcast_snooping 1
        ip link set lab0 type bridge mcast_snooping 1; bridge mdb del dev lab0 port veth1 grp 239.1.1.1
        ip link del lab0
        ip link set veth1 nomaster
        """,
        given=f"{GROUP}; ip link set lab0 type bridge mcast_snooping 0",
    )
    + typed(
        bare,
        """
        bridge fdb append 00:00:00:00:00:00 dev vx0 dst 10.0.0.2
        bridge fdb add 02:00:00:00:00:99 dev vx0 dst 10.0.0.2 vni 7 port 8472
        ip nexthop add id 1 via 10.0.0.9 fdb; ip nexthop add id 2 group 1 fdb; \
bridge fdb add 02:00:00:00:00:99 dev vx0 nhid 2
        ip link set vx0 up
        """,
        given="ip link add vx0 type vxlan id 42 dstport 4789",
    )
    + typed(
        switch,
        """
        bridge fdb del 02:00:00:00:00:99 dev veth1 master
        ip link set veth1 nomaster
        ip link del veth1
        ip l add br1 type bridge; ip l set veth1 master br1; bridge fdb add 02:00:00:00:00:99 dev veth1 master static
        """,
        given="bridge fdb add 02:00:00:00:00:99 dev veth1 master static; bridge link set dev veth1 hairpin on",
    )
    + typed(
        bare,
        """
        ip link set br7 type bridge stp_state 1 forward_delay 400
        ip link set br7 alias upstairs
        """,
        given="ip link add br7 type bridge",
    )
    + typed(switch, "ip link del veth1", given="ip link add br1 type bridge; ip link set veth1 master br1")
)

QUEUES = typed(
    pair,
    f"""
    {IN1} tc qdisc add {CABLE} root tbf rate 1mbit burst 32kbit latency 400ms
    {IN1} tc qdisc add {CABLE} root handle 5: pfifo limit 10
    {IN1} tc qdisc add {CABLE} ingress
    {IN1} tc qdisc add {CABLE} clsact
    """,
) + typed(
    pair,
    f"""
    {IN1} tc class add {CABLE} parent 1: classid 1:10 htb rate 1mbit ceil 2mbit
    {IN1} tc class change {CABLE} parent 1: classid 1:1 htb rate 5mbit
    {IN1} tc qdisc add {CABLE} parent 1:1 handle 11: pfifo limit 5
    {IN1} tc filter add {CABLE} parent 1: protocol ip u32 match ip dst 10.0.0.0/8 flowid 1:1
    {IN1} tc qdisc del {CABLE} root
    {IN1} tc qdisc replace {CABLE} root tbf rate 1mbit burst 32kbit latency 400ms
    """,
    given=f"{IN1} tc qdisc add {CABLE} root handle 1: htb default 1; "
    f"{IN1} tc class add {CABLE} parent 1: classid 1:1 htb rate 3mbit",
)

FIREWALLS = (
    typed(
        bare,
        """
        nft add table ip nat
        nft 'table inet f { chain c { type filter hook input priority 0; policy drop; ct state established accept; }; }'
        nft 'table inet f { set s { type ipv4_addr; flags interval; elements = { 10.0.0.0/8 }; }; }'
        nft 'table ip f { map m { type inet_service : verdict; elements = { 22 : accept, 23 : drop }; }; }'
        nft 'table netdev n { chain c { type filter hook ingress device lo priority 0; }; }'
        nft 'table ip f { counter c { packets 5 bytes 50 }; quota q { over 10 mbytes }; }'
        iptables -A INPUT -p icmp -j DROP
        iptables -N lesson; iptables -A lesson -j RETURN; iptables -A INPUT -j lesson
        iptables -P FORWARD DROP
        ip6tables -A INPUT -p ipv6-icmp -j DROP
        iptables -A INPUT -m comment --comment "this is why" -j ACCEPT
        iptables -A INPUT -i lo -j ACCEPT; iptables -A INPUT -i lo -j ACCEPT
        ebtables -A FORWARD -p ARP -j DROP
        """,
    )
    + typed(
        bare,
        """
        nft add rule inet f c tcp dport '{ 80, 443 }' accept comment '"the web"'
        nft insert rule inet f c ip saddr 10.0.0.0/8 log prefix '"seen: "' counter reject
        nft flush chain inet f c
        nft delete table inet f
        nft flush ruleset
        """,
        given="nft 'table inet f { chain c { type filter hook input priority 0; ct state established accept; }; }'",
    )
    + typed(
        bare,
        "nft flush chain ip f c; nft add rule ip f c tcp dport 22 accept; nft add rule ip f c tcp dport 80 drop",
        given="nft add table ip f; nft add chain ip f c; nft add rule ip f c tcp dport 80 drop; "
        "nft add rule ip f c tcp dport 22 accept",
    )
    + typed(
        router,
        """
        ip netns exec router iptables -t nat -A POSTROUTING -o to-right -j MASQUERADE
        ip netns exec router iptables -t nat -A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 10.2.0.2:8080
        ip netns exec router iptables -A FORWARD -m state --state ESTABLISHED,RELATED -j ACCEPT
        ip netns exec router iptables -t mangle -A PREROUTING -i to-left -j MARK --set-mark 7
        ip netns exec router nft 'table ip nat { chain post { type nat hook postrouting priority 100; masquerade; }; }'
        """,
    )
    + typed(
        router,
        """
        ip netns exec router nft 'table ip nat { chain post { type nat hook postrouting priority 101; }; }'
        ip netns exec router nft 'table ip nat { chain own { ct state new counter; }; }'
        ip netns exec router nft 'table ip nat { set s { type ipv4_addr; elements = { 10.0.0.1 }; }; }'
        ip netns exec router nft 'table ip nat { chain a { jump b; }; chain b { masquerade; }; }'
        ip netns exec router nft 'table ip nat { chain p { type nat hook postrouting priority 9; jump own; }; }'
        ip netns exec router nft 'table ip nat { chain b { masquerade; }; }; add rule ip nat POSTROUTING counter jump b'
        """,
        given="ip netns exec router iptables -t nat -A POSTROUTING -o to-right -j MASQUERADE; "
        "ip netns exec router iptables -t nat -N own",
    )
)

SWITCHES = typed(
    bare,
    """
    sysctl -w net.ipv4.ip_forward=1
    sysctl -w net.ipv4.conf.all.rp_filter=2
    sysctl -w net.ipv4.icmp_echo_ignore_all=1
    sysctl -w net.ipv4.ping_group_range="0 100"
    sysctl -w net.ipv6.conf.all.forwarding=1
    sysctl -w net.ipv6.flowlabel_state_ranges=1
    sysctl -w net.ipv6.flowlabel_consistency=0
    sysctl -w net.ipv6.auto_flowlabels=0
    sysctl -w net.core.somaxconn=99
    echo 33 > /proc/sys/net/ipv4/ip_default_ttl
    """,
) + typed(
    pair,
    f"""
    {IN1} sysctl -w net.ipv4.ip_forward=1
    {IN1} sysctl -w net.ipv4.conf.veth-test1.rp_filter=1
    {IN1} sysctl -w net.ipv4.conf.veth-test1.proxy_arp=1 net.ipv4.conf.veth-test1.arp_ignore=1
    {IN1} sysctl -w net.ipv4.conf.default.forwarding=1
    {IN1} sysctl -w net.ipv4.neigh.veth-test1.gc_stale_time=10
    {IN1} sysctl -w net.ipv6.conf.all.forwarding=1
    {IN1} sysctl -w net.ipv6.conf.veth-test1.disable_ipv6=1
    {IN1} sysctl -w net.ipv6.conf.veth-test1.accept_ra=0
    {IN1} sysctl -w net.ipv6.conf.lo.disable_ipv6=1
    """,
)

MISCELLANEOUS = (
    typed(
        bare,
        """
        ip addrlabel add prefix 2001:db8::/32 label 99
        ip addrlabel del prefix ::/96 label 3
        ip addrlabel del prefix ::/96 label 3; ip addrlabel add prefix ::/96 label 33
        ip addrlabel add prefix 2001:db8::/32 dev lo label 99
        ip addrlabel flush
        ip mptcp endpoint add 10.0.0.1 dev lo id 3 subflow backup
        ip mptcp endpoint add 127.0.0.1 port 80 signal; ip mptcp endpoint add 2001:db8::1 subflow fullmesh
        ip mptcp limits set subflow 4 add_addr_accepted 1
        iptables-legacy -A INPUT -p icmp -j DROP
        iptables-legacy -P FORWARD DROP; iptables-legacy -t nat -A POSTROUTING -o lo -j MASQUERADE
        iptables-legacy -N lesson; iptables-legacy -A lesson -j RETURN; iptables -A INPUT -j ACCEPT
        ip6tables-legacy -A INPUT -s 2001:db8::/32 -j DROP
        iptables-legacy -P INPUT DROP; iptables -A INPUT -j DROP; nft 'table ip filter { chain b { ct state new; }; }'
        """,
        is_silent=True,
    )
    + typed(
        bare,
        """
        ip addrlabel del prefix 2001:db8::/32 label 99
        ip mptcp endpoint delete id 3
        iptables-legacy -F INPUT
        """,
        given="ip addrlabel add prefix 2001:db8::/32 label 99; ip mptcp endpoint add 10.0.0.1 id 3 signal; "
        "iptables-legacy -A INPUT -p icmp -j DROP",
        is_silent=True,
    )
    + typed(
        pair,
        f"""
        {T1} token set ::5 {CABLE}
        {T1} xfrm policy add src 10.0.0.0/24 dst 10.1.0.0/24 dir out tmpl src 10.0.0.1 dst 10.0.0.2 proto esp
        {T1} xfrm policy add src 10.0.0.0/24 dst 0.0.0.0/0 proto tcp dport 80 dir in action block priority 7 mark 3
        {T1} xfrm policy add dst 2001:db8::/32 dir fwd ptype sub priority 9
        """,
    )
    + typed(
        pair,
        f"""
        {T1} token set :: {CABLE}
        {T1} token set ::7 {CABLE}
        {T1} link set {CABLE} netns test2
        {T1} xfrm policy del src 10.0.0.0/24 dst 10.1.0.0/24 dir out
        {T1} xfrm policy update src 10.0.0.0/24 dst 10.1.0.0/24 dir out priority 70
        """,
        given=f"{T1} token set ::5 {CABLE}; {T1} xfrm policy add src 10.0.0.0/24 dst 10.1.0.0/24 dir out priority 7",
    )
)

LINES = [*NAMES, *LINKS, *ADDRESSES, *ROUTES, *NEIGHBOURS, *BRIDGES, *QUEUES, *FIREWALLS, *SWITCHES, *MISCELLANEOUS]
