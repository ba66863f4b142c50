"""Names and lists as parts of sentences.

In every sentence, names are between `**`: plain text leaves the asterisks out, HTML makes the names bold.
"""

from collections.abc import Iterable

from nslab_kernel.language import translate as _
from nslab_kernel.model.network import HOST, End
from nslab_kernel.spelling import quoted


def namespace(netns: str) -> str:
    """Return a namespace's name for the middle of a sentence."""
    return _("the host") if netns == HOST else f"**{netns}**"


def namespace_first(netns: str) -> str:
    """Return a namespace's name for the beginning of a sentence."""
    return _("The host") if netns == HOST else f"**{netns}**"


def where(netns: str) -> str:
    """Return `on the host` or `in test1`."""
    return _("on the host") if netns == HOST else _("in **{netns}**").format(netns=netns)


def interface(end: End) -> str:
    """Return `veth1 in test1` or `veth1 on the host`, the name bold."""
    return _("**{ifname}** {where}").format(ifname=end.ifname, where=where(end.netns))


def listed(things: Iterable[str]) -> str:
    """Return `8, 9 and 10`, as the learner's language joins them."""
    *others, last = things
    return _("{others} and {last}").format(others=_(", ").join(others), last=last) if others else last


def bold(names: Iterable[str]) -> str:
    """Return names as `listed` does, each bold."""
    return listed([f"**{name}**" for name in names])


def call_line(function: str, first: str, netns: str | None, *options: str) -> str:
    """Return the call of an nslab function as a learner types it.

    Args:
        function: The function's name.
        first: Its first argument.
        netns: Its argument `netns`; `None` is the host, and the argument is left out.
        options: Further arguments, each as `name=value`.
    """
    where = [f"netns={quoted(netns)}"] if netns else []
    return f"{function}({', '.join((quoted(first), *where, *options))})"
