"""Values as HTML, for notebooks live and saved, and for pages.

An untrusted notebook loses styles, scripts, `data-*` and `aria-*`: what is needed to understand stands in the text,
what needs a style or a script stands in attributes, so that nothing dead is left behind.
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from html import escape

from nslab_kernel.display.explain import Word, explain
from nslab_kernel.display.sentences import ping_sentences
from nslab_kernel.display.style import STYLE
from nslab_kernel.display.svg import svg
from nslab_kernel.display.text import check_state, error_rows, joined, prompted, touched_lessons
from nslab_kernel.errors import LabError
from nslab_kernel.language import language, tidy
from nslab_kernel.language import translate as _
from nslab_kernel.model.network import Link, Network
from nslab_kernel.model.results import Doctor, Listing, PingResult
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.shapes import text_width
from nslab_kernel.scene.state import state_of
from nslab_kernel.scene.words import title
from nslab_kernel.spelling import visible_text

_COPY = (
    "const code=this.previousElementSibling,say=name=>{this.classList.add(name);"
    "setTimeout(()=>this.classList.remove(name),3000)},"
    "text=[...code.childNodes].filter(node=>node.nodeType===3).map(node=>node.data).join('').trim();"
    "(navigator.clipboard?.writeText(text)??Promise.reject()).then(()=>say('nl-done'),"
    "()=>{getSelection().selectAllChildren(code);say('nl-selected')})"
)
"""Copies a command without its prompts; a page from plain HTTP has no clipboard, and there it is selected."""
_KEYS = "if(event.key==='Enter'||event.key===' '){event.preventDefault();this.click()}"
_ESCAPE = "if(event.key==='Escape')document.activeElement.blur()"

_BOX_EDGES = 22
"""What a box's padding and border add to the width of its words, in pixels."""


def listing_page(listing: Listing) -> str:
    """Return the command and the program's text, each field explained."""
    parts = [command_line(listing.command)] if listing.command else []
    parts += _explained(listing.command, listing.text)
    if listing.status:
        parts.append(paragraph(_("Exit status {status}.").format(status=listing.status)))
    return page(parts)


def line_page(command: str, line: str) -> str:
    """Return one line as the command would write it, each field explained."""
    return page(_explained(command, line))


def ping_page(result: PingResult, scene: Scene | None) -> str:
    """Return the command, what came of it, the picture of the replies, and what ping wrote."""
    sentences = ping_sentences(result)
    parts = [command_line(result.command), paragraph(joined(sentences))]
    if scene:
        parts.append(picture(scene))
    if result.text.strip():
        written = "".join(_explained(result.command, result.text))
        parts.append(fold(_("What ping wrote"), written, is_open=not result))
    return page(parts)


def network_page(network: Network, scene: Scene) -> str:
    """Return the picture, and on demand a table of all interfaces with what the picture leaves out."""
    heads = (_("Namespace"), _("Interface"), _("State"), "MAC", "MTU", _("Addresses"), _("Other end"))
    facts = [(title(room.name), *_facts(link)) for room in network.namespaces.values() for link in room.links]
    head, rows = row(*map(escape, heads), tag="th"), [row(*map(escape, cells)) for cells in facts]
    return page([picture(scene), fold(_("Every interface, with its MAC address"), table(rows, head))])


def error_page(error: LabError) -> str:
    """Return an error that somebody caught: the same words as in its short traceback."""
    parts = [f"<p><b>\N{MULTIPLICATION X} {escape(error.what)}</b></p>"]
    parts += [f"<p>{escape(tidy(part))}</p>" for part in (error.why, error.there_is) if part]
    parts += [f'<p class="nl-head">{name}</p><pre>{escape(words)}</pre>' for name, words in error_rows(error)]
    return page([f'<div class="nl-card">{"".join(parts)}</div>'])


def page(parts: Iterable[str]) -> str:
    """Return parts as one output, with its style, and no character in it that is not seen."""
    keys = f'data-lm-suppress-shortcuts="true" onkeydown="{_ESCAPE}"'
    body = "\n".join(parts)
    return f'<div class="nl" lang="{language()}" {keys}><style>{STYLE}</style>\n{visible_text(body)}</div>'


def doctor_page(doctor: Doctor) -> str:
    """Return what a machine can do as a table: state, thing, what was found; below that what it means and mends it."""
    rows = []
    for check in doctor.checks:
        words = joined(tuple(filter(None, (check.why, touched_lessons(check)))))
        line = f"<code>{escape(check.mend)}</code>" if check.mend else ""
        found = "<br>".join(filter(None, (escape(check.what), escape(words), line)))
        look = "caution" if check.state == "note" else check.state
        state = f'<b class="nl-{look}" style="white-space:nowrap">{check_state(check.state)}</b>'
        rows.append(row(state, escape(check.name), found))
    return page([table(rows)])


def picture(scene: Scene, first: str = "") -> str:
    """Return a scene as an image that passes through untrusted notebooks and follows the theme.

    Args:
        scene: The picture.
        first: What its text alternative begins with.
    """
    return frame(image(scene, first), least(scene.width))


def frame(inside: str, narrowest: int, look: str = "nl-picture") -> str:
    """Return a frame that scrolls sideways where there is no room, and then says so.

    Args:
        inside: What is in it: images, a table.
        narrowest: How narrow that may be shown, in pixels.
        look: The classes of the frame.
    """
    cue = _("It goes on: scroll sideways.")
    return f'<div class="{look}" style="--nl-least:{narrowest}px" data-cue="↔ {cue}">{inside}</div>'


def image(scene: Scene, first: str = "") -> str:
    """Return a scene as `picture` does, without a frame."""
    data = b64encode(svg(scene).encode()).decode()
    words = escape(" ".join(filter(None, (first, scene.description))))
    return (
        f'<img alt="{words}" width="{round(scene.width)}" style="min-width:{least(scene.width)}px" '
        f'src="data:image/svg+xml;base64,{data}">'
    )


def least(width: float) -> int:
    """Return how narrow a picture may be shown, in pixels: at 0.9 of its size its least words are 10 px high."""
    return round(0.9 * width)


def command_line(command: str) -> str:
    """Return a command, or several, as typed at a prompt, with a button that copies."""
    lines = "\n".join(f"<span>{escape(prompt)} </span>{escape(line)}" for prompt, line in prompted(command))
    what, word, done, selected = _("Copy the command"), _("Copy"), _("Copied"), _("Selected: press Ctrl+C")
    copy = (
        f'<span class="nl-copy" role="button" tabindex="0" aria-label="{what}" data-word="{word}" data-done="{done}" '
        f'data-selected="{selected}" onclick="{_COPY}" onkeydown="{_KEYS}"></span>'
    )
    many = ' class="nl-many"' if "\n" in lines else ""
    return f'<div class="nl-cmd"><code{many}>{lines}</code>{copy}</div>'


def _facts(link: Link) -> tuple[str, ...]:
    other = f"{link.peer.ifname} ({title(link.peer.netns)})" if link.peer else ""
    return link.ifname, state_of(link).word, link.mac, str(link.mtu), ", ".join(link.addresses), other


def table(rows: Iterable[str], head: str = "") -> str:
    """Return rows as a table, with a head that stands above them."""
    above = f"<thead>{head}</thead>" if head else ""
    return f"<table>{above}<tbody>{''.join(rows)}</tbody></table>"


def row(*cells: str, tag: str = "td") -> str:
    """Return cells, which are HTML already, as a row of a table."""
    return f"<tr>{''.join(f'<{tag}>{cell}</{tag}>' for cell in cells)}</tr>"


def paragraph(words: str) -> str:
    """Return words as a paragraph, what stands between `**` bold."""
    marked = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(words))
    return f"<p>{marked}</p>"


def fold(title: str, inside: str, is_open: bool = False) -> str:
    """Return what is shown on demand."""
    return f"<details{' open' if is_open else ''}><summary>{title}</summary>{inside}</details>"


def _explained(command: str, text: str) -> list[str]:
    if not text.strip():
        return [paragraph(_("It wrote nothing."))]
    if _is_table(text):
        return [_grid(text.rstrip())]
    words = explain(command, text)
    box = f'<pre class="nl-box">{_with_words(text.rstrip(), words)}</pre>'
    if not words:
        return [box]
    how = _("Point at a word, or press Tab, to see what it means here.")
    note = f'<p class="nl-note" data-note="{how}"></p>'
    fields = dict.fromkeys((text[word.start : word.end], word.meaning, word.page) for word in words)
    rows = [
        row(f"<code>{escape(word)}</code>", f"{escape(meaning)} <small>{where}</small>")
        for word, meaning, where in fields
    ]
    return [box, note, fold(_("Every field explained"), table(rows))]


def _is_table(text: str) -> bool:
    """Say whether columns stand below a head, as `docker ps` and `lsns` write it: in capitals."""
    return text.partition("\n")[0].isupper()


def _grid(text: str) -> str:
    """Return a table of a program's in a frame of its own: wrapped, nobody could tell its columns."""
    widest = max(text_width(line, 12, mono=True) for line in text.split("\n"))
    look = 'class="nl-box" style="width:max-content;white-space:pre;margin:0"'
    return frame(f"<pre {look}>{escape(text)}</pre>", round(widest) + _BOX_EDGES)


def _with_words(text: str, words: Iterable[Word]) -> str:
    parts, at = [], 0
    for word in words:
        parts += [escape(text[at : word.start]), _word(text[word.start : word.end], word)]
        at = word.end
    lines = "".join([*parts, escape(text[at:])]).split("\n")
    return "".join(f'<span class="nl-line">{line}\n</span>' for line in lines)


def _word(letters: str, word: Word) -> str:
    meaning = escape(word.meaning)
    return (
        f'<span class="nl-f" tabindex="0" aria-description="{meaning}" data-page="{word.page}">{escape(letters)}</span>'
    )
