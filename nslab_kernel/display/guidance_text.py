"""Checks, hints and questions of a lesson as plain text."""

from collections.abc import Iterator
from string import ascii_lowercase

from nslab_kernel.display.text import joined
from nslab_kernel.language import translate as _
from nslab_kernel.model.guidance import FactCheck, Hint, LessonCheck, Prediction, StepCheck

YES, NO, OPEN, LOOK = "\N{CHECK MARK}", "\N{MULTIPLICATION X}", "\N{WHITE CIRCLE}", "\N{MIDDLE DOT}"


def step_check_text(found: StepCheck) -> str:
    """Return whether a step is done; where it is not, each fact with what is expected and what there is."""
    lines = [f"{NO if found.failing else YES} {step_sentence(found)}"]
    for fact in found.facts:
        lines.append(f"  {YES if fact.holds else NO} {fact.what}: {_compared(fact)}")
    if found.failing:
        lines += ["", _("Look at:"), *(f"  {line}" for line in looks(found))]
        lines += ["", _("A hint:"), f"  {next_line(found)}"]
    return "\n".join(lines)


def lesson_check_text(found: LessonCheck) -> str:
    """Return which steps of a lesson are done, a line each."""
    return "\n".join([lesson_sentence(found), *map(_step_line, found.steps)])


def hint_text(hint: Hint) -> str:
    """Return a hint, and which of how many it is."""
    return "\n".join([hint_head(hint), hint.text, *(f"  {line}" for line in hint.lines)])


def prediction_text(asked: Prediction) -> str:
    """Return a question with its answers; with a guess, what comes instead, and why."""
    lines = [_("Before you run it: {question}").format(question=asked.question)]
    lines += [f"  ({letter}) {answer}" for letter, answer in lettered(asked)]
    if asked.guess is None:
        return "\n".join([*lines, _("Answer with the letter: {line}").format(line=f'predict("{asked.step}", "a")')])
    return "\n".join([*lines, "", *verdict(asked)])


def step_sentence(found: StepCheck) -> str:
    """Return whether a step is done, as a sentence."""
    if not found.facts:
        return _("Step {step}: there is nothing to do but to look.").format(step=found.step)
    if found.passed:
        return _("Step {step} holds: {title}.").format(step=found.step, title=found.title)
    holds = len(found.facts) - len(found.failing)
    told = _("Step {step}: {holds} of {count} facts hold.").format(step=found.step, holds=holds, count=len(found.facts))
    lost = _("It was reached at {time}; something was changed since.").format(time=found.reached)
    return joined((told, lost)) if found.reached else told


def lesson_sentence(found: LessonCheck) -> str:
    """Return how far a lesson is, as a sentence."""
    return _("{number}. {title}: {done} of {count} steps").format(
        number=found.number, title=found.title, done=found.done, count=found.count
    )


def next_line(found: StepCheck) -> str:
    """Return the line that helps."""
    return f'hint("{found.step}")'


def looks(found: StepCheck) -> tuple[str, ...]:
    """Return the lines that show what is not as it should be."""
    return tuple(dict.fromkeys(fact.look for fact in found.failing))


def hint_head(hint: Hint) -> str:
    """Return which hint it is."""
    return _("Step {step}, hint {number} of {of}").format(step=hint.step, number=hint.number, of=hint.of)


def lettered(asked: Prediction) -> Iterator[tuple[str, str]]:
    """Yield each answer with its letter."""
    return zip(ascii_lowercase, asked.answers, strict=False)


def verdict(asked: Prediction) -> tuple[str, str, str]:
    """Return what was guessed, what comes, and why."""
    assert asked.guess is not None
    return (
        _("You said: {answer}.").format(answer=asked.answers[asked.guess]),
        _("It is: {answer}.").format(answer=asked.answers[asked.right]),
        asked.why,
    )


def _step_line(found: StepCheck) -> str:
    sign = YES if found.reached else OPEN if found.facts else LOOK
    words = f"  {sign} {found.step} {found.title}"
    if found.reached:
        words += f"  {found.reached}"
        if found.failing:
            words += "  " + _("(no longer so)")
    return words


def _compared(fact: FactCheck) -> str:
    if fact.holds:
        return fact.actual
    return _("expected {expected}, actual {actual}").format(expected=fact.expected, actual=fact.actual)
