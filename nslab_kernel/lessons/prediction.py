"""A guess before a cell is run: `predict`."""

from string import ascii_lowercase

from nslab_kernel.errors import BadValue
from nslab_kernel.language import translate as _
from nslab_kernel.lessons import progress
from nslab_kernel.lessons.catalogue import STEPS, find
from nslab_kernel.model.guidance import Prediction
from nslab_kernel.spelling import as_python


def predict(step: str, guess: str | None = None) -> Prediction:
    """Return the question of a step, with the guess if there is one; the first guess is noted in the progress.

    Raises:
        BadValue: There is no such step, it has no question, or there is no such answer.
    """
    one = find(step)[1]
    question = one.question
    if question is None:
        asked = _(", ").join(number for number, (_lesson, each) in STEPS.items() if each.question)
        raise BadValue(
            _("Step {step} asks nothing.").format(step=step), _("Questions are in {steps}.").format(steps=asked)
        )
    letters = ascii_lowercase[: len(question.answers)]
    if guess is not None and (not isinstance(guess, str) or len(guess) != 1 or guess not in letters):
        raise BadValue(
            _("{guess} is no answer.").format(guess=as_python(guess)),
            _("The answers are {letters}.").format(letters=_(", ").join(letters)),
            try_=f'predict("{step}", "a")',
        )
    if guess is not None and not progress.record(step).guess:
        with progress.changing(step) as known:
            known.guess = guess
    return Prediction(
        step,
        _(question.text),
        tuple(_(answer) for answer in question.answers),
        question.right,
        _(question.why),
        None if guess is None else letters.index(guess),
    )
