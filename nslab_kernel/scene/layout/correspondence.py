"""Lays out two pictures with corresponding parts in the same places.

The mental map of one picture is kept in the other (Misue, Eades, Lai and Sugiyama, "Layout adjustment and the mental
map", 1995). The left picture is laid out and is the right one's hint: corresponding parts keep their order and are no
further left or up. Where the right one needs more space, the left one is laid out again with the right one as hint,
until neither moves.
"""

from collections.abc import Mapping
from dataclasses import replace

from nslab_kernel.model.network import End, Network
from nslab_kernel.scene.diagram import Diagram, InterfaceBox
from nslab_kernel.scene.from_network import diagram_of
from nslab_kernel.scene.layout.crossings import FREE
from nslab_kernel.scene.layout.vertical import Placement, place
from nslab_kernel.scene.shapes import PAGE_WIDTH
from nslab_kernel.scene.stack import collapse

ROUNDS = 6
"""The most times that both are laid out again; after that, each gets its own best layout."""


Pair = tuple[Placement, Placement]


def place_pair(left: Network, right: Network, namespaces: tuple[tuple[str, str], ...]) -> Pair:
    """Return the layouts of both pictures.

    Args:
        left: The network on the left.
        right: The network on the right.
        namespaces: Which namespaces correspond, left and right.
    """
    one, other = collapse(diagram_of(left)), collapse(diagram_of(right))
    names = _namespaces(one, other, namespaces)
    ends = _interfaces(one, other, names)
    for narrow in (True, False):
        pair = _matched(replace(one, narrow=narrow), replace(other, narrow=narrow), names, ends)
        if pair and (not narrow or pair[0].width <= PAGE_WIDTH / 2):
            return pair
    return place(one), place(other)


def _matched(one: Diagram, other: Diagram, names: Mapping[str, str], ends: Mapping[End, End]) -> Pair | None:
    """Return both layouts, or `None` where no layout fits both."""
    back = {theirs: ours for ours, theirs in names.items()}
    ends_back = {theirs: ours for ours, theirs in ends.items()}
    left = place(one)
    for _ in range(ROUNDS):
        right = place(other, _renamed(left, ends, names), match=True)
        was, left = left, place(one, _renamed(right, ends_back, back), match=True)
        if left == was and (left.width, left.height) == (right.width, right.height):
            same = all(left.namespaces[ours] == right.namespaces[theirs] for ours, theirs in names.items())
            return (left, right) if same else None
    return None


def _renamed(placed: Placement, ends: Mapping[End, End], names: Mapping[str, str]) -> Placement:
    """Return a layout under the other picture's names; an interface that is not in the other leaves its slot free."""
    return placed.renamed({end: End(end.netns, FREE) for end in placed.interfaces} | dict(ends), names)


def _namespaces(one: Diagram, other: Diagram, pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return the namespace on the right for each on the left: as asked for, else the one of the same name."""
    found = {ours: theirs for ours, theirs in pairs if ours in one.namespaces and theirs in other.namespaces}
    taken = set(found.values())
    same = {name: name for name in one.namespaces if name in other.namespaces and name not in taken}
    return same | found


def _interfaces(one: Diagram, other: Diagram, names: Mapping[str, str]) -> dict[End, End]:
    """Return which interface on the right corresponds to one on the left: by cable, by name, then in order."""
    found: dict[End, End] = {}
    pairs = [(one.namespaces[ours], other.namespaces[theirs]) for ours, theirs in names.items()]
    for ours, theirs in sorted(pairs, key=lambda pair: len(pair[0].interfaces)):
        for corresponds in (_by_cable, _by_name, _by_order):
            for interface in ours.interfaces:
                free = [each for each in theirs.interfaces if each.end not in found.values()]
                alike = [each for each in free if _form(one, interface) == _form(other, each)]
                alike = [each for each in alike if corresponds(interface, each, found)]
                if interface.end not in found and alike:
                    found[interface.end] = alike[0].end
    return found


def _form(diagram: Diagram, interface: InterfaceBox) -> tuple[bool, bool]:
    """Return what decides how an interface is drawn: a bridge is a box, or a bar along its ports."""
    return interface.is_bridge, interface.end in diagram.ports


def _by_cable(ours: InterfaceBox, theirs: InterfaceBox, found: Mapping[End, End]) -> bool:
    return ours.peer is not None and theirs.peer is not None and found.get(ours.peer) == theirs.peer


def _by_name(ours: InterfaceBox, theirs: InterfaceBox, found: Mapping[End, End]) -> bool:
    return ours.end.ifname == theirs.end.ifname


def _by_order(ours: InterfaceBox, theirs: InterfaceBox, found: Mapping[End, End]) -> bool:
    return True
