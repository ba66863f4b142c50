"""Leaves out what cannot be made in Linux, and what depends on it."""

import re
from collections.abc import Collection
from dataclasses import replace

from nslab_kernel.language import translate as _
from nslab_kernel.linux import entries, link_reader
from nslab_kernel.linux.sysctl_tree import interface_of_key
from nslab_kernel.model.network import End, Link, Namespace, Network
from nslab_kernel.network.peers import LinkKey

_LINK, _NEXTHOPS = re.compile(r"\b(?:dev|port) (\S+)"), re.compile(r"\b(?:nhid|group) (\S+)")
"""The words with which programs print what an object depends on: `dev eth0`, `nhid 5`, `group 5,2/6`."""


def creatable(target: Network, there: Collection[LinkKey]) -> tuple[Network, tuple[str, ...]]:
    """Return a network without what cannot be made, and a sentence for each interface that is left out.

    Args:
        target: The wanted network.
        there: Those of its interfaces that exist already, and so need not be made.
    """
    links = [(name, link) for name, namespace in target.namespaces.items() for link in namespace.links]
    reasons = {
        End(name, link.ifname): why
        for name, link in links
        if (why := _why_not_creatable(link)) and LinkKey(name, link.ifindex) not in there
    }
    if not reasons:
        return target, ()
    wanting = {End(name, link.ifname): link for name, link in links if LinkKey(name, link.ifindex) not in there}
    while above := [end for end, link in wanting.items() if link.link in reasons and end not in reasons]:
        words = _("{ifname} is left out, and so is the interface below it.")
        reasons |= {end: words.format(ifname=end.ifname) for end in above}
    namespaces = dict(target.namespaces)
    for name in {end.netns for end in reasons}:
        namespaces[name] = _without({end.ifname for end in reasons if end.netns == name}, namespaces[name])
    return Network(namespaces), tuple(reasons.values())


def _why_not_creatable(link: Link) -> str:
    """Return the sentence that says why a link cannot be made; empty if it can."""
    why = ""
    if link.kind == "tun" and (link_reader.TUN_PERSISTS, b"\0") in link.attributes:
        why = _("{ifname} is left out: it goes with the program that holds it open.")
    elif link.kind in ("ether", "other"):
        why = _("{ifname} is left out: only the machine can give such an interface.")
    elif link.kind == "veth" and not link.peer:
        why = _("{ifname} is left out: its other end is in a namespace without a name.")
    elif link.peer_ifindex and not link.link and link.kind not in ("veth", "loopback"):
        why = _("{ifname} is left out: the interface below is in a namespace without a name.")
    return why.format(ifname=link.ifname)


def _without(ifnames: set[str], namespace: Namespace) -> Namespace:
    """Return a namespace without some interfaces and without everything that depends on them."""
    nexthops: set[str] = set()

    def stands(text: str) -> bool:
        members = re.split(r"[/ ]|,\d+", " ".join(_NEXTHOPS.findall(text)))
        return ifnames.isdisjoint(_LINK.findall(text)) and nexthops.isdisjoint(members)

    kept = []
    for entry in namespace.entries:
        if stands(f"dev {entry.text}" if entry.shown_by == entries.VLAN else entry.text):
            kept.append(entry)
        elif entry.shown_by == entries.NEXTHOP:
            nexthops.add(entry.text.split()[1])
    links = (link for link in namespace.links if link.ifname not in ifnames)
    return replace(
        namespace,
        links=tuple(replace(link, master=None) if link.master in ifnames else link for link in links),
        routes=tuple(route for route in namespace.routes if stands(f"dev {route.dev} {route.text}")),
        entries=tuple(kept),
        sysctls=tuple((key, value) for key, value in namespace.sysctls if interface_of_key(key) not in ifnames),
    )
