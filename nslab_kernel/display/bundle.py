"""Turns a value into its MIME bundle, the forms that IPython shows."""

from collections.abc import Callable
from typing import Any

from nslab_kernel.display import (
    html,
    sentences_faults,
    shown_change,
    shown_comparison,
    shown_diagnosis,
    shown_error,
    shown_guidance,
    shown_network,
    shown_probes,
    shown_results,
    text,
)
from nslab_kernel.errors import LabError
from nslab_kernel.model.comparison import Comparison
from nslab_kernel.model.diagnosis import Diagnosis, Place
from nslab_kernel.model.faults import BrokenLab, FaultHint, FixCheck
from nslab_kernel.model.guidance import Hint, LessonCheck, Prediction, StepCheck
from nslab_kernel.model.journey_result import Journey
from nslab_kernel.model.lines import link_line, neighbour_line, route_line
from nslab_kernel.model.matrix_result import MatrixResult
from nslab_kernel.model.network import Link, Namespace, Neighbour, Network, Route
from nslab_kernel.model.results import Change, Doctor, Listing, PingResult, Topology
from nslab_kernel.scene.layout.vertical import Placement
from nslab_kernel.scene.scene import Scene
from nslab_kernel.scene.topology_scene import topology_scene
from nslab_kernel.spelling import visible_text

Bundle = dict[str, str]
"""MIME type to content: `text/plain` and `text/html`.

The picture is an SVG inside the HTML, which JupyterLab, VS Code and nbconvert prefer to the plain text. A viewer that
removes the SVG (GitHub) shows its text alternative; one that cannot show HTML (PDF by LaTeX) shows the plain text. No
PNG is included: drawing one takes up to 0.8 s, and PNGs would be a third of a saved lesson. `figure()` makes one.
"""

_Forms = tuple[Callable[[Any], str], Callable[[Any], str] | None]
"""The functions that return a value's plain text and its HTML; `None` where it has no HTML."""


def bundle(value: object) -> Bundle:
    """Return a value as plain text and, where it has some, HTML; invisible characters are written as escapes.

    Raises:
        TypeError: The value's type is not in `FORMS`.
    """
    _words, page = _forms(value)
    return {"text/plain": plain_text(value), **({"text/html": page(value)} if page else {})}


def html_of(value: object) -> str:
    """Return a value's HTML; empty where it has none."""
    _words, page = _forms(value)
    return page(value) if page else ""


def plain_text(value: object) -> str:
    """Return a value's plain text, as a console shows it; no picture is drawn."""
    words, _page = _forms(value)
    return visible_text(words(value))


def _forms(value: object) -> _Forms:
    for kind, forms in FORMS.items():
        if isinstance(value, kind):
            return forms
    raise TypeError(f"{type(value).__name__} has no look")


_last: Placement | None = None
"""The layout of the last picture, the hint for the layout of the next one."""


def _drawn(network: Network, before: Network | None = None, broken: Place | None = None) -> Scene:
    global _last
    scene = topology_scene(network, before, _last, broken=broken)
    _last = scene.placement
    return scene


def _change(change: Change) -> str:
    return shown_change.change_page(change, _drawn(change.after, change.before) if change.difference else None)


def _diagnosis(diagnosis: Diagnosis) -> str:
    place = diagnosis.place
    scene = _drawn(diagnosis.network, broken=place) if diagnosis.network and place else None
    return shown_diagnosis.diagnosis_page(diagnosis, scene)


def _network(network: Network) -> str:
    return shown_network.network_page(network, _drawn(network))


def _link_text(link: Link) -> str:
    return link_line(link.peer.netns if link.peer and link.link_netnsid is None else "", link).text


def _line(command: str, words: Callable[[Any], str]) -> _Forms:
    """Return the forms of a value that is one line of a command's output."""
    return words, lambda value: shown_results.line_page(command, words(value))


def _sentence_forms(
    sentences: Callable[[Any], tuple[str, ...]], lines: Callable[[Any], tuple[str, ...]] = lambda _value: ()
) -> _Forms:
    """Return the forms of a value that is shown as sentences, with commands below them."""

    def words(value: Any) -> str:
        return "\n".join([text.plain(sentences(value)), *map(text.command_text, lines(value))])

    def page(value: Any) -> str:
        below = [html.command_line("\n".join(lines(value)))] if lines(value) else []
        return html.page([html.paragraph(text.joined(sentences(value))), *below])

    return words, page


FORMS: dict[type, _Forms] = {
    Change: (shown_change.change_text, _change),
    Listing: (shown_results.listing_text, shown_results.listing_page),
    PingResult: (shown_results.ping_text, shown_results.ping_page),
    MatrixResult: (shown_probes.matrix_text, shown_probes.matrix_page),
    Journey: (shown_probes.journey_text, shown_probes.journey_page),
    Diagnosis: (shown_diagnosis.diagnosis_text, _diagnosis),
    Topology: (lambda value: shown_network.network_text(value.network), lambda value: _network(value.network)),
    Network: (shown_network.network_text, _network),
    Namespace: (lambda value: shown_network.network_text(Network({value.name: value})), None),
    Link: _line("ip link", _link_text),
    Route: _line("ip route", lambda value: route_line("", value).text),
    Neighbour: _line("ip neigh", lambda value: f"{neighbour_line('', value).text} {value.state}"),
    Doctor: (shown_results.doctor_text, shown_results.doctor_page),
    Comparison: (shown_comparison.comparison_text, shown_comparison.comparison_page),
    BrokenLab: _sentence_forms(sentences_faults.broken_sentences),
    FixCheck: _sentence_forms(sentences_faults.check_sentences),
    FaultHint: _sentence_forms(sentences_faults.hint_sentences, sentences_faults.hint_lines),
    StepCheck: (shown_guidance.step_check_text, shown_guidance.step_check_page),
    LessonCheck: (shown_guidance.lesson_check_text, shown_guidance.lesson_check_page),
    Hint: (shown_guidance.hint_text, shown_guidance.hint_page),
    Prediction: (shown_guidance.prediction_text, shown_guidance.prediction_page),
    LabError: (shown_error.error_text, shown_error.error_page),
}
"""The forms of each type of value; a subclass has those of its base class."""
