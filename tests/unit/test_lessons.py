"""The requirements of lessons that the doctor reports agree with the lessons' cells."""

import json
import re
from pathlib import Path

import pytest

from nslab_kernel.lessons.wants import WANTS, that_want

LESSONS = sorted((Path(__file__).parents[2] / "notebooks/en").glob("*.ipynb"))
USES = {
    "processes": r"/ns/pid",
    "nft": r"\bnft ",
    "docker": r"\bcontainer_run\(",
    "busybox": r"\bcontainer_run\(",
    "bridge": r"\bcontainer_run\(",
}
"""For each requirement a pattern of the cells that need it."""


def number(lesson):
    return int(lesson.name.partition("-")[0])


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_wants_what_its_cells_use(lesson):
    """The requirements of a lesson are exactly those of its cells."""
    cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")

    assert {thing for thing, looks in USES.items() if re.search(looks, code)} == set(WANTS.get(number(lesson), ()))


def test_no_lesson_is_named_that_is_not_there():
    """Only existing lessons have requirements, and no lesson requires an unused program."""
    assert set(WANTS) <= {number(lesson) for lesson in LESSONS}
    assert () == that_want("wireguard")
