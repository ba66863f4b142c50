"""What was done in a lesson, as one HTML page."""

from pathlib import Path

from markupsafe import Markup

from nslab_kernel.display.html import command_line, page, paragraph, picture, row, table
from nslab_kernel.display.shown_guidance import lesson_sentence
from nslab_kernel.language import language_tag
from nslab_kernel.language import translate as _
from nslab_kernel.model.guidance import Helped, LessonReport, StepCheck
from nslab_kernel.saving import save
from nslab_kernel.scene.topology_scene import topology_scene

_HEAD = "<!doctype html><!-- nslab lesson report -->"
_DOCUMENT = Markup(
    '{head}<html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title><style>:root{{color-scheme:light dark}}"
    "body{{max-width:780px;margin:24px auto;padding:0 16px;font-family:system-ui,sans-serif}}</style>"
    "<main><h1>{title}</h1>{body}</main></html>"
)


def report_save(report: LessonReport, path: str | Path, overwrite: bool) -> Path:
    """Write a report to a file; an existing report is replaced, any other file only with `overwrite`.

    Raises:
        BadValue: The path has another file, or the report cannot be written; nothing is changed.
    """
    return save(
        path, report_page(report).encode(), _("report"), lambda head: head.startswith(_HEAD.encode()), overwrite
    )


def report_page(report: LessonReport) -> str:
    """Return a report as a whole HTML document."""
    head = row(_("Step"), _("Reached"), _("Help"), tag="th")
    steps = zip(report.lesson.steps, report.helped, strict=True)
    parts = [paragraph(report.at), table((_row(*one) for one in steps), head)]
    if report.commands:
        parts += [Markup("<h2>{}</h2>").format(_("Commands")), *map(command_line, report.commands)]
    parts += [Markup("<h2>{}</h2>").format(_("The network now")), picture(topology_scene(report.network))]
    title, body = lesson_sentence(report.lesson), Markup(page(parts))
    return _DOCUMENT.format(head=Markup(_HEAD), lang=language_tag(), title=title, body=body)


def _row(step: StepCheck, helped: Helped) -> Markup:
    when = f"\N{CHECK MARK} {step.reached}" if step.reached else ""
    return row(f"{step.step} {step.title}", when, _words(helped))


def _words(helped: Helped) -> str:
    words = [_("hints: {count}").format(count=helped.hints)] if helped.hints else []
    words += [_("done by solve()")] if helped.solved else []
    if helped.guess:
        verdict = _("right") if helped.is_right else _("wrong")
        words.append(_("guess: ({letter}), {verdict}").format(letter=helped.guess, verdict=verdict))
    return "; ".join(words)
