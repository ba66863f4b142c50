"""What the doctor says that a lesson wants is what its cells use."""

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
"""How a cell that wants a thing looks."""


def number(lesson):
    return int(lesson.name.partition("-")[0])


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_wants_what_its_cells_use(lesson):
    """No more, and no less."""
    cells = json.loads(lesson.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")

    assert {thing for thing, looks in USES.items() if re.search(looks, code)} == set(WANTS.get(number(lesson), ()))


def test_no_lesson_is_named_that_is_not_there():
    """Nobody wants what no lesson uses."""
    assert set(WANTS) <= {number(lesson) for lesson in LESSONS}
    assert () == that_want("wireguard")
