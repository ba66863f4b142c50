"""Offers the names of namespaces where one is asked for."""

import re

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

_ASKED = re.compile(r"""(?:\bnetns=|\bnetns_(?:del|exec)\()["']([^"']*)$""")


@context_matcher()  # type: ignore[untyped-decorator]
def match_namespaces(context: CompletionContext) -> SimpleMatcherResult:
    """Complete `netns="te` and `netns_del("te` with what `ip netns list` would show."""
    from nslab_kernel.linux import namespaces

    asked = _ASKED.search(context.text_until_cursor)
    names = [name for name in namespaces.names() if name.startswith(asked[1])] if asked else []
    return SimpleMatcherResult(
        completions=[SimpleCompletion(name, type="namespace") for name in names],
        matched_fragment=asked[1] if asked else "",
        suppress=bool(names),
    )
