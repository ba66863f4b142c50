"""Random networks of plain commands: LANs, routers, NAT, VXLAN and more.

This file imports nothing of the package, so that the networks share no mistake with the code that judges them.
"""

import random
import subprocess
from dataclasses import dataclass, field

SHAPES = ("cable", "bridge", "star", "chain", "tree", "ring", "docker", "nat", "firewall", "vxlan")
FAMILIES = ((4,), (4,), (6,), (4, 6))
HOST = "host"


@dataclass
class Lan:
    """A cable or a bridge, and the namespaces that it connects."""

    number: int
    seats: dict[str, str] = field(default_factory=dict)
    """The interface of each namespace on this LAN."""
    bridge_in: str = ""
    """The namespace with the bridge; empty for a cable."""

    def addr(self, netns, family, length=True):
        """Return the address of a namespace on this LAN."""
        place = list(self.seats).index(netns) + 1
        addr = f"10.7.{self.number}.{place}" if family == 4 else f"fd07:{self.number}::{place}"
        return f"{addr}/{24 if family == 4 else 64}" if length else addr

    def net(self, family):
        """Return the subnet of this LAN."""
        return f"10.7.{self.number}.0/24" if family == 4 else f"fd07:{self.number}::/64"


class Lab:
    """A random network, as the command lines that make it."""

    def __init__(self, seed, shape=None, families=None):
        self.chance = random.Random(seed)
        self.shape = shape or self.chance.choice(SHAPES)
        self.families = families or self.chance.choice(FAMILIES)
        self.lans, self.routers, self.boxes = [], [], []
        self.hidden, self.lines, self.false_leads = set(), [], []
        getattr(self, f"_{self.shape}")()
        self._make()
        if self.shape == "nat":
            self._translate()
        if self.shape == "firewall":
            self._filter()
        if self.shape == "vxlan":
            self._tunnel()
        if self.chance.random() < 0.5:
            self._mislead()

    def build(self, look):
        """Make the network in the sandbox.

        A new namespace forwards where the machine does, as one with Docker does. The lab resets such sysctls when it
        first looks, so `look` is called before any line that sets a sysctl.
        """
        namespaces = [line for line in self.lines if line.startswith("ip netns add ")]
        for lines in (namespaces, [line for line in self.lines if line not in namespaces]):
            subprocess.run(["sh", "-ec", "\n".join(lines)], check=True, stderr=subprocess.PIPE, text=True)
            look()

    def _lan(self, *members, bridge_in=None):
        lan = Lan(len(self.lans))
        if bridge_in is None:
            some = self.chance.choice(["", "", HOST, f"sw{lan.number}"])
            bridge_in = some if len(members) == 2 else some or HOST
        lan.bridge_in = bridge_in
        for netns in members:
            own = bridge_in == netns
            taken = sum(netns in other.seats for other in self.lans)
            lan.seats[netns] = f"br{lan.number}" if own else f"w{lan.number}" if netns == HOST else f"eth{taken}"
        self.lans.append(lan)
        return lan

    def _box(self):
        self.boxes.append(f"box{len(self.boxes) + 1}")
        return self.boxes[-1]

    def _some_boxes(self, least, most):
        return [self._box() for _ in range(self.chance.randint(least, most))]

    def _router(self, name=None):
        self.routers.append(name or f"r{len(self.routers) + 1}")
        return self.routers[-1]

    def _cable(self):
        self._lan(self._box(), self._box(), bridge_in="")

    def _bridge(self):
        self._lan(*self._some_boxes(2, 7), bridge_in=self.chance.choice([HOST, "sw0"]))

    def _star(self):
        router = self._router()
        for _leg in range(self.chance.randint(2, 4)):
            self._lan(router, *self._some_boxes(1, 2))

    def _chain(self):
        left = self._router()
        self._lan(left, *self._some_boxes(1, 2))
        for _hop in range(self.chance.randint(0, 3)):
            right = self._router()
            self._lan(left, right)
            left = right
        self._lan(left, *self._some_boxes(1, 2))

    def _tree(self):
        self._lan(*self._some_boxes(1, 2), self._router())
        for _branch in range(self.chance.randint(1, 2)):
            uplink = self.chance.choice(self.lans)
            router = self._router()
            uplink.seats[router] = f"eth{0 if not any(router in lan.seats for lan in self.lans) else 1}"
            if len(uplink.seats) > 2:
                uplink.bridge_in = uplink.bridge_in or HOST
            self._lan(router, *self._some_boxes(1, 2))
        if not any(self.lans[0] is not lan and self.routers[0] in lan.seats for lan in self.lans):
            self._lan(self.routers[0], self._box())

    def _ring(self):
        """Connect two LANs by two routers: packets go there over one router, and back over the other."""
        there, back = self._router(), self._router()
        self._lan(there, back, *self._some_boxes(1, 2))
        self._lan(back, there, *self._some_boxes(1, 2))

    def _docker(self):
        self._router(HOST)
        self._lan(HOST, *self._some_boxes(1, 4), bridge_in=HOST)
        self._lan(HOST, *self._some_boxes(1, 2), bridge_in=self.chance.choice([HOST, "sw1"]))

    def _nat(self):
        inner = self._router(self.chance.choice([HOST, "gate"]))
        self._lan(inner, *self._some_boxes(1, 3), bridge_in=self.chance.choice([inner, HOST]))
        self._lan(inner, *self._some_boxes(1, 2))
        self.hidden.add(0)

    def _firewall(self):
        self._star()

    def _vxlan(self):
        self._chain() if self.chance.random() < 0.5 else self._bridge()

    def _namespaces(self):
        bridges = {lan.bridge_in for lan in self.lans if lan.bridge_in}
        return dict.fromkeys([HOST, *self.routers, *self.boxes, *sorted(bridges)])

    def _make(self):
        for netns in self._namespaces():
            if netns != HOST:
                self.lines.append(f"ip netns add {netns}")
            for switch in ("ipv6.conf.all.accept_dad=0", "ipv6.conf.default.accept_dad=0"):
                self.do(netns, f"sysctl -qw net.{switch}")
            for switch in ("ipv4.conf.all.rp_filter=0", "ipv4.conf.default.rp_filter=0"):
                self.do(netns, f"sysctl -qw net.{switch}")
            self.do(netns, "ip link set dev lo up")
        for router in self.routers:
            self.do(router, "sysctl -qw net.ipv4.ip_forward=1")
            if 6 in self.families:
                self.do(router, "sysctl -qw net.ipv6.conf.all.forwarding=1")
        for lan in self.lans:
            self._wire(lan)
        for lan in self.lans:
            for netns, dev in lan.seats.items():
                for family in self.families:
                    self.do(netns, f"ip addr add {lan.addr(netns, family)} dev {dev}{' nodad' if family == 6 else ''}")
        for netns in (*self.boxes, *self.routers):
            self._route(netns)

    def _wire(self, lan):
        if not lan.bridge_in:
            (one, dev), (other, other_dev) = lan.seats.items()
            self._veth(one, dev, other, other_dev)
            return
        bridge = f"br{lan.number}"
        self.do(lan.bridge_in, f"ip link add dev {bridge} type bridge")
        self.do(lan.bridge_in, f"ip link set dev {bridge} up")
        for number, (netns, dev) in enumerate(lan.seats.items()):
            if dev != bridge:
                port = f"p{lan.number}-{number}"
                self._veth(netns, dev, lan.bridge_in, port)
                self.do(lan.bridge_in, f"ip link set dev {port} master {bridge}")

    def _veth(self, one, dev, other, other_dev):
        there = "" if other == HOST else f" netns {other}"
        here = "" if one == HOST else f" netns {one}"
        # Each end is made in its own namespace at once; `netns 1` is the host.
        self.lines.append(f"ip link add dev {dev}{here} type veth peer name {other_dev}{there or ' netns 1'}")
        for netns, ifname in ((one, dev), (other, other_dev)):
            self.do(netns, f"ip link set dev {ifname} up")

    def _route(self, netns):
        near = [lan for lan in self.lans if netns in lan.seats]
        if netns in self.boxes and self.chance.random() < 0.6 and self.shape != "ring":
            gateway = next((router for router in self.routers if router in near[0].seats), None)
            for family in self.families if gateway else ():
                self._add_route(netns, "default", near[0].addr(gateway, family, length=False), family)
            return
        for lan in self.lans:
            step = self._next_hop(netns, lan) if lan not in near else None
            if step and lan.number not in self.hidden:
                via, router = step
                for family in self.families:
                    self._add_route(netns, lan.net(family), via.addr(router, family, length=False), family)

    def _add_route(self, netns, dst, gateway, family):
        self.do(netns, f"ip {'-6 ' if family == 6 else ''}route add {dst} via {gateway}")

    def _next_hop(self, netns, goal):
        """Return the LAN and the router on it with the fewest hops to another LAN."""
        steps = [
            (self._distance(router, goal), via, router)
            for via in self.lans
            if netns in via.seats
            for router in self.routers
            if router in via.seats and router != netns
        ]
        steps = [step for step in steps if step[0] is not None]
        if not steps:
            return None
        nearest = min(step[0] for step in steps)
        _far, via, router = next(step for step in steps if step[0] == nearest)
        # On a ring the first router of each LAN is the gateway, so that each direction uses another router.
        if self.shape == "ring":
            router = next(iter(via.seats))
        return via, router

    def _distance(self, router, goal):
        reached, edge, far = {router}, {router}, 0
        while edge:
            if any(one in goal.seats for one in edge):
                return far
            lans = [lan for lan in self.lans if edge & set(lan.seats)]
            edge = {one for lan in lans for one in lan.seats if one in self.routers} - reached
            reached |= edge
            far += 1
        return None

    def _translate(self):
        inside, outside = self.lans
        gate = self.routers[0]
        for family, word in ((4, "ip"), (6, "ip6")):
            if family in self.families:
                self.nft(gate, f"add table {word} nat")
                self.nft(gate, f"add chain {word} nat post {{ type nat hook postrouting priority srcnat; }}")
                rule = f"{word} saddr {inside.net(family)} oifname {outside.seats[gate]} counter masquerade"
                self.nft(gate, f"add rule {word} nat post {rule}")

    def _filter(self):
        router, lan = self.routers[0], self.lans[0]
        self.nft(router, "add table inet fw")
        self.nft(router, "add chain inet fw forward { type filter hook forward priority 0; policy drop; }")
        self.nft(router, "add rule inet fw forward ct state established,related accept")
        self.nft(router, f"add rule inet fw forward iifname {lan.seats[router]} accept")
        if self.chance.random() < 0.5:
            self.nft(router, "add rule inet fw forward meta l4proto { icmp, icmpv6 } accept")

    def _tunnel(self):
        one, other = self.chance.sample(self.boxes, 2)
        family, number = self.chance.choice(self.families), self.chance.randint(10, 999)
        ends = {
            netns: next(lan for lan in self.lans if netns in lan.seats).addr(netns, family, length=False)
            for netns in (one, other)
        }
        for place, (netns, there) in enumerate(((one, other), (other, one)), 1):
            options = f"id {number} local {ends[netns]} remote {ends[there]} dstport 4789"
            self.do(netns, f"ip link add dev vx0 mtu 1430 type vxlan {options}")
            self.do(netns, "ip link set dev vx0 up")
            self.do(netns, f"ip addr add 172.20.0.{place}/24 dev vx0")
            if 6 in self.families:
                self.do(netns, f"ip addr add fd20::{place}/64 dev vx0 nodad")

    def _mislead(self):
        """Add a setting that looks wrong, but does no harm."""
        netns = self.chance.choice(self.boxes)
        leads = {
            "rules for other packets": lambda: [self._rules_for_others(namespace) for namespace in self._namespaces()],
            "NAT for other sources": lambda: [self._nat_for_others(router) for router in self.routers],
            "unused drop rule": lambda: (
                self.nft(netns, "add table inet old"),
                self.nft(netns, "add chain inet old input { type filter hook input priority 0; }"),
                self.nft(netns, "add rule inet old input tcp dport 23 drop"),
            ),
            "chain without a hook": lambda: (
                self.nft(netns, "add table inet old"),
                self.nft(netns, "add chain inet old unused"),
                self.nft(netns, "add rule inet old unused drop"),
            ),
            "failed neighbour": lambda: self.do(
                netns, "ip neigh add 10.7.0.99 dev eth0 lladdr 02:00:00:00:00:98 nud stale"
            ),
            "blackhole of another net": lambda: self.do(netns, "ip route add blackhole 192.0.2.0/24"),
            "rule to an empty table": lambda: self.do(netns, "ip rule add pref 50 lookup 77"),
            "interface without a cable": lambda: (
                self.do(netns, "ip link add dev spare type veth peer name spare2"),
                self.do(netns, "ip link set dev spare up"),
            ),
            "empty bridge": lambda: self.do(netns, "ip link add dev spare type bridge"),
            "second address": lambda: self.do(netns, "ip addr add 198.51.100.7/24 dev eth0"),
            "lo down": lambda: self.do(netns, "ip link set dev lo down"),
        }
        lead = self.chance.choice(sorted(leads))
        leads[lead]()
        self.false_leads.append(f"{lead} in {netns}")

    def _rules_for_others(self, netns):
        """Add rules for packets that no test sends, as a firewall has them."""
        self.nft(netns, "add table inet others")
        for hook in ("prerouting", "input", "forward", "output", "postrouting"):
            self.nft(netns, f"add chain inet others {hook} {{ type filter hook {hook} priority 0; }}")
            self.nft(netns, f"add rule inet others {hook} udp dport 5353 drop")
            self.nft(netns, f"add rule inet others {hook} ip daddr 192.0.2.0/24 drop")
            self.nft(netns, f"add rule inet others {hook} ip6 daddr 2001:db8::/32 drop")

    def _nat_for_others(self, router):
        """Rewrite the sources of another net, as Docker does on each of its hosts."""
        for word, net in (("ip", "172.17.0.0/16"), ("ip6", "fd00:17::/64")):
            self.nft(router, f"add table {word} others")
            self.nft(router, f"add chain {word} others post {{ type nat hook postrouting priority srcnat; }}")
            self.nft(router, f"add rule {word} others post {word} saddr {net} counter masquerade")

    def do(self, netns, line):
        """Add a line that runs in a namespace."""
        self.lines.append(line if netns == HOST else f"ip netns exec {netns} {line}")

    def nft(self, netns, line):
        """Add a line of nft that runs in a namespace."""
        self.do(netns, f"nft '{line}'")
