"""What HTML is made of, in notebooks live and saved, and on pages.

Text is escaped by default: `Markup.format` escapes every argument that is not `Markup` itself.

An untrusted notebook loses styles, scripts, `data-*` and `aria-*`. So what is needed to understand an output is text,
and what works only with a style or a script is an attribute: nothing is left that does not work.
"""

import re
from collections.abc import Iterable

from markupsafe import Markup, escape

from nslab_kernel.display.style_sheets import sheet_for
from nslab_kernel.display.svg import data_uri
from nslab_kernel.display.text import prompted
from nslab_kernel.language import language
from nslab_kernel.language import translate as _
from nslab_kernel.scene.scene import Scene
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
    """Return how narrow a picture may be shown, in pixels: at 0.8 of its size its smallest letters are 9 px high."""
    return round(0.8 * width)


def command_line(command: str) -> Markup:
    """Return a command, or several, as typed at a prompt, with a button that copies."""
    lines = Markup("<br>\n").join(Markup("<span>{} </span>{}").format(*parts) for parts in prompted(command))
    copy = Markup(
        '<span class="nl-copy" role="button" tabindex="0" aria-label="{}" data-word="{}" data-done="{}" '
        'data-selected="{}" onclick="{}" onkeydown="{}"></span>'
    ).format(_("Copy the command"), _("Copy"), _("Copied"), _("Selected: press Ctrl+C"), Markup(_COPY), Markup(_KEYS))
    many = Markup(' class="nl-many"') if "\n" in lines else ""
    return Markup('<div class="nl-command"><code{}>{}</code>{}</div>').format(many, lines, copy)


def output(text: str) -> Markup:
    """Return a program's text in a box."""
    return Markup('<pre class="nl-output">{}</pre>').format(text)


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


def progress_page(done: int, of: int, words: str, label: str) -> str:
    """Return a bar that shows how far something is; `words` say the same, `label` says of what."""
    bar = Markup(
        '<progress role="progressbar" value="{done}" max="{of}" aria-valuenow="{done}" aria-valuemin="0" '
        'aria-valuemax="{of}" aria-valuetext="{words}" aria-label="{label}" '
        'style="accent-color:var(--nl-pkt);width:min(100%,24em);vertical-align:middle"></progress>'
    ).format(done=done, of=of, words=words, label=label)
    return page([Markup("<p>{} {}</p>").format(bar, words)])
