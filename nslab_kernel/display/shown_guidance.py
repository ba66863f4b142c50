"""Checks, hints and questions of a lesson as HTML and as plain text."""

from collections.abc import Iterable, Iterator
from string import ascii_lowercase

from markupsafe import Markup

from nslab_kernel.display.html import details, page, paragraph, row, table
from nslab_kernel.display.text import joined
from nslab_kernel.language import tidy
from nslab_kernel.language import translate as _
from nslab_kernel.model.guidance import FactCheck, Hint, LessonCheck, Prediction, StepCheck

_YES, _NO, _OPEN, _LOOK = "\N{CHECK MARK}", "\N{MULTIPLICATION X}", "\N{WHITE CIRCLE}", "\N{MIDDLE DOT}"


def step_check_text(found: StepCheck) -> str:
    """Return whether a step is done, and each fact; where one fails, also where to look and how to get a hint."""
    lines = [f"{_NO if found.failing else _YES} {_step_sentence(found)}"]
    for fact in found.facts:
        lines.append(f"  {_YES if fact.holds else _NO} {fact.what}: {_compared(fact)}")
    if found.failing:
        lines += ["", _("Look at:"), *(f"  {line}" for line in _looks(found))]
        lines += ["", _("A hint:"), f"  {_next_line(found)}"]
    return "\n".join(lines)


def step_check_page(found: StepCheck) -> str:
    """Return whether a step is done; where it is not, each fact, where to look, and how to get a hint."""
    parts = [_state(found.passed, _step_sentence(found))]
    if found.failing:
        parts += [*_facts(found), _lines(_("A hint:"), [_next_line(found)])]
    return page(parts)


def step_facts_page(found: StepCheck) -> str:
    """Return each fact of a step, whether it holds or not, and where to look."""
    return page([paragraph(_step_sentence(found)), *(_facts(found) if found.facts else ())])


def lesson_check_text(found: LessonCheck) -> str:
    """Return which steps of a lesson are done, a line each."""
    lines = [lesson_sentence(found)]
    for sign, step, title, when, lost in _steps(found):
        lines.append("  ".join(filter(None, (f"  {sign} {step} {title}", when, lost))))
    return "\n".join(lines)


def lesson_check_page(found: LessonCheck) -> str:
    """Return how many steps of a lesson are done, and each step."""
    done = Markup('<b class="nl-ready">{}</b>')
    rows = (
        row(done.format(sign) if when else sign, step, title, tidy(f"{when} {lost}") if when else "")
        for sign, step, title, when, lost in _steps(found)
    )
    return page([_state(bool(found), lesson_sentence(found)), table(rows)])


def hint_text(hint: Hint) -> str:
    """Return a hint, and which of how many it is."""
    return "\n".join([_hint_head(hint), hint.text, *(f"  {line}" for line in hint.lines)])


def hint_page(hint: Hint) -> str:
    """Return a hint, and which of how many it is."""
    head = Markup('<p class="nl-head">{}</p>').format(_hint_head(hint))
    return page([head, _lines(hint.text, hint.lines)])


def prediction_text(asked: Prediction) -> str:
    """Return a question with its answers; after a guess, also the right answer, and why."""
    lines = [_("Before you run it: {question}").format(question=asked.question)]
    lines += [f"  ({letter}) {answer}" for letter, answer in lettered(asked)]
    if asked.guess is None:
        return "\n".join([*lines, _("Answer with the letter: {line}").format(line=f'predict("{asked.step}", "a")')])
    return "\n".join([*lines, "", *_verdict(asked)])


def prediction_page(asked: Prediction, brought: str = "") -> str:
    """Return a question with its answers; the right answer is folded until there is a guess.

    Args:
        asked: The question.
        brought: The result of the cell in words; empty where the cell's output says it best.
    """
    answers = Markup().join(Markup("<br>({}) {}").format(*one) for one in lettered(asked))
    parts = [Markup("<p><b>{}</b>{}</p>").format(asked.question, answers)]
    return page([*parts, *_answer(asked, brought)])


def question_page(asked: Prediction) -> str:
    """Return a question without its answers, which are buttons."""
    return page([Markup("<p><b>{}</b></p>").format(asked.question)])


def below_question_page(asked: Prediction, brought: str, is_over: bool) -> str:
    """Return the part below a question's buttons: the guess and, once the cell has run, the right answer and why.

    Args:
        asked: The question.
        brought: The result of the cell in words; empty where the cell's output says it best.
        is_over: Whether the cell has run.
    """
    if is_over:
        return page(_answer(asked, brought))
    if asked.guess is None:
        return ""
    return page([paragraph(joined((_verdict(asked)[0], _("Now run the next cell."))))])


def lesson_sentence(found: LessonCheck) -> str:
    """Return a sentence with how many steps of a lesson are done."""
    return _("{number}. {title}: {done} of {count} steps").format(
        number=found.number, title=found.title, done=found.done, count=found.count
    )


def lettered(asked: Prediction) -> Iterator[tuple[str, str]]:
    """Yield each answer with its letter."""
    return zip(ascii_lowercase, asked.answers, strict=False)


def _step_sentence(found: StepCheck) -> str:
    if not found.facts:
        return _("Step {step}: there is nothing to do but to look.").format(step=found.step)
    if found.passed:
        return _("Step {step} holds: {title}.").format(step=found.step, title=found.title)
    holds = len(found.facts) - len(found.failing)
    told = _("Step {step}: {holds} of {count} facts hold.").format(step=found.step, holds=holds, count=len(found.facts))
    lost = _("It was reached at {time}; something was changed since.").format(time=found.reached)
    return joined((told, lost)) if found.reached else told


def _steps(found: LessonCheck) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield each step: its sign, number and title, when it was reached, and a note where it no longer holds."""
    for step in found.steps:
        sign = _YES if step.reached else _OPEN if step.facts else _LOOK
        lost = _("(no longer so)") if step.reached and step.failing else ""
        yield sign, step.step, step.title, step.reached, lost


def _next_line(found: StepCheck) -> str:
    return f'hint("{found.step}")'


def _looks(found: StepCheck) -> tuple[str, ...]:
    """Return the calls that show the failing facts."""
    return tuple(dict.fromkeys(fact.look for fact in found.failing))


def _compared(fact: FactCheck) -> str:
    if fact.holds:
        return fact.actual
    return _("expected {expected}, actual {actual}").format(expected=fact.expected, actual=fact.actual)


def _hint_head(hint: Hint) -> str:
    return _("Step {step}, hint {number} of {of}").format(step=hint.step, number=hint.number, of=hint.of)


def _verdict(asked: Prediction) -> tuple[str, str, str]:
    """Return the guess, the right answer, and why."""
    assert asked.guess is not None
    return (
        _("You said: {answer}.").format(answer=asked.answers[asked.guess]),
        _("It is: {answer}.").format(answer=asked.answers[asked.right]),
        asked.why,
    )


def _answer(asked: Prediction, brought: str) -> list[Markup]:
    """Return the right answer, and why; folded while there is no guess."""
    if asked.guess is None:
        answer = f"({ascii_lowercase[asked.right]}) {asked.answers[asked.right]}"
        told = Markup("<p><b>{}</b></p>").format(answer) + paragraph(asked.why)
        return [Markup('<div class="nl-answer">{}</div>').format(details(_("The answer"), told))]
    guessed, comes, why = _verdict(asked)
    parts = [_state(bool(asked), joined((guessed, comes)))]
    parts += [paragraph(_("The cell says: {words}").format(words=brought))] if brought else []
    return [*parts, paragraph(why)]


def _state(is_good: bool, words: str) -> Markup:
    style, sign = ("ready", _YES) if is_good else ("missing", _NO)
    return Markup('<p><b class="nl-{}">{}</b> {}</p>').format(style, sign, words)


def _facts(found: StepCheck) -> Iterator[Markup]:
    """Yield the table of a step's facts, and the calls that show the failing ones."""
    yield table(map(_fact, found.facts), row(_("Fact"), _("Expected"), _("Actual"), _("Verdict"), tag="th"))
    if found.failing:
        yield _lines(_("Look at:"), _looks(found))


def _fact(fact: FactCheck) -> Markup:
    style, sign, words = ("ready", _YES, _("holds")) if fact.holds else ("missing", _NO, _("differs"))
    return row(fact.what, fact.expected, fact.actual, Markup('<b class="nl-{}">{} {}</b>').format(style, sign, words))


def _lines(words: str, lines: Iterable[str]) -> Markup:
    return Markup("<p>{}{}</p>").format(
        words, Markup().join(Markup("<br><code>{}</code>").format(one) for one in lines)
    )
