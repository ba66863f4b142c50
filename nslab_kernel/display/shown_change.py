"""A change as text and as HTML."""

from markupsafe import Markup

from nslab_kernel.display.changed_lines import GONE, ChangedLine, Group, changed_groups
from nslab_kernel.display.html import command_line, details, output, page, paragraph, picture
from nslab_kernel.display.sentences import change_sentences
from nslab_kernel.display.text import command_text, joined, plain
from nslab_kernel.language import translate as _
from nslab_kernel.model.results import Change
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.words import title

_NOTES = 4
"""The most notes about what was left out that are not folded."""
_COMMANDS = 4
"""The most lines of commands that are not folded."""
_LINES = 24
"""The most changed lines that are not folded."""


def change_text(change: Change) -> str:
    """Return the command, what changed in sentences, what was left out, and the added and removed lines."""
    typed = "\n".join(filter(None, (command_text(change.command), change.text.rstrip())))
    parts = [*filter(None, [typed]), plain(change_sentences(change))]
    parts += filter(None, ["\n".join(f"! {sentence}" for sentence in change.left_out)])
    for group in changed_groups(change):
        head = _("{netns}, {command}").format(netns=title(group.netns), command=group.shown_by)
        lines = (f"{'-' if line.sign == GONE else '+'} {line.text}" for line in group.lines)
        parts.append("\n".join([f"{head}:", *lines]))
    return "\n\n".join(parts)


def change_page(change: Change, scene: Scene | None) -> str:
    """Return the command, what changed in sentences, what was left out, the picture, and the changed lines."""
    sentences = change_sentences(change)
    parts = [_commands(change.command)] if change.command else []
    if change.text.strip():
        parts.append(output(change.text.rstrip()))
    parts.append(paragraph(joined(sentences)))
    if change.left_out:
        parts.append(_left_out(change.left_out))
    if scene:
        parts.append(picture(scene, plain(sentences)))
    if groups := changed_groups(change):
        is_open = sum(len(group.lines) for group in groups) <= _LINES
        parts.append(details(_("What changed:"), Markup().join(map(_group, groups)), is_open))
    return page(parts)


def _commands(command: str) -> Markup:
    """Return the commands; where there are many, as after a reset, they are folded."""
    count = len(command.splitlines())
    line = command_line(command)
    return line if count <= _COMMANDS else details(_("The commands, {count} lines").format(count=count), line)


def _left_out(sentences: tuple[str, ...]) -> Markup:
    """Return what was left out, beside a line in the colour of a caution; all but `_NOTES` sentences are folded."""
    notes = [Markup('<p style="white-space:pre-wrap">{}</p>').format(sentence) for sentence in sentences]
    rest = details(_("{count} more").format(count=len(notes) - _NOTES), Markup().join(notes[_NOTES:]))
    shown = Markup().join([*notes[:_NOTES], *([rest] if notes[_NOTES:] else [])])
    return Markup('<div class="nl-card" style="border-color:var(--nl-wait)">{}</div>').format(shown)


def _group(group: Group) -> Markup:
    command = Markup("<code>{}</code>").format(group.shown_by)
    head = Markup(_("{netns}, {command}")).format(netns=title(group.netns), command=command)
    return Markup('<p class="nl-head">{}</p><pre>{}</pre>').format(head, Markup().join(map(_line, group.lines)))


def _line(line: ChangedLine) -> Markup:
    tag, name, word = ("del", "removed", _("gone")) if line.sign == GONE else ("ins", "added", _("new"))
    marked = Markup('<b class="nl-word">{}</b>')
    pieces = Markup().join(marked.format(piece.text) if piece.differs else piece.text for piece in line.pieces)
    return Markup(
        '<{tag} class="nl-{name}" style="text-decoration:none">'
        '<b class="nl-sign" title="{word}">{sign}</b> {pieces}\n</{tag}>'
    ).format(tag=tag, name=name, word=word, sign=line.sign, pieces=pieces)
