"""The lines of `ip route`, for routes with undecoded attributes."""

import socket
from dataclasses import replace
from functools import lru_cache

from nslab_kernel.errors import LabError
from nslab_kernel.linux import command, rtnetlink_reader
from nslab_kernel.linux.netlink import Netlink
from nslab_kernel.model.network import Route

_VOLATILE_WORDS = (" linkdown", " dead", " offload", " pref medium", " onlink", " rt_offload", " trap")
_REMEMBERED = 1024
_texts: dict[Route, str] = {}


def with_texts(netlink: Netlink, routes: list[Route], names: dict[int, str]) -> list[Route]:
    """Return the routes, with `text` set if they have undecoded attributes; call this in their namespace."""
    lacking = {route.family for route in routes if route.attributes and _key(route) not in _texts}
    for family in lacking:
        _read_texts(netlink, socket.AF_INET if family == 4 else socket.AF_INET6, names)
    return [_with_text(route, _texts.get(_key(route), "")) if route.attributes else route for route in routes]


def _read_texts(netlink: Netlink, family: int, names: dict[int, str]) -> None:
    argv = ["ip", "-4" if family == socket.AF_INET else "-6", "-o", "route", "show", "table", "all"]
    try:
        lines = [line for line in command.run(argv).text.splitlines() if line]
    except LabError:
        return
    found = rtnetlink_reader.read_shown_routes(netlink, names, family)
    if len(_texts) > _REMEMBERED:
        _texts.clear()
    for route, line in zip(found, lines, strict=False):
        if route and route.attributes:
            _texts[_key(route)] = _plain(line)


def _key(route: Route) -> Route:
    """Return a route without its remaining lifetime and its flags."""
    return replace(route, attributes=rtnetlink_reader.without_life(route.attributes), flags=())


@lru_cache(_REMEMBERED)
def _with_text(route: Route, text: str) -> Route:
    return replace(route, text=text)


def _plain(line: str) -> str:
    line = " ".join(line.replace("\\", " ").split())
    for word in _VOLATILE_WORDS:
        line = line.replace(word, "")
    return line
