"""The content of a stack: a card of dots and names, opened a grid."""

from collections.abc import Iterator

from nslab_kernel.language import translate as _
from nslab_kernel.scene.diagram import InterfaceBox, Member, NamespaceBox
from nslab_kernel.scene.labels import NOTE, TITLE_BAR, interface_labels, labels_height, labels_width, title_bar_width
from nslab_kernel.scene.shapes import Box, Dot, Rect, Shape, Text, text_width
from nslab_kernel.scene.state_style import SIGNS

IN_LINE = 5
MOST_DOTS = 25
MOST_NAMES = 4
LEFT = 24
ACROSS, DOWN = 26, 17
WIDEST_GRID = 712
"""The greatest width of a grid, in pixels: with its frame it fits a page."""
GAP = 8
"""The distance between the namespaces of a grid, in pixels."""


def card_lines(interface: InterfaceBox) -> list[tuple[Member | None, str]]:
    """Return the lines below the dots: the members that differ, or one line for all."""
    strange = sorted((m for m in interface.members if m.differs), key=lambda member: not member.change)
    lines: list[tuple[Member | None, str]] = [(member, member.name) for member in strange[:MOST_NAMES]]
    if len(strange) > MOST_NAMES:
        lines.append((None, _("and {count} more").format(count=len(strange) - MOST_NAMES)))
    if not strange:
        words = _("all {count} {state}").format(count=len(interface.members), state=_state(interface.members[0]))
        lines.append((None, words))
    return lines


def card_size(interface: InterfaceBox) -> tuple[float, float]:
    """Return the width and height of a card, in pixels."""
    if interface.inside:
        return _grid_size(interface.inside)
    wide = [text_width(words, 12, bold=True) + _word_width(member) for member, words in card_lines(interface)]
    wide.append(text_width(interface.state.label, 11, bold=True))
    high = DOWN * (_dot_rows(interface) + len(card_lines(interface)) + bool(interface.state.label)) + 8
    return max(IN_LINE * ACROSS + 4, LEFT + max(wide) + 8), high


def card_shapes(box: Box, interface: InterfaceBox) -> Iterator[Shape]:
    """Yield a card's dots and lines, and the line that opens it, if there is one; nothing for an opened stack."""
    if interface.inside:
        return
    for i, member in enumerate(interface.members if len(interface.members) <= MOST_DOTS else ()):
        x, y = box.x + 13 + ACROSS * (i % IN_LINE), box.y + 10 + DOWN * (i // IN_LINE)
        yield Dot(x, y, 5, *member.state.style.dot)
        if member.change and member.differs:
            yield Rect(Box(x - 8, y - 8, 16, 16), 8, None, "new", 2, part="halo")
    y = box.y + DOWN * _dot_rows(interface) + 16
    for named, words in card_lines(interface):
        yield from _name(box.x, y, named, words) if named else [Text(box.x + 8, y, words, 11, "ink2", bold=True)]
        y += DOWN
    if interface.state.label:
        yield Text(box.x + 8, y, interface.state.label, 11, "pkt", bold=True)


def _name(x: float, y: float, member: Member, words: str) -> Iterator[Shape]:
    yield Dot(x + 13, y - 4, 4.5, *member.state.style.dot)
    name = Text(x + LEFT, y, _sign(member) + words, 12, "new" if member.change else "ink", mono=True, bold=True)
    yield name
    yield Text(name.box.right + 8, y, member.state.label, 11, member.state.style.text_token, mono=True)


def _state(member: Member) -> str:
    return _("empty") if member.state.label == "lo" else member.state.label


def _sign(member: Member) -> str:
    return f"{SIGNS[member.change]} " if member.change else ""


def _word_width(member: Member | None) -> float:
    return text_width("+ " + member.state.label, 11, mono=True) + 16 if member else 0


def _dot_rows(interface: InterfaceBox) -> int:
    count = len(interface.members)
    return -(-count // IN_LINE) if count <= MOST_DOTS else 0


def _grid_size(namespaces: tuple[NamespaceBox, ...]) -> tuple[float, float]:
    width, height = _cell_size(namespaces)
    across = _columns(namespaces)
    down = -(-len(namespaces) // across)
    return across * (width + GAP) - GAP, down * (height + GAP) - GAP


def grid_cells(at: Box, namespaces: tuple[NamespaceBox, ...]) -> Iterator[tuple[NamespaceBox, Box]]:
    """Yield each namespace of a grid with its place."""
    width, height = _cell_size(namespaces)
    across = _columns(namespaces)
    for i, namespace in enumerate(namespaces):
        yield namespace, Box(at.x + i % across * (width + GAP), at.y + i // across * (height + GAP), width, height)


def card_in(cell: Box, namespace: NamespaceBox) -> Box:
    """Return the place of a namespace's one interface, along the lower wall."""
    height = labels_height(interface_labels(namespace.interfaces[0], compact=True, port=False))
    return Box(cell.x + GAP, cell.bottom - GAP - height, cell.width - 2 * GAP, height)


def _columns(namespaces: tuple[NamespaceBox, ...]) -> int:
    """Return the number of columns of a grid, such that its rows are as equal as possible."""
    width, _height = _cell_size(namespaces)
    most = max(1, int((WIDEST_GRID + GAP) // (width + GAP)))
    return -(-len(namespaces) // -(-len(namespaces) // most))


def _cell_size(namespaces: tuple[NamespaceBox, ...]) -> tuple[float, float]:
    widths = [title_bar_width(each, folded=False, hub=False, compact=True) for each in namespaces]
    lines = [interface_labels(one, compact=True, port=False) for each in namespaces for one in each.interfaces]
    widths += [labels_width(each, compact=True) + 2 * GAP for each in lines]
    notes = NOTE * max(len(each.notes) for each in namespaces)
    return max(widths), TITLE_BAR + notes + max((6 + labels_height(each) + GAP for each in lines), default=0)
