"""Resolves host names as a namespace does; getent(1)."""

import ipaddress
import re

from nslab_kernel.doctor.evidence import Stand
from nslab_kernel.doctor.findings import found
from nslab_kernel.errors import BadValue
from nslab_kernel.language import translate as _
from nslab_kernel.model.diagnosis import Finding, Place
from nslab_kernel.model.network import HOST
from nslab_kernel.packets.queries import as_typed, run
from nslab_kernel.spelling import as_python

_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?")
_SERVER = re.compile(r"^nameserver\s+(\S+)", re.MULTILINE)


def is_name(dst: object) -> bool:
    """Return whether a value looks like a host name.

    Raises:
        BadValue: It is neither a host name nor an address.
    """
    if isinstance(dst, str) and _is_address(dst):
        return False
    if isinstance(dst, str) and _NAME.fullmatch(dst) and not dst.replace(".", "").isdigit():
        return True
    what = _("{dst} is neither an address nor a name.").format(dst=as_python(dst))
    rule = _("An address is four numbers with dots, or IPv6 with colons; a name has letters, digits, dots and hyphens.")
    raise BadValue(what, rule, try_='why("192.168.1.2", netns="test1")')


def address_of(name: str, netns: str) -> str:
    """Return the first address that a namespace finds for a name; empty if it finds none."""
    words = _with_its_files(netns, f"getent ahosts {name}").split()
    return words[0] if words and _is_address(words[0]) else ""


def servers(netns: str) -> list[str]:
    """Return the name servers of a namespace."""
    return _SERVER.findall(_with_its_files(netns, "cat /etc/resolv.conf"))


def unknown(name: str, netns: str) -> Finding:
    """Return the finding that a namespace finds no address for a name."""
    actual = " ".join(f"nameserver {server}" for server in servers(netns)) or "no nameserver"
    return found(Stand(netns, "", name), "unknown_name", Place(netns), f"{name} in /etc/hosts or DNS", actual, (), name)


def _with_its_files(netns: str, line: str) -> str:
    """Return a command's output, run with the namespace's own files in /etc/netns; ip-netns(8)."""
    return run(HOST, as_typed(netns, line)).text


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True
