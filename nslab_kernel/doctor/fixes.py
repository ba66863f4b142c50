"""Fixes: a call of nslab, and the command that it stands for."""

import shlex
from ipaddress import IPv4Interface, IPv6Interface

from nslab_kernel.linux.packet_trace import Rule
from nslab_kernel.model.diagnosis import Fix
from nslab_kernel.model.naming import netns_of
from nslab_kernel.model.network import End, Route
from nslab_kernel.packets.queries import as_typed
from nslab_kernel.spelling import quoted

Interface = IPv4Interface | IPv6Interface


def link_up(end: End) -> Fix:
    """Return the line that sets an interface up."""
    return _link(end, "link_up", "up")


def link_down(end: End) -> Fix:
    """Return the line that sets an interface down."""
    return _link(end, "link_down", "down")


def set_master(end: End, master: str) -> Fix:
    """Return the line that makes an interface a port of a bridge."""
    return _link(end, "link_set_master", f"master {shlex.quote(master)}", quoted(master))


def set_mac(end: End, mac: str) -> Fix:
    """Return the line that sets the MAC address of an interface."""
    return _link(end, "link_set_mac", f"address {mac}", quoted(mac))


def set_mtu(end: End, mtu: int) -> Fix:
    """Return the line that sets the MTU of an interface, in bytes."""
    return _link(end, "link_set_mtu", f"mtu {mtu}", str(mtu))


def run(netns: str, line: str) -> Fix:
    """Return the line that runs a command for which nslab has no function."""
    where = netns_of(netns)
    call = f"netns_exec({quoted(where) if where else None}, {quoted(line)})"
    return Fix(call, as_typed(netns, line))


def sysctl(netns: str, key: str, value: int) -> Fix:
    """Return the line that sets a sysctl."""
    return _fix(netns, "sysctl_set", [quoted(key), str(value)], f"sysctl -w {shlex.quote(key)}={value}")


def addr_add(end: End, addr: str | Interface) -> Fix:
    """Return the line that adds an address to an interface."""
    return _at(end, "addr", "add", addr)


def addr_del(end: End, addr: str | Interface) -> Fix:
    """Return the line that deletes an address."""
    return _at(end, "addr", "del", addr)


def neigh_del(end: End, dst: str) -> Fix:
    """Return the line that deletes a neighbour entry."""
    return _at(end, "neigh", "del", dst)


def route_add(netns: str, dst: str, gateway: str = "", dev: str = "", table: str = "main") -> Fix:
    """Return the line that adds a route."""
    return _route(netns, "add", Route(dst, gateway or None, dev or None, table=table))


def route_del(netns: str, route: Route) -> Fix:
    """Return the line that deletes a route; a route with a nexthop object is named by that."""
    words = route.text.split()
    if "nhid" not in words:
        return _route(netns, "del", route)
    line = f"ip route del {route.dst} nhid {words[words.index('nhid') + 1]}"
    return run(netns, line if route.table == "main" else f"{line} table {route.table}")


def rule_del(netns: str, rule: Rule) -> tuple[Fix, ...]:
    """Return the line that deletes a packet filter rule, or sets a chain's policy to accept."""
    chain = f"{rule.family} {rule.table} {rule.chain}"
    if rule.handle:
        return (run(netns, f"nft delete rule {chain} handle {rule.handle}"),)
    return (run(netns, f"nft 'add chain {chain} {{ policy accept; }}'"),)


def rule_replace(netns: str, rule: Rule, text: str) -> tuple[Fix, ...]:
    """Return the line that replaces a rule of the packet filter."""
    chain = f"{rule.family} {rule.table} {rule.chain}"
    return (run(netns, f"nft replace rule {chain} handle {rule.handle} {text}"),)


def masquerade(netns: str, net: str, out: str) -> tuple[Fix, ...]:
    """Return the line that gives packets from a subnet the source address of the outgoing interface."""
    family = "ip6" if ":" in net else "ip"
    chain = f"add chain {family} nat postrouting {{ type nat hook postrouting priority srcnat; }}"
    rule = f'add rule {family} nat postrouting {family} saddr {net} oifname "{out}" masquerade'
    return (run(netns, f"nft 'add table {family} nat; {chain}; {rule}'"),)


def _link(end: End, function: str, setting: str, *values: str) -> Fix:
    line = f"ip link set dev {shlex.quote(end.ifname)} {setting}"
    return _fix(end.netns, function, [quoted(end.ifname), *values], line)


def _at(end: End, object: str, verb: str, addr: str | Interface) -> Fix:
    words = [quoted(str(addr)), f"dev={quoted(end.ifname)}"]
    return _fix(end.netns, f"{object}_{verb}", words, f"ip {object} {verb} {addr} dev {shlex.quote(end.ifname)}")


def _route(netns: str, verb: str, route: Route) -> Fix:
    typed = route.type != "unicast"
    # Without a gateway `default` means IPv4.
    dst = "::/0" if (route.dst, route.family, route.gateway) == ("default", 6, None) else route.dst
    words, line = [quoted(dst)], f"ip route {verb} " + (f"{route.type} " if typed else "") + dst
    for name, word, value in (("gateway", "via", route.gateway), ("dev", "dev", route.dev)):
        if value and not typed:
            words.append(f"{name}={quoted(value)}")
            line += f" {word} {shlex.quote(value)}"
    words += [f"type={quoted(route.type)}"] if typed else []
    if route.metric and route.family == 4:
        words.append(f"metric={route.metric}")
        line += f" metric {route.metric}"
    if route.table != "main":
        words.append(f"table={quoted(route.table)}")
        line += f" table {route.table}"
    # Linux keeps such an IPv6 route at lo with a metric, which `ip route del` need not name.
    return run(netns, line) if typed and route.family == 6 else _fix(netns, f"route_{verb}", words, line)


def _fix(netns: str, function: str, words: list[str], line: str) -> Fix:
    where = netns_of(netns)
    words = [*words, f"netns={quoted(where)}"] if where else words
    return Fix(f"{function}({', '.join(words)})", as_typed(netns, line))
