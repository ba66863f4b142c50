"""A picture as a value: its shapes, its size, and its text alternative."""

from dataclasses import dataclass

from nslab_kernel.scene.layout.vertical import Placement
from nslab_kernel.scene.shapes import Shape
from nslab_kernel.spelling import visible


@dataclass(frozen=True)
class Scene:
    """A picture: its shapes from back to front, and its text alternative."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    description: str
    """The text alternative, in the learner's language."""
    lang: str = "en"
    placement: Placement | None = None
    """The layout, a hint for the layout of the next picture; charts have none."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "description", visible(self.description))

    def __repr__(self) -> str:
        return f"<Scene {self.width:g} x {self.height:g}: {len(self.shapes)} shapes>"
