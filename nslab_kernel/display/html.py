"""The parts of HTML outputs, in notebooks live and saved, and on pages.

Text is escaped by default: `Markup.format` escapes every argument that is not `Markup` itself.

In an untrusted notebook, outputs lose styles, scripts, `data-*` and `aria-*`. So everything needed to understand an
output is text; the words of a control that needs a style or a script are in attributes, so that they vanish with it.
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
"""JavaScript that copies a command without its prompts, or selects it: over plain HTTP there is no clipboard API."""
_KEYS = "if(event.key==='Enter'||event.key===' '){event.preventDefault();this.click()}"
_ESCAPE = "if(event.key==='Escape')document.activeElement.blur()"


def page(parts: Iterable[str], further: str = "") -> str:
    """Return parts as one output, with the styles that they need; invisible characters are written as escapes.

    Args:
        parts: Pieces of HTML, from top to bottom.
        further: One more CSS class for the whole output.
    """
    body = visible_text(Markup("\n").join(parts))
    keys = f'data-lm-suppress-shortcuts="true" onkeydown="{_ESCAPE}"'
    classes = f"nl {further}".strip()
    return f'<div class="{classes}" lang="{language()}" {keys}><style>{sheet_for(body)}</style>\n{body}</div>'


def picture(scene: Scene, first: str = "") -> Markup:
    """Return a scene as an image in a frame; an untrusted notebook keeps it, and it follows the colour theme.

    Args:
        scene: The picture.
        first: The beginning of its text alternative.
    """
    return frame(image(scene, first), min_width(scene.width))


def frame(inside: Markup, narrowest: int, style: str = "nl-picture") -> Markup:
    """Return a frame that scrolls sideways, also by keyboard, and says so where its content does not fit.

    Args:
        inside: The content: images or a table.
        narrowest: The least width of the content, in pixels.
        style: The CSS classes of the frame.
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
    """Return the least width of a picture, in pixels: at 0.8 of its size, its smallest letters are 9 px high."""
    return round(0.8 * width)


def command_line(command: str) -> Markup:
    """Return a command, or several, as typed at a prompt, with a button that copies them."""
    lines = Markup("<br>\n").join(Markup("<span>{} </span>{}").format(*parts) for parts in prompted(command))
    copy = Markup(
        '<span class="nl-copy" role="button" tabindex="0" aria-label="{}" data-word="{}" data-done="{}" '
        'data-selected="{}" onclick="{}" onkeydown="{}"></span>'
    ).format(_("Copy the command"), _("Copy"), _("Copied"), _("Selected: press Ctrl+C"), Markup(_COPY), Markup(_KEYS))
    many = Markup(' class="nl-many"') if "\n" in lines else ""
    return Markup('<div class="nl-command"><code{}>{}</code>{}</div>').format(many, lines, copy)


def output(text: str) -> Markup:
    """Return a program's output in a box."""
    return Markup('<pre class="nl-output">{}</pre>').format(text)


def table(rows: Iterable[Markup], head: Markup | str = "") -> Markup:
    """Return rows as a table, with a head above them."""
    above = Markup("<thead>{}</thead>").format(head) if head else ""
    return Markup("<table>{}<tbody>{}</tbody></table>").format(above, Markup().join(rows))


def row(*cells: str, tag: str = "td") -> Markup:
    """Return cells as a row of a table."""
    return Markup("<tr>{}</tr>").format(Markup().join(Markup(f"<{tag}>{{}}</{tag}>").format(cell) for cell in cells))


def paragraph(words: str) -> Markup:
    """Return words as a paragraph; words between `**` are bold."""
    bold = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", str(escape(words)))  # in a Markup, re.sub would escape the tags
    return Markup("<p>{}</p>").format(Markup(bold))


def details(summary: str, inside: Markup, is_open: bool = False) -> Markup:
    """Return content that is folded below a summary."""
    state = Markup(" open") if is_open else ""
    return Markup("<details{}><summary>{}</summary>{}</details>").format(state, summary, inside)


def progress_page(done: int, of: int, words: str, label: str) -> str:
    """Return a progress bar; `words` state the progress as text, `label` names what is in progress."""
    bar = Markup(
        '<progress role="progressbar" value="{done}" max="{of}" aria-valuenow="{done}" aria-valuemin="0" '
        'aria-valuemax="{of}" aria-valuetext="{words}" aria-label="{label}" '
        'style="accent-color:var(--nl-pkt);width:min(100%,24em);vertical-align:middle"></progress>'
    ).format(done=done, of=of, words=words, label=label)
    return page([Markup("<p>{} {}</p>").format(bar, words)])
