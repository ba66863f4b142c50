"""A comparison as two pictures with captions, and as one."""

from collections.abc import Iterator
from dataclasses import replace

from nslab_kernel.language import language
from nslab_kernel.language import translate as _
from nslab_kernel.model.comparison import Comparison, Half
from nslab_kernel.model.network import Network
from nslab_kernel.scene.alt_text import describe
from nslab_kernel.scene.layout.correspondence import place_pair
from nslab_kernel.scene.layout.vertical import Placement
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.shapes import PAGE_WIDTH, Dot, Line, Point, Rect, Shape, Text
from nslab_kernel.scene.topology_scene import shapes_of
from nslab_kernel.scene.words import joint
from nslab_kernel.spelling import visible

CAPTION = 40
"""The height of the bracket below a picture and of its caption, in pixels."""


def captions(found: Comparison) -> tuple[str, str]:
    """Return a caption for each side: who made it, or its names."""
    sides = found.left, found.right
    if found.engine:
        theirs, ours = _("{engine} did").format(engine=found.engine), _("You did")
        return (theirs, ours) if _is_engines(found.left) else (ours, theirs)
    if not found.left.names:
        return _("The first"), _("The second")
    one, other = (visible(_(", ").join(half.names)) for half in sides)
    return one, other


def _is_engines(half: Half) -> bool:
    there = half.network.namespaces
    namespaces = [there.get(name) or half.network.namespace(name) for name in half.names] or there.values()
    return any(namespace.container for namespace in namespaces)


def half_scenes(found: Comparison) -> tuple[Scene, Scene]:
    """Draw both sides, with corresponding namespaces and interfaces in the same place."""
    left, right = found.left.network, found.right.network
    on_left, on_right = place_pair(left, right, found.matched_namespaces)
    caption, other = captions(found)
    return _scene(left, on_left, caption), _scene(right, on_right, other)


def _scene(network: Network, placed: Placement, caption: str) -> Scene:
    words = _("{caption}: {picture}").format(caption=caption, picture=describe(network, None, placed.order.diagram))
    shapes = (*shapes_of(placed), *_bracket(placed, caption))
    return Scene(placed.width, placed.height + CAPTION, shapes, words, language(), placed)


def _bracket(placed: Placement, caption: str) -> Iterator[Shape]:
    left, right, y = 8, placed.width - 8, placed.height + 2
    corners = ((left, y), (left, y + 8), (right, y + 8), (right, y))
    yield Line(tuple(Point(*corner) for corner in corners), "line", 1.25, corner=6)
    yield Text(placed.width / 2, y + 28, caption, 13, bold=True, anchor="middle")


def both_scene(found: Comparison) -> Scene:
    """Draw both sides in one picture: beside each other where that fits a page, else one below the other."""
    left, right = half_scenes(found)
    beside = left.width + right.width <= PAGE_WIDTH
    x, y = (left.width, 0.0) if beside else (0.0, left.height)
    width, height = max(left.width, x + right.width), max(left.height, y + right.height)
    shapes = (*left.shapes, *(_moved(shape, x, y) for shape in right.shapes))
    words = joint(".").join((left.description, right.description))
    return Scene(width, height, shapes, words, language())


def _moved(shape: Shape, x: float, y: float) -> Shape:
    match shape:
        case Rect():
            return replace(shape, box=shape.box._replace(x=shape.box.x + x, y=shape.box.y + y))
        case Line():
            return replace(shape, points=tuple(Point(point.x + x, point.y + y) for point in shape.points))
        case Dot() | Text():
            return replace(shape, x=shape.x + x, y=shape.y + y)
