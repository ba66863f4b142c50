"""Finds the traits of a namespace that compare() compares."""

import ipaddress
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from nslab_kernel.language import translate as _
from nslab_kernel.linux import command as program
from nslab_kernel.linux.process_status import capabilities
from nslab_kernel.model.lines import route_line, rule_lines
from nslab_kernel.model.network import HOST, Link, Namespace, Network

CAPABILITIES = {
    12: "NET_ADMIN", 13: "NET_RAW", 10: "NET_BIND_SERVICE", 21: "SYS_ADMIN", 0: "CHOWN", 1: "DAC_OVERRIDE",
    2: "DAC_READ_SEARCH", 3: "FOWNER", 4: "FSETID", 5: "KILL", 6: "SETGID", 7: "SETUID", 8: "SETPCAP", 16: "SYS_MODULE",
    18: "SYS_CHROOT", 19: "SYS_PTRACE", 22: "SYS_BOOT", 25: "SYS_TIME", 27: "MKNOD", 29: "AUDIT_WRITE", 31: "SETFCAP",
}  # fmt: skip
"""The capabilities that matter for containers, by number; those for networks first: capabilities(7)."""
_OF_LO, _LO_MTU = ("127.0.0.1/8", "::1/128"), 65536
"""The addresses and the MTU that every `lo` has by default."""


class Facts(NamedTuple):
    """A trait of one side."""

    shown: tuple[str, ...]
    comparable: object
    """Equal on both sides if they were configured in the same way."""
    exact: object = None
    """Equal in two snapshots of one namespace if nothing has changed; `None` if that is decided by `shown`."""


class Side:
    """One of two namespaces that are compared.

    Args:
        name: The namespace's name.
        network: The network that has it.
        now: Whether `network` is the present lab; then processes, files and firewall rules are read as well.
    """

    def __init__(self, name: str, network: Network, now: bool = True) -> None:
        self.network, self.now = network, now
        self.namespace: Namespace = network.namespace(name)
        self.links = [link for link in self.namespace.links if link.kind != "loopback"]

    def facts(self) -> dict[str, Facts]:
        """Return the traits by name, in the order of display; the last three, which no Network has, only if `now`."""
        found = {
            "namespace": self._namespace(),
            "interface": self._each(lambda link: f"{link.ifname} ({link.kind})", lambda link: link.kind),
            "state": self._each(_state, lambda link: link.carrier),
            "mtu": self._each(lambda link: f"{link.ifname} mtu {link.mtu}", lambda link: link.mtu),
            "peer": self._each(_peer, lambda link: link.peer and link.peer.netns == HOST),
            "bridge": self._each(self._bridge, lambda link: bool(self._bridge(link))),
            "address": self._address(),
            "mac": self._each(lambda link: link.mac, _is_made_from_address),
            "options": self._options(),
            "routes": self._routes(),
            "lo": self._lo(),
            "forwarding": Facts((f"ip_forward = {self.namespace.ip_forward:d}",), self.namespace.ip_forward),
            "entries": self._entries(),
            "ruleset": Facts(tuple(line.text for line in rule_lines(self.namespace)), self.namespace.ruleset),
            "sysctls": Facts(tuple(map(" = ".join, self.namespace.sysctls)), self.namespace.sysctls),
            "name": self._names(),
        }
        if self.now:
            found["resolv.conf"] = self._resolv()
            found["capabilities"] = self._capabilities()
            found["firewall"] = self._firewall()
        return found

    def _namespace(self) -> Facts:
        host = self.network.namespaces.get(HOST)
        own = not host or self.namespace.inode != host.inode
        return Facts((f"net:[{self.namespace.inode}]",) if self.now else (self.namespace.name,), own)

    def _each(self, shown: Callable[[Link], str | None], comparable: Callable[[Link], object]) -> Facts:
        """Return a trait of every interface except `lo`, in their order."""
        lines = (shown(link) for link in self.links)
        return Facts(tuple(line for line in lines if line), tuple(comparable(link) for link in self.links))

    def _bridge(self, link: Link) -> str | None:
        """Return the bridge that an interface or its peer is a port of."""
        far = link.peer and self.network.namespaces.get(link.peer.netns)
        return link.master or (far.link(link.peer.ifname).master if far and link.peer else None)

    def _address(self) -> Facts:
        given = [
            addr
            for link in self.namespace.links
            for addr in link.addresses
            if not addr.startswith("fe80:") and not (link.kind == "loopback" and addr in _OF_LO)
        ]
        return Facts(tuple(given), sorted(addr.partition("/")[2] for addr in given))

    def _options(self) -> Facts:
        """Return the altnames and options of the interfaces, also of `lo`; altnames may differ, as names may."""
        given = {link.ifname: link.options for link in self.namespace.links}
        altnames = [f"{link.ifname} altname {name}" for link in self.namespace.links for name in link.altnames]
        lines = [f"{ifname} {option}" for ifname, options in given.items() for option in options]
        return Facts((*altnames, *lines), sorted(filter(None, given.values())))

    def _routes(self) -> Facts:
        routes = [route for route in self.namespace.routes if not route.dst.startswith(("fe80:", "ff00:"))]
        lines = tuple(route_line(self.namespace.name, route).text for route in routes)
        return Facts(lines, sorted((route.dst == "default", route.type, route.protocol) for route in routes))

    def _entries(self) -> Facts:
        entries = self.namespace.entries
        messages = sorted((entry.message, entry.is_lack) for entry in entries)  # texts contain counters
        return Facts(tuple(entry.text for entry in entries), Counter(entry.shown_by for entry in entries), messages)

    def _lo(self) -> Facts:
        lo = self.namespace.lo
        if lo is None:
            return Facts(("DOWN",), (False, _LO_MTU))
        unusual = [lo.ifname] if lo.ifname != "lo" else []
        unusual += [f"mtu {lo.mtu}"] if lo.mtu != _LO_MTU else []
        return Facts(("UP" if lo.up else "DOWN", *unusual), (lo.up, lo.mtu))

    def _names(self) -> Facts:
        names = self.namespace.also if self.namespace.container else (self.namespace.name,)
        return Facts(tuple(f"/run/netns/{name}" for name in names), bool(names))

    def _resolv(self) -> Facts:
        path = Path("/etc/netns", self.namespace.name, "resolv.conf")
        if self.namespace.container:
            path = Path(f"/proc/{self.namespace.container.pid}/root/etc/resolv.conf")
        elif not path.exists():
            path = Path("/etc/resolv.conf")
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        told = tuple(line for line in lines if line.startswith(("nameserver", "search")))
        return Facts(told, told)

    def _capabilities(self) -> Facts:
        held = capabilities(self.namespace.container.pid if self.namespace.container else "self")
        names = tuple(name for number, name in CAPABILITIES.items() if held >> number & 1)
        return Facts(names, names)

    def _firewall(self) -> Facts:
        """Return the host's iptables rules that name a peer of an interface, or the peer's bridge."""
        ends = [link.peer for link in self.links if link.peer and link.peer.netns == HOST]
        about = {word for end in ends for word in (end.ifname, self.network.end(end).master)}
        if not about or not shutil.which("iptables-save"):
            return Facts((), False)
        lines = program.run(["iptables-save"]).text.splitlines()
        rules = tuple(line for line in lines if line.startswith("-A") and about.intersection(line.split()))
        return Facts(rules, bool(rules))


def _state(link: Link) -> str:
    """Return an interface's state; `DOWN <UP>` if it is set up but has no carrier, such as a bridge without ports."""
    return f"{link.operstate} <UP>" if link.up and link.operstate == "DOWN" else link.operstate


def _peer(link: Link) -> str | None:
    if not link.peer:
        return None
    place = _("host") if link.peer.netns == HOST else link.peer.netns
    return _("{link} ({namespace})").format(link=link.peer.ifname, namespace=place)


def _is_made_from_address(link: Link) -> bool:
    """Return whether a MAC address is 02:42 and the four bytes of the IPv4 address, as Docker up to 27 makes it."""
    first = next((addr for addr in link.addresses if ":" not in addr), "0.0.0.0/0")
    return link.mac == f"02:42:{ipaddress.ip_interface(first).packed.hex(':')}"
