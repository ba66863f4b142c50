"""A lesson that a real nbgrader releases and grades by cells with check(..., strict=True)."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from tests.notebooks.executed import NOTEBOOKS, require_sandbox

INSTALLED = Path(__file__).parents[2] / ".venv/nbgrader"
LEARNT = {
    "3.5": 'link_set_netns("veth-test1", "test1")',
    "3.8": 'addr_add("192.168.1.2/24", dev="veth-test2", netns="test2")',
    "3.10": 'ping("192.168.1.1", netns="test2")',
}
"""Steps that a teacher grades, with the solutions that learners have to fill in."""
POINTS = 2


def marked(cell, name, **facts):
    """Set a cell's metadata as nbgrader's toolbar does."""
    usual = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
    cell.metadata.nbgrader = {**usual, "grade_id": name, "cell_type": "code", **facts}
    return cell


def as_a_teacher_makes_it():
    """Return lesson 3 up to its last graded step, with three cells to fill in, and a graded cell below each."""
    lesson = nbformat.read(NOTEBOOKS / "en/3-by-hand.ipynb", 4)
    for step, line in LEARNT.items():
        name = step.replace(".", "-")
        place, cell = next((place, cell) for place, cell in enumerate(lesson.cells) if cell.source == line)
        cell.source = f"### BEGIN SOLUTION\n{line}\n### END SOLUTION"
        marked(cell, f"do-{name}", solution=True)
        graded = new_code_cell(f'check("{step}", strict=True)', id=f"graded-{name}")
        lesson.cells.insert(place + 1, marked(graded, f"check-{name}", grade=True, locked=True, points=POINTS))
    del lesson.cells[place + 2 :]
    return lesson


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return a graded course: ada filled in all cells; eve none, but both changed the graded cells to True."""
    require_sandbox()
    course = tmp_path_factory.mktemp("course")
    notebook = Path("ps1/3-by-hand.ipynb")

    def run(*words):
        programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # nbgrader runs alembic
        environment = {**os.environ, "PATH": programs, "PYTHONPATH": str(INSTALLED)}
        words = [sys.executable, "-m", "nbgrader", *words, "--CourseDirectory.course_id=netlab"]
        done = subprocess.run(words, cwd=course, check=False, capture_output=True, text=True, env=environment)
        assert 0 == done.returncode, done.stderr

    def write(made, folder):
        (course / folder / notebook).parent.mkdir(parents=True)
        nbformat.write(made, course / folder / notebook)

    write(as_a_teacher_makes_it(), "source")
    run("generate_assignment", "ps1", "--create")
    released = nbformat.read(course / "release" / notebook, 4)
    empty = [cell for cell in released.cells if "YOUR CODE HERE" in cell.source]
    assert len(LEARNT) == len(empty)

    for cell in released.cells:
        if cell.source.endswith("strict=True)"):
            cell.source = "True"
    write(released, "submitted/eve")
    for cell, line in zip(empty, LEARNT.values(), strict=True):
        cell.source = line
    write(released, "submitted/ada")
    run("autograde", "ps1")
    run("generate_feedback", "ps1")
    run("export")
    return course


def test_each_learner_gets_the_points_of_what_is_done(graded):
    """All steps done give full points, none give no points, even if the learner changed the graded cells."""
    with (graded / "grades.csv").open() as file:
        rows = {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(file)}

    full = float(POINTS * len(LEARNT))
    assert {"ada": (full, full), "eve": (0.0, full)} == rows


def test_the_feedback_says_what_is_missing(graded):
    """The feedback names the missing fact, as the learner's own check() does."""
    page = (graded / "feedback/eve/ps1/3-by-hand.html").read_text()

    assert "Step 3.5 is not done." in page
    assert "interface veth-test1: expected in test1, actual in the host." in page
