"""One side of a comparison: what a namespace has, and how it was made."""

import ipaddress
import shutil
from pathlib import Path
from typing import NamedTuple

from nslab_kernel.linux import command as program
from nslab_kernel.model.lines import route_line
from nslab_kernel.model.network import HOST, Link, Namespace, Network

CAPABILITIES = {
    12: "NET_ADMIN", 13: "NET_RAW", 10: "NET_BIND_SERVICE", 21: "SYS_ADMIN", 0: "CHOWN", 1: "DAC_OVERRIDE",
    2: "DAC_READ_SEARCH", 3: "FOWNER", 4: "FSETID", 5: "KILL", 6: "SETGID", 7: "SETUID", 8: "SETPCAP", 16: "SYS_MODULE",
    18: "SYS_CHROOT", 19: "SYS_PTRACE", 22: "SYS_BOOT", 25: "SYS_TIME", 27: "MKNOD", 29: "AUDIT_WRITE", 31: "SETFCAP",
}  # fmt: skip
"""By their numbers in capabilities(7), those that containers are about; the network's first."""


class Facts(NamedTuple):
    """A trait of one side: what is shown, and what must be equal for both to be made alike."""

    shown: tuple[str, ...]
    way: object


class Side:
    """One of two namespaces that are compared."""

    def __init__(self, name: str, network: Network) -> None:
        self.name, self.network = name, network
        self.room: Namespace = network.namespace(name)
        self.links = [link for link in self.room.links if link.kind != "loopback"]

    def facts(self) -> dict[str, Facts]:
        """Return all traits by their names (model/comparison.py, TRAITS)."""
        link = self.links[0] if self.links else None
        return {
            "namespace": Facts((f"net:[{self.room.inode}]",), self.room.inode != self.network.namespaces[HOST].inode),
            "interface": Facts(tuple(f"{each.ifname} ({each.kind})" for each in self.links), link and link.kind),
            "state": Facts(tuple(each.operstate for each in self.links), link and link.carrier),
            "peer": self._peer(link),
            "bridge": self._bridge(link),
            "address": self._address(),
            "mac": self._mac(link),
            "default route": self._default_route(),
            "lo": Facts(("UP" if self.room.link("lo").up else "DOWN",), self.room.link("lo").up),
            "name": self._names(),
            "resolv.conf": self._resolv(),
            "capabilities": self._capabilities(),
            "firewall": self._firewall(link),
        }

    def _peer(self, link: Link | None) -> Facts:
        if not link or not link.peer:
            return Facts((), None)
        return Facts((f"{link.peer.ifname} ({link.peer.netns})",), link.peer.netns == HOST)

    def _bridge(self, link: Link | None) -> Facts:
        master = self.network.end(link.peer).master if link and link.peer else None
        return Facts((master,) if master else (), bool(master))

    def _address(self) -> Facts:
        given = [addr for each in self.links for addr in each.addresses if ":" not in addr]
        return Facts(tuple(given), {addr.partition("/")[2] for addr in given})

    def _mac(self, link: Link | None) -> Facts:
        """Docker up to 27 makes it from the address: 02:42, then its four bytes."""
        if not link:
            return Facts((), None)
        first = next((addr for addr in link.addresses if ":" not in addr), "0.0.0.0/0")
        made = f"02:42:{ipaddress.ip_interface(first).packed.hex(':')}"
        return Facts((link.mac,), link.mac == made)

    def _default_route(self) -> Facts:
        routes = [route for route in self.room.routes if route.dst == "default"]
        return Facts(tuple(route_line(self.name, route).text for route in routes), bool(routes))

    def _names(self) -> Facts:
        names = self.room.also if self.room.container else (self.room.name,)
        return Facts(tuple(f"/run/netns/{name}" for name in names), bool(names))

    def _resolv(self) -> Facts:
        path = Path("/etc/netns", self.room.name, "resolv.conf")
        if self.room.container:
            path = Path(f"/proc/{self.room.container.pid}/root/etc/resolv.conf")
        elif not path.exists():
            path = Path("/etc/resolv.conf")
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        written_by_engine = any("Docker Engine" in line or "Podman" in line for line in lines)
        return Facts(
            tuple(line for line in lines if line.startswith(("nameserver", "search"))),
            bool(self.room.container) or written_by_engine,
        )

    def _capabilities(self) -> Facts:
        pid = str(self.room.container.pid) if self.room.container else "self"
        status = Path("/proc", pid, "status").read_text()
        effective = int(status.partition("CapEff:")[2].split()[0], 16)
        names = tuple(name for number, name in CAPABILITIES.items() if effective >> number & 1)
        return Facts(names, names)

    def _firewall(self, link: Link | None) -> Facts:
        """Return the host's rules that name the bridge, or the cable's end."""
        if not link or not link.peer or not shutil.which("iptables-save"):
            return Facts((), False)
        about = {link.peer.ifname, self.network.end(link.peer).master} if link.peer.netns == HOST else set()
        lines = program.run(["iptables-save"]).text.splitlines()
        rules = tuple(line for line in lines if line.startswith("-A") and about.intersection(line.split()))
        return Facts(rules, bool(rules))
