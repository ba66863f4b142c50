"""Each lesson's last section: its cells break the network, its fold mends it."""

import re
from itertools import dropwhile
from pathlib import Path

import nbformat
import pytest

from nslab_kernel import check_fix, goto, solve

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
HEADING = re.compile("^## (?:Break it, mend it|弄坏它，再修好)$", re.M)
BEFORE = {
    "1-namespaces": lambda: (goto("1.8"), solve("1.8")),
    "2-containers": lambda: goto("2.7"),
    "3-by-hand": lambda: None,
}
"""For each lesson, a function that brings the lab to the lesson's last section."""


def last_section(lesson, language):
    """Return the code cells from `Break it, mend it` up to `check_fix()`, and the lines in the section's <details>."""
    cells = nbformat.read(NOTEBOOKS / language / f"{lesson}.ipynb", 4).cells
    cells = list(dropwhile(lambda cell: not HEADING.search(cell.source), cells))
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    prose = HEADING.split("\n".join(cell.source for cell in cells if cell.cell_type == "markdown"))[-1]
    (fold,) = re.findall("<details>(.*?)</details>", prose, re.S)
    return code[: code.index("check_fix()")], re.findall("^`(.+)`$", fold, re.M)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("lesson", BEFORE)
def test_the_fold_mends_what_was_broken(lesson, language):
    """check_fix() fails after the section's cells, and passes after the lines in its fold."""
    names: dict[str, object] = {}
    exec("from nslab_kernel import *", names)
    breaks, mends = last_section(lesson, language)
    BEFORE[lesson]()
    for code in breaks:
        exec(code, names)
    assert not check_fix()

    for line in mends:
        exec(line, names)
    assert mends
    assert check_fix()
