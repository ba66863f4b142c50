"""Completes the names of namespaces."""

import re

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

_NAME = re.compile(r"""(?:\bnetns=|\bnetns_(?:del|exec)\()["']([^"']*)$""")


@context_matcher()  # type: ignore[untyped-decorator]
def match_namespaces(context: CompletionContext) -> SimpleMatcherResult:
    """Complete `netns="te` and `netns_del("te` with the names that `ip netns list` shows."""
    from nslab_kernel.linux import namespaces

    typed = _NAME.search(context.text_until_cursor)
    names = [name for name in namespaces.names() if name.startswith(typed[1])] if typed else []
    return SimpleMatcherResult(
        completions=[SimpleCompletion(name, type="namespace") for name in names],
        matched_fragment=typed[1] if typed else "",
        suppress=bool(names),
    )
