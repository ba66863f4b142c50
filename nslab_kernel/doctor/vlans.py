"""VLANs of interfaces and bridge ports; IEEE 802.1Q."""

import re

from nslab_kernel.model.network import End, Link, Namespace, Network

_VLAN = re.compile(r"\bvid (\d+)([^,]*)")
_DEFAULT_VLANS = {1: frozenset({"pvid", "untagged"})}


def number(link: Link) -> int:
    """Return the VLAN id of a VLAN interface; 0 for any other."""
    found = re.search(r"\bid (\d+)", " ".join(link.options)) if link.kind == "vlan" else None
    return int(found[1]) if found else 0


def is_filtering(link: Link) -> bool:
    """Return whether an interface is a bridge with VLAN filtering."""
    return any("vlan_filtering 1" in option for option in link.options)


def taken(network: Network, end: End) -> dict[int, frozenset[str]]:
    """Return the VLANs of a bridge port, or of the bridge itself, each with its flags: `pvid`, `untagged`."""
    return _by_port(network.namespaces[end.netns]).get(end.ifname, _DEFAULT_VLANS)


def pvid(vlans: dict[int, frozenset[str]]) -> int:
    """Return the VLAN of untagged frames that arrive at a port; 0 if the port drops them."""
    return next((vid for vid, words in vlans.items() if "pvid" in words), 0)


def all_numbers(network: Network) -> set[int]:
    """Return the ids of all VLANs of the lab."""
    namespaces = network.namespaces.values()
    numbers = {number(link) for namespace in namespaces for link in namespace.links} - {0}
    ports = (vlans for namespace in namespaces for vlans in _by_port(namespace).values())
    return numbers.union({1}, *ports)


def _by_port(namespace: Namespace) -> dict[str, dict[int, frozenset[str]]]:
    lines = [entry.text for entry in namespace.entries if entry.shown_by == "bridge vlan"]
    return {
        line.partition(" ")[0]: {int(vid): frozenset(words.split()) for vid, words in _VLAN.findall(line)}
        for line in lines
    }
