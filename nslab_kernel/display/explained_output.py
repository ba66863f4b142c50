"""A program's output as HTML, each field explained."""

from collections.abc import Iterable

from markupsafe import Markup, escape

from nslab_kernel.display.explain import Word, explain
from nslab_kernel.display.html import details, frame, output, paragraph, row, table
from nslab_kernel.language import translate as _
from nslab_kernel.scene.shapes import text_width

_BOX_EDGES = 22
"""Pixels that a box's padding and border add to the width of its text."""


def explained(command: str, text: str) -> list[Markup]:
    """Return a program's output in a box and, folded below it, its fields explained; of a table, the box alone.

    Args:
        command: The shell command that was run.
        text: Its output.
    """
    if not text.strip():
        return [paragraph(_("It wrote nothing."))]
    if _is_table(text):
        return [_scrolling(text.rstrip())]
    words = explain(command, text)
    box = output(_with_words(text.rstrip(), words))
    if not words:
        return [box]
    how = _("Point at a word, or press Tab, to see what it means here.")
    fields = dict.fromkeys((text[word.start : word.end], word.meaning, word.page) for word in words)
    rows = [
        row(Markup("<code>{}</code>").format(word), Markup("{} <small>{}</small>").format(meaning, where))
        for word, meaning, where in fields
    ]
    note = Markup('<p class="nl-note" data-note="{}"></p>').format(how)
    return [box, note, details(_("Every field explained"), table(rows))]


def _is_table(text: str) -> bool:
    """Return whether the first line is a table head in capitals, as `docker ps` and `lsns` write it."""
    return text.partition("\n")[0].isupper()


def _scrolling(text: str) -> Markup:
    """Return a program's table in a frame that scrolls sideways, because wrapped lines would break its columns."""
    widest = max(text_width(line, 12, mono=True) for line in text.split("\n"))
    style = "width:max-content;white-space:pre;margin:0"
    pre = Markup('<pre class="nl-output" style="{}">{}</pre>').format(style, text)
    return frame(pre, round(widest) + _BOX_EDGES)


def _with_words(text: str, words: Iterable[Word]) -> Markup:
    parts, at = list[Markup](), 0
    for word in words:
        parts += [escape(text[at : word.start]), _field(text[word.start : word.end], word)]
        at = word.end
    lines = Markup().join([*parts, escape(text[at:])]).split("\n")
    return Markup().join(Markup('<span class="nl-line">{}\n</span>').format(line) for line in lines)


def _field(letters: str, word: Word) -> Markup:
    return Markup('<span class="nl-field" tabindex="0" aria-description="{}" data-page="{}">{}</span>').format(
        word.meaning, word.page, letters
    )
