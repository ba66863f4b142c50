"""What a change comes to, as HTML."""

from html import escape

from nslab_kernel.display.changed_lines import GONE, ChangedLine, Group, changed_groups
from nslab_kernel.display.html import command_line, fold, page, paragraph, picture
from nslab_kernel.display.sentences import change_sentences
from nslab_kernel.display.text import joined, plain
from nslab_kernel.language import translate as _
from nslab_kernel.model.results import Change
from nslab_kernel.scene.alt_text import title
from nslab_kernel.scene.scene import Scene

_NOTES = 4
"""So many notes of what was left out stand in sight."""
_COMMANDS = 4
"""So many lines of commands stand in sight; more are folded."""
_LINES = 24
"""So many changed lines stand in sight; more are folded."""


def change_page(change: Change, scene: Scene | None) -> str:
    """Return the command, one sentence or a few, what was left out, the picture, and the lines that came and went."""
    sentences = change_sentences(change)
    parts = [_commands(change.command)] if change.command else []
    if change.text.strip():
        parts.append(f'<pre class="nl-box">{escape(change.text.rstrip())}</pre>')
    parts.append(paragraph(joined(sentences)))
    if change.left_out:
        parts.append(_left_out(change.left_out))
    if scene:
        parts.append(picture(scene, plain(sentences)))
    groups = changed_groups(change)
    lines = "".join(
        f'<p class="nl-head">{_shown_by(group)}</p><pre>{"".join(map(_changed_line, group.lines))}</pre>'
        for group in groups
    )
    if lines:
        parts.append(fold(_("What changed:"), lines, is_open=sum(len(group.lines) for group in groups) <= _LINES))
    return page(parts)


def _commands(command: str) -> str:
    """Return the command; many, as those of a reset, on demand."""
    count = len(command.splitlines())
    line = command_line(command)
    return line if count <= _COMMANDS else fold(_("The commands, {count} lines").format(count=count), line)


def _left_out(sentences: tuple[str, ...]) -> str:
    """Return what stayed undone, beside a line in the colour of a caution; many are folded."""
    notes = [f'<p style="white-space:pre-wrap">{escape(sentence)}</p>' for sentence in sentences]
    rest = fold(_("{count} more").format(count=len(notes) - _NOTES), "".join(notes[_NOTES:]))
    shown = [*notes[:_NOTES], *([rest] if notes[_NOTES:] else [])]
    return f'<div class="nl-card" style="border-color:var(--nl-wait)">{"".join(shown)}</div>'


def _shown_by(group: Group) -> str:
    command = f"<code>{group.shown_by}</code>"
    return _("{netns}, {command}").format(netns=escape(title(group.netns)), command=command)


def _changed_line(line: ChangedLine) -> str:
    tag, name, word = ("del", "gone", _("gone")) if line.sign == GONE else ("ins", "came", _("new"))
    pieces = "".join(
        f'<b class="nl-word">{escape(piece.text)}</b>' if piece.differs else escape(piece.text) for piece in line.pieces
    )
    sign = f'<b class="nl-sign" title="{word}">{line.sign}</b>'
    return f'<{tag} class="nl-{name}" style="text-decoration:none">{sign} {pieces}\n</{tag}>'
