"""Options of an interface, in the words of `ip -d link`.

The program's output is converted to words that `ip link add` and `ip link set` accept; ip-link(8).
"""

import re
import shlex
import socket
from functools import lru_cache

from nslab_kernel.errors import LabError
from nslab_kernel.linux import command, uapi
from nslab_kernel.linux.kernel_defaults import kernel_defaults
from nslab_kernel.linux.link_reader import FLAGS, TOKEN, ReadLink
from nslab_kernel.linux.new_namespace import in_new_namespace
from nslab_kernel.model.network import Attributes

_REPORTED = re.compile(
    r"\b(?:usedbcqueuelen|bridge_id|designated_root|root_port|root_path_cost|topology_change_detected"
    r"|topology_change|hello_timer|tcn_timer|topology_change_timer|gc_timer|fdb_n_learned|state|port_id|port_no"
    r"|designated_port|designated_cost|designated_bridge|designated_root|hold_timer|message_age_timer"
    r"|forward_delay_timer|topology_change_ack|config_pending|mcast_n_groups|persist|numdisabled|numqueues"
    r"|reserved_bits|active_slave|mii_status|link_failure_count|perm_hwaddr|ad_aggregator|ad_num_ports|ad_actor_key"
    r"|ad_partner_key|ad_partner_mac|ad_aggregator_id|ad_(?:actor|partner)_oper_port_state(?:_str)?) \S+"
    r"|\(flowinfo \S+\)"
)
"""State that `ip link` shows and does not accept."""
_END = re.compile(r" (?:addrgenmode|numtxqueues) .*")
_FLAG_WORDS = {
    uapi.IFF_PROMISC: "promisc", uapi.IFF_ALLMULTI: "allmulticast", uapi.IFF_MULTICAST: "multicast",
    uapi.IFF_DYNAMIC: "dynamic",
}  # fmt: skip
_NUMBERS = {
    uapi.IFLA_TXQLEN: "txqueuelen", uapi.IFLA_GROUP: "group", uapi.IFLA_GSO_MAX_SIZE: "gso_max_size",
    uapi.IFLA_GSO_MAX_SEGS: "gso_max_segs", uapi.IFLA_GRO_MAX_SIZE: "gro_max_size",
    uapi.IFLA_GSO_IPV4_MAX_SIZE: "gso_ipv4_max_size", uapi.IFLA_GRO_IPV4_MAX_SIZE: "gro_ipv4_max_size",
}  # fmt: skip
_USUAL_WORDS = {
    "txqueuelen": "1000", "group": "0", "alias": "''", "mode": "default", "broadcast": "ff:ff:ff:ff:ff:ff",
    "gso_max_size": "65536", "gso_max_segs": "65535", "gro_max_size": "65536", "gso_ipv4_max_size": "65536",
    "gro_ipv4_max_size": "65536", "token": "::",
}  # fmt: skip
_REMEMBERED = 512


def options(link: ReadLink, attributes: Attributes) -> tuple[str, ...]:
    """Return a link's options, each as `ip link set dev NAME` or `ip token set` takes it; call in its namespace.

    Args:
        link: The link.
        attributes: Its attributes that are not the default.
    """
    return (*_of_kinds(link.ifname, link.kind, attributes), *_plain(dict(attributes), link)) if attributes else ()


def command_for_default(option: str) -> str:
    """Return the words that reset an option to its default."""
    words = shlex.split(option)
    if words[0] == "type":
        usual = dict(_usual_pairs().get(words[1], ()))
        pairs = (f"{name} {usual[name]}" for name, _value in _pairs(" ".join(words[2:])) if name in usual)
        return " ".join([*words[:2], *pairs])
    if words[0] in _USUAL_WORDS:
        return f"{words[0]} {_USUAL_WORDS[words[0]]}"
    return f"{words[0]} {'off' if words[1] == 'on' else 'on'}"


@lru_cache(_REMEMBERED)
def _of_kinds(ifname: str, kind: str, attributes: Attributes) -> tuple[str, ...]:
    groups = {where[1] for where, _value in attributes if where[0] == uapi.IFLA_LINKINFO}
    if not groups:
        return ()
    shown = _shown(ifname)
    found = []
    if uapi.IFLA_INFO_DATA in groups and kind in shown:
        words = _unusual(kind, _taken(kind, shown[kind]))
        # A bond is made before its ports, so `primary` is set later.
        primary = re.search(r" primary \S+", words) if kind == "bond" else None
        found = [f"type {kind} {words.replace(primary[0], '') if primary else words}".strip()]
        found += [f"type bond{primary[0]}"] if primary else []
    if uapi.IFLA_INFO_SLAVE_DATA in groups:
        ports = ((of, _unusual(of, words)) for of, words in shown.items() if of.endswith("_slave"))
        found += [f"type {of} {words}" for of, words in ports if words]
    return tuple(found)


def _taken(kind: str, words: str) -> str:
    """Return a kind's options in the words that `ip link` accepts, which may differ from those it shows."""
    if kind in ("ipip", "sit", "ip6tnl") and words != "external":
        return f"mode {words}"
    if kind == "vlan":
        flags, words = re.findall(r"[A-Z_]+(?=[,>])", words), re.sub(r"<\S*> ?|[{}] ?", "", words).strip()
        settings = {"reorder_hdr": "off", **{flag.lower(): "on" for flag in flags}}
        return " ".join([words, *(f"{word} {value}" for word, value in settings.items())])
    words = re.sub(r"\bremotes \(\d+\) ?(?=(\S?))", lambda found: f"macaddr {'set ' if found[1] else 'flush'}", words)
    words = re.sub(r"\bremcsum_([rt]x)\b", r"remcsum\1", words)
    words = re.sub(r"\budp_zero_csum6_([rt]x)\b", r"udp6zerocsum\1", words)
    if kind in ("vxlan", "geneve") and "external" in words.split():
        words = re.sub(r"^id 0\b", "", words)
    return " ".join(re.sub(r"<[A-Z_,]*>", "", words).split())


def _shown(ifname: str) -> dict[str, str]:
    """Return the options that `ip -d link` shows, by the kind that they belong to."""
    try:
        told = command.run(["ip", "-d", "-o", "link", "show", "dev", ifname]).text
    except LabError:
        return {}
    found = {}
    told = re.sub(r"\\ +(?=\w+-qos-map )", "", told)
    for part in told.split("\\")[2:]:
        kind, _space, words = _END.sub("", part.strip()).partition(" ")
        found[kind] = " ".join(_REPORTED.sub("", " ".join(words.split())).split())
    return found


def _unusual(kind: str, words: str) -> str:
    """Return the pairs of name and value that differ from a new bridge, bond or port; of other kinds all."""
    usual = _usual_pairs().get(kind)
    if usual is None:
        return words
    return " ".join(f"{name} {value}" for name, value in _pairs(words) if (name, value) not in usual)


@lru_cache(1)
def _usual_pairs() -> dict[str, frozenset[tuple[str, str]]]:
    """Return the options that `ip -d link` shows of a new bridge, a new bond and new ports of them."""

    def look() -> dict[str, str]:
        command.run(["ip", "link", "add", "dev", "v", "type", "veth", "peer", "name", "w"])
        for master, kind, port in (("b", "bridge", "v"), ("c", "bond", "w")):
            command.run(["ip", "link", "add", "dev", master, "type", kind])
            command.run(["ip", "link", "set", "dev", port, "master", master])
        return {**_shown("b"), **_shown("v"), **_shown("c"), **_shown("w")}

    shown = in_new_namespace(look)
    kinds = ("bridge", "bridge_slave", "bond", "bond_slave")
    return {kind: frozenset(_pairs(shown[kind])) for kind in kinds if kind in shown}


def _pairs(words: str) -> list[tuple[str, str]]:
    parts = words.split()
    return list(zip(parts[::2], parts[1::2], strict=False))


def _plain(attributes: dict[tuple[int, ...], bytes], link: ReadLink) -> list[str]:
    """Return the options that every kind of interface may have."""
    words, default = [], kernel_defaults().default
    for kind, word in _NUMBERS.items():
        usual = default(link.ifname, link.kind, (kind,)) or default("", "veth", (kind,)) or b""
        if (value := attributes.get((kind,), usual)) != usual:
            words.append(f"{word} {int.from_bytes(value, 'little')}")
    mac = attributes.get((uapi.IFLA_BROADCAST,))
    if mac and default(link.ifname, link.kind, (uapi.IFLA_BROADCAST,)):
        words.append(f"broadcast {mac.hex(':')}")
    if (mode := attributes.get((uapi.IFLA_LINKMODE,), b"\0")) != b"\0":
        words.append(f"mode {'dormant' if mode == bytes((1,)) else 'default'}")
    if alias := attributes.get((uapi.IFLA_IFALIAS,)):
        words.append(f"alias {shlex.quote(alias.rstrip(bytes(1)).decode(errors='surrogateescape'))}")
    if (token := attributes.get(TOKEN, bytes(16))) != bytes(16):
        words.append(f"token {socket.inet_ntop(socket.AF_INET6, token)}")
    return words + _flag_words(attributes, link)


def _flag_words(attributes: dict[tuple[int, ...], bytes], link: ReadLink) -> list[str]:
    usual = kernel_defaults().default(link.ifname, link.kind, FLAGS)
    if FLAGS not in attributes or usual is None:
        return []
    now, before = (int.from_bytes(value, "little") for value in (attributes[FLAGS], usual))
    changed = ((bit, word) for bit, word in _FLAG_WORDS.items() if (now ^ before) & bit)
    words = [f"{word} {'on' if now & bit else 'off'}" for bit, word in changed]
    return words + ([f"arp {'off' if now & uapi.IFF_NOARP else 'on'}"] if (now ^ before) & uapi.IFF_NOARP else [])
