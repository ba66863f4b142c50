"""Colours, named by their meaning, with enough contrast in both themes.

The hues are those of Okabe and Ito, darker in light themes and lighter in dark ones.
"""

LIGHT = {
    "paper": "#ffffff",
    "namespace": "#f5f6f8",
    "host": "#e9f0f6",
    "chip": "#ffffff",
    "ink": "#1a1d21",
    "ink2": "#4f5761",
    "line": "#7d8692",
    "hair": "#d5dae0",
    "up": "#00734f",
    "wait": "#8f5f00",
    "bad": "#b34700",
    "pkt": "#0067a8",
    "new": "#9a3f73",
    "badt": "#fdeade",
    "pktt": "#e2eff9",
    "newt": "#faeaf3",
}
"""For light themes and paper. A token with a `t` behind it is the tint of the one without."""

DARK = {
    "paper": "#111111",
    "namespace": "#1b1e23",
    "host": "#1a2530",
    "chip": "#25292f",
    "ink": "#eceff3",
    "ink2": "#b4bcc7",
    "line": "#8b94a1",
    "hair": "#3a4048",
    "up": "#2fc99b",
    "wait": "#f0b545",
    "bad": "#ff8a4c",
    "pkt": "#62baf0",
    "new": "#e79ac4",
    "badt": "#3a2215",
    "pktt": "#132c3f",
    "newt": "#382132",
}
"""For dark themes."""

SANS = 'system-ui,-apple-system,"Segoe UI","Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif'
"""For sentences and names of namespaces."""

MONO = 'ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono","Noto Sans Mono CJK SC",monospace'
"""For the kernel's words."""
