"""Faults to be found as HTML."""

from nslab_kernel.display.fault_text import broken_sentences, check_sentences, hint_sentences
from nslab_kernel.display.html import command_line, page, paragraph
from nslab_kernel.display.text import joined
from nslab_kernel.model.faults import BrokenLab, FaultHint, FixCheck


def broken_page(broken: BrokenLab) -> str:
    """Return what fails."""
    return page([paragraph(joined(broken_sentences(broken)))])


def check_page(check: FixCheck) -> str:
    """Return whether it is mended."""
    return page([paragraph(joined(check_sentences(check)))])


def hint_page(hint: FaultHint) -> str:
    """Return a hint; the last one with the lines that mend it."""
    lines = [command_line("\n".join(hint.fault.mends))] if hint.number >= 4 else []
    return page([paragraph(joined(hint_sentences(hint))), *lines])
