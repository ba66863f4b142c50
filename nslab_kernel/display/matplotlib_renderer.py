"""A scene as a matplotlib figure, for papers and slides."""

import io
import os
from functools import cache
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch, Wedge
from matplotlib.path import Path as Outline

from nslab_kernel.display.palette import LIGHT
from nslab_kernel.errors import BadValue
from nslab_kernel.language import translate as _
from nslab_kernel.saving import save
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.shapes import FAINT, Dot, Line, Point, Rect, Text
from nslab_kernel.spelling import as_python

PIXEL = 0.75
"""Points in a pixel: an inch has 72 points and, in a picture's natural size, `PER_INCH` pixels."""
PER_INCH = 96
SANS = ("DejaVu Sans", "Noto Sans")
MONO = ("DejaVu Sans Mono", "Liberation Mono")
CHINESE = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei")
_MAGIC_BYTES = 4
"""Number of leading bytes that identify a picture's format: `%PDF`, `<?xm`, `\\x89PNG`."""


class SavedFigure(Figure):
    """A figure whose `savefig` replaces a file of another format only with `overwrite=True`."""

    def savefig(self, fname: Any, *, overwrite: bool = False, **options: Any) -> None:
        """Save the figure, as matplotlib does, but whole or not at all.

        Args:
            fname: A path or a stream; the suffix of a path selects the format.
            overwrite: Whether a file of another kind is replaced as well.
            options: Further arguments of matplotlib's `savefig`.

        Raises:
            BadValue: The format is unknown, or the path has another kind of file or cannot be written.
        """
        if not isinstance(fname, str | os.PathLike):
            super().savefig(fname, **options)
            return
        file = Path(fname)
        form = options.pop("format", None) or file.suffix[1:]
        if not form:
            form = self.canvas.get_default_filetype()
            file = file.parent / f"{file.name}.{form}"
        if form.lower() not in (known := self.canvas.get_supported_filetypes()):
            words = _("A picture cannot be saved in the format {form}.").format(form=as_python(form))
            why = _("It can be: {names}.").format(names=_(", ").join(known))
            raise BadValue(words, why, try_='figure(topology()).savefig("lab.pdf")')
        stream = io.BytesIO()
        super().savefig(stream, format=form, **options)
        picture = stream.getvalue()
        save(file, picture, form.upper(), lambda head: head.startswith(picture[:_MAGIC_BYTES]), overwrite)


def figure(scene: Scene) -> Figure:
    """Return the scene as a matplotlib figure in its natural size, in the light colours.

    Nothing is registered with pyplot: the figure belongs to the caller alone.
    """
    made = SavedFigure(
        figsize=(scene.width / PER_INCH, scene.height / PER_INCH), dpi=PER_INCH, facecolor=LIGHT["paper"]
    )
    axes = made.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, scene.width)
    axes.set_ylim(scene.height, 0)
    for order, shape in enumerate(scene.shapes):
        match shape:
            case Rect():
                axes.add_patch(_rect(shape, order))
            case Line():
                axes.add_patch(_line(shape, order))
            case Dot():
                for patch in _dot(shape, order):
                    axes.add_patch(patch)
            case Text():
                _text(axes, shape, order)
    return made


@cache
def chinese_font() -> str | None:
    """Return the name of an installed font with Chinese characters; `None` where there is none."""
    there = {font.name for font in fontManager.ttflist}
    return next((name for name in CHINESE if name in there), None)


def _colour(token: str | None) -> str:
    return LIGHT[token] if token else "none"


def _dashes(dash: tuple[float, ...], width: float) -> Any:
    """Return dashes for matplotlib, which measures them in line widths."""
    return (0, tuple(length / width for length in dash)) if dash else "-"


def _rect(rect: Rect, order: int) -> Any:
    box, radius = rect.box, min(rect.radius, rect.box.width / 2, rect.box.height / 2)
    fill = _colour("badt" if rect.hatched else rect.fill)
    style = f"round,pad=0,rounding_size={radius}" if radius else "square,pad=0"
    return FancyBboxPatch(
        (box.x, box.y),
        box.width,
        box.height,
        boxstyle=style,
        facecolor=fill if rect.strength == 1 else (fill, rect.strength),
        edgecolor=(LIGHT["bad"], 0.4) if rect.hatched else _colour(rect.stroke),
        linewidth=0 if rect.hatched else rect.width * PIXEL,
        linestyle=_dashes(rect.dash, rect.width),
        hatch="////" if rect.hatched else None,
        zorder=order,
        mutation_aspect=1,
    )


def _line(line: Line, order: int) -> Any:
    vertices: list[Point] = [line.points[0]]
    codes = [Outline.MOVETO]
    for bend in line.bends:
        vertices += bend
        codes += [Outline.LINETO, Outline.CURVE3, Outline.CURVE3]
    return PathPatch(
        Outline([*vertices, line.points[-1]], [*codes, Outline.LINETO]),
        facecolor=_colour(line.fill),
        edgecolor=_colour(line.stroke),
        linewidth=line.width * PIXEL,
        linestyle=_dashes(line.dash, line.width),
        capstyle="butt",
        alpha=FAINT if line.faint else None,
        zorder=order,
    )


def _dot(dot: Dot, order: int) -> list[Any]:
    at = (dot.x, dot.y)
    if dot.filling == "full":
        return [Circle(at, dot.radius, facecolor=_colour(dot.token), edgecolor="none", zorder=order)]
    radius, width = dot.ring
    line = {"edgecolor": _colour(dot.token), "linewidth": width * PIXEL}
    found: list[Any] = [Circle(at, radius, facecolor=_colour(dot.fill), **line, zorder=order)]
    if dot.filling == "half":
        found.append(Wedge(at, radius, 90, 270, facecolor=_colour(dot.token), zorder=order))
    return found


def _text(axes: Any, text: Text, order: int) -> None:
    chinese = any(ord(letter) > 0x2E80 for letter in text.words)
    families = [chinese_font() or "DejaVu Sans"] if chinese else [*(MONO if text.mono else SANS)]
    font = FontProperties(family=families[:1], weight="bold" if text.bold else "normal", size=text.size * PIXEL)
    anchor = {"start": "left", "middle": "center", "end": "right"}[text.anchor]
    axes.text(
        text.x,
        text.y,
        text.words,
        fontproperties=font,
        color=_colour(text.token),
        ha=anchor,
        va="baseline",
        zorder=order,
        parse_math=False,
    )
