"""The look of the live parts: tokens, pictures, buttons."""

from nslab_kernel.display.palette import LIGHT
from nslab_kernel.display.style_sheets import filled
from nslab_kernel.language import language

_RULES = """
.nl-live { $tokens background: var(--nl-paper); color: var(--nl-ink); font: 14px/1.5 $sans; padding: 4px 0 8px;
  container-type: inline-size }
.nl-live .nl-m { font-family: $mono } .nl-live .nl-b { font-weight: 600 }
.nl-live .nl-row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; margin: 0 0 8px }
.nl-live button { font: 12px/1 $sans; min-height: 28px; padding: 6px 12px; color: var(--nl-ink); cursor: pointer;
  background: var(--nl-chip); border: 1px solid var(--nl-line); border-radius: 5px }
.nl-live .nl-act { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; margin-right: 12px }
.jp-LinkedOutputView .nl-live { padding-inline: 12px }
.nl-live button:hover { border-color: var(--nl-pkt) }
.nl-live button:disabled { color: var(--nl-ink2); cursor: default }
.nl-live :focus-visible { outline: 2.5px solid var(--nl-pkt); outline-offset: 2px }
.nl-live .nl-stage { overflow: auto; border-radius: 8px; scrollbar-width: thin;
  scrollbar-color: var(--nl-line) transparent }
$cue
.nl-live .nl-stage > svg { display: block; max-width: 100%; height: auto; font-family: $sans; touch-action: pan-y }
.nl-live .nl-target { fill: transparent; cursor: pointer; outline: none }
.nl-live .nl-target:focus-visible { stroke: var(--nl-pkt); stroke-width: 2.5 }
.nl-live .nl-target:hover, .nl-live .nl-target[aria-expanded="true"] { stroke: var(--nl-pkt); stroke-width: 1.5 }
.nl-live .nl-card { margin: 8px 0 0; padding: 8px 12px; border: 1px solid var(--nl-hair);
  border-left: 4px solid var(--nl-pkt); border-radius: 4px }
.nl-live .nl-card:empty, .nl-live .nl-empty { display: none }
.nl-live .nl-card p.nl-title { font-weight: 600; margin: 0 0 6px } .nl-live code { font: 12px $mono;
  background: none; color: inherit; padding: 0 }
.nl-live .nl-fact { color: var(--nl-ink2); font-size: 13px; margin: 0 } .nl-live p { margin: 0 0 8px }
.nl-live pre { font: 12px/1.5 $mono; white-space: pre-wrap; color: var(--nl-ink); background: var(--nl-room);
  border: 1px solid var(--nl-hair); border-radius: 4px; padding: 8px 10px; margin: 6px 0 0; max-height: 20em;
  overflow: auto }
.nl-live details { font-size: 13px } .nl-live summary { color: var(--nl-pkt); font-weight: 600; cursor: pointer;
  width: fit-content }
.nl-live .nl-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap }
.nl-live .nl-packet { fill: var(--nl-pkt) } .nl-live .nl-packet.nl-back { fill: var(--nl-paper);
  stroke: var(--nl-pkt); stroke-width: 2 }
.nl-live .nl-drop { stroke: var(--nl-bad); stroke-width: 3; fill: none }
.nl-live .nl-flag { fill: var(--nl-ink); font: 600 11px $sans; paint-order: stroke; stroke: var(--nl-paper);
  stroke-width: 3 }
.jp-OutputArea-child:has(.nl-live) + .jp-OutputArea-child:has(.nl-still) { display: none }
@media (prefers-reduced-motion: no-preference) {
  @keyframes nl-live-pulse { 0%, 100% { opacity: 1 } 50% { opacity: .25 } }
  @keyframes nl-live-fade { to { opacity: 0 } }
  @keyframes nl-live-come { from { opacity: 0 } }
  .nl-live .nl-halo { animation: nl-live-pulse .6s ease-in-out 2, nl-live-fade 1s 5s forwards }
  .nl-live .nl-come { animation: nl-live-come .16s }
}
@media (forced-colors: active) { .nl-live .nl-stage { forced-color-adjust: none; background: var(--nl-paper) } }
@media print { .nl-live button { display: none } }
[data-jp-theme-light="true"] .nl-live { color-scheme: light }
[data-jp-theme-light="false"] .nl-live { color-scheme: dark }
"""


def sheet() -> str:
    """Return the style sheet of the live parts."""
    classes = "".join(
        f".nl-live .nl-f-{token} {{ fill: var(--nl-{token}) }} .nl-live .nl-s-{token} {{ stroke: var(--nl-{token}) }}\n"
        for token in LIGHT
    )
    return filled(_RULES, LIGHT, ".nl-live .nl-stage") + classes


def lang() -> str:
    """Return the language of the words, as HTML names it."""
    return "zh-CN" if language() == "zh" else "en"
