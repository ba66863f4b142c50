"""A comparison as text and HTML: pictures, a table, and why they differ."""

from markupsafe import Markup

from nslab_kernel.display.html import frame, image, min_width, page, paragraph, row, table
from nslab_kernel.display.phrases import listed
from nslab_kernel.language import tidy
from nslab_kernel.language import translate as _
from nslab_kernel.model.comparison import Comparison, Trait
from nslab_kernel.model.network import HOST
from nslab_kernel.scene.comparison_scene import captions, half_scenes
from nslab_kernel.scene.words import title
from nslab_kernel.spelling import visible

_MOST = 3
"""The most lines of a trait that the table shows for each side; the rest are counted."""

_MOST_NAMES = 12
_TABLE = 400
"""The least width of the table, in pixels: as wide as an output beside a lesson; an address fits on one line."""


def comparison_text(found: Comparison) -> str:
    """Return what differs, each with its reason, then what is the same."""
    lines = [_nothing(found)] if not found.differs else []
    for trait in found.differs:
        lines.append(_("{what}:").format(what=_title(trait)))
        for caption, side in zip(captions(found), _sides(trait), strict=True):
            lines.append("  " + _("{caption}: {picture}").format(caption=caption, picture=", ".join(side)))
        lines += [f"  {why}"] if (why := _why(found, trait)) else []
    return "\n".join([*lines, *_the_same(found)])


def comparison_page(found: Comparison) -> str:
    """Return two pictures beside each other, and a table of what differs and what is the same."""
    left, right = half_scenes(found)
    pictures = frame(image(left) + image(right), min_width(max(left.width, right.width)), "nl-picture nl-beside")
    rows = [row(_("What"), *(_head(found, side) for side in (0, 1)), tag="th")] if found.differs else []
    for trait in found.differs:
        rows += [row(_title(trait), *map(_as_code, _sides(trait))), *_reason(found, trait)]
    differs = _wide(table(rows)) if rows else paragraph(_nothing(found))
    return page([pictures, differs, *map(paragraph, _the_same(found))])


def _nothing(found: Comparison) -> str:
    """Return that nothing differs; where single namespaces are compared, only names and numbers do."""
    return _("Both are made alike; only names and numbers differ.") if found.left.names else _("Nothing differs.")


def _wide(inside: Markup) -> Markup:
    return frame(Markup('<div style="min-width:{}px">{}</div>').format(_TABLE, inside), _TABLE)


def _reason(found: Comparison, trait: Trait) -> list[Markup]:
    """Return why a trait differs, as a row below it: a fourth column would be out of sight."""
    cells = Markup('<tr class="nl-why"><td colspan="3"><b>{}</b> {}</td></tr>')
    return [cells.format(_("{what}:").format(what=_("Why")), why)] if (why := _why(found, trait)) else []


def _head(found: Comparison, side: int) -> Markup:
    """Return a side's caption and, where a container engine made one side, the names of the namespaces below it."""
    caption, half = captions(found)[side], (found.left, found.right)[side]
    code = Markup("<br><code>{}</code>").format(visible(", ".join(half.names)))
    return Markup("<b>{}</b>{}").format(caption, code if found.engine and half.names else "")


def _as_code(lines: list[str]) -> Markup:
    return Markup("<br>").join(map(Markup("<code>{}</code>").format, lines))


def _sides(trait: Trait) -> list[list[str]]:
    """Return a few lines of each side, first those that the other side lacks."""
    sides = trait.left, trait.right
    return [_few(sorted(side, key=other.__contains__)) for side, other in zip(sides, reversed(sides), strict=True)]


def _few(lines: list[str]) -> list[str]:
    more = [f"... (+{len(lines) - _MOST})"] if len(lines) > _MOST else []
    return [*map(visible, lines[:_MOST]), *more] or ["-"]


def _the_same(found: Comparison) -> list[str]:
    """Return what is the same: the traits or, in a comparison of whole networks, the namespaces."""
    if found.left.names:
        same = [_name(trait.what) for trait in found.same]
    else:
        differ = {trait.netns for trait in found.differs}
        pairs = dict.fromkeys(trait.netns for trait in found.same if trait.netns not in differ)
        same = [title(one) if one == other else f"{one} = {other}" for one, other in pairs]
        if len(same) > _MOST_NAMES:
            same = [*same[:_MOST_NAMES], _("{count} more").format(count=len(same) - _MOST_NAMES)]
    return [tidy(_("The same in both: {traits}.").format(traits=listed(same)))] if same else []


def _title(trait: Trait) -> str:
    names = list(dict.fromkeys(title(name) for name in trait.netns if name))
    name = _name(trait.what)
    return _("{netns}, {command}").format(netns=" / ".join(names), command=name) if names else name


def _name(what: str) -> str:
    return {
        "namespace": _("Network namespace"),
        "interface": _("Interface"),
        "state": _("State"),
        "mtu": "MTU",
        "peer": _("Where the other end is"),
        "bridge": _("Bridge"),
        "address": _("Address"),
        "mac": _("MAC address"),
        "options": _("Options"),
        "routes": _("Routes"),
        "lo": "lo",
        "forwarding": _("Forwarding"),
        "entries": _("Rules, neighbours and the like"),
        "ruleset": _("Packet filter"),
        "sysctls": "sysctl",
        "name": _("The namespace's name"),
        "resolv.conf": "resolv.conf",
        "capabilities": _("Capabilities"),
        "firewall": _("The host's firewall rules"),
    }[what]


def _why(found: Comparison, trait: Trait) -> str:
    """Return why the engine makes this trait differ; empty where no engine is involved."""
    reasons = _on_the_host() if HOST in trait.netns else _in_a_container()
    return reasons.get(trait.what, "").format(engine=found.engine) if found.engine else ""


def _on_the_host() -> dict[str, str]:
    return {
        "interface": _("{engine} needs the host: its bridge is here, and one end of each container's cable."),
        **dict.fromkeys(("state", "peer", "bridge", "mac"), _("The bridge's, and those of the cables' ends.")),
        "address": _("The bridge has an address too: it is the containers' gateway."),
        "routes": _("The route to the containers came with the bridge's address."),
        "forwarding": _("{engine} makes the host a router, so that containers reach the world outside."),
    }


def _in_a_container() -> dict[str, str]:
    return {
        "namespace": _("One of them has no network namespace of its own."),
        "interface": _("The interfaces are of different kinds, or not as many."),
        "state": _("The cable of one works, that of the other does not."),
        "peer": _("{engine} keeps the other end on the host, where a bridge can join it to all others."),
        "bridge": _("A cable has two ends; a bridge has a port for each container, now and later."),
        "address": _("{engine} gives the lowest free address of one big net, so that all containers are neighbours."),
        "mac": _("Up to version 27 Docker makes it from the address, so that no old neighbour entry is ever wrong."),
        "routes": _("The bridge's own address is the gateway: by it a container reaches the world outside."),
        "lo": _("{engine} switches it on, because programs talk to themselves at 127.0.0.1. By hand nobody did."),
        "forwarding": _("{engine} switches it on for the host; a new namespace may take that over."),
        "name": _("ip netns names a namespace by a file in /run/netns; {engine} keeps its own elsewhere."),
        "resolv.conf": _("A container has files of its own; {engine} writes into this one who answers for names."),
        "capabilities": _("Root in a container may do little: without NET_ADMIN it cannot change its own network."),
        "firewall": _("{engine} lets containers out under the host's address, and keeps its networks apart."),
    }
