"""Command lines for kinds of links and qdiscs that many kernels lack.

`make test` runs those that the machine's kernel supports, `make test-kinds` nearly all, in a kernel of Debian's.
"""

from tests.live.network.lines import CABLE, IN1, T1, bare, pair, switch, typed

KEYS = f"auth 'hmac(sha1)' 0x{'ab' * 20} enc 'ecb(cipher_null)' ''"
TUNNELS = (
    typed(
        bare,
        """
    ip link add gre9 type gre local 10.0.0.1 remote 10.0.0.2
    ip link add gre9 type gre local 10.0.0.1 remote 10.0.0.2 ttl 64 key 7; ip addr add 10.6.0.1/30 dev gre9
    ip link add gre9 type gre local 10.0.0.1 remote 10.0.0.2; ip link set gre9 up
    ip link add gt9 type gretap local 10.0.0.1 remote 10.0.0.2 nopmtudisc
    ip link add six9 type ip6gre local 2001:db8::1 remote 2001:db8::2 hoplimit 9
    ip link add sit9 type sit local 10.0.0.1 remote 10.0.0.2 ttl 64
    ip link add tun9 type ipip local 10.0.0.1 remote 10.0.0.2
    ip link add tnl9 type ip6tnl mode ip6ip6 local 2001:db8::1 remote 2001:db8::2
    ip link add gnv9 type geneve id 7 remote 10.0.0.2
    """,
    )
    + typed(
        bare,
        """
    ip link add wg0 type wireguard
    ip link add wg0 type wireguard; ip addr add 10.6.0.1/24 dev wg0; ip link set wg0 up
    """,
        may_be_left_out=True,
    )
    + typed(
        bare,
        "ip link del gre9",
        given="ip link add gre9 type gre local 10.0.0.1 remote 10.0.0.2 ttl 64; ip addr add 10.6.0.1/30 dev gre9",
    )
)

SEGMENTS = typed(
    pair,
    f"""
    {T1} -6 route add 2001:db8:9::/48 encap seg6 mode encap segs 2001:db8::2 {CABLE}
    {T1} -6 route add 2001:db8:9::/48 encap seg6 mode inline segs 2001:db8::2,2001:db8::3 {CABLE}
    """,
)
"""Segment routing, RFC 8754."""

STACKED = (
    typed(
        bare,
        """
        ip link add link p0 name p0.10 type vlan id 10
        ip link set p0 up; ip link add link p0 name v type vlan id 1; ip addr add 10.4.0.1/24 dev v; ip link set v up
        ip link add link p0 name p0.10 type vlan protocol 802.1ad id 10 reorder_hdr off
        ip link add link p0 name p0.10 type vlan id 10 ingress-qos-map 1:2 egress-qos-map 0:3 2:4
        ip link add link p0 name p0.1 type vlan id 1; ip link add link p0.1 name p0.1.2 type vlan id 2
        ip link add link p0 name p0.10 type vlan id 10; ip link set p0.10 netns far
        ip link add link p0 name iv0 type ipvlan
        ip link add link p0 name iv0 type ipvlan mode l2
        ip link add link p0 name iv0 type ipvlan mode l3 private; ip link set iv0 netns far
        ip link add link p0 name mt0 type macvtap mode bridge
        """,
        given="ip link add p0 type veth peer name p1; ip netns add far",
    )
    + typed(
        bare,
        """
        ip link set p0 address 02:00:00:00:00:05
        ip link set p0 mtu 1400
        ip link del p0
        """,
        given="ip link add p0 type veth peer name p1; ip link add link p0 name p0.10 type vlan id 10",
    )
    + typed(
        bare,
        "ip link set p0.10 type vlan reorder_hdr off",
        given="ip link add p0 type veth peer name p1; ip link add link p0 name p0.10 type vlan id 10",
    )
    + typed(
        switch,
        """
        ip link add link lab0 name lab0.20 type vlan id 20; ip addr add 10.20.0.1/24 dev lab0.20; ip link set lab0.20 up
        ip link del lab0
        """,
        given="ip link add link lab0 name lab0.30 type vlan id 30",
    )
)

MASTERS = (
    typed(
        bare,
        """
        ip link add d0 type dummy
        ip link add d0 mtu 9000 address 02:00:00:00:00:0d type dummy; ip addr add 10.4.0.1/24 dev d0; ip link set d0 up
        ip link add vrf9 type vrf table 9
        ip link add bond0 type bond
        ip link add bond0 type bond mode active-backup miimon 100 fail_over_mac active
        ip link add bond0 type bond mode 802.3ad lacp_rate fast xmit_hash_policy layer3+4
        ip link add bond0 type bond mode 1; ip link set p0 master bond0; ip link set p0 up; ip link set bond0 up
        sysctl -w net.mptcp.enabled=0
        """,
        given="ip link add p0 type veth peer name p1",
    )
    + typed(
        bare,
        """
        ip link set bond0 type bond primary p0
        ip link set p0 type bond_slave queue_id 3
        ip link set p0 nomaster
        ip link del bond0
        """,
        given="ip link add p0 type veth peer name p1; ip link add bond0 type bond mode active-backup miimon 100; "
        "ip link set p0 master bond0; ip addr add 10.4.0.1/24 dev bond0; ip link set bond0 up",
    )
    + typed(
        pair,
        f"""
        {T1} link set {CABLE} master red
        {T1} link set {CABLE} master red; {T1} route add 10.9.0.0/16 via 192.168.1.2 vrf red
        {T1} link del red
        """,
        given=f"{T1} link add red type vrf table 10; {T1} link set red up",
    )
    + typed(
        pair,
        f"""
        {T1} link set {CABLE} nomaster
        {T1} link del red
        {T1} route add unreachable default vrf red metric 4278198272
        """,
        given=f"{T1} link add red type vrf table 10; {T1} link set red up; {T1} link set {CABLE} master red",
    )
)

VLANS = (
    typed(bare, "ip link add br0 type bridge vlan_filtering 1 vlan_default_pvid 5")
    + typed(
        switch,
        """
        ip link set lab0 type bridge vlan_filtering 1
        ip link set lab0 type bridge vlan_filtering 1 vlan_protocol 802.1ad
        """,
    )
    + typed(
        switch,
        """
        bridge vlan add vid 20 dev veth1 pvid untagged
        bridge vlan add vid 30 dev veth2; bridge vlan del vid 1 dev veth2
        bridge vlan add vid 100-110 dev lab0 self
        bridge vlan del vid 1 dev veth1
        bridge fdb add 02:00:00:00:00:99 dev veth1 master static vlan 10
        bridge mdb add dev lab0 port veth1 grp 239.1.1.1 permanent vid 10
        ip link add link lab0 name lab0.10 type vlan id 10; bridge vlan add vid 10 dev lab0 self
        ip link set veth1 nomaster
        """,
        given="ip link set lab0 type bridge vlan_filtering 1; bridge vlan add vid 10 dev veth1",
    )
)

QUEUES = (
    typed(
        pair,
        f"""
        {IN1} tc qdisc add {CABLE} root netem delay 100ms loss 10%
        {IN1} tc qdisc add {CABLE} root netem delay 100ms 20ms 25% reorder 5% 50% duplicate 1% corrupt 0.1% rate 1mbit
        {IN1} tc qdisc add {CABLE} root fq_codel
        {IN1} tc qdisc add {CABLE} root fq_codel limit 100 target 2ms interval 50ms noecn
        {IN1} tc qdisc add {CABLE} root fq
        {IN1} tc qdisc add {CABLE} root cake bandwidth 10mbit
        {IN1} tc qdisc add {CABLE} root handle 1: prio; {IN1} tc qdisc add {CABLE} parent 1:3 netem delay 10ms
        {IN1} tc qdisc add {CABLE} root handle 1: tbf rate 1mbit burst 32kbit latency 400ms; \
{IN1} tc qdisc add {CABLE} parent 1:1 handle 10: netem delay 10ms
        """,
    )
    + typed(
        pair,
        f"""
        {IN1} tc qdisc add {CABLE} parent 1:1 handle 11: fq_codel
        {IN1} tc qdisc add {CABLE} parent 1:1 handle 11: netem delay 5ms
        {IN1} tc filter add {CABLE} parent 1: protocol ip prio 1 handle 7 fw flowid 1:1
        {IN1} tc filter add {CABLE} parent 1: protocol ip prio 1 flower ip_proto tcp dst_port 80 flowid 1:1
        """,
        given=f"{IN1} tc qdisc add {CABLE} root handle 1: htb default 1; "
        f"{IN1} tc class add {CABLE} parent 1: classid 1:1 htb rate 3mbit",
    )
    + typed(pair, f"{IN1} tc qdisc change {CABLE} root netem delay 20ms", f"{IN1} tc qdisc add {CABLE} root netem")
    + typed(
        pair,
        f"""
        {IN1} tc filter add {CABLE} ingress matchall action drop
        {IN1} tc filter add {CABLE} egress protocol ip flower dst_ip 10.0.0.0/8 ip_proto udp action drop
        {IN1} tc filter add {CABLE} ingress protocol ip prio 5 u32 match ip src 10.0.0.0/8 action drop
        {IN1} tc filter add {CABLE} ingress protocol ip prio 5 u32 match ip sport 80 0xffff action mirred egress \
redirect dev lo
        {IN1} tc filter add {CABLE} ingress matchall action police rate 1mbit burst 10k drop
        {IN1} tc filter add {CABLE} egress matchall action skbedit priority 3
        """,
        given=f"{IN1} tc qdisc add {CABLE} clsact",
    )
)

STATES = typed(
    pair,
    f"""
    {T1} xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x10 mode tunnel reqid 4 {KEYS}
    {T1} xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x11 flag af-unspec replay-window 32 mark 5 {KEYS}
    {T1} xfrm state add src 10.0.0.1 dst 10.0.0.2 proto ah spi 0x12 auth 'hmac(sha256)' 0x{"cd" * 32} \
sel src 10.0.0.0/8 proto udp
    {T1} xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x13 {KEYS} encap espinudp 4500 4500 0.0.0.0
    """,
) + typed(
    pair,
    f"{T1} xfrm state delete src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x10",
    given=f"{T1} xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x10 {KEYS}",
)

KINDS = [*STATES, *TUNNELS, *SEGMENTS, *STACKED, *MASTERS, *VLANS, *QUEUES]
