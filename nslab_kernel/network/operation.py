"""Operations: each is a shell command and the call that does the same."""

import contextlib
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux import (
    container_netns,
    link_reader,
    namespaces,
    replay,
    replay_entries,
    replay_links,
    replay_routes,
)
from nslab_kernel.model.entry import Entry
from nslab_kernel.model.naming import netns_of
from nslab_kernel.model.network import HOST, AddressDetails, Attributes, Link, Route
from nslab_kernel.network.entry_commands import commands

_BESIDE_NEXTHOP = ("proto", "metric", "table", "src", "scope")
"""The properties that a route has beside its next hop object."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One change of the network that can be made and shown."""

    command: str
    """The shell command, to be run on the host."""
    function: Callable[..., None]
    args: tuple[Any, ...]

    def run(self) -> None:
        """Make the change.

        Raises:
            LabError: Linux refused the change, or something that the change needs is missing.
        """
        self.function(*self.args)


def add_namespace(name: str) -> Operation:
    """Return the operation that adds a namespace."""
    return Operation(shlex.join(["ip", "netns", "add", name]), namespaces.make, (name,))


def delete_namespace(name: str) -> Operation:
    """Return the operation that deletes a namespace."""
    return Operation(shlex.join(["ip", "netns", "del", name]), replay.delete_namespace, (name,))


def attach(name: str, pid: int) -> Operation:
    """Return the operation that names the namespace of a process."""
    return Operation(shlex.join(["ip", "netns", "attach", name, str(pid)]), namespaces.attach, (name, pid))


def add_link(netns: str, link: Link, peer: tuple[str, Link] | None, mac: str | None, mtu: int | None) -> Operation:
    """Return the operation that adds an interface in its namespace, with its ifindex; a veth end with its peer."""
    far = (peer[1], netns_of(peer[0])) if peer else None
    if link.kind == "tun":
        words = [*_inside(netns), "ip", "tuntap", "add", "dev", link.ifname, *replay_links.tun_words(link)]
    else:
        words = [*_inside(link.link.netns if link.link else HOST), "ip", "link", "add"]
        words += [*_described(link, mac, mtu, netns), *_given("link", link.link and link.link.ifname)]
        of_kind = f"type {link.kind}"
        words += next((option for option in link.options if option.startswith(of_kind)), of_kind).split()
        words += ["peer", *_described(peer[1], peer[1].mac, peer[1].mtu, peer[0])] if peer else []
    return Operation(shlex.join(words), replay_links.make_link, (link, netns_of(netns), far, mac, mtu))


def delete_link(netns: str, link: Link) -> Operation:
    """Return the operation that deletes an interface."""
    return _operation(netns, ["ip", "link", "del", "dev", link.ifname], replay_links.delete_link, link.ifindex)


def move(netns: str, link: Link, target: str) -> Operation:
    """Return the operation that moves an interface to another namespace."""
    there = namespaces.host_netns_argument() if target == HOST else container_netns.netns_argument(target)
    words = ["ip", "link", "set", "dev", link.ifname, "netns", there]
    return _operation(netns, words, replay_links.move_link, link.ifindex, netns_of(target))


def rename(netns: str, link: Link, new: str) -> Operation:
    """Return the operation that renames an interface."""
    return _operation(netns, _set(link.ifname, "name", new), replay_links.rename_link, link.ifindex, new)


def set_up(netns: str, link: Link) -> Operation:
    """Return the operation that sets an interface up."""
    return _operation(netns, _set(link.ifname, "up"), replay_links.set_up, link.ifindex, True)


def set_down(netns: str, link: Link) -> Operation:
    """Return the operation that sets an interface down."""
    return _operation(netns, _set(link.ifname, "down"), replay_links.set_up, link.ifindex, False)


def set_mac(netns: str, link: Link, mac: str) -> Operation:
    """Return the operation that sets an interface's MAC address."""
    return _operation(netns, _set(link.ifname, "address", mac), replay_links.set_mac, link.ifindex, mac)


def set_mtu(netns: str, link: Link, mtu: int) -> Operation:
    """Return the operation that sets an interface's MTU."""
    return _operation(netns, _set(link.ifname, "mtu", str(mtu)), replay_links.set_mtu, link.ifindex, mtu)


def set_master(netns: str, link: Link, master: Link | None) -> Operation:
    """Return the operation that makes an interface a port of a master, or of none."""
    words = ["master", master.ifname] if master else ["nomaster"]
    return _operation(
        netns, _set(link.ifname, *words), replay_links.set_master, link.ifindex, master.ifindex if master else 0
    )


def set_attributes(netns: str, link: Link, attributes: Attributes, options: list[str]) -> Operation:
    """Return the operation that sets further attributes of an interface; its command has one line per option."""
    lines = [shlex.join([*_inside(netns), *_option_words(link.ifname, shlex.split(option))]) for option in options]
    args = link.ifindex, link.kind, attributes, netns_of(netns)
    return Operation("\n".join(lines), replay_links.set_attributes, args)


def set_snooping(netns: str, bridge: Link, on: bool) -> Operation:
    """Return the operation that turns multicast snooping of a bridge on or off."""
    return set_attributes(
        netns, bridge, ((link_reader.MCAST_SNOOPING, bytes([on])),), [f"type bridge mcast_snooping {on:d}"]
    )


def set_altname(netns: str, link: Link, altname: str, there: bool) -> Operation:
    """Return the operation that adds an altname to an interface, or with `there` false deletes it."""
    words = ["ip", "link", "property", "add" if there else "del", "dev", link.ifname, "altname", altname]
    return _operation(netns, words, replay_links.set_altname, link.ifindex, altname, there)


def add_address(netns: str, link: Link, addr: str, details: AddressDetails | None) -> Operation:
    """Return the operation that adds an address to an interface."""
    words = ["ip", "addr", "add", *_address_words(addr, details), "dev", link.ifname, *_further_words(details)]
    return _operation(netns, words, replay_routes.add_address, addr, details, link.ifindex)


def add_own_address(netns: str, link: Link, addr: str) -> Operation:
    """Return the operation that restores an automatic address, unless Linux has added it again meanwhile."""
    words = ["ip", "addr", "replace", addr, "dev", link.ifname]
    return _operation(netns, words, replay_routes.add_own_address, addr, link.ifindex)


def delete_address(netns: str, link: Link, addr: str, details: AddressDetails | None) -> Operation:
    """Return the operation that deletes an address from an interface."""
    words = ["ip", "addr", "del", *_address_words(addr, details), "dev", link.ifname]
    return _operation(netns, words, replay_routes.delete_address, addr, details, link.ifindex)


def add_route(netns: str, route: Route, oif: int, beside: bool) -> Operation:
    """Return the operation that adds or replaces a route, or with `beside` appends it to others like it."""
    words = _route_words("append" if beside else "replace", route)
    return _operation(netns, words, replay_routes.add_route, route, oif, beside)


def if_taken(change: Operation) -> Operation:
    """Return an operation that does nothing if Linux refuses it; `build` compares the result and reports that."""
    return Operation(change.command, _try, (change,))


def _try(change: Operation) -> None:
    with contextlib.suppress(RefusedByLinux):
        change.run()


def delete_route(netns: str, route: Route, oif: int) -> Operation:
    """Return the operation that deletes a route."""
    return _operation(netns, _route_words("del", route), replay_routes.delete_route, route, oif)


def add_entry(netns: str, entry: Entry) -> Operation:
    """Return the operation that adds an entry."""
    return _operation(netns, commands(entry).make, replay_entries.add_entry, entry)


def delete_entry(netns: str, entry: Entry) -> Operation:
    """Return the operation that deletes an entry."""
    return _operation(netns, commands(entry).delete, replay_entries.delete_entry, entry)


def set_rules(netns: str, program: str, rules: str) -> Operation:
    """Return the operation that gives packet filter rules to a program such as `nft -f -`."""
    command = " ".join([*map(shlex.quote, _inside(netns)), program])
    return Operation(f"{command} <<'EOF'\n{rules}\nEOF", replay.set_rules, (program, rules, netns_of(netns)))


def set_sysctl(netns: str, key: str, value: str) -> Operation:
    """Return the operation that writes a sysctl."""
    return _operation(netns, ["sysctl", "-w", f"{key}={value}"], replay.set_sysctl, key, value)


def _operation(netns: str, words: list[str], function: Callable[..., None], *args: Any) -> Operation:
    """Return an Operation inside a namespace, which becomes the last argument of its call."""
    command = shlex.join([*_inside(netns), *words]) if words[0] != "#" else " ".join(["#", *_inside(netns), *words[1:]])
    return Operation(command, function, (*args, netns_of(netns)))


def _inside(netns: str) -> list[str]:
    if netns == HOST:
        return []
    container = container_netns.container_cached(netns)
    return container_netns.nsenter_prefix(container) if container else ["ip", "netns", "exec", netns]


def _set(ifname: str, *words: str) -> list[str]:
    return ["ip", "link", "set", "dev", ifname, *words]


def _option_words(ifname: str, option: list[str]) -> list[str]:
    return ["ip", "token", "set", option[1], "dev", ifname] if option[0] == "token" else _set(ifname, *option)


def _given(word: str, value: object) -> list[str]:
    """Return a word and its value; nothing if there is no value."""
    return [word, str(value)] if value else []


def _described(link: Link, mac: str | None, mtu: int | None, netns: str) -> list[str]:
    words = ["name", link.ifname, "index", str(link.ifindex), *_given("address", mac), *_given("mtu", mtu)]
    given = dict(link.attributes)
    for where, word in replay_links.QUEUES.items():
        words += [word, str(int.from_bytes(given[where], sys.byteorder))] if where in given else []
    return words + _given("netns", netns_of(netns))


def _address_words(addr: str, details: AddressDetails | None) -> list[str]:
    return [addr.partition("/")[0], "peer", details.peer] if details and details.peer else [addr]


def _further_words(details: AddressDetails | None) -> list[str]:
    if details is None:
        return []
    words = [*_given("broadcast", details.broadcast), *_given("label", details.label), *_given("scope", details.scope)]
    words += [*_given("metric", details.metric), *_given("proto", details.protocol)]
    words += [flag for flag in details.flags if flag in replay_routes.FLAGS_GIVEN]
    for word, life in (("valid_lft", details.valid_s), ("preferred_lft", details.preferred_s)):
        words += [word, str(life)] if life is not None else []
    return words


def _route_words(verb: str, route: Route) -> list[str]:
    words = ["ip", "route", verb] if route.family == 4 else ["ip", "-6", "route", verb]
    if route.text:
        return words + _retyped(route.text)
    words += [] if route.type == "unicast" else [route.type]
    words += [route.dst, *_given("tos", route.tos and hex(route.tos))]
    if route.gateway:
        words += ["via", *(["inet6"] if route.family == 4 and ":" in route.gateway else []), route.gateway]
    words += _given("dev", route.dev)
    words += ["table", route.table] if route.table != "main" else []
    words += _given("metric", route.metric)
    if verb == "del":
        return words
    words += ["proto", route.protocol] if route.protocol != "boot" else []
    words += ["scope", route.scope] if route.family == 4 else []
    words += _given("src", route.prefsrc)
    return words + (["onlink"] if "onlink" in route.flags else [])


def _retyped(text: str) -> list[str]:
    """Return a printed route as `ip route` accepts it, without the words that belong to its next hop object."""
    text = re.sub(r"\bexpires (\d+)sec\b", r"expires \1", text)
    text = re.sub(r"\brto_min lock\b", "rto_min", text)
    text = re.sub(r"(\bmode inline segs .*?) :: \]", r"\1 ]", text)  # :: stands for the destination
    text = re.sub(r"\bsegs \d+ \[ ([^]]*) \]", lambda found: f"segs {','.join(found[1].split())}", text)
    words = text.split()
    if "nhid" not in words:
        return words
    at = words.index("nhid") + 2
    own = (pair for pair in zip(words[at::2], words[at + 1 :: 2], strict=False) if pair[0] in _BESIDE_NEXTHOP)
    return [*words[:at], *(word for pair in own for word in pair)]
