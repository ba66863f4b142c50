"""Checks, hints and questions of a lesson as HTML."""

from collections.abc import Iterable, Iterator
from string import ascii_lowercase

from markupsafe import Markup

from nslab_kernel.display.guidance_text import (
    LOOK,
    NO,
    OPEN,
    YES,
    hint_head,
    lesson_sentence,
    lettered,
    looks,
    next_line,
    step_sentence,
    verdict,
)
from nslab_kernel.display.html import details, page, paragraph, row, table
from nslab_kernel.display.text import joined
from nslab_kernel.language import translate as _
from nslab_kernel.model.guidance import FactCheck, Hint, LessonCheck, Prediction, StepCheck


def step_check_page(found: StepCheck) -> str:
    """Return whether a step is done; where it is not, each fact, where to look, and that there is a hint."""
    parts = [_state(found.passed, step_sentence(found))]
    if found.failing:
        parts += [*_facts(found), _lines(_("A hint:"), [next_line(found)])]
    return page(parts)


def step_facts_page(found: StepCheck) -> str:
    """Return each fact of a step, whether it holds or not, and where to look."""
    return page([paragraph(step_sentence(found)), *(_facts(found) if found.facts else ())])


def lesson_check_page(found: LessonCheck) -> str:
    """Return how far a lesson is, and each of its steps."""
    parts = [_state(bool(found), lesson_sentence(found)), table(map(_step, found.steps))]
    return page(parts)


def hint_page(hint: Hint) -> str:
    """Return a hint, and which of how many it is."""
    head = Markup('<p class="nl-head">{}</p>').format(hint_head(hint))
    return page([head, _lines(hint.text, hint.lines)])


def prediction_page(asked: Prediction, brought: str = "") -> str:
    """Return a question with its answers; what comes is folded until there is a guess.

    Args:
        asked: The question.
        brought: What the cell brought, in words; empty where its output says it best.
    """
    answers = Markup().join(Markup("<br>({}) {}").format(*one) for one in lettered(asked))
    parts = [Markup("<p><b>{}</b>{}</p>").format(asked.question, answers)]
    return page([*parts, *_answer(asked, brought)])


def question_page(asked: Prediction) -> str:
    """Return a question alone, for its answers are buttons."""
    return page([Markup("<p><b>{}</b></p>").format(asked.question)])


def below_question_page(asked: Prediction, brought: str, is_over: bool) -> str:
    """Return what stands below a question and its buttons: the guess, and once the cell has run, what came, and why.

    Args:
        asked: The question.
        brought: What the cell brought, in words; empty where its output says it best.
        is_over: Whether it has run.
    """
    if is_over:
        return page(_answer(asked, brought))
    if asked.guess is None:
        return ""
    return page([paragraph(joined((verdict(asked)[0], _("Now run the next cell."))))])


def _answer(asked: Prediction, brought: str) -> list[Markup]:
    """Return what is right, and why; folded where nobody has guessed."""
    if asked.guess is None:
        answer = f"({ascii_lowercase[asked.right]}) {asked.answers[asked.right]}"
        told = Markup("<p><b>{}</b></p>").format(answer) + paragraph(asked.why)
        return [Markup('<div class="nl-answer">{}</div>').format(details(_("The answer"), told))]
    guessed, comes, why = verdict(asked)
    parts = [_state(bool(asked), joined((guessed, comes)))]
    parts += [paragraph(_("The cell says: {words}").format(words=brought))] if brought else []
    return [*parts, paragraph(why)]


def _state(is_good: bool, words: str) -> Markup:
    style, sign = ("ready", YES) if is_good else ("missing", NO)
    return Markup('<p><b class="nl-{}">{}</b> {}</p>').format(style, sign, words)


def _facts(found: StepCheck) -> Iterator[Markup]:
    """Yield the table of a step's facts, and where to look at what does not hold."""
    yield table(map(_fact, found.facts), row(_("Fact"), _("Expected"), _("Actual"), _("Verdict"), tag="th"))
    if found.failing:
        yield _lines(_("Look at:"), looks(found))


def _fact(fact: FactCheck) -> Markup:
    style, words = ("ready", _("holds")) if fact.holds else ("missing", _("differs"))
    sign = YES if fact.holds else NO
    return row(fact.what, fact.expected, fact.actual, Markup('<b class="nl-{}">{} {}</b>').format(style, sign, words))


def _step(found: StepCheck) -> Markup:
    if not found.reached:
        return row(OPEN if found.facts else LOOK, found.step, found.title, "")
    lost = _("(no longer so)") if found.failing else ""
    return row(Markup('<b class="nl-ready">{}</b>').format(YES), found.step, found.title, f"{found.reached} {lost}")


def _lines(words: str, lines: Iterable[str]) -> Markup:
    return Markup("<p>{}{}</p>").format(
        words, Markup().join(Markup("<br><code>{}</code>").format(one) for one in lines)
    )
