"""Every field that is explained: its pattern, its sentence, its source.

The placeholders of a sentence are the groups of its pattern and `ifname`, the interface that the block is about. Where
the sentence depends on one word, the group `key` selects it. Where it has to be computed, the rule has a function of
`explain_computed`.
"""

from nslab_kernel.display import explain_computed as computed
from nslab_kernel.display.explain_rules import Rule
from nslab_kernel.language import deferred as _

_MAC = r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}"

_REFUSALS = {
    "Network is unreachable": _("My own kernel has no route to there, so nothing was sent."),
    "No route to host": _("My own kernel has a route that says: unreachable. Nothing was sent."),
    "Invalid argument": _("A blackhole route, or an address that fits no interface. Nothing was sent."),
    "Permission denied": _("A rule forbids it: a prohibit route or a firewall. Nothing was sent."),
}
REFUSED = (Rule(rf"(?P<key>{'|'.join(_REFUSALS)})$", _REFUSALS, "ip-route(8)"),)
"""The rule for error messages of all programs: the kernel refused to send."""

_NAMESPACE = _("A network namespace. The name is a file in /run/netns that keeps it alive.")
_NETNS = (
    Rule(r"^(?P<w>.+?)(?= \(id: \d+\)$|$)", _NAMESPACE, "ip-netns(8)"),
    Rule(r"\(id: (?P<number>\d+)\)", computed.netns_id, "ip-netns(8)"),
)

_FORWARDING = {
    "1": _("1: packets that are not for this namespace are forwarded. It works as a router."),
    "0": _("0: packets that are not for this namespace are thrown away. It is not a router."),
}
_SYSCTL = (Rule(r"net\.ipv4\.ip_forward = (?P<key>[01])", _FORWARDING, "ip(7)"),)

_OTHER_FLAGS = {
    "LOOPBACK": _("A loopback: what is sent out here comes straight back in."),
    "BROADCAST": _("One frame can go to everybody on this cable. ARP asks its questions that way."),
    "MULTICAST": _("One frame can go to a group of receivers. IPv6 finds its neighbours that way."),
    "NOARP": _("No ARP here: nobody is asked for a MAC address."),
    "POINTOPOINT": _("Exactly one other end; no neighbours to choose from."),
    "PROMISC": _("It also takes in frames that are addressed to others, as tcpdump and bridges ask."),
    "ALLMULTI": _("It takes in the frames of every multicast group."),
    "DORMANT": _("It has carrier, but waits for something else, such as a login to the network."),
    "SLAVE": _("It belongs to a bond or a team."),
    "MASTER": _("It bundles other interfaces."),
    "DYNAMIC": _("Its addresses get lost when it goes down."),
}
_OTHER_END = _("{other}, the other end, is not switched on. A remark of ip's own, not a flag of the kernel.")
_FLAGS = (
    Rule(r"(?<=[<,])(?P<w>UP)(?=[,>])", computed.up, "netdevice(7)"),
    Rule(r"(?<=[<,])(?P<w>LOWER_UP)(?=[,>])", computed.lower_up, "netdevice(7)"),
    Rule(r"(?<=[<,])(?P<w>NO-CARRIER)(?=[,>])", computed.no_carrier, "ip-link(8)"),
    Rule(r"@(?P<other>[^\s:]+): <\S*(?P<w>M-DOWN)(?=[,>])", _OTHER_END, "ip-link(8)"),
    Rule(r"(?<=[<,])(?P<key>[A-Z]+)(?=[,>])", _OTHER_FLAGS, "netdevice(7)"),
)

_PEER_KNOWN = _(
    "The other end of this cable is interface number {number} in {netns}. "
    "Its name cannot be seen from here, so ip writes the number."
)
_PEER_UNKNOWN = _(
    "The other end of this cable is interface number {number} in another namespace. "
    "Its name cannot be seen from here, so ip writes the number."
)
_NO_QUEUE = {
    "noop": _("No queue yet, and packets put here are thrown away: {ifname} was never switched on."),
    "noqueue": _("No queue: {ifname} hands each packet on at once, so nothing ever waits."),
}
_QUEUE = _("Packets that wait to leave are queued by the rules of {qdisc}.")
_MASTER = _("{ifname} is a port of {master}: the frames that come in here go to {master}.")
_HEAD = (
    Rule(r"^(?P<number>\d+)(?=: )", computed.ifindex, "ip-link(8)"),
    Rule(r"^\d+: (?P<w>[^\s:@]+)", computed.ifname, "ip-link(8)"),
    Rule(r"^\d+: [^\s:@]+(?P<w>@if(?P<number>\d+))(?s:.*)link-netns (?P<netns>\S+)", _PEER_KNOWN, "veth(4)"),
    Rule(r"^\d+: [^\s:@]+(?P<w>@if(?P<number>\d+))", _PEER_UNKNOWN, "veth(4)"),
    Rule(r"^\d+: [^\s:@]+(?P<w>@(?P<other>[^\s:]+))", computed.peer_name, "veth(4)"),
    *_FLAGS,
    Rule(r"mtu (?P<mtu>\d+)", computed.mtu, "ip-link(8)"),
    Rule(r"qdisc (?P<key>noop|noqueue)(?=\s)", _NO_QUEUE, "tc(8)"),
    Rule(r"qdisc (?P<qdisc>\S+)", _QUEUE, "tc(8)"),
    Rule(r"master (?P<master>\S+)", _MASTER, "ip-link(8)"),
)

_LINK_SETTINGS = {
    "mode": _("DEFAULT: it is ready as soon as it is switched on and has carrier. DORMANT would wait for more."),
    "group": _("Interfaces can be grouped and handled together. All start in the group default."),
    "link-netns": _("The other end of this cable is in the namespace {netns}."),
    "altname": _("One more name for the same interface."),
}
_UNUSED_QUEUE = _("Up to {length} packets could wait, if there were a queue. Here there is none.")
_LINK_KINDS = {
    "link/ether": _("An Ethernet interface; what follows is its MAC address."),
    "link/loopback": _("A loopback, not a cable; what follows would be its MAC address."),
}
_LINK = (
    *_HEAD,
    Rule(r"state (?P<state>[A-Z]+)", computed.state, "RFC 2863"),
    Rule(r"qdisc (?:noop|noqueue) .*(?P<w>qlen (?P<length>\d+))", _UNUSED_QUEUE, "ip-link(8)"),
    Rule(r"qlen (?P<length>\d+)", _("At most {length} packets may wait to leave."), "ip-link(8)"),
    Rule(rf"link/\S+ (?P<w>{_MAC})", computed.mac, "ip-link(8)"),
    Rule(r"link-netnsid (?P<number>\d+)", computed.link_netnsid, "ip-netns(8)"),
    Rule(rf"link/loopback .*(?P<w>brd {_MAC})", _("There is nobody else here to ping."), "ip-link(8)"),
    Rule(rf"brd {_MAC}", _("A frame to this MAC address goes to everybody on the cable."), "ip-link(8)"),
    Rule(r"(?P<key>mode|group|link-netns|altname) (?P<netns>\S+)", _LINK_SETTINGS, "ip-link(8)"),
    Rule(r"(?P<key>link/(?:ether|loopback))", _LINK_KINDS, "ip-link(8)"),
)

_PORT_STATES = {
    "forwarding": _("The bridge passes frames in and out of {ifname}."),
    "disabled": _("The bridge does not use {ifname}: it is down or has no carrier."),
    "blocking": _("The bridge keeps {ifname} shut, so that no loop arises."),
    "listening": _("The bridge only listens at {ifname} before it opens the port."),
    "learning": _("The bridge learns MAC addresses at {ifname} before it opens the port."),
}
_SPANNING_TREE = {
    "priority": _("Which port wins where several lead to the same place; the smaller number does."),
    "cost": _("What a way through this port costs. Only the spanning tree protocol reads it."),
}
_BRIDGE = (
    *_HEAD,
    Rule(r"state (?P<key>[a-z]+)", _PORT_STATES, "bridge(8)"),
    Rule(r"(?P<key>priority|cost) \d+", _SPANNING_TREE, "bridge(8)"),
)

_FAMILIES = {"inet6": _("An IPv6 address follows."), "inet": _("An IPv4 address follows.")}
_ADDR_SCOPES = {
    "global": _("Counts everywhere: others beyond this cable may answer to it."),
    "link": _("Counts on this cable only: no router forwards it."),
    "host": _("Counts inside this namespace only: it never leaves."),
}
_FOREVER = {
    "valid_lft": _("Stays until somebody removes it: nobody lent it for a time."),
    "preferred_lft": _("May be the source of new connections for as long as it stays."),
}
_LENT = {
    "valid_lft": _("Lent: it disappears in {time}, unless the loan is renewed."),
    "preferred_lft": _("New connections may use it as source for {time} more."),
}
_ADDR_FLAGS = {
    "tentative": _("The kernel still asks whether a neighbour has this address. Until then it is not used."),
    "dadfailed": _("A neighbour has this address already, so the kernel does not use it."),
    "deprecated": _("No longer used for new connections."),
    "dynamic": _("Lent for a time, not set by hand."),
    "secondary": _("The interface has an earlier address in the same subnet; that one goes out as source."),
    "noprefixroute": _("No route came with this address."),
    "proto kernel_ll": _("The kernel made it by itself: every interface that is up gets one from fe80::."),
    "proto kernel_lo": _("The kernel made it by itself when lo came up."),
}
_LABEL = _("The label of the address: the interface's name again, kept for old programs.")
_ADDR = (
    Rule(r"(?<=inet )(?P<w>[\d.]+(/\d+)?)", computed.address, "ip-address(8)"),
    Rule(r"(?<=inet6 )(?P<w>[\da-f:.]+(/\d+)?)", computed.address, "ip-address(8)"),
    Rule(r"\b(?P<key>inet6?)(?= )", _FAMILIES, "ip-address(8)"),
    Rule(
        r"\bbrd (?P<addr>\d+\.[\d.]+)", _("A packet to {addr} is meant for everybody in the subnet."), "ip-address(8)"
    ),
    Rule(r"scope (?P<key>\w+)", _ADDR_SCOPES, "ip-address(8)"),
    Rule(r"(?P<key>valid_lft|preferred_lft) forever", _FOREVER, "ip-address(8)"),
    Rule(r"(?P<key>valid_lft|preferred_lft) (?P<time>\w+)", _LENT, "ip-address(8)"),
    Rule(rf"\b(?P<key>{'|'.join(_ADDR_FLAGS)})\b", _ADDR_FLAGS, "ip-address(8)"),
    Rule(r"^ +inet .*scope \w+ (?:\w+ )*(?P<w>\S+)$", _LABEL, "ip-address(8)"),
    *_LINK,
)

_ROUTE_KINDS = {
    "local": _("One of my own addresses: the packet never leaves, it goes through lo. With lo down, nothing answers."),
    "blackhole": _("Packets that fit this line are thrown away without a word to others."),
    "unreachable": _("Packets that fit this line are refused: host unreachable."),
    "prohibit": _("Packets that fit this line are refused: forbidden by an administrator."),
    "throw": _("This table gives no answer here: the next table is asked."),
    "broadcast": _("Goes to everybody on the cable."),
    "multicast": _("Goes to a group of receivers."),
}
_PROTOCOLS = {
    "kernel": _("The kernel wrote this line itself, when the interface had an address and came up."),
    "boot": _("Somebody added it by hand."),
    "static": _("Somebody added it by hand, to stay."),
    "ra": _("A router announced it."),
    "dhcp": _("It came by DHCP."),
}
_ROUTE_SCOPES = {
    "link": _("The destination is on this very cable: no router in between."),
    "host": _("The destination is this namespace itself."),
    "global": _("The destination may be anywhere."),
}
_ROUTE_WORDS = {
    "onlink": _("The gateway counts as a neighbour, even if no subnet says so."),
    "dead": _("The interface is not up: this line is not used."),
    "pref": _("Among several routers this one is chosen with medium, low or high preference."),
    "uid": _("Asked for the user with this number; 0 is root."),
    "cache": _("The kernel's answer for this one packet, not a line of the table."),
}
_GATEWAY = _("They go first to {gateway}, a neighbour, who must forward them.")
_LINKDOWN = _("The route is there, but {dev} has no carrier at the moment.")
_METRIC = _("Where two lines fit equally well, the smaller metric wins. Here it is {metric}.")
_ROUTE = (
    Rule(rf"^(?P<key>{'|'.join(_ROUTE_KINDS)})(?= )", _ROUTE_KINDS, "ip-route(8)"),
    Rule(r"^local (?P<w>(?P<dst>\S+))", _("{dst} is an address of this namespace itself."), "ip-route(8)"),
    Rule(r"^(?:[a-z]+ )?(?P<w>default)(?=\s)", _("Packets to anywhere, if no other line fits better."), "ip-route(8)"),
    Rule(r"^(?:[a-z]+ )?(?P<w>(?P<dst>[\da-f.:]+(?:/\d+)?))(?=\s)", computed.destination, "ip-route(8)"),
    Rule(r"via (?P<gateway>\S+)", _GATEWAY, "ip-route(8)"),
    Rule(r"dev (?P<dev>\S+)", _("They leave through {dev}."), "ip-route(8)"),
    Rule(r"proto (?P<key>\w+)", _PROTOCOLS, "ip-route(8)"),
    Rule(r"scope (?P<key>\w+)", _ROUTE_SCOPES, "ip-route(8)"),
    Rule(r"src (?P<src>\S+)", _("A packet that has no sender's address yet gets {src}."), "ip-route(8)"),
    Rule(r"metric (?P<metric>\d+)", _METRIC, "ip-route(8)"),
    Rule(r"dev (?P<dev>\S+).*\b(?P<w>linkdown)\b", _LINKDOWN, "ip-route(8)"),
    Rule(r"\b(?P<w>(?P<key>onlink|dead|pref|uid|cache)(?: (?:\d+|low|medium|high))?)", _ROUTE_WORDS, "ip-route(8)"),
)

_NEIGHBOUR_STATES = {
    "REACHABLE": _("{dst} showed itself within the last half minute or so."),
    "STALE": _("{dst} has not shown itself for a while. The MAC address is used all the same, and then checked."),
    "DELAY": _("A packet went to {dst} on old knowledge. The kernel waits 5 s for a sign of life, then asks."),
    "PROBE": _("The kernel asks {dst} directly whether it is still there."),
    "INCOMPLETE": _("The kernel has asked for {dst}, and nobody has answered yet."),
    "FAILED": _("The kernel asked for {dst} until it gave up: nobody answered."),
    "PERMANENT": _("Set by hand: it is never asked for and never forgotten."),
    "NOARP": _("Needs no asking."),
}
_NEIGHBOUR_MAC = _("{dst} answered: it has this MAC address. Frames to it are sent there.")
_NEIGHBOUR = (
    Rule(r"^(?P<w>[\da-f:.]+)(?= dev )", _("The neighbour whose MAC address was asked for."), "ip-neighbour(8)"),
    Rule(r"dev (?P<dev>\S+)", _("It was asked for on the cable of {dev}."), "ip-neighbour(8)"),
    Rule(r"^(?P<dst>\S+).* (?P<w>lladdr \S+)", _NEIGHBOUR_MAC, "arp(7)"),
    Rule(rf"^(?P<dst>\S+).*\b(?P<w>(?P<key>{'|'.join(_NEIGHBOUR_STATES)}))\b", _NEIGHBOUR_STATES, "ip-neighbour(8)"),
)

_PING_SIZES = _("{data} bytes of filling; with 8 of ICMP and 20 of IP, {packet} in all.")
_WHO_SAYS = _("Who says this: {who}. If that is my own address, it is my own kernel speaking.")
_REQUEST_NUMBER = _("The reply to request number {number}. A number that is missing was lost.")
_COUNTS = {
    "packets transmitted": _("So many requests were sent: {count}."),
    "received": _("So many replies came back: {count}."),
    "packet loss": _("The share of requests without a reply: {count} percent."),
    "errors": _("Not replies, but messages that it could not be delivered: {count}."),
    "duplicates": _("Replies that came more than once: {count}."),
}
_ERRORS = {
    "Destination Host Unreachable": _("{who} asked for the next neighbour's MAC address, and nobody answered."),
    "Destination unreachable: Address unreachable": _("{who} asked for the next neighbour, and nobody answered."),
    "Destination Net Unreachable": _("{who} has no route that leads on."),
    "Time to live exceeded": _("{who} threw it away: it had passed too many routers."),
    "Destination Port Unreachable": _("{who} is there, but its port or its firewall refused."),
    "Packet filtered": _("A firewall at {who} refused it."),
}
_TIMES = _(
    "The round-trip times: the shortest {least} ms, the mean {mean} ms, the longest {most} ms; "
    "they differ by about {spread} ms."
)
_RTT = r"(?P<least>[\d.]+)/(?P<mean>[\d.]+)/(?P<most>[\d.]+)/(?P<spread>[\d.]+)"
_PIPE = _("Up to {count} requests were on their way at the same time.")
_PING = (
    Rule(r"^PING (?P<dst>\S+)", _("Echo requests (ICMP) go to {dst}."), "ping(8)"),
    Rule(r"(?P<data>\d+)\((?P<packet>\d+)\) bytes of data", _PING_SIZES, "ping(8)"),
    Rule(r"^(?P<size>\d+) bytes(?= from)", computed.reply_size, "ping(8)"),
    Rule(r"\bfrom (?P<dst>\S+)(?=:)", _("Who replied: {dst}."), "ping(8)"),
    Rule(r"^From (?P<who>\S+)", _WHO_SAYS, "icmp(7)"),
    Rule(r"^From (?P<who>\S+) icmp_seq=\d+ (?P<w>(?P<key>.+))$", _ERRORS, "icmp(7)"),
    Rule(r"icmp_seq=(?P<number>\d+)(?= ttl)", _REQUEST_NUMBER, "ping(8)"),
    Rule(r"icmp_seq=(?P<number>\d+)", _("What became of request number {number}."), "ping(8)"),
    Rule(r"ttl=(?P<ttl>\d+)", computed.ttl, "ip(7)"),
    Rule(r"time=(?P<time>[\d.]+) ms", computed.time, "ping(8)"),
    Rule(rf"(?P<count>[+\d.]+)%? (?P<key>{'|'.join(_COUNTS)})", _COUNTS, "ping(8)"),
    Rule(r"time (?P<time>\d+)ms", _("From the first request to the last, {time} ms passed."), "ping(8)"),
    Rule(rf"rtt min/avg/max/mdev = {_RTT} ms", _TIMES, "ping(8)"),
    Rule(r"pipe (?P<count>\d+)", _PIPE, "ping(8)"),
)

_IP = r"ip (?:-\S+ )*"
GRAMMARS = (
    (_IP + r"(a|addr|address)\b", r"^\d+: ", _ADDR),
    (_IP + r"(l|link)\b", r"^\d+: ", _LINK),
    (_IP + r"(r|ro|route)\b", r"^\S", _ROUTE),
    (_IP + r"(n|neigh|neighbour|neighbor)\b", r"^\S", _NEIGHBOUR),
    (r"bridge (-\S+ )*link\b", r"^\d+: ", _BRIDGE),
    (r"ping6?\b", r"^\S", _PING),
    (r"ip netns( list)?$", r"^\S", _NETNS),
    (r"sysctl\b", r"^\S", _SYSCTL),
)
"""For each kind of output: a pattern for the command, a pattern for the start of each block, and the rules."""
