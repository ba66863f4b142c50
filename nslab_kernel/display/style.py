"""The look of an output: one small style sheet, both themes.

All rules are nested in the one class `nl`, doubled to outweigh what JupyterLab says about text in outputs.
`light-dark()` follows the theme of the page: JupyterLab sets `color-scheme`, exported pages `data-jp-theme-light`.
"""

import re
from collections.abc import Iterable
from string import Template

from nslab_kernel.display.palette import DARK, LIGHT, MONO, SANS

_TOKENS = ("paper", "room", "chip", "ink", "ink2", "line", "hair", "up", "wait", "bad", "pkt", "new", "pktt", "newt")
_RULES = """
.nl.nl {
  $tokens
  background: var(--nl-paper); color: var(--nl-ink); font: 14px/1.5 $sans; padding: 4px 0 20px;
  p { margin: 0 0 12px; max-width: 46em }
  b { font-weight: 600 }
  code, pre { font-family: $mono; background: none !important; padding: 0; border: 0; color: inherit }
  :not(pre) > code { padding: 0 !important }
  pre { margin: 0; font-size: 12px; line-height: 1.6; overflow: visible; white-space: pre-wrap;
    word-break: normal; overflow-wrap: anywhere; color: var(--nl-ink) }
  img { display: block; height: auto; max-width: 100%; margin: 0 }
  details { margin: 8px 0 0; font-size: 13px }
  summary { width: fit-content; cursor: pointer; color: var(--nl-pkt); font-weight: 600 }
  :focus-visible { outline: 2.5px solid var(--nl-pkt); outline-offset: 2px; border-radius: 3px }

  .nl-cmd { display: flex; gap: 10px; align-items: flex-start; margin: 0 0 8px }
  .nl-cmd > code { font-size: 13px; line-height: 20px; font-weight: 600; text-indent: -2ch;
    padding: 3px 0 3px 2ch !important; white-space: pre-wrap; overflow-wrap: anywhere }
  .nl-cmd code span { user-select: none; font-weight: 400; color: var(--nl-ink2) }
  .nl-cmd > code.nl-many { text-indent: 0; padding-left: 0 !important }
  .nl-copy { flex: none; font-size: 12px; line-height: 1; border: 1px solid var(--nl-line); border-radius: 5px;
    padding: 6px 10px; background: var(--nl-chip); cursor: pointer }
  .nl-copy[data-word]::before { content: attr(data-word) }
  .nl-copy.nl-done::before { content: attr(data-done) }
  .nl-copy.nl-selected::before { content: attr(data-selected) }
  .nl-save { display: inline-block; color: var(--nl-ink); text-decoration: none; margin-right: 8px }
  .nl-copy:hover { border-color: var(--nl-pkt) }
  .nl-picture { overflow-x: auto; margin: 0 0 12px; }
  $cue
  .nl-beside { display: flex; flex-wrap: wrap }
  .nl-beside img { flex: none }
  .nl-beside::after { flex: 0 0 100% }
  .nl-head { font-size: 12px; font-weight: 600; color: var(--nl-ink2); margin: 12px 0 4px }

  .nl-came, .nl-gone { display: block; padding: 1px 8px 1px 5ch; text-indent: -4ch; text-decoration: none }
  .nl-came { border-left: 3px solid var(--nl-new); background: var(--nl-newt) }
  .nl-gone { border-left: 3px dotted var(--nl-line); color: var(--nl-ink2) }
  .nl-came .nl-sign { color: var(--nl-new) }
  .nl-came .nl-word { text-decoration: underline 2px var(--nl-new); text-underline-offset: 3px }
  .nl-gone .nl-word { text-decoration: line-through 1.5px }

  .nl-box { border: 1px solid var(--nl-hair); border-radius: 4px; margin: 0 0 12px; padding: 8px 10px;
    background: var(--nl-room) !important }
  .nl-line { display: block; position: relative; padding-left: 4ch; text-indent: -4ch }
  .nl-f { cursor: help; border-radius: 2px }
  pre:is(:hover, :focus-within) .nl-f { box-shadow: 0 1px 0 0 var(--nl-line) }
  pre .nl-f:is(:hover, :focus) { background: var(--nl-pktt); box-shadow: 0 2px 0 0 var(--nl-pkt); outline-offset: 0 }
  .nl-f:hover::after, pre:not(:hover) .nl-f:focus::after { content: attr(aria-description) "\\A" attr(data-page);
    position: absolute; left: 0; top: calc(100% + 6px); z-index: 9; box-sizing: border-box;
    width: max-content; max-width: min(100%, 46em); padding: 6px 12px; white-space: pre-wrap; text-indent: 0;
    font: 13px/1.5 $sans; color: var(--nl-ink); background: var(--nl-chip); border: 1.5px solid var(--nl-pkt);
    border-radius: 6px; pointer-events: none }
  .nl-note { font-size: 12px; color: var(--nl-ink2); margin: -6px 0 0 }
  .nl-note::before { content: attr(data-note) }

  table { border-collapse: collapse; margin: 6px 0; font-size: 13px; line-height: 1.5; color: var(--nl-ink) }
  tr { background: none }
  th, td { text-align: left; vertical-align: top; padding: 5px 14px 5px 0; border: 0;
    border-top: 1px solid var(--nl-hair); font-weight: 400; max-width: 44em; white-space: normal }
  td code { font-size: 12px; overflow-wrap: anywhere }
  td small { font-size: 12px; color: var(--nl-ink2) }

  .nl-card { border-left: 4px solid var(--nl-bad); padding: 4px 0 4px 14px }
  .nl-ready { color: var(--nl-up) }
  .nl-caution { color: var(--nl-wait) }
  .nl-missing { color: var(--nl-bad) }
}
[data-jp-theme-light="true"] .nl.nl { color-scheme: light }
[data-jp-theme-light="false"] .nl.nl { color-scheme: dark }
@media print {
  .nl.nl { color-scheme: light }
  .nl.nl .nl-copy, .nl.nl .nl-note, .nl.nl .nl-f::after { display: none }
}
"""


def cue(frame: str) -> str:
    """Return the rule for a line below a picture that is wider than its frame: many a screen shows no scroll bar.

    Args:
        frame: The selector of what scrolls; it has `--nl-least`, the picture's least width, and `data-cue`, the words.
    """
    return f"""{frame}::after {{ content: attr(data-cue); display: block; position: sticky; left: 0; height: 0;
    overflow: hidden; font-size: 12px; line-height: 20px; color: var(--nl-ink2);
    padding-bottom: clamp(0px, calc((var(--nl-least, 0px) - 100%) * 999), 20px) }}"""


def filled(rules: str, tokens: Iterable[str], frame: str) -> str:
    """Return rules with the palette in them, for `$tokens`, `$sans`, `$mono`, and the cue below `frame` for `$cue`."""
    colours = " ".join(f"--nl-{token}: light-dark({LIGHT[token]}, {DARK[token]});" for token in tokens)
    return Template(rules).substitute(tokens=colours, sans=SANS, mono=MONO, cue=cue(frame))


def _sheet() -> str:
    rules = filled(_RULES, _TOKENS, ".nl-picture")
    return re.sub(r"\s*([{};])\s*", r"\1", re.sub(r"\s+", " ", rules)).strip()


STYLE = _sheet()
"""Goes into each output, for an output may be looked at without any other."""
