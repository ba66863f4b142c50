"""Two namespaces side by side: a table, and why they differ."""

import html

from nslab_kernel.display.page import page, picture
from nslab_kernel.language import translate as _
from nslab_kernel.model.comparison import Comparison, Trait
from nslab_kernel.scene.scene import Scene

_MOST = 3
"""Of a trait's lines, how many stand in the table; the rest is counted."""


def comparison_text(found: Comparison) -> str:
    """Return what differs, each with its reason, then what is the same."""
    lines = []
    for trait in found.differs:
        sides = ((found.left, trait.left), (found.right, trait.right))
        lines += [f"{_title(trait.what)}:", *(f"  {name}: {_short(side)}" for name, side in sides), f"  {_why(trait)}"]
    same = ", ".join(_title(trait.what) for trait in found.same)
    return "\n".join([*lines, _("The same in both: {traits}.").format(traits=same)])


def comparison_page(found: Comparison, scene: Scene) -> str:
    """Return the picture, and a table of what differs and what is the same."""
    heads = (_("What"), html.escape(found.left), html.escape(found.right), _("Why"))
    rows = ["".join(f"<th>{head}</th>" for head in heads)]
    rows += [_row(trait, _why(trait)) for trait in found.differs]
    rows += [_row(trait, _("The same in both.")) for trait in found.same]
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return page([picture(scene), f"<table><tbody>{body}</tbody></table>"])


def _row(trait: Trait, why: str) -> str:
    sides = "".join(f"<td><code>{html.escape(_short(side))}</code></td>" for side in (trait.left, trait.right))
    return f"<td>{_title(trait.what)}</td>{sides}<td>{html.escape(why)}</td>"


def _short(lines: tuple[str, ...]) -> str:
    more = f" ... (+{len(lines) - _MOST})" if len(lines) > _MOST else ""
    return ", ".join(lines[:_MOST]) + more or "-"


def _title(what: str) -> str:
    return {
        "namespace": _("Network namespace"),
        "interface": _("Interface"),
        "state": _("State"),
        "peer": _("Where the other end is"),
        "bridge": _("Bridge"),
        "address": _("Address"),
        "mac": _("MAC address"),
        "default route": _("A way out"),
        "lo": "lo",
        "name": _("The namespace's name"),
        "resolv.conf": "resolv.conf",
        "capabilities": _("Capabilities"),
        "firewall": _("The host's firewall rules"),
    }[what]


def _why(trait: Trait) -> str:
    """Say why Docker does so."""
    return {
        "namespace": _("One of them has no network namespace of its own."),
        "interface": _("The interfaces are of different kinds."),
        "state": _("The cable of one carries, that of the other does not."),
        "peer": _("Docker keeps the other end on the host, where a bridge can join it to all others."),
        "bridge": _("A cable has two ends; a bridge has a port for each container, now and later."),
        "address": _("Docker gives the lowest free address of one big net, so that all containers are neighbours."),
        "mac": _("Up to version 27 Docker makes it from the address, so that no old neighbour entry is ever wrong."),
        "default route": _("The bridge's own address is the gateway: by it a container reaches the world outside."),
        "lo": _("Docker raises it, for programs talk to themselves at 127.0.0.1; by hand nobody did."),
        "name": _("`ip netns` names a namespace by a file in /run/netns; Docker keeps its own elsewhere."),
        "resolv.conf": _("A container has files of its own, and Docker writes into this one who answers for names."),
        "capabilities": _("Root in a container may do little: without NET_ADMIN it cannot change its own network."),
        "firewall": _("Docker lets containers out under the host's address, and keeps its networks apart."),
    }[trait.what]
