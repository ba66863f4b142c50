"""Rank assignment: which namespaces share a row.

The first step of Sugiyama's layered drawing (Sugiyama, Tagawa and Toda, "Methods for visual understanding of
hierarchical system structures", 1981). A lab has three ranks: a row above, the hub, a row below. The hub is the host,
or the namespace with the most cables; namespaces that a cable joins, or that are on the same bridge of the hub, share a
row. These connected components are found by graph search, and put into the rows first fit. A row that would be too wide
for a page is wrapped: then the namespaces on one bridge may be in both rows.
"""

from collections.abc import Iterator

from nslab_kernel.model.naming import natural
from nslab_kernel.model.network import HOST, End
from nslab_kernel.scene.diagram import Diagram, InterfaceBox

ROW_NAMESPACES = {True: 3, False: 6}
"""How many namespaces fit into a row as wide as a page: in a lesson's picture, and compact ones in a larger one."""


def leaves_of(diagram: Diagram) -> list[str]:
    """Return the namespaces that are in rows: all but the hub and an empty host."""
    folded = {HOST} if HOST in diagram.namespaces and diagram.namespaces[HOST].is_empty else set()
    return [name for name in diagram.namespaces if name != diagram.hub and name not in folded]


def rows_of(diagram: Diagram, wrapped: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the rows above and below: the first bridge's namespaces below, the second's above, others first fit.

    Where rows are wrapped each gets half of all namespaces, so that those of one bridge may be in both.
    """
    above: list[str] = []
    below: list[str] = []
    wide = -(-len(leaves_of(diagram)) // 2) if wrapped else ROW_NAMESPACES[diagram.is_lesson]
    bridges = 0
    for namespaces, on_bridge in _clusters(diagram, wrapped):
        bridges += on_bridge
        second = on_bridge and bridges == 2 and not wrapped
        fits = len(below) + len(namespaces) <= wide or len(below) <= len(above)
        (above if second or not fits else below).extend(namespaces)
    return tuple(above), tuple(below)


def _clusters(diagram: Diagram, wrapped: bool) -> Iterator[tuple[list[str], bool]]:
    """Yield namespaces that must share a row, and whether they are on a bridge of the hub, in order of `_position`."""
    bonds: dict[str, list[str]] = {name: [] for name in leaves_of(diagram)}
    for one, other in _must_share_row(diagram, wrapped):
        bonds.setdefault(one, []).append(other)
        bonds.setdefault(other, []).append(one)
    waiting = sorted(leaves_of(diagram), key=lambda name: _position(diagram, name))
    while waiting:
        together = _reached(waiting[0], bonds)
        names = [name for name in waiting if name in together]
        waiting = [name for name in waiting if name not in names]
        yield _chained(names, bonds), any(_bridge_at_hub(diagram, name) for name in names)


def _reached(start: str, bonds: dict[str, list[str]]) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        new = [name for name in bonds[waiting.pop()] if name not in found]
        found.update(new)
        waiting += new
    return found


def _chained(names: list[str], bonds: dict[str, list[str]]) -> list[str]:
    """Return the names with directly joined ones next to each other: from one end of each chain to the other."""
    mates = {name: [other for other in bonds[name] if other in names] for name in names}
    left, chain = list(names), list[str]()
    while left:
        ends = [name for name in left if chain and name in mates[chain[-1]]]
        name = ends[0] if ends else min(left, key=lambda each: sum(mate in left for mate in mates[each]))
        chain.append(name)
        left.remove(name)
    return chain


def _must_share_row(diagram: Diagram, wrapped: bool) -> Iterator[tuple[str, str]]:
    """Yield pairs that must share a row: joined namespaces, a namespace and its bridge, bridges joined in the hub.

    Where rows are wrapped, only joined namespaces must.
    """
    for one, other in diagram.cables:
        keys = [_key(diagram, end) for end in (one, other)]
        if wrapped and diagram.hub in (one.end.netns, other.end.netns):
            continue
        if keys[0] and keys[1] and keys[0] != keys[1]:
            yield keys[0], keys[1]


def _key(diagram: Diagram, interface: InterfaceBox) -> str | None:
    if interface.end.netns != diagram.hub:
        return interface.end.netns
    group = diagram.groups.get(interface.end)
    return f"/{group}" if group else None


def _bridge_at_hub(diagram: Diagram, name: str) -> InterfaceBox | None:
    for interface in diagram.namespaces[name].interfaces:
        peer = diagram.interfaces.get(interface.peer) if interface.peer else None
        if peer and peer.end.netns == diagram.hub and (group := diagram.groups.get(peer.end)):
            return diagram.interfaces[End(peer.end.netns, group)]
    return None


def _position(diagram: Diagram, name: str) -> tuple[int, int, tuple[tuple[int, str], ...]]:
    """Return a sort key: the ifindex of its bridge or interface on the hub, then its name; in a lesson the name."""
    bridge = _bridge_at_hub(diagram, name)
    peers = [diagram.interfaces[s.peer] for s in diagram.namespaces[name].interfaces if s.peer in diagram.interfaces]
    numbers = [peer.ifindex for peer in peers if peer.end.netns == diagram.hub]
    number = bridge.ifindex if bridge else min(numbers, default=None)
    return (0, number, natural(name)) if number is not None and not diagram.is_lesson else (1, 0, natural(name))
