"""The content of an opened stack: its namespaces as a grid."""

from collections.abc import Iterator

from nslab_kernel.scene.diagram import NamespaceBox
from nslab_kernel.scene.labels import NOTE, TITLE_BAR, interface_labels, labels_height, labels_width, title_bar_width
from nslab_kernel.scene.shapes import Box

WIDEST = 712
"""How wide a grid is at most: with its frame it fits a page."""
GAP = 8


def grid_size(namespaces: tuple[NamespaceBox, ...]) -> tuple[float, float]:
    """Return the width and height of a grid, in pixels."""
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
    """Return how many stand side by side: the rows are as equal as can be."""
    width, _height = _cell_size(namespaces)
    most = max(1, int((WIDEST + GAP) // (width + GAP)))
    return -(-len(namespaces) // -(-len(namespaces) // most))


def _cell_size(namespaces: tuple[NamespaceBox, ...]) -> tuple[float, float]:
    widths = [title_bar_width(each, folded=False, hub=False, compact=True) for each in namespaces]
    lines = [interface_labels(one, compact=True, port=False) for each in namespaces for one in each.interfaces]
    widths += [labels_width(each, compact=True) + 2 * GAP for each in lines]
    notes = NOTE * max(len(each.notes) for each in namespaces)
    return max(widths), TITLE_BAR + notes + max((6 + labels_height(each) + GAP for each in lines), default=0)
