"""A diagnosis as HTML and as text: answer, picture, proof, fix, chain."""

import re

from markupsafe import Markup

from nslab_kernel.display.html import command_line, output, page, paragraph, picture, row, table
from nslab_kernel.display.sentences_diagnosis import diagnosis_sentences, link_name, verdict_name
from nslab_kernel.display.text import command_text, joined, plain
from nslab_kernel.language import translate as _
from nslab_kernel.model.diagnosis import BROKEN, HOLDS, Diagnosis, Fix, Stage
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.words import title

_SIGNS = {HOLDS: "\N{CHECK MARK}", BROKEN: "\N{MULTIPLICATION X}"}
_LOOKS = {HOLDS: "nl-ready", BROKEN: "nl-missing"}


def diagnosis_page(diagnosis: Diagnosis, scene: Scene | None) -> str:
    """Return the answer, the picture with the broken place, the proof, the fix, and the chain as a table."""
    answer, *meaning = diagnosis_sentences(diagnosis)
    sure = answer if "**" in answer and diagnosis.ok else f"**{answer.replace('**', '')}**"
    parts = [paragraph(joined((sure, *meaning)))]
    if scene:
        parts.append(picture(scene))
    if diagnosis.proof:
        parts += [command_line(diagnosis.proof.command), output(diagnosis.proof.text)]
    if fixes := _fixes(diagnosis):
        parts.append(Markup('<p class="nl-head">{}</p>').format(_("Fix it")))
        parts.append(output("\n".join(fix.call for fix in fixes)))
        parts.append(command_line("\n".join(fix.command for fix in fixes)))
    if diagnosis.stages:
        heads = (_("No."), _("Link of the chain"), _("Where"), _("Expected"), _("Actual"), _("Verdict"))
        rows = [_row(number, stage) for number, stage in enumerate(diagnosis.stages, 1)]
        parts.append(table(rows, row(*heads, tag="th")))
    return page(parts)


def diagnosis_text(diagnosis: Diagnosis) -> str:
    """Return the answer, the proof, the fix, and the chain, one link per line."""
    parts = [plain(diagnosis_sentences(diagnosis))]
    if diagnosis.proof:
        parts.append(f"{command_text(diagnosis.proof.command)}\n{diagnosis.proof.text}")
    if fixes := _fixes(diagnosis):
        head = _("Fix it")
        calls = [f"  {fix.call}" for fix in fixes]
        lines = [f"  {line}" for fix in fixes for line in command_text(fix.command).splitlines()]
        parts.append("\n".join([f"{head}:", *calls, *lines]))
    lines = [f"{_SIGNS.get(stage.verdict, '-')} {_line(stage)}" for stage in diagnosis.stages]
    return "\n\n".join([*parts, *(["\n".join(lines)] if lines else [])])


def _fixes(diagnosis: Diagnosis) -> tuple[Fix, ...]:
    return diagnosis.findings[0].fix if diagnosis.findings else ()


def _line(stage: Stage) -> str:
    name = link_name(stage.link)
    if stage.place:
        name = _("{link} ({namespace})").format(link=name, namespace=_place(stage))
    if stage.verdict == HOLDS:
        return f"{name}: {stage.actual}"
    if stage.verdict == BROKEN:
        words = _("expected {expected}, found {actual}")
        found = words.format(expected=stage.expected, actual=stage.actual or _("nothing"))
        return f"{name}: {found}"
    return f"{link_name(stage.link)}: {verdict_name(stage.verdict)}"


def _row(number: int, stage: Stage) -> Markup:
    words = [_code(text) for text in (_place(stage), stage.expected, stage.actual)]
    verdict = f"{_SIGNS.get(stage.verdict, '')} {verdict_name(stage.verdict)}".strip()
    look = _LOOKS.get(stage.verdict)
    shown = Markup('<b class="{}">{}</b>').format(look, verdict) if look else verdict
    return row(str(number), link_name(stage.link), *words, shown)


def _code(text: str) -> Markup:
    """Return words of Linux as code that wraps after a slash or a comma, if possible, not anywhere."""
    parts = re.split(r"(?<=[/,])", text)
    return Markup('<code class="nl-fact">{}</code>').format(Markup("<wbr>").join(parts))


def _place(stage: Stage) -> str:
    if not stage.place:
        return ""
    return title(stage.place.netns) + (f"/{stage.place.ifname}" if stage.place.ifname else "")
