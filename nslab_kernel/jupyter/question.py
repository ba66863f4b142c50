"""A question with buttons, to be answered before a cell is run."""

from nslab_kernel.jupyter.cell_output import notebook_shell
from nslab_kernel.lessons import prediction
from nslab_kernel.model.guidance import Prediction


def predict(step: str, guess: str | None = None) -> Prediction | None:
    """Ask what a step will bring, before it is run; with a guess, say what comes, and why.

    In a notebook the answers are buttons. Once the next cell has run, what it brought stands beside the guess.

    Args:
        step: Its number: `"3.10"`.
        guess: The letter of an answer, `"b"`; `None` only asks.

    Returns:
        a Prediction; nothing where there are buttons.

    Raises:
        BadValue: There is no such step, no question in it, or no such answer.

    Example:
        >>> predict("3.10", "b")
    """
    asked = prediction.predict(step, guess)
    if guess is None and notebook_shell():
        from nslab_kernel.jupyter.question_buttons import QuestionButtons  # widgets load only where they are shown

        QuestionButtons(asked).show()
        return None
    return asked
