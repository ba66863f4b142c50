"""An error: as a short traceback, as text, and as HTML."""

from collections.abc import Callable

from markupsafe import Markup

from nslab_kernel.display.html import page
from nslab_kernel.display.text import command_text
from nslab_kernel.errors import LabError
from nslab_kernel.language import tidy
from nslab_kernel.language import translate as _
from nslab_kernel.spelling import visible_text

_MAGIC = "%tb Verbose"


def short_traceback(error: LabError) -> list[str]:
    """Return the lines of an error: what, why, what there is, what to try, the command, what the kernel said.

    Important lines are bold, by ANSI codes. Colours are hard to read on the background of errors in dark themes.
    """
    return _lines(error, _bold)


def interrupted() -> list[str]:
    """Return the lines shown after a call was interrupted; they cannot say whether the call changed anything."""
    what = _("Interrupted.")
    return [_bold(f"\N{MULTIPLICATION X} {what}"), "", "  " + _("Full traceback: {magic}").format(magic=_MAGIC)]


def error_text(error: LabError) -> str:
    """Return a caught error as text, in the words of its short traceback."""
    return "\n".join(_lines(error, str))


def error_page(error: LabError) -> str:
    """Return a caught error as HTML, in the words of its short traceback."""
    parts = [Markup("<p><b>\N{MULTIPLICATION X} {}</b></p>").format(error.what)]
    parts += [Markup("<p>{}</p>").format(tidy(part)) for part in (error.why, error.there_is) if part]
    parts += [Markup('<p class="nl-head">{}</p><pre>{}</pre>').format(*facts) for facts in _rows(error)]
    return page([Markup('<div class="nl-card">{}</div>').format(Markup().join(parts))])


def _lines(error: LabError, bold: Callable[[str], str]) -> list[str]:
    lines = [bold(f"\N{MULTIPLICATION X} {error.what}")]
    lines += [f"  {tidy(part)}" for part in (error.why, error.there_is) if part]
    for name, words in _rows(error):
        lines += ["", f"  {name}", *(f"    {bold(line)}" for line in words.splitlines())]
    end = _("Nothing was changed. Full traceback: {magic}")
    if error.partly:
        end = _("A part was done and stays so. Full traceback: {magic}")
    return [*lines, "", "  " + end.format(magic=_MAGIC)]


def _bold(words: str) -> str:
    return f"\x1b[1m{words}\x1b[0m"


def _rows(error: LabError) -> list[tuple[str, str]]:
    """Return the parts below an error's sentences, each with its heading."""
    rows = [
        (_("Try"), error.try_),
        (_("Command"), command_text(error.command or "")),
        (_("The kernel said"), error.said),
    ]
    return [(name, visible_text(words)) for name, words in rows if words]
