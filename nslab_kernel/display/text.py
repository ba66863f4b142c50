"""The parts of plain text: sentences, commands at a prompt, columns."""

from collections.abc import Iterator
from unicodedata import combining, east_asian_width

from nslab_kernel.language import tidy
from nslab_kernel.spelling import visible, visible_command

_READS, _END = "<<'EOF'", "EOF"
"""How a here document's first line ends, and its last line; bash(1), Here Documents."""


def command_text(command: str) -> str:
    """Return a command, or several, as typed at a prompt."""
    return "\n".join(f"{prompt} {line}" for prompt, line in prompted(command))


def prompted(command: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of one or several commands, each with its prompt; the lines of a here document have `>`."""
    inside = False
    for line in visible_command(command).splitlines():
        yield (">" if inside else "$"), line
        inside = line.endswith(_READS) or (inside and line != _END)


def plain(sentences: tuple[str, ...]) -> str:
    """Return sentences joined, without the `**` around names."""
    return joined(sentences).replace("**", "")


def joined(sentences: tuple[str, ...]) -> str:
    """Return sentences joined by spaces, Chinese ones by none; invisible characters are written as escapes."""
    return tidy(visible(" ".join(sentences)))


def columns(words: str) -> int:
    """Return how many console columns words take: a Chinese character takes two, a combining accent none."""
    return sum(0 if combining(letter) else 1 + (east_asian_width(letter) in "WF") for letter in words)


def padded(words: str, width: int) -> str:
    """Return words padded with spaces to `width` columns."""
    return words + " " * (width - columns(words))
