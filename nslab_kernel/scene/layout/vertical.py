"""Coordinates from top to bottom, and the whole layout of a picture.

The y step of Sugiyama's layered drawing: each row is as high as its tallest namespace, and each corridor between two
rows is high enough for the channels of its cables (channel routing). `place` runs all steps: ranks, crossings, x, y;
and, where the picture is too wide for a page, once more with the rows wrapped.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from nslab_kernel.model.network import HOST, End
from nslab_kernel.scene.diagram import Diagram, NamespaceBox
from nslab_kernel.scene.labels import BRIDGE_BAR, MEASURES, NOTE, TITLE_BAR, interface_labels, labels_height
from nslab_kernel.scene.layout.crossings import LOWER, OPPOSITE, SIDES, UPPER, Order, arrange
from nslab_kernel.scene.layout.horizontal import (
    MARGIN,
    HorizontalLayout,
    Minimum,
    Slot,
    align,
)
from nslab_kernel.scene.shapes import PAGE_WIDTH, Box
from nslab_kernel.scene.stack_card import card_in, card_size, grid_cells

ROW_COMPACT = 4
"""The most namespaces in a row before the picture gets compact interfaces."""
FOLDED = 36
PEG = 12
CHANNEL = 16
CORRIDOR = 32
CABLE_LABEL_SPACE = 36


class Levels(NamedTuple):
    """The y coordinates of a namespace's parts."""

    top: float
    upper: float = 0
    """The outer edge of the interfaces along its upper wall."""
    upper_end: float = 0
    title_bar: float = 0
    notes: float = 0
    lower: float = 0
    lower_end: float = 0
    """The outer edge of the interfaces along its lower wall."""
    bottom: float = 0


@dataclass(frozen=True)
class Placement:
    """The layout of a picture. As the hint for the next picture, it keeps what is still there in its place."""

    order: Order
    alignment: Mapping[End, Slot]
    compact: bool
    width: float
    height: float
    namespaces: Mapping[str, Box]
    interfaces: Mapping[End, Box]
    """Interfaces, and the bars of bridges."""
    levels: Mapping[str, Levels]

    def x_of(self, end: End) -> float:
        """Return the x of an interface's middle."""
        return self.interfaces[end].middle

    def bars(self, bridge: End) -> dict[str, Box]:
        """Return the bar of a bridge for each side on which it has ports; two bars differ only in their y."""
        box, levels = self.interfaces[bridge], self.levels[bridge.netns]
        sides = {self.order.side_of[port.end] for port in self.order.diagram.ports[bridge]}
        at = {UPPER: levels.upper_end - BRIDGE_BAR, LOWER: levels.lower}
        return {side: box._replace(y=at[side]) for side in SIDES if side in sides}

    def renamed(self, ends: Mapping[End, End], namespaces: Mapping[str, str] | None = None) -> "Placement":
        """Return the same placement under other names.

        Args:
            ends: New names of interfaces; others keep theirs.
            namespaces: New names of the namespaces to keep, others are dropped; `None` keeps all, under their names.
        """
        called = {name: name for name in self.namespaces} if namespaces is None else namespaces
        order = replace(
            self.order,
            hub=called.get(self.order.hub, ""),
            above=tuple(called[name] for name in self.order.above if name in called),
            below=tuple(called[name] for name in self.order.below if name in called),
            sides={
                (called[netns], side): tuple(ends.get(End(netns, name), End(netns, name)).ifname for name in names)
                for (netns, side), names in self.order.sides.items()
                if netns in called
            },
        )
        return replace(
            self,
            order=order,
            alignment={
                ends.get(end, end): (called[netns], i) for end, (netns, i) in self.alignment.items() if netns in called
            },
            namespaces={called[name]: box for name, box in self.namespaces.items() if name in called},
            interfaces={ends.get(end, end): box for end, box in self.interfaces.items()},
            levels={called[name]: levels for name, levels in self.levels.items() if name in called},
        )

    def alignment_in(self, order: Order) -> dict[End, Slot]:
        """Return the alignment in terms of another order's slots."""

        def now(netns: str, i: int) -> Slot:
            name = self.order.on_side(netns, self.order.near(netns))[i]
            names = order.on_side(netns, order.near(netns))
            return netns, names.index(name) if name and name in names else i

        return {end: now(*slot) for end, slot in self.alignment.items()}


def place(diagram: Diagram, hint: Placement | None = None, match: bool = False) -> Placement:
    """Return the layout of a picture.

    Args:
        diagram: The content of the picture.
        hint: Another picture's layout: what is in both keeps its order.
        match: Whether what is in both is also no further left or up, and no smaller, than in the hint.
    """
    if hint and not (hint.namespaces.keys() & diagram.namespaces.keys()) - {HOST}:
        hint = None
    last = hint.order if hint else None
    matched = hint if match else None
    horizontal = _across(arrange(diagram, last, bool(matched and matched.order.wrapped)), hint, matched)
    if horizontal.width > PAGE_WIDTH and not match:
        wrapped = arrange(diagram, last, wrapped=True)
        if len(wrapped.two_sided) == 1 and wrapped.crossings <= horizontal.order.crossings:
            horizontal = min(horizontal, _across(wrapped, hint, None), key=lambda each: each.width)
    return VerticalLayout(horizontal, matched).placement()


def _across(order: Order, hint: Placement | None, matched: Placement | None) -> HorizontalLayout:
    """Return the x positions: compact if a row has many namespaces or space is short, else in full size."""
    alignment = align(order, hint.alignment_in(order) if hint else {})
    minimum = Minimum(matched.namespaces, matched.interfaces) if matched else Minimum()
    crowded = max(len(order.above), len(order.below)) > ROW_COMPACT or bool(matched and matched.compact)
    horizontal = HorizontalLayout(order, alignment, False, minimum)
    if crowded or order.diagram.narrow or horizontal.width > PAGE_WIDTH:
        slim = replace(order, diagram=order.diagram.slim())
        return HorizontalLayout(slim, alignment, True, minimum)
    return horizontal


class VerticalLayout:
    """The y positions of a picture, from top to bottom: folded namespaces, the row above, the hub, the row below.

    Args:
        horizontal: The picture's x positions.
        match: Another layout; what is in both is no further up here, and no smaller.
    """

    def __init__(self, horizontal: HorizontalLayout, match: Placement | None = None) -> None:
        self.horizontal = horizontal
        self.order = horizontal.order
        self.diagram = horizontal.order.diagram
        self.compact, self.measures = horizontal.compact, MEASURES[horizontal.compact]
        self.min_levels = match.levels if match else {}
        self.min_boxes = match.interfaces if match else {}
        self.namespaces: dict[str, Box] = {}
        self.interfaces: dict[End, Box] = {}
        self.levels: dict[str, Levels] = {}

    def placement(self) -> Placement:
        """Lay out all rows, and return the layout."""
        order = self.order
        top = self._folded(MARGIN) + CHANNEL * len(channels(order, UPPER, UPPER))
        y = self._row(order.above, top)
        y += self._corridor(UPPER) if order.above else 0
        y = self._row((order.hub,) if order.hub else (), y)
        y += self._corridor(LOWER) if order.below else 0
        y = self._row(order.below, y)
        y += CHANNEL * len(channels(order, LOWER, LOWER)) + MARGIN
        found = self.namespaces, self.interfaces, self.levels
        return Placement(order, self.horizontal.alignment, self.compact, self.horizontal.width, y, *found)

    def _folded(self, y: float) -> float:
        for name in self.diagram.namespaces:
            if self.order.is_folded(name):
                left, right = self.horizontal.walls(name)
                y = self._at_least("top", (name,), y)
                bottom = self._at_least("bottom", (name,), y + FOLDED + NOTE * self._notes(name))
                self.namespaces[name] = Box(left, y, right - left, bottom - y)
                self.levels[name] = Levels(y, title_bar=y + 2, notes=y + TITLE_BAR, bottom=bottom)
                y = bottom + 20
        return y

    def _corridor(self, far: str) -> float:
        """Return the height between a row and the hub: a channel for each cable that bends there."""
        order, x_of = self.order, self.horizontal.x_of
        cables = vertical_cables(order, far)
        bent = sum(abs(x_of(high) - x_of(leaf)) > 0.5 for high, leaf in cables)
        count = len(channels(order, far, OPPOSITE[far])) + bent
        if not order.hub:
            return CHANNEL * count + (CHANNEL if far == UPPER and order.below else 0)
        labels = any(self.diagram.cable_label(self.diagram.interfaces[high]) for high, _leaf in cables)
        return CORRIDOR + CHANNEL * max(0, count - 1) + (CABLE_LABEL_SPACE if labels else 0)

    def _row(self, names: tuple[str, ...], y: float) -> float:
        if not names:
            return y
        levels = self._levels(names, y)
        for name in names:
            left, right = self.horizontal.walls(name)
            self.namespaces[name] = Box(left, levels.top, right - left, levels.bottom - levels.top)
            self.levels[name] = levels
            self._place_side(name, UPPER, levels.upper, levels.upper_end)
            self._place_side(name, LOWER, levels.lower, levels.lower_end)
        return levels.bottom

    def _levels(self, names: tuple[str, ...], y: float) -> Levels:
        """Return the heights that the namespaces of a row share: below the hub the title bar comes after the notes."""
        title_first = names[0] not in self.order.below
        depths = {side: max(self._depth(name, side) for name in names) for side in SIDES}
        for_notes = max(map(self._notes, names)) * NOTE
        top = y = self._at_least("top", names, y)
        upper = y = self._at_least("upper", names, y + (self._edge(names, UPPER) if depths[UPPER] else 0))
        upper_end = y = self._at_least("upper_end", names, y + depths[UPPER])
        y += (0 if title_first else for_notes) + (self.measures.pad if upper_end > upper else 0)
        title_bar = self._at_least("title_bar", names, y)
        notes = self._at_least("notes", names, title_bar + TITLE_BAR if title_first else upper_end)
        y = title_bar + TITLE_BAR + (for_notes + 8 if for_notes and title_first else 0) + (6 if depths[LOWER] else 0)
        lower = y = self._at_least("lower", names, y)
        lower_end = y = self._at_least("lower_end", names, y + depths[LOWER])
        bottom = self._at_least("bottom", names, y + (self._edge(names, LOWER) if depths[LOWER] else 0))
        return Levels(top, upper, upper_end, title_bar, notes, lower, lower_end, bottom)

    def _at_least(self, level: str, names: tuple[str, ...], y: float) -> float:
        """Return y, or the y of this level of one of the namespaces in the layout to match, if that is further down."""
        known = (self.min_levels[name] for name in names if name in self.min_levels)
        return max([y, *(float(getattr(levels, level)) for levels in known)])

    def _edge(self, names: tuple[str, ...], side: str) -> float:
        """Return the distance from the wall to the interfaces: more where cables run along the wall inside."""
        inside = max(len(self.order.inner(name, side)) for name in names)
        return self.measures.pad + CHANNEL * inside

    def _depth(self, netns: str, side: str) -> float:
        """Return the height of a side; an empty namespace keeps a slot, so that its first interface moves nothing."""
        order = self.order
        names = order.on_side(netns, side)
        ports = [self._height(End(netns, name)) for name in names if name and self._is_port(End(netns, name))]
        others = [self._height(End(netns, name)) for name in names if name and not self._is_port(End(netns, name))]
        keeps = side == (LOWER if netns == order.hub and not order.above else order.near(netns))
        deep = [max(ports) + PEG + BRIDGE_BAR] if ports else []
        return max(deep + others + ([self.measures.depth] if names or keeps else []), default=0)

    def _place_side(self, netns: str, side: str, start: float, end: float) -> None:
        """Put a side's interfaces along the wall and its bridge bars at the inner edge."""
        inner_edge = end - BRIDGE_BAR if side == UPPER else start
        for i, name in enumerate(self.order.on_side(netns, side)):
            if not name:
                continue
            key = End(netns, name)
            width, height = self.horizontal.slot_width(key, side), self._height(key)
            left = self.horizontal.at[netns, side, i] - width / 2
            outer_edge = start if side == UPPER else end - height
            is_bridge = self.diagram.interfaces[key].is_bridge
            box = self.interfaces[key] = Box(left, inner_edge if is_bridge else outer_edge, width, height)
            if inside := self.diagram.interfaces[key].inside:
                self._place_inside(box, inside)
        for key, _span in self.order.bar_spans(netns, side):
            left, right = self.horizontal.at["bar left", key], self.horizontal.at["bar right", key]
            self.interfaces.setdefault(key, Box(left, inner_edge, right - left, BRIDGE_BAR))

    def _place_inside(self, grid: Box, namespaces: tuple[NamespaceBox, ...]) -> None:
        """Put the namespaces of an opened stack into its grid."""
        for namespace, cell in grid_cells(grid, namespaces):
            self.namespaces[namespace.name] = cell
            self.levels[namespace.name] = Levels(cell.y, title_bar=cell.y, notes=cell.y + TITLE_BAR, bottom=cell.bottom)
            self.interfaces |= {interface.end: card_in(cell, namespace) for interface in namespace.interfaces}

    def _height(self, end: End) -> float:
        interface = self.diagram.interfaces[end]
        if interface.is_bridge:
            return BRIDGE_BAR
        if self.diagram.namespaces[end.netns].kind == "stack":
            return card_size(interface)[1]
        height = labels_height(interface_labels(interface, self.compact, self._is_port(end)))
        return max(height, self.min_boxes[end].height if end in self.min_boxes else 0)

    def _notes(self, netns: str) -> int:
        return len(self.diagram.namespaces[netns].notes)

    def _is_port(self, end: End) -> bool:
        return end in self.diagram.groups


def vertical_cables(order: Order, far: str) -> list[tuple[End, End]]:
    """Return the cables from the hub into the row on that side: the hub's end, the row's end."""
    turned = [(one, other) if one.netns == order.hub else (other, one) for one, other in order.cables("vertical")]
    return [(high, leaf) for high, leaf in turned if leaf.netns in order.row(far)]


def channels(order: Order, far: str, side: str) -> list[tuple[End, End]]:
    """Return the cables that run along one side of the row whose far side is `far`."""
    row = order.row(far)
    return [ends for ends in order.cables("channel") if ends[0].netns in row and order.side_of[ends[0]] == side]
