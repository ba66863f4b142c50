"""A scene as SVG: one file for light and dark themes."""

from collections.abc import Iterable
from html import escape

from nslab_kernel.display.palette import DARK, LIGHT, MONO, SANS
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.shapes import FAINT, Dot, Line, Point, Rect, Shape, Text

_MOTION = (
    "@media (prefers-reduced-motion:no-preference){@keyframes nl-pulse{0%,100%{opacity:1}50%{opacity:.25}}"
    ".nl-halo{animation:nl-pulse .6s ease-in-out 2}}"
)
_ENCODED = str.maketrans({"%": "%25", "#": "%23", "<": "%3C", ">": "%3E", "&": "%26"})
HATCH = (
    '<defs><pattern id="nl-hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="7" height="7" class="nl-f-badt"/>'
    '<path d="M0 0V7" class="nl-s-bad" stroke-width="1.2" stroke-opacity=".55"/></pattern></defs>'
)


def data_uri(scene: Scene) -> str:
    """Return the scene as a `data:` URI for an `img`, whose `alt` is the text alternative.

    Percent-encoding makes the URI a fifth smaller than base64: only characters that would end the attribute, the URI
    or the document are encoded.
    """
    text = document(scene).replace('"', "'")
    return "data:image/svg+xml," + text.translate(_ENCODED)


def document(scene: Scene) -> str:
    """Return the scene as one SVG document; the same scene gives the same bytes.

    The document has its own background and the colours of both themes, and loads nothing from outside.
    """
    body = "".join(element(shape) for shape in scene.shapes)
    size = f'viewBox="0 0 {_n(scene.width)} {_n(scene.height)}" width="{_n(scene.width)}" height="{_n(scene.height)}"'
    ground = f'<rect width="{_n(scene.width)}" height="{_n(scene.height)}" rx="8" class="nl-f-paper"/>'
    hatch = HATCH if "nl-hatch" in body else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="nl-svg" lang="{scene.lang}" {size}>'
        f"<style>{_style(ground + hatch + body)}</style>{hatch}{ground}{body}</svg>"
    )


def _style(body: str) -> str:
    rules = [f".nl-svg{{font-family:{SANS}}}", f".nl-m{{font-family:{MONO}}}", ".nl-b{font-weight:600}"]
    rules += _colours(LIGHT, body)
    rules += ["@media (prefers-color-scheme:dark){", *_colours(DARK, body), "}"]
    return "".join([*rules, _MOTION if "nl-halo" in body else ""])


def _colours(palette: dict[str, str], body: str) -> Iterable[str]:
    for token, colour in palette.items():
        for letter, what in (("f", "fill"), ("s", "stroke")):
            name = f"nl-{letter}-{token}"
            if f"{name} " in body or f'{name}"' in body:
                yield f".{name}{{{what}:{colour}}}"


def element(shape: Shape) -> str:
    """Return one shape as an SVG element; its colours are classes, `nl-f-TOKEN` and `nl-s-TOKEN`."""
    match shape:
        case Rect():
            return _rect(shape)
        case Line():
            return _line(shape)
        case Dot():
            return _dot(shape)
        case Text():
            return _text(shape)


def _rect(rect: Rect) -> str:
    box = rect.box
    fill = 'fill="url(#nl-hatch)"' if rect.hatched else "" if rect.fill else 'fill="none"'
    radius = f' rx="{_n(rect.radius)}"' if rect.radius else ""
    strength = f' fill-opacity="{_n(rect.strength)}"' if rect.strength < 1 else ""
    return (
        f'<rect x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}"'
        f"{radius}{_class(rect.part, rect.fill, rect.stroke)}"
        f"{f' {fill}' if fill else ''}{strength}{_stroke(rect.stroke, rect.width, rect.dash)}/>"
    )


def _line(line: Line) -> str:
    faint = f' stroke-opacity="{_n(FAINT).lstrip("0")}"' if line.faint else ""
    fill = "" if line.fill else ' fill="none"'
    return (
        f'<path d="{path_data(line)}"{fill}{_class(line.part, line.fill, line.stroke)}'
        f"{_stroke(line.stroke, line.width, line.dash)}{faint}/>"
    )


def _dot(dot: Dot) -> str:
    at = f'cx="{_n(dot.x)}" cy="{_n(dot.y)}"'
    if dot.filling == "full":
        return f'<circle {at} r="{_n(dot.radius)}"{_class(dot.part, dot.token, None)}/>'
    fill = "" if dot.fill else ' fill="none"'
    radius, width = dot.ring
    r = _n(radius)
    ring = f'<circle {at} r="{r}"{_class(dot.part, dot.fill, dot.token)}{fill} stroke-width="{_n(width)}"/>'
    if dot.filling == "hollow":
        return ring
    top, bottom = _n(dot.y - radius), _n(dot.y + radius)
    half = f'<path d="M{_n(dot.x)} {top}A{r} {r} 0 0 0 {_n(dot.x)} {bottom}Z"{_class("", dot.token, None)}/>'
    return ring + half


def _text(text: Text) -> str:
    style = f"{' nl-m' if text.mono else ''}{' nl-b' if text.bold else ''}"
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    return (
        f'<text x="{_n(text.x)}" y="{_n(text.y)}" font-size="{_n(text.size)}" '
        f'class="nl-f-{text.token}{style}"{anchor}>{escape(text.words)}</text>'
    )


def path_data(line: Line) -> str:
    """Return a line as SVG path data, its corners rounded."""
    start, *_inner, end = line.points
    bends = (f"L{_at(begin)}Q{_at(corner)} {_at(finish)}" for begin, corner, finish in line.bends)
    return "".join([f"M{_at(start)}", *bends, f"L{_at(end)}"])


def _class(part: str, fill: str | None, stroke: str | None) -> str:
    names = [f"nl-{part.partition(' ')[0]}"] if part else []
    names += [f"nl-f-{fill}"] if fill else []
    names += [f"nl-s-{stroke}"] if stroke else []
    return f' class="{" ".join(names)}"' if names else ""


def _stroke(token: str | None, width: float, dash: tuple[float, ...]) -> str:
    if not token:
        return ""
    dashes = f' stroke-dasharray="{" ".join(map(_n, dash))}"' if dash else ""
    dots = ' stroke-linecap="round"' if dash and dash[0] < 2 else ""
    return f' stroke-width="{_n(width)}"{dashes}{dots}'


def _at(point: Point) -> str:
    return f"{_n(point.x)} {_n(point.y)}"


def _n(value: float) -> str:
    return f"{round(value, 2):g}"
