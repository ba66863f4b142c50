"""Details and actions of a part that is selected in the live picture."""

from collections.abc import Iterator
from dataclasses import dataclass

from nslab_kernel.display.bundle import html_of
from nslab_kernel.display.html import output, paragraph
from nslab_kernel.display.shown_network import network_text
from nslab_kernel.errors import LabError
from nslab_kernel.language import translate as _
from nslab_kernel.lessons.call import Call
from nslab_kernel.model.naming import netns_of
from nslab_kernel.model.network import Namespace, Network
from nslab_kernel.probe.ping import ping
from nslab_kernel.scene.words import located, title
from nslab_kernel.spelling import distinct, visible
from nslab_kernel.steps.addr import addr_show
from nslab_kernel.steps.link import link_down, link_up
from nslab_kernel.steps.route import route_show

MOST_PINGS = 3

Action = tuple[str, Call]
"""The label of a button, and the call that it runs."""


@dataclass(frozen=True)
class Details:
    """What is shown about a namespace or interface; empty if nothing is selected."""

    title: str = ""
    html: str = ""
    actions: tuple[Action, ...] = ()


def details_of(item: str, network: Network) -> Details:
    """Return what to show about a namespace or interface.

    Args:
        item: `namespace NAME` or `interface NAME/IFNAME`, as the picture calls it.
        network: The present network.
    """
    kind, _space, rest = item.partition(" ")
    _name, _slash, ifname = rest.partition("/")
    namespace = _namespace_of(item, network)
    if not namespace:
        return Details(rest) if item else Details()
    netns, heading = netns_of(namespace.name), title(namespace.name)
    if kind == "namespace":
        html = _output(Call(addr_show, netns=netns)) + _output(Call(route_show, netns=netns))
        return Details(heading, html, (*_up_or_down("lo", namespace), *_pings(namespace, network)))
    link = next((link for link in namespace.links if distinct(link.ifname) == ifname), None)
    if not link:
        return Details(located(ifname, namespace.name))
    html = _output(Call(addr_show, dev=link.ifname, netns=netns))
    return Details(
        located(visible(link.ifname), namespace.name),
        html,
        (*_up_or_down(link.ifname, namespace), *_pings(namespace, network)),
    )


def past_details_of(item: str, network: Network) -> Details:
    """Return the details of a part of an earlier network: its namespace as text, and no actions."""
    namespace = _namespace_of(item, network)
    if not namespace:
        return Details()
    words = str(output(network_text(Network({namespace.name: namespace}))))
    return Details(title(namespace.name), words)


def _namespace_of(item: str, network: Network) -> Namespace | None:
    name = item.partition(" ")[2].partition("/")[0]
    return next((namespace for key, namespace in network.namespaces.items() if distinct(key) == name), None)


def _up_or_down(ifname: str, namespace: Namespace) -> Iterator[Action]:
    link = next((link for link in namespace.links if link.ifname == ifname), None)
    if link is None:
        return
    function, label = (link_down, _("Set it down")) if link.up else (link_up, _("Set it up"))
    yield label if ifname != "lo" else f"{label}: lo", Call(function, ifname, netns=netns_of(namespace.name))


def _pings(namespace: Namespace, network: Network) -> Iterator[Action]:
    """Yield pings to other namespaces, those at the other ends of cables first."""
    peers = [link.peer.netns for link in namespace.links if link.peer]
    others = sorted(
        (n for n in network.namespaces.values() if n.name != namespace.name), key=lambda n: n.name not in peers
    )
    addrs = [
        addr.partition("/")[0]
        for other in others
        for link in other.links
        for addr in link.addresses
        if link.kind != "loopback" and ":" not in addr
    ]
    if any(link.addresses for link in namespace.links if link.kind != "loopback"):
        for addr in addrs[:MOST_PINGS]:
            yield _("Ping {addr}").format(addr=addr), Call(ping, addr, netns=netns_of(namespace.name))


def _output(show: Call) -> str:
    try:
        return html_of(show.run())
    except LabError as error:  # the namespace or interface was deleted meanwhile
        return paragraph(error.what)
