"""The lessons as data agree with the notebooks."""

import re
from itertools import pairwise
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
    """A step's id begins with the number of its lesson, and the ids are unique and in order."""
    numbers = [tuple(map(int, step.id.split("."))) for _lesson, step in STEPS]

    assert sorted(set(numbers)) == numbers
    assert [lesson.number for lesson, _step in STEPS] == [number for number, _place in numbers]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("lesson", "step"), STEPS, ids=IDS)
def test_a_step_has_its_heading(lesson, step, language):
    """A step's title is the heading of its section, in both languages."""
    with speaking(language):
        assert translate(step.title) == sections(language, lesson)[step.id][0]


@pytest.mark.parametrize(("lesson", "step"), STEPS, ids=IDS)
def test_a_step_has_its_lines(lesson, step):
    """The lines that solve a step are in its section of the notebook, in the same order."""
    code = sections("en", lesson)[step.id][1]
    lines = [call.line for call in step.calls]

    assert lines == [line for line in code if line in lines]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.notebook)
def test_each_question_is_asked_in_its_step_before_the_cell_that_answers(lesson, language):
    """Each question is asked once, in order; the cell that the learner then runs is directly below."""
    cells = nbformat.read(NOTEBOOKS / language / f"{lesson.notebook}.ipynb", 4).cells
    asked = [f'predict("{step.id}")' for step in lesson.steps if step.question]
    below = [after for cell, after in pairwise(cells) if cell.source in asked]

    assert asked == [cell.source for cell in cells if cell.source.startswith("predict(")]
    assert all(line in sections(language, lesson)[line[9:-2]][1] for line in asked)
    assert all(cell.cell_type == "code" and cell.source not in asked for cell in below)


@pytest.mark.parametrize(("lesson", "step"), STEPS, ids=IDS)
def test_a_question_has_its_answer(lesson, step):
    """A question's right answer is one of several different ones; exactly the steps with facts have hints."""
    if step.question:
        assert 0 <= step.question.right < len(step.question.answers)
        assert len(set(step.question.answers)) == len(step.question.answers) > 1
    assert bool(step.hints) == bool(step.facts)
