"""The catalogue of lessons is what there is, and what is told of them elsewhere is what it says."""

import json
import re
from pathlib import Path

import pytest

from nslab_kernel.lessons.catalogue import LESSONS, that_want

REPO = Path(__file__).parents[2]
NOTEBOOKS = REPO / "notebooks"
USES = {
    "processes": r"/ns/pid",
    "nft": r"\bnft ",
    "docker": r"\bcontainer_run\(",
    "busybox": r"\bcontainer_run\(",
    "bridge": r"\bcontainer_run\(",
}
"""How a cell that wants a thing looks."""
EVERY_LESSON = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)


def cells(path, kind):
    read = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in read if cell["cell_type"] == kind]


def test_each_lesson_is_there_and_no_other():
    """In the order of their numbers, in each language."""
    stems = [lesson.stem for lesson in LESSONS]

    assert stems == sorted(stems, key=lambda stem: int(stem.partition("-")[0]))
    for language in ("en", "zh"):
        assert set(stems) == {path.stem for path in (NOTEBOOKS / language).glob("*.ipynb")}


@EVERY_LESSON
def test_a_lesson_wants_what_its_cells_use(lesson):
    """What the doctor says of it is what it runs."""
    code = "\n".join(cells(NOTEBOOKS / f"en/{lesson.stem}.ipynb", "code"))

    assert {thing for thing, looks in USES.items() if re.search(looks, code)} == set(lesson.wants)


@EVERY_LESSON
@pytest.mark.parametrize("page", ["README.md", "notebooks/README.md"])
def test_the_tables_say_the_same(lesson, page):
    """Number, title in both languages and minutes."""
    row = next(
        line
        for line in (REPO / page).read_text(encoding="utf-8").splitlines()
        if line.startswith(f"| {lesson.number} |")
    )
    titles = [cells(NOTEBOOKS / language / f"{lesson.stem}.ipynb", "markdown")[0] for language in ("en", "zh")]

    for text in titles:
        title = re.sub(r"^# \d+\. ", "", text.partition("\n")[0])
        assert f"[{title}](" in row
    assert f"| {lesson.minutes} |" in row


@pytest.mark.parametrize("page", ["README.md", "notebooks/README.md", "binder/README.md"])
def test_no_page_names_a_lesson_that_is_not_there(page):
    """By number or by file."""
    text = (REPO / page).read_text(encoding="utf-8")
    numbers = {lesson.number for lesson in LESSONS}

    assert numbers >= {int(number) for number in re.findall(r"[Ll]essons? (\d+)", text)}
    assert {lesson.stem for lesson in LESSONS} >= set(re.findall(r"(?:en|zh)/([\w-]+)\.ipynb", text))


def test_who_wants_a_thing():
    """By number; nobody wants what no lesson uses."""
    assert (1,) == that_want("nft")
    assert () == that_want("wireguard")
