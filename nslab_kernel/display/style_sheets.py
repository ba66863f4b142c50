"""The style sheets of outputs, `css/*.css`: which output needs which.

An output may be viewed without the others, so each one contains the styles that it needs, and no others.
`light-dark()` follows the theme of the page: JupyterLab sets `color-scheme`, exported pages `data-jp-theme-light`.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from string import Template

from nslab_kernel.display.palette import DARK, LIGHT, MONO, SANS

_TEXTS = {file.stem: file.read_text("utf-8") for file in Path(__file__).with_name("css").glob("*.css")}
"""Read on import, so that an error is shown even when no more files can be opened."""
_SHEETS = {
    "command": "nl-co(mmand|py)",
    "download": "nl-save",
    "picture": "nl-picture",
    "comparison": "nl-beside",
    "change": "nl-(added|removed)",
    "program": "nl-output",
    "field": "nl-field",
    "table": "<table",
    "verdict": "nl-(card|ready|caution|missing)",
}
"""The sheets other than `output.css`, each with a pattern that matches the outputs that need it."""


def sheet_for(body: str) -> str:
    """Return the CSS rules that an output needs, and the colours that these rules use."""
    names = ("output", *(name for name, marker in _SHEETS.items() if re.search(marker, body)))
    return _tokens(names, "accent-color" in body or "border-color" in body) + "".join(map(_rules, names))


@cache
def _tokens(names: tuple[str, ...], is_styled: bool) -> str:
    used = set(re.findall(r"--nl-(\w+)", "".join(map(_rules, names))))
    used |= {"pkt", "wait"} if is_styled else set()
    fonts = "--nl-sans:var(--jp-ui-font-family,system-ui,sans-serif);--nl-mono:var(--jp-code-font-family,monospace);"
    return f".nl.nl{{{fonts}{_colours(token for token in LIGHT if token in used)}}}"


@cache
def _rules(name: str) -> str:
    rules = Template(_TEXTS[name])
    return _small(rules.safe_substitute(overflow_hint=_overflow_hint(".nl-picture > .nl-overflow", "--nl-min-width")))


def _small(rules: str) -> str:
    """Return rules without comments and needless space."""
    bare = re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", rules, flags=re.DOTALL))
    return re.sub(r"(?<=[:,]) | ?([{};>]) ?", r"\1", bare).replace(";}", "}").strip()


def _colours(tokens: Iterable[str]) -> str:
    return "".join(f"--nl-{token}:light-dark({LIGHT[token]},{DARK[token]});" for token in tokens)


def _overflow_hint(hint: str, width: str, content: str = "") -> str:
    """Return the rule for the hint in a frame that scrolls, since many screens show no scroll bar.

    The hint is always in the page, and visible only if the frame is narrower than the least width of its content,
    which is the value of the CSS property named `width`.
    """
    return f"""{hint} {{ {content}display: block; position: sticky; left: 0; height: 0; overflow: hidden;
    font-size: 12px; line-height: 20px; color: var(--nl-ink2);
    padding-bottom: clamp(0px, calc((var({width}, 0px) - 100%) * 999), 20px) }}"""


def live_sheet(rules: str) -> str:
    """Return the style sheet of all live widgets: `live.css` with the palette filled in."""
    hint = _overflow_hint(".nl-live .nl-stage::after", "--nl-least", "content: attr(data-cue); ")
    colours = "".join(
        f".nl-live .nl-f-{token} {{ fill: var(--nl-{token}) }} .nl-live .nl-s-{token} {{ stroke: var(--nl-{token}) }}\n"
        for token in LIGHT
    )
    return Template(rules).substitute(tokens=_colours(LIGHT), sans=SANS, mono=MONO, cue=hint) + colours
