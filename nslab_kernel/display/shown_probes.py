"""Matrix and journey as HTML and as plain text."""

from base64 import b64encode
from collections.abc import Iterator

from markupsafe import Markup

from nslab_kernel.display.html import command_line, details, output, page, paragraph, picture, row, table
from nslab_kernel.display.pcap import pcap
from nslab_kernel.display.phrases import call_line
from nslab_kernel.display.sentences_probes import cause, journey_head, journey_sentences, matrix_sentences
from nslab_kernel.display.text import columns, command_text, joined, padded, plain
from nslab_kernel.language import translate as _
from nslab_kernel.model.journey_result import Journey, Step
from nslab_kernel.model.matrix_result import Direction, MatrixResult
from nslab_kernel.scene.journey_scene import journey_scene, last_words, note_words
from nslab_kernel.scene.matrix_scene import label, matrix_scene, word_of
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.words import title

_MOST_ROWS = 60


def matrix_page(result: MatrixResult) -> str:
    """Return the result in sentences, the grid, the pairs that work one way only, and the errors."""
    sentences = matrix_sentences(result)
    grid = [picture(matrix_scene(result), plain(sentences))] if result.directions else []
    further = "" if result else "nl-asked"  # where a live page shows a grid of buttons, it hides this
    return page([paragraph(joined(sentences)), *grid, *_folds(result)], further)


def matrix_halves(result: MatrixResult) -> tuple[str, str]:
    """Return the HTML above the grid and below it, for a live page that draws the grid itself."""
    return page([paragraph(joined(matrix_sentences(result)))]), page(_folds(result))


def _folds(result: MatrixResult) -> list[Markup]:
    parts = []
    if result.one_way:
        rows = [row(*_facts(one), *_facts(back)) for one, back in result.one_way[:_MOST_ROWS]]
        parts.append(details(_("One way only"), table(rows), is_open=True))
    said = [one for one in result.directions if one.said]
    if said:
        rows = [row(_direction(one), one.said) for one in said[:_MOST_ROWS]]
        rest = len(said) - _MOST_ROWS
        words = _("and {count} more").format(count=rest)
        more = paragraph(words) if rest > 0 else Markup()
        parts.append(details(_("What was said"), table(rows) + more))
    return parts


def matrix_text(result: MatrixResult) -> str:
    """Return the result in sentences, and the directions, one per line, first those that do not work."""
    lines = [plain(matrix_sentences(result))]
    ordered = sorted(result.directions, key=lambda one: one.reached)
    names = [f"{label(one.source)} -> {label(one.target)}" for one in ordered]
    width = max(map(columns, names), default=0) + 2
    for name, one in list(zip(names, ordered, strict=True))[:_MOST_ROWS]:
        said = f"  ({one.said})" if one.said else ""
        lines.append(padded(name, width) + word_of(one) + said)
    if len(ordered) > _MOST_ROWS:
        lines.append(_("and {count} more").format(count=len(ordered) - _MOST_ROWS))
    return "\n".join(lines)


def journey_page(journey: Journey) -> str:
    """Return what was sent and its command, the outcome, the picture, the proof, the capture, and the steps."""
    parts = [paragraph(journey_head(journey)), command_line(journey.command)]
    parts.append(paragraph(joined(journey_sentences(journey))))
    if journey.steps:
        parts.append(picture(journey_picture(journey), plain(journey_sentences(journey))))
    if journey.proof:
        parts += [command_line(journey.proof.command), output(journey.proof.text)]
    if journey.packets:
        parts.append(_download(journey))
    if journey.steps:
        rows = [row(f"{step.time_us:.0f} µs", *_cells(step, journey)) for step in journey.steps]
        parts.append(details(_("Step by step"), table(rows)))
    return page(parts)


def _download(journey: Journey) -> Markup:
    """Return a link that saves the packets as a file, also without a running notebook kernel."""
    data = b64encode(pcap(journey.packets)).decode()
    port = (f"port={journey.port}",) if journey.port else ()
    line = f"pcap_save({call_line('journey', journey.dst, journey.netns, *port)})"
    return Markup(
        '<p><a class="nl-copy nl-save" download="journey.pcap" href="data:application/octet-stream;base64,{}">{}</a> '
        "<code>{}</code></p>"
    ).format(data, _("Save as pcap"), line)


def journey_text(journey: Journey) -> str:
    """Return what was sent and its command, the outcome, the steps, one per line, and the proof."""
    story = [f"{step.time_us:9.0f} µs  {': '.join(_cells(step, journey))}" for step in journey.steps]
    if last := journey.last:
        story.append(f"{'':>13}{title(last.at.netns)}/{last.at.ifname}: {last_words(last, journey)}")
    sent = f"{journey_head(journey)}\n{command_text(journey.command)}"
    proof = f"{command_text(journey.proof.command)}\n{journey.proof.text}" if journey.proof else ""
    return "\n\n".join(filter(None, (sent, plain(journey_sentences(journey)), "\n".join(story), proof)))


def _cells(step: Step, journey: Journey) -> tuple[str, str]:
    start = f"{title(step.start.netns)}/{step.start.ifname}"
    if not step.is_packet:
        return title(step.start.netns), f"{note_words(step, journey)} {step.before} → {step.after}"
    end = f" → {title(step.end.netns)}/{step.end.ifname}" if step.end != step.start else ""
    return start + end, step.words


def _facts(one: Direction) -> Iterator[str]:
    yield _direction(one)
    yield Markup('<b class="nl-{}">{}</b>').format("ready" if one.reached else "missing", word_of(one))


def _direction(one: Direction) -> Markup:
    return Markup("<code>{} → {}</code>").format(label(one.source), label(one.target))


def journey_picture(journey: Journey) -> Scene:
    """Return the picture of a journey, with the cause if there was no answer."""
    return journey_scene(journey, plain(cause(journey)))
