"""A network as a picture, with what changed marked."""

from collections.abc import Iterable, Iterator

from nslab_kernel.language import language
from nslab_kernel.model.diagnosis import Place
from nslab_kernel.model.difference import Difference, difference
from nslab_kernel.model.lookup import link_at
from nslab_kernel.model.network import End, Network
from nslab_kernel.scene.alt_text import describe
from nslab_kernel.scene.cable import cable_shapes
from nslab_kernel.scene.diagram import InterfaceBox, NamespaceBox
from nslab_kernel.scene.from_network import diagram_of
from nslab_kernel.scene.labels import (
    BROKEN,
    MEASURES,
    NAME_AT,
    NOTE,
    TEXT_AT,
    Label,
    badge_words,
    bridge_bar_labels,
    interface_labels,
    note_labels,
    title_notes,
)
from nslab_kernel.scene.layout.cable_paths import cables_of
from nslab_kernel.scene.layout.crossings import LOWER, UPPER
from nslab_kernel.scene.layout.vertical import Placement, place
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.shapes import Box, Dot, Line, Point, Rect, Shape, Text, text_width
from nslab_kernel.scene.stack import collapse
from nslab_kernel.scene.stack_card import card_shapes
from nslab_kernel.scene.state_style import GONE, STYLES
from nslab_kernel.spelling import distinct

NOTE_BASELINE = 15
BADGE_WORDS = 140
"""The least width, in pixels, of a box whose badge has words; the badge of a narrower box has only a sign."""


def topology_scene(
    network: Network,
    before: Network | None = None,
    hint: Placement | None = None,
    opened: str | None = None,
    broken: Place | None = None,
) -> Scene:
    """Draw a network: a box for each namespace, in it a box for each interface, a line for each veth pair.

    Args:
        network: The network as it is now.
        before: The network before the change; the differences are marked.
        hint: The last picture's `placement`: what is still there keeps its place.
        opened: The stack whose namespaces are drawn one by one, empty for none; `None` where no stack can be opened.
        broken: The place where a packet cannot go on; it is marked, and its namespace is in no stack.
    """
    changes = difference(before, network) if before is not None else None
    placed = place_network(network, before, changes, hint, opened, broken)
    words = describe(network, changes, placed.order.diagram, broken)
    return Scene(placed.width, placed.height, (*shapes_of(placed, broken),), words, language(), placed)


def place_network(
    network: Network,
    before: Network | None,
    changes: Difference | None,
    hint: Placement | None,
    opened: str | None,
    broken: Place | None = None,
) -> Placement:
    """Return the layout of a network's picture, with changes marked; `topology_scene` draws it."""
    unstacked = _unstacked(network, broken)
    diagram = collapse(diagram_of(network, before, changes, hint.order.diagram if hint else None), opened, unstacked)
    if before is not None and hint is None:
        hint = place(collapse(diagram_of(before), opened))
    if changes is not None and hint is not None:
        hint = hint.renamed({old: new for old, new in changes.links_moved if old.netns == new.netns})
    return place(diagram, hint)


def shapes_of(placed: Placement, broken: Place | None = None) -> Iterator[Shape]:
    """Yield all shapes of a picture, from back to front."""
    for _part, shapes in parts_of(placed, broken):
        yield from shapes


def parts_of(placed: Placement, broken: Place | None = None) -> Iterator[tuple[str, Iterable[Shape]]]:
    """Yield all shapes, from back to front, in groups, each with the part that it belongs to; for cables it is empty.

    A part is `namespace NAME` or `interface NETNS/IFNAME`, and may come more than once.
    """
    diagram = placed.order.diagram
    boxes = [(namespace, placed.compact) for namespace in diagram.namespaces.values()]
    inside = [(namespace, True) for namespace in diagram.opened.values()]
    for namespace, compact in (*boxes, *inside):
        yield namespace_part(namespace.name), _namespace(placed, namespace, compact)
    yield "", cable_shapes(cables_of(placed), diagram.cable_label)
    for interface in sorted(diagram.interfaces.values(), key=lambda one: not one.is_bridge):
        drawn = _bridge_bar(placed, interface) if interface.is_bridge else _one(placed, interface)
        yield interface_part(interface.end), drawn
    for namespace, _compact in inside:
        for interface in namespace.interfaces:
            box = placed.interfaces[interface.end]
            yield interface_part(interface.end), _interface(box, interface, interface_labels(interface, True, False))
    for namespace, compact in (*boxes, *inside):
        for interface in namespace.interfaces:
            box = placed.interfaces[interface.end]
            yield interface_part(interface.end), _badge_around(box, interface.change, 6, MEASURES[compact].halo)
    for namespace, compact in (*boxes, *inside):
        box = placed.namespaces[namespace.name]
        yield namespace_part(namespace.name), _badge_around(box, namespace.change, 10, MEASURES[compact].halo)
    if broken:
        yield from _broken_part(placed, broken)


def _broken_part(placed: Placement, broken: Place) -> Iterator[tuple[str, Iterable[Shape]]]:
    """Mark the broken interface or, where it has no box of its own in the picture, as `lo` has none, its namespace."""
    halo = MEASURES[placed.compact].halo
    if broken.end and broken.end in placed.interfaces:
        yield interface_part(broken.end), _badge_around(placed.interfaces[broken.end], BROKEN, 6, halo)
    elif broken.netns in placed.namespaces:
        # On the left, because the left part of a picture that is too wide for its frame is seen first.
        yield namespace_part(broken.netns), _badge_around(placed.namespaces[broken.netns], BROKEN, 10, halo, left=True)


def _unstacked(network: Network, broken: Place | None) -> frozenset[str]:
    """Return the namespaces that a broken place concerns: its own, and the one at the other end of its cable."""
    if broken is None:
        return frozenset()
    link = link_at(broken.end, network) if broken.end else None
    return frozenset((broken.netns, link.peer.netns) if link and link.peer else (broken.netns,))


def _one(placed: Placement, interface: InterfaceBox) -> Iterator[Shape]:
    box, diagram = placed.interfaces[interface.end], placed.order.diagram
    if diagram.namespaces[interface.end.netns].kind == "stack":
        return card_shapes(box, interface)
    return _interface(box, interface, interface_labels(interface, placed.compact, interface.end in diagram.groups))


def _namespace(placed: Placement, namespace: NamespaceBox, compact: bool) -> Iterator[Shape]:
    box, y = placed.namespaces[namespace.name], placed.levels[namespace.name].title_bar
    unknown = namespace.kind == "unnamed" or namespace.change == "gone"
    host = namespace.kind == "host"
    is_closed = namespace.kind == "stack" and not namespace.interfaces[0].inside
    for aside in (6, 3) if is_closed else ():
        yield Rect(Box(box.x + aside, box.y + aside, box.width, box.height), 10, "namespace", "line", 1, part="edge")
    yield Rect(
        box,
        10,
        None if unknown else "host" if host else "namespace",
        "line",
        1.75 if host else 1.25,
        (2, 4) if unknown else (),
        part=namespace_part(namespace.name),
    )
    yield from _glyph(namespace, box.x + 12, y)
    token = "ink2" if unknown else "ink"
    title = Text(box.x + NAME_AT, y + 22, namespace.title, 13, token, bold=True)
    yield title
    x = title.box.right + 8
    for words in title_notes(namespace, placed.order.is_folded(namespace.name), namespace.name == placed.order.hub):
        yield _written(words, x, y + 22)
        x += words.width + 8
    if not unknown and namespace.kind != "stack":
        yield from _lo(namespace, box.right - 34, y + 17.5)
    for i, note in enumerate(namespace.notes):
        y = placed.levels[namespace.name].notes + NOTE_BASELINE + NOTE * i
        for words in note_labels(note, compact and namespace.name != placed.order.hub):
            yield _written(words, box.x + words.at, y)


def _lo(namespace: NamespaceBox, x: float, y: float) -> Iterator[Shape]:
    """Draw `lo` as a ring on the title bar, not as an interface, because no cable can lead there."""
    yield Dot(x, y, 4.5, "up" if namespace.lo == "up" else "line", STYLES[namespace.lo].dot[1])
    yield Text(x + 8, y + 4.5, "lo", 11, "ink2", mono=True)
    if namespace.lo_change:
        yield Rect(Box(x - 9, y - 9, 36, 18), 9, None, "new", 2.5, part="halo")
        yield from _badge(x - 14, y - 8.5, namespace.lo_change, worded=True)


def _glyph(namespace: NamespaceBox, x: float, y: float) -> Iterator[Shape]:
    if namespace.kind == "host":
        yield Rect(Box(x, y + 11, 14, 9), 0, None, "line", 1.25)
        yield Line((Point(x + 4, y + 23), Point(x + 10, y + 23)), "line", 1.25)
        yield Line((Point(x + 7, y + 20), Point(x + 7, y + 23)), "line", 1.25)
    elif namespace.kind == "router":
        for side, level in ((1, y + 14), (-1, y + 21)):
            tip = x + 7 + 6 * side
            yield Line((Point(x + 7 - 6 * side, level), Point(tip, level)), "line", 1.25)
            barb = tip - 3 * side
            yield Line((Point(barb, level - 3), Point(tip, level), Point(barb, level + 3)), "line", 1.25)
    elif namespace.container:
        yield Rect(Box(x, y + 12, 14, 11), 0, None, "line", 1.25)
        for slat in (x + 14 / 3, x + 28 / 3):
            yield Line((Point(slat, y + 12), Point(slat, y + 23)), "line", 1.25)
    else:
        yield Rect(Box(x, y + 12, 14, 11), 1, None, "line", 1.25, (3, 2))


def _interface(box: Box, interface: InterfaceBox, lines: tuple[Label, ...]) -> Iterator[Shape]:
    style = interface.state.style
    gone = interface.state.kind == "gone"
    yield Rect(box, 6, None if gone else "chip", style.token, *style.border, part=interface_part(interface.end))
    if not gone:
        yield Dot(box.x + 13, box.y + 16, 5, *style.dot)
    y = box.y + 20
    for i, words in enumerate(lines):
        yield _written(words, box.x + words.at, y)
        y += 16 if i == 0 else 17


def _bridge_bar(placed: Placement, interface: InterfaceBox) -> Iterator[Shape]:
    box = placed.interfaces[interface.end]
    gone = interface.state.kind == "gone"
    ports = placed.order.diagram.ports.get(interface.end, [])
    bars = placed.bars(interface.end) if ports else {LOWER: box}
    for port in ports:
        side = placed.order.side_of[port.end]
        yield from _pegs(bars[side], placed.interfaces[port.end], side)
    border = (GONE.style.token, *GONE.style.border) if gone else ("pkt", 1.5, ())
    if len(bars) > 1:  # one bridge with two bars, joined
        yield from _pegs(bars[UPPER], bars[LOWER], LOWER)
        yield Rect(bars[LOWER], 6, None if gone else "pktt", *border)
        yield Text(box.x + TEXT_AT, bars[LOWER].y + 19.5, interface.end.ifname, 12, "ink2", mono=True)
    yield Rect(box, 6, None if gone else "pktt", *border, part=interface_part(interface.end))
    if not gone:
        yield Dot(box.x + 13, box.y + 15, 5, *interface.state.style.dot)
    x = box.x + TEXT_AT
    *left, right = bridge_bar_labels(interface)
    for words in left if left else [right]:
        yield _written(words, x, box.y + 19.5)
        x += words.width + 10
    if left:
        yield _written(right, box.right - 10 - right.width, box.y + 19.5)


def namespace_part(name: str) -> str:
    """Return the id of a namespace in a picture."""
    return f"namespace {distinct(name)}"


def interface_part(end: End) -> str:
    """Return the id of an interface in a picture."""
    return f"interface {distinct(end.netns)}/{distinct(end.ifname)}"


def _pegs(bar: Box, port: Box, side: str) -> Iterator[Shape]:
    high, low = (port.bottom, bar.y) if side == UPPER else (bar.bottom, port.y)
    for x in (port.middle - 12, port.middle + 12):
        yield Line((Point(x, high), Point(x, low)), "pkt", 4)


def _written(words: Label, x: float, y: float) -> Text:
    return Text(x, y, words.words, words.size, words.token, words.mono, words.bold)


def _badge_around(box: Box, change: str, radius: float, halo: float, left: bool = False) -> Iterator[Shape]:
    if not change:
        return
    if change != "gone":
        yield Rect(box.grown(halo), radius + halo - 1, None, _ink_of(change), 2.5, part="halo")
        box = box.grown(halo)
    # At the picture's top edge the badge covers more of its box, because a badge never moves a box.
    y = max(1, box.y - 9)
    is_worded = box.width >= BADGE_WORDS or change == BROKEN  # at most one box is broken, and its badge needs words
    right = box.x + 6 + _badge_width(badge_words(change)) if left else box.right - 6
    yield from _badge(right, y, change, is_worded)


def _ink_of(change: str) -> str:
    return "bad" if change == BROKEN else "new"


def _badge(right: float, y: float, change: str, worded: bool) -> Iterator[Shape]:
    """Draw the badge that says what happened to a box; `right` is the x at which it ends."""
    words = badge_words(change) if worded else badge_words(change)[0]
    width = _badge_width(words)
    box = Box(right - width, y, width, 17)
    if change == "gone":
        yield Rect(box, 8.5, "paper", "line", 1, (2, 2), part="badge")
    else:
        yield Rect(box, 8.5, _ink_of(change), part="badge")
    yield Text(box.middle, y + 12.5, words, 11, "ink2" if change == "gone" else "paper", bold=True, anchor="middle")


def _badge_width(words: str) -> float:
    return max(17, text_width(words, 11, bold=True) + 14)
