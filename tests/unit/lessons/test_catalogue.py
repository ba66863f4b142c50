"""The lessons as data agree with the notebooks."""

import re
from pathlib import Path

import nbformat
import pytest

from nslab_kernel.language import speaking, translate
from nslab_kernel.lessons.catalogue import LESSONS

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
STEPS = [(lesson, step) for lesson in LESSONS for step in lesson.steps]
IDS = [step.id for _lesson, step in STEPS]


def sections(language, lesson):
    """Return each numbered section of a notebook: its title, and its lines of code."""
    found, current = {}, None
    for cell in nbformat.read(NOTEBOOKS / language / f"{lesson.notebook}.ipynb", 4).cells:
        if cell.cell_type == "code":
            found.setdefault(current, ["", []])[1].extend(cell.source.splitlines())
        for number, title in re.findall(r"^## (\d+\.\d+) (.+)$", cell.source, re.MULTILINE):
            current = number
            found[number] = [title, []]
    return found


def test_numbers_are_unique_and_in_order():
    """A step's number says its lesson, and the steps count upwards."""
    numbers = [tuple(map(int, step.id.split("."))) for _lesson, step in STEPS]

    assert sorted(set(numbers)) == numbers
    assert [lesson.number for lesson, _step in STEPS] == [number for number, _place in numbers]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("lesson", "step"), STEPS, ids=IDS)
def test_a_step_has_its_heading(lesson, step, language):
    """Its title is the heading of its section, in both languages."""
    with speaking(language):
        assert translate(step.title) == sections(language, lesson)[step.id][0]


@pytest.mark.parametrize(("lesson", "step"), STEPS, ids=IDS)
def test_a_step_has_its_lines(lesson, step):
    """What solves it is what the notebook does there, in the same order."""
    code = sections("en", lesson)[step.id][1]
    lines = [call.line for call in step.calls]

    assert lines == [line for line in code if line in lines]


@pytest.mark.parametrize(("lesson", "step"), STEPS, ids=IDS)
def test_a_question_has_its_answer(lesson, step):
    """The right answer is one of several, and a step that does something has hints."""
    if step.question:
        assert 0 <= step.question.right < len(step.question.answers)
        assert len(set(step.question.answers)) == len(step.question.answers) > 1
    assert bool(step.hints) == bool(step.facts)
