"""Names and separators that pictures and texts have in common."""

from nslab_kernel.language import language
from nslab_kernel.language import translate as _
from nslab_kernel.model.network import HOST
from nslab_kernel.spelling import visible

_JOINTS = {"en": {".": " ", ";": "; ", ",": ", "}, "zh": {".": "", ";": "；", ",": "，"}}


def joint(sign: str) -> str:
    """Return the separator of sentences (`.`), of parts of a sentence (`;`), or of facts about one thing (`,`)."""
    return _JOINTS[language()][sign]


def title(netns: str) -> str:
    """Return a namespace's name for pictures, tables and headings."""
    return _("host") if netns == HOST else visible(netns)


def located(ifname: str, netns: str) -> str:
    """Return an interface's name, and in brackets its namespace's."""
    return _("{link} ({namespace})").format(link=ifname, namespace=title(netns))


def in_ms(rtt: float | None) -> str:
    """Return a time with three significant digits and no exponent; empty for `None`."""
    if rtt is None:
        return ""
    return f"{rtt:.0f}" if rtt >= 1000 else f"{rtt:.3g}"
