"""A network as a sketch in text, and as a picture and a table in HTML."""

from collections.abc import Iterator

from nslab_kernel.display.html import details, page, picture, row, table
from nslab_kernel.display.text import columns, padded
from nslab_kernel.language import translate as _
from nslab_kernel.model.lines import forward_line, route_line
from nslab_kernel.model.lookup import all_links
from nslab_kernel.model.network import Link, Namespace, Network
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.state_style import state_of
from nslab_kernel.scene.words import located, title
from nslab_kernel.spelling import visible, visible_text


def network_text(network: Network) -> str:
    """Return the network as a sketch: each namespace, its interfaces, and where their cables lead."""
    names = [visible(link.ifname) for link in all_links(network)]
    width = max(map(columns, names), default=0) + 2
    return visible_text(
        "\n\n".join("\n".join(_namespace(namespace, width)) for namespace in network.namespaces.values())
    )


def network_page(network: Network, scene: Scene) -> str:
    """Return the picture and, folded, a table of all interfaces with facts that the picture leaves out."""
    head = row(_("Namespace"), _("Interface"), _("State"), "MAC", "MTU", _("Addresses"), _("Other end"), tag="th")
    rows = [row(title(netns.name), *_facts(link)) for netns in network.namespaces.values() for link in netns.links]
    return page([picture(scene), details(_("Every interface, with its MAC address"), table(rows, head))])


def _namespace(namespace: Namespace, width: int) -> Iterator[str]:
    yield title(namespace.name)
    for link in namespace.links:
        if not link.master:
            yield "  " + _link(link, width)
            ports = [port for port in namespace.links if port.master == link.ifname]
            yield from ("  \N{BOX DRAWINGS LIGHT UP AND RIGHT} " + _link(port, width - 2) for port in ports)
    for route in namespace.routes:
        if route.gateway or route.protocol != "kernel":
            yield f"  {route_line(namespace.name, route).text}"
    if namespace.ip_forward:
        yield f"  {forward_line(namespace).text}"


def _link(link: Link, width: int) -> str:
    facts = [padded(visible(link.ifname), width), padded(state_of(link).label, 14), *link.addresses]
    if link.kind == "bridge":
        facts.append(_("(bridge)"))
    if link.peer or link.peer_ifindex:
        other = located(link.peer.ifname, link.peer.netns) if link.peer else f"@if{link.peer_ifindex}"
        facts.append(f"\N{BOX DRAWINGS LIGHT HORIZONTAL}\N{BOX DRAWINGS LIGHT HORIZONTAL} {other}")
    return " ".join(facts).rstrip()


def _facts(link: Link) -> tuple[str, ...]:
    other = located(link.peer.ifname, link.peer.netns) if link.peer else ""
    return link.ifname, state_of(link).label, link.mac, str(link.mtu), ", ".join(link.addresses), other
