"""A picture as a value: its shapes, its size, and the same in words."""

from collections.abc import Callable
from dataclasses import dataclass

from nslab_kernel.scene.place import Placement
from nslab_kernel.scene.shapes import Shape
from nslab_kernel.spelling import visible


@dataclass(frozen=True)
class Scene:
    """A picture: its shapes from back to front, and the same in words."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    description: str
    """The text alternative, in the learner's language."""
    lang: str = "en"
    placement: Placement | None = None
    """Where things stand, for the next picture to keep; a chart has none."""
    again: "Callable[[], Scene] | None" = None
    """Draws the same anew, in the language of the moment."""
    owners: tuple[str, ...] = ()
    """What each shape is part of: `room NAME`, `socket NETNS/IFNAME`, or nothing; a chart has none."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "description", visible(self.description))

    def __repr__(self) -> str:
        return f"<Scene {self.width:g} x {self.height:g}: {len(self.shapes)} shapes>"
