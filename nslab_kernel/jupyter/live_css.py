"""The style sheet of the live widgets, with the palette filled in."""

from pathlib import Path

from nslab_kernel.display.palette import LIGHT
from nslab_kernel.display.style_sheets import filled

_RULES = (Path(__file__).parent / "live.css").read_text()


def live_css() -> str:
    """Return the style sheet of all live widgets."""
    colours = "".join(
        f".nl-live .nl-f-{token} {{ fill: var(--nl-{token}) }} .nl-live .nl-s-{token} {{ stroke: var(--nl-{token}) }}\n"
        for token in LIGHT
    )
    return filled(_RULES, LIGHT, ".nl-live .nl-stage") + colours
