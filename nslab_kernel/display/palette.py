"""Colours, named by their meaning, with enough contrast in both themes.

The hues are those of Okabe and Ito, darker in light themes and lighter in dark ones.
"""

_COLOURS = {
    "paper": ("#ffffff", "#111111"),
    "namespace": ("#f5f6f8", "#1b1e23"),
    "host": ("#e9f0f6", "#1a2530"),
    "chip": ("#ffffff", "#25292f"),
    "ink": ("#1a1d21", "#eceff3"),
    "ink2": ("#4f5761", "#b4bcc7"),
    "line": ("#7d8692", "#8b94a1"),
    "hair": ("#d5dae0", "#3a4048"),
    "up": ("#00734f", "#2fc99b"),
    "wait": ("#8f5f00", "#f0b545"),
    "bad": ("#b34700", "#ff8a4c"),
    "pkt": ("#0067a8", "#62baf0"),
    "new": ("#9a3f73", "#e79ac4"),
    "badt": ("#fdeade", "#3a2215"),
    "pktt": ("#e2eff9", "#132c3f"),
    "newt": ("#faeaf3", "#382132"),
}
"""Each token's colour in light themes and on paper, and in dark themes; `badt`, `pktt` and `newt` are pale tints."""
LIGHT = {token: light for token, (light, _dark) in _COLOURS.items()}
DARK = {token: dark for token, (_light, dark) in _COLOURS.items()}

SANS = 'system-ui,-apple-system,"Segoe UI","Noto Sans","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif'
"""CSS font families for sentences and names of namespaces."""

MONO = 'ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono","Noto Sans Mono CJK SC",monospace'
"""CSS font families for the words of Linux: names of interfaces, addresses, states."""
