"""The lab's network as the system's own programs show it.

`look()` reads it by `ip`, `bridge`, `tc`, `nft`, `iptables-save` and /proc/sys in the host and every named namespace,
not by nslab, whose snapshots it judges. It returns a flat dict, so that pytest shows only the entries that differ:

    {"test1 link veth-test1 mtu": 1400} != {"test1 link veth-test1 mtu": 1500}

What Linux alone decides is left out: ids of namespaces (nsid), carrier and its consequences, timers, counters, learned
entries, and the addresses and routes that Linux adds when an interface is set UP.
"""

import json
import re
import subprocess
from collections import defaultdict
from pathlib import Path

HOST = "host"
SEPARATOR = "\x1e"
"""Separates the outputs of two programs (ASCII's record separator)."""
IP = (
    *(
        "link",
        "addr",
        "route show table all",
        "nexthop",
        "neigh show nud permanent",
        "neigh show proxy",
        "netns list-id",
    ),
    *("addrlabel", "token"),
)


def batch(program, *lines, after=""):
    """Return shell lines that run several commands of a program in one process of it."""
    return "\n".join([f"{program} -batch - <<'END' {after}", *lines, "END"])


LEGACY = """for each in /proc/self/net/ip*_tables_names; do
  if read -r _ 2>/dev/null <"$each"; then iptables-legacy-save && ip6tables-legacy-save; break; fi
done"""
PROGRAMS = {
    "ip": batch("ip -d -j", *IP, "rule"),
    "rule -6": "ip -d -j -6 rule",
    "text": batch("ip -force", "xfrm state", "xfrm policy", "mptcp endpoint", "mptcp limits", after="|| true"),
    "bridge": batch("bridge -j", "fdb", "vlan", "mdb"),
    "qdisc": "tc -d -j qdisc",
    "nft": "nft -j -s list ruleset",
    "legacy": LEGACY,
    "sysctl": "cd /proc/sys; grep -rs '' net || true",
}
"""Shell lines that run in each namespace for each `look`, hundreds of times a test run: so few processes are used."""

GROUPS = "bridge -d -j mdb"

CARRIER = {"NO-CARRIER", "LOWER_UP", "M-DOWN", "DORMANT", "linkdown", "dead", "offload", "trap"}
"""Flags of links, routes and next hops that Linux sets by itself: carrier, and offload to hardware."""
AUTOMATIC_LINK_FIELDS = {"link_netnsid", "operstate", "qdisc", "addr_info", "permaddr", "tso_max_size", "tso_max_segs"}
AUTOMATIC_BRIDGE_FIELDS = {
    "hello_timer", "tcn_timer", "topology_change_timer", "gc_timer", "topology_change", "topology_change_detected",
    "root_id", "bridge_id", "root_port", "root_path_cost", "fdb_n_learned", "mcast_querier_state",
    "state", "id", "no", "designated_bridge", "designated_root", "designated_port", "designated_cost", "hold_timer",
    "message_age_timer", "forward_delay_timer", "topology_change_ack", "config_pending",
}  # fmt: skip
"""Fields of a bridge and its ports: timers, counts, and what spanning tree computes from MAC addresses and carrier."""
AUTOMATIC_NFT_FIELDS = {"handle", "expires"}
COUNTED = ("packets", "bytes")
AUTOMATIC_TC_FIELDS = {"refcnt", "direct_packets_stat", "index", "ref", "bind", "hw_stats", "not_in_hw", "in_hw_count"}
"""Reference and packet counts, numbers that Linux gives to actions, and their state in hardware."""
QDISCS_WITH_FLOW_CLASSES = ("cake", "fq_codel")
"""Queueing disciplines whose classes are the flows that have packets in the queue at the moment."""
VOLATILE = re.compile(r"/(nf_conntrack_count|stable_secret|tcp_fastopen_key|netdev_rss_key|conf/all/tag)$")
"""Counts, keys, and the mark that a lab sets where it has set its default sysctls (`linux/default_sysctls.py`)."""
IPV6_MTU_MIN = 1280
"""Interfaces with a smaller MTU have no IPv6 (RFC 8200, section 5); the IPv6 MTU sysctl of `lo` keeps its old value."""
FOREVER = 2**32 - 1
JSON = json.JSONDecoder(strict=False)
"""Not strict, because the programs write control characters in names without escaping them."""
RANDOM_MAC = re.compile(r"\b(?!02:00:00|00:00:00|ff:ff:ff|01:|33:33)[0-9a-f]{2}(:[0-9a-f]{2}){5}\b")
"""A MAC address that Linux drew at random: those that the tests set begin with 02:00:00."""


def look():
    """Return what the programs show of the whole lab, as a flat dict."""
    return as_entries(outputs())


def outputs():
    """Return the outputs of the programs for each namespace: those of `PROGRAMS`, and those of `further_outputs`."""
    started = {name: start_programs(name, PROGRAMS.values()) for name in (HOST, *names())}
    found = {}
    for name, process in started.items():
        parts = dict(zip(PROGRAMS, outputs_of(process), strict=True))
        found[name] = parts, further_outputs(name, parts)
    return found


def as_entries(found, keep_random_macs=True):
    """Return the entries that the programs' outputs contain, as a flat dict.

    Args:
        found: The outputs, as `outputs` returns them.
        keep_random_macs: Whether to keep MAC addresses that Linux drew at random, or replace them by "drawn".
    """
    return {
        f"{name} {key}": value
        for name, both in found.items()
        for key, value in entries_of(*(part if keep_random_macs else without_random_macs(part) for part in both))
    }


def without_random_macs(part):
    return {program: RANDOM_MAC.sub("drawn", text) for program, text in part.items()}


def without(name, there):
    """Return the entries of a flat dict without those of one namespace."""
    return {key: value for key, value in there.items() if not key.startswith(f"{name} ")}


def names():
    """Return the names of the files in /run/netns, sorted."""
    return sorted(path.name for path in Path("/run/netns").iterdir())


def start_programs(name, programs):
    """Start one shell in a namespace, which runs the programs one after another, and return its process."""
    # `ip netns exec` takes twice the time, because it also mounts /sys.
    inside = [] if name == HOST else ["nsenter", f"--net=/run/netns/{name}"]
    script = f"\nprintf '{SEPARATOR}'\n".join(["set -e", *programs])
    return subprocess.Popen([*inside, "sh", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def outputs_of(process):
    """Wait for a process that `start_programs` started, and return the output of each program."""
    text, complaints = process.communicate()
    assert process.returncode == 0, (process.args, complaints)
    return text.decode(errors="surrogateescape").split(SEPARATOR)[1:]


def further_outputs(name, parts):
    """Return the outputs on what few namespaces have: classes, filters, multicast groups, rules foreign to nft."""
    programs = []
    for qdisc in added_qdiscs(parts):
        if qdisc["kind"] == "clsact":
            programs += [f"tc -d -j filter show dev '{qdisc['dev']}' {way}" for way in ("ingress", "egress")]
        elif qdisc["kind"] == "ingress":
            programs.append(f"tc -d -j filter show dev '{qdisc['dev']}' ingress")
        else:
            programs += [f"tc -d -j {thing} show dev '{qdisc['dev']}'" for thing in ("class", "filter")]
    if '"xt"' in parts["nft"]:
        programs += ["iptables-save", "ip6tables-save"]
    if '"permanent"' in parts["bridge"]:
        programs.append(GROUPS)
    programs = list(dict.fromkeys(programs))
    return dict(zip(programs, outputs_of(start_programs(name, programs)), strict=True)) if programs else {}


def entries_of(parts, more):
    """Yield one namespace's entries, as keys and values, from the outputs of `PROGRAMS` and of `further_outputs`."""
    links, addresses, routes, nexthops, permanent, proxies, ids, labels, tokens, rules = arrays(parts["ip"])
    names_by_nsid = {entry["nsid"]: entry.get("name", HOST) for entry in ids}
    yield from link_entries(links, names_by_nsid)
    yield from address_entries(addresses)
    added = [{**route, **({"expires": "later"} if "expires" in route else {})} for route in routes if is_added(route)]
    yield from list_entries("route", added, "table", "dst", "tos", "metric")
    yield from list_entries("rule", rules, "priority")
    yield from list_entries("rule -6", JSON.decode(parts["rule -6"]), "priority")
    yield from list_entries("nexthop", nexthops)
    neighbours = ({**one, "proxy": True} if one in proxies else one for one in permanent + proxies)
    yield from list_entries("neigh", neighbours, "dst", "dev")
    yield from list_entries("addrlabel", labels, "address", "prefixlen", "ifname")
    yield from list_entries("token", tokens, "ifname")
    yield from legacy(parts["legacy"])
    yield "xfrm, mptcp", [" ".join(line.split()) for line in parts["text"].splitlines() if "anti-replay" not in line]
    entries, vlans, _groups = arrays(parts["bridge"])
    yield from list_entries("fdb", added_fdb_entries(entries, links), "mac", "ifname")
    yield from list_entries("vlan", vlans, "ifname")
    groups = [group for bridge in JSON.decode(more.get(GROUPS, "[]")) for group in bridge["mdb"]]
    yield from list_entries("mdb", [group for group in groups if group.get("state") == "permanent"], "grp", "src")
    yield from list_entries("qdisc", added_qdiscs(parts), "dev")
    _metainfo, *objects = JSON.decode(parts["nft"])["nftables"]
    named = [{"object": kind, **inner} for entry in objects for kind, inner in entry.items()]
    named = [{k: v for k, v in one.items() if one["object"] != "counter" or k not in COUNTED} for one in named]
    yield from list_entries("nft", named, "object", "family", "table", "chain", "name")
    yield from sysctl_entries(parts["sysctl"], {link["ifname"] for link in links if link["mtu"] < IPV6_MTU_MIN})
    for program, text in more.items():
        if program.startswith("tc"):
            made = [one for one in JSON.decode(text or "[]") if one.get("class") not in QDISCS_WITH_FLOW_CLASSES]
            yield from list_entries(program.removeprefix("tc -d -j "), made, "pref", "handle")
        elif program != GROUPS:
            lines = [line for line in text.splitlines() if not line.startswith("#")]
            yield program, [re.sub(r"\[\d+:\d+\]", "", line) for line in lines]


def legacy(text):
    """Yield each iptables-legacy table that somebody changed; listing a table is enough to create it, unchanged."""
    places = defaultdict(int)
    for name, lines in re.findall(r"^\*(\w+)\n(.*?)^COMMIT$", text, re.MULTILINE | re.DOTALL):
        places[name] += 1
        uncounted = re.sub(r" \[\d+:\d+\]", "", lines).splitlines()
        if not all(re.fullmatch(r":\S+ ACCEPT", line) for line in uncounted):
            yield f"legacy {name} {places[name]}", uncounted


def link_entries(links, names_by_nsid):
    ports = defaultdict(list)
    for link in links:
        ports[link.get("master")].append(link.get("address"))
    for link in links:
        info = link.pop("linkinfo", {})
        for key, value in cleaned(link, AUTOMATIC_LINK_FIELDS).items():
            yield f"link {link['ifname']} {key}", value
        for key, value in info.items():
            is_bridges = info.get(key.replace("data", "kind")) == "bridge"
            yield f"link {link['ifname']} {key}", cleaned(value, AUTOMATIC_BRIDGE_FIELDS if is_bridges else ())
        if "link_netnsid" in link:
            yield f"link {link['ifname']} link_netns", names_by_nsid.get(link["link_netnsid"])
        if info.get("info_kind") == "bridge" and has_port_mac(link, ports[link["ifname"]]):
            yield f"link {link['ifname']} address", "follows its ports"


def has_port_mac(bridge, ports):
    """Return whether a bridge has the smallest MAC address of its ports, or without ports a random one."""
    return bridge["address"] == min(ports) if ports else not bridge["address"].startswith("02:00:00")


def address_entries(links):
    for link in links:
        given = [addr for addr in link["addr_info"] if addr.get("protocol") != "kernel_ll"]
        places = defaultdict(int)
        for addr in given:
            places[addr["family"]] += 1
            peer = f" peer {addr['address']}" if "address" in addr else ""
            key = f"addr {link['ifname']} {addr.get('local')}{peer}/{addr['prefixlen']}"
            lasting = {which: lifetime_word(addr[which]) for which in ("valid_life_time", "preferred_life_time")}
            rest = {word: value for word, value in addr.items() if word not in ("tentative", "dynamic")}
            yield key, {**rest, **lasting, "place": places[addr["family"]]}


def lifetime_word(seconds):
    return {0: "over", FOREVER: "forever"}.get(seconds, "for a while")


def is_added(route):
    """Return whether a route was added by hand or with an IPv4 address; Linux adds IPv6 routes up to a second later."""
    return route.get("protocol") != "kernel" or (route.get("table") != "local" and ":" not in route["dst"])


def added_fdb_entries(entries, links):
    """Yield forwarding database entries that somebody added: no learned, multicast or interfaces' own addresses."""
    own = {link.get("address") for link in links if link["link_type"] != "loopback"}
    for entry in entries:
        is_multicast = int(entry["mac"][:2], 16) & 1 if entry["mac"] != "drawn" else False
        if entry["state"] in ("static", "permanent", "noarp") and entry["mac"] not in own and not is_multicast:
            yield entry


def added_qdiscs(parts):
    """Return the queueing disciplines that somebody added; the handle of those that Linux adds is 0:."""
    return [qdisc for qdisc in JSON.decode(parts["qdisc"]) if qdisc.get("handle") != "0:"]


def sysctl_entries(text, without_ipv6):
    unused = {f"net/ipv6/conf/{ifname}/mtu" for ifname in without_ipv6}
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key not in unused and not VOLATILE.search(key):
            yield f"sysctl {key}", value


def list_entries(section, entries, *same):
    """Yield each entry as a key, with its positions among the entries whose fields `same` have equal values."""
    places, found = defaultdict(int), defaultdict(list)
    for entry in entries:
        clean = cleaned(entry, AUTOMATIC_NFT_FIELDS if section == "nft" else AUTOMATIC_TC_FIELDS)
        group = json.dumps([entry.get(word) for word in same])
        found[json.dumps(clean, sort_keys=True)].append(places[group])
        places[group] += 1
    for text, at in found.items():
        yield f"{section} {text}", at


def cleaned(value, unwanted):
    """Return a value without the unwanted keys, and without the flags of `CARRIER`, at any depth."""
    if isinstance(value, dict):
        return {key: cleaned(inner, unwanted) for key, inner in value.items() if key not in unwanted}
    if isinstance(value, list):
        return [cleaned(inner, unwanted) for inner in value if not (isinstance(inner, str) and inner in CARRIER)]
    return value


def arrays(text):
    """Return the JSON arrays that follow one another in a text."""
    found, at = [], 0
    while at < len(text.rstrip()):
        value, at = JSON.raw_decode(text, at)
        found.append(value)
        at += len(text[at:]) - len(text[at:].lstrip())
    return found
