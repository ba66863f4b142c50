"""What the live picture tells about a thing, and offers next."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from html import escape

from nslab_kernel.display.bundle import bundle
from nslab_kernel.errors import LabError
from nslab_kernel.language import translate as _
from nslab_kernel.model.naming import netns_of
from nslab_kernel.model.network import Link, Namespace, Network
from nslab_kernel.probe.ping import ping
from nslab_kernel.scene.alt_text import title
from nslab_kernel.spelling import distinct, quoted, visible
from nslab_kernel.steps.addr import addr_show
from nslab_kernel.steps.link import link_down, link_up
from nslab_kernel.steps.route import route_show

MOST_PINGS = 3


@dataclass(frozen=True)
class Action:
    """A function that a learner may run next."""

    label: str
    line: str
    """The line of Python that does the same in a cell."""
    run: Callable[[], object]


@dataclass(frozen=True)
class Card:
    """What is shown about one thing."""

    title: str = ""
    html: str = ""
    actions: tuple[Action, ...] = ()


def card_of(item: str, network: Network) -> Card:
    """Return what is to be said about a room or a socket.

    Args:
        item: `namespace NAME` or `interface NAME/IFNAME`, as the picture calls it.
        network: The network as it is now.
    """
    kind, _space, rest = item.partition(" ")
    name, _slash, ifname = rest.partition("/")
    room = next((room for key, room in network.namespaces.items() if distinct(key) == name), None)
    if not room:
        return Card(rest) if item else Card()
    name, called = room.name, title(room.name)
    if kind == "namespace":
        html = _shown(partial(addr_show, netns=netns_of(name))) + _shown(partial(route_show, netns=netns_of(name)))
        return Card(called, html, (*_switch("lo", room), *_pings(room, network)))
    link = next((link for link in room.links if distinct(link.ifname) == ifname), None)
    if not link:
        return Card(f"{ifname} ({called})")
    html = _shown(partial(addr_show, dev=link.ifname, netns=netns_of(name)))
    return Card(f"{visible(link.ifname)} ({called})", html, (*_switch(link.ifname, room), *_pings(room, network)))


def _switch(ifname: str, room: Namespace) -> Iterator[Action]:
    link: Link | None = next((link for link in room.links if link.ifname == ifname), None)
    if link is None:
        return
    function, word = (link_down, _("Set it down")) if link.up else (link_up, _("Set it up"))
    line = _line(function.__name__, ifname, netns=netns_of(room.name))
    label = word if ifname != "lo" else f"{word}: lo"
    yield Action(label, line, partial(function, ifname, netns=netns_of(room.name)))


def _pings(room: Namespace, network: Network) -> Iterator[Action]:
    """Yield a ping to the nearest others: those at the other ends of the room's cables first."""
    beyond = [link.peer.netns for link in room.links if link.peer]
    others = sorted((n for n in network.namespaces.values() if n.name != room.name), key=lambda n: n.name not in beyond)
    addrs = [
        addr.partition("/")[0]
        for other in others
        for link in other.links
        for addr in link.addresses
        if link.kind != "loopback" and ":" not in addr
    ]
    if any(link.addresses for link in room.links if link.kind != "loopback"):
        for addr in addrs[:MOST_PINGS]:
            line = _line("ping", addr, netns=netns_of(room.name))
            yield Action(_("Ping {addr}").format(addr=addr), line, partial(ping, addr, netns=netns_of(room.name)))


def _line(name: str, first: str, netns: str | None) -> str:
    where = f", netns={quoted(netns)}" if netns else ""
    return f"{name}({quoted(first)}{where})"


def _shown(look: Callable[[], object]) -> str:
    try:
        return str(bundle(look())["text/html"])
    except LabError as error:  # it went this moment
        return f"<p>{escape(error.what)}</p>"
