"""Values as HTML, for notebooks live and saved, and for pages.

Text is escaped by default: `Markup.format` escapes every argument that is not `Markup` itself.

An untrusted notebook loses styles, scripts, `data-*` and `aria-*`. So what is needed to understand an output is text,
and what works only with a style or a script is an attribute: nothing is left that does not work.
"""

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from nslab_kernel.display.explain import Word, explain
from nslab_kernel.display.sentences import ping_sentences
from nslab_kernel.display.style_sheets import sheet_for
from nslab_kernel.display.svg import data_uri
from nslab_kernel.display.text import check_state, error_rows, joined, prompted, touched_lessons
from nslab_kernel.errors import LabError
from nslab_kernel.language import language, tidy
from nslab_kernel.language import translate as _
from nslab_kernel.model.network import Link, Network
from nslab_kernel.model.results import Doctor, Listing, PingResult
from nslab_kernel.scene.ping_scene import ping_scene
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.shapes import text_width
from nslab_kernel.scene.state_style import state_of
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
"""What a box's padding and border add to the width of its text, in pixels."""


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


def ping_page(result: PingResult) -> str:
    """Return the command, the result, the picture of the replies, and what ping wrote."""
    parts = [command_line(result.command), paragraph(joined(ping_sentences(result)))]
    if result.sent:
        parts.append(picture(ping_scene(result)))
    if result.text.strip():
        written = Markup().join(_explained(result.command, result.text))
        parts.append(details(_("What ping wrote"), written, is_open=not result))
    return page(parts)


def network_page(network: Network, scene: Scene) -> str:
    """Return the picture, and folded a table of all interfaces with what the picture leaves out."""
    head = row(_("Namespace"), _("Interface"), _("State"), "MAC", "MTU", _("Addresses"), _("Other end"), tag="th")
    rows = [row(title(netns.name), *_facts(link)) for netns in network.namespaces.values() for link in netns.links]
    return page([picture(scene), details(_("Every interface, with its MAC address"), table(rows, head))])


def error_page(error: LabError) -> str:
    """Return an error that somebody caught: the same words as in its short traceback."""
    parts = [Markup("<p><b>\N{MULTIPLICATION X} {}</b></p>").format(error.what)]
    parts += [Markup("<p>{}</p>").format(tidy(part)) for part in (error.why, error.there_is) if part]
    parts += [Markup('<p class="nl-head">{}</p><pre>{}</pre>').format(*facts) for facts in error_rows(error)]
    return page([Markup('<div class="nl-card">{}</div>').format(Markup().join(parts))])


def doctor_page(doctor: Doctor) -> str:
    """Return what a machine can do as a table: state, thing, what was found, and how to fix it."""
    rows = []
    for check in doctor.checks:
        words = joined(tuple(filter(None, (check.why, touched_lessons(check)))))
        fix = Markup("<code>{}</code>").format(check.fix) if check.fix else ""
        style = "caution" if check.state == "note" else check.state
        state = Markup('<b class="nl-{}" style="white-space:nowrap">{}</b>').format(style, check_state(check.state))
        rows.append(row(state, check.name, Markup("<br>").join(filter(None, (check.what, words, fix)))))
    return page([table(rows)])


def progress_page(done: int, of: int, words: str, label: str) -> str:
    """Return a bar that shows how far something is; `words` say the same, `label` says of what."""
    bar = Markup(
        '<progress role="progressbar" value="{done}" max="{of}" aria-valuenow="{done}" aria-valuemin="0" '
        'aria-valuemax="{of}" aria-valuetext="{words}" aria-label="{label}" '
        'style="accent-color:var(--nl-pkt);width:min(100%,24em);vertical-align:middle"></progress>'
    ).format(done=done, of=of, words=words, label=label)
    return page([Markup("<p>{} {}</p>").format(bar, words)])


def page(parts: Iterable[str], further: str = "") -> str:
    """Return parts as one output, with the styles that they need, and every invisible character spelled out.

    Args:
        parts: From top to bottom.
        further: A class for the whole.
    """
    body = visible_text(Markup("\n").join(parts))
    keys = f'data-lm-suppress-shortcuts="true" onkeydown="{_ESCAPE}"'
    classes = f"nl {further}".strip()
    return f'<div class="{classes}" lang="{language()}" {keys}><style>{sheet_for(body)}</style>\n{body}</div>'


def picture(scene: Scene, first: str = "") -> Markup:
    """Return a scene as an image that passes through untrusted notebooks and follows the theme.

    Args:
        scene: The picture.
        first: What its text alternative begins with.
    """
    return frame(image(scene, first), min_width(scene.width))


def frame(inside: Markup, narrowest: int, style: str = "nl-picture") -> Markup:
    """Return a frame that scrolls sideways, also by keys, if there is too little space, and then says so.

    Args:
        inside: What is in it: images, a table.
        narrowest: How narrow that may be shown, in pixels.
        style: The classes of the frame.
    """
    words = _("If it is cut off, scroll sideways.")
    return Markup(
        '<div class="{}" tabindex="0" role="group" aria-label="{}" style="--nl-min-width:{}px">{}'
        '<span class="nl-overflow">\N{LEFT RIGHT ARROW} {}</span></div>'
    ).format(style, words, narrowest, inside, words)


def image(scene: Scene, first: str = "") -> Markup:
    """Return a scene as `picture` does, without a frame."""
    words = " ".join(filter(None, (first, scene.description)))
    return Markup('<img alt="{}" width="{}" style="min-width:{}px" src="{}">').format(
        words, round(scene.width), min_width(scene.width), Markup(data_uri(scene))
    )


def min_width(width: float) -> int:
    """Return how narrow a picture may be shown, in pixels: at 0.9 of its size its smallest letters are 10 px high."""
    return round(0.9 * width)


def command_line(command: str) -> Markup:
    """Return a command, or several, as typed at a prompt, with a button that copies."""
    lines = Markup("\n").join(Markup("<span>{} </span>{}").format(*parts) for parts in prompted(command))
    copy = Markup(
        '<span class="nl-copy" role="button" tabindex="0" aria-label="{}" data-word="{}" data-done="{}" '
        'data-selected="{}" onclick="{}" onkeydown="{}"></span>'
    ).format(_("Copy the command"), _("Copy"), _("Copied"), _("Selected: press Ctrl+C"), Markup(_COPY), Markup(_KEYS))
    many = Markup(' class="nl-many"') if "\n" in lines else ""
    return Markup('<div class="nl-command"><code{}>{}</code>{}</div>').format(many, lines, copy)


def output(text: str) -> Markup:
    """Return a program's text in a box."""
    return Markup('<pre class="nl-output">{}</pre>').format(text)


def _facts(link: Link) -> tuple[str, ...]:
    other = f"{link.peer.ifname} ({title(link.peer.netns)})" if link.peer else ""
    return link.ifname, state_of(link).label, link.mac, str(link.mtu), ", ".join(link.addresses), other


def table(rows: Iterable[Markup], head: Markup | str = "") -> Markup:
    """Return rows as a table, with a head above them."""
    above = Markup("<thead>{}</thead>").format(head) if head else ""
    return Markup("<table>{}<tbody>{}</tbody></table>").format(above, Markup().join(rows))


def row(*cells: str, tag: str = "td") -> Markup:
    """Return cells as a row of a table."""
    return Markup("<tr>{}</tr>").format(Markup().join(Markup(f"<{tag}>{{}}</{tag}>").format(cell) for cell in cells))


def paragraph(words: str) -> Markup:
    """Return words as a paragraph, what stands between `**` bold."""
    bold = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", str(escape(words)))  # a Markup would escape what is put in
    return Markup("<p>{}</p>").format(Markup(bold))


def details(summary: str, inside: Markup, is_open: bool = False) -> Markup:
    """Return content that is folded below a summary."""
    state = Markup(" open") if is_open else ""
    return Markup("<details{}><summary>{}</summary>{}</details>").format(state, summary, inside)


def _explained(command: str, text: str) -> list[Markup]:
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
    """Say whether the first line is a head of columns in capitals, as `docker ps` and `lsns` write it."""
    return text.partition("\n")[0].isupper()


def _scrolling(text: str) -> Markup:
    """Return a program's table in a frame of its own: if its lines were wrapped, its columns would be lost."""
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
