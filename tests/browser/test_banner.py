"""A lab that is less than a whole one says so before the first output, and only there; screenshots are kept."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.browser.alone import ALONE, visited
from tests.browser.lab_page import SCREENSHOTS
from tests.live.sandbox import launches

pytestmark = pytest.mark.browser
SINGLE = ["unshare", "-Ur", *ALONE[ALONE.index("-nmpf") :]]
"""One number alone, as an ordinary user of a machine gets it: root in the lab is root outside of it."""
SAYS = {"en": "Root in this lab is root of this container too", "zh": "实验环境里的 root"}


@pytest.fixture(scope="module", params=["en", "zh"])
def seen(request):
    if os.geteuid() == 0:
        home, user = launches.user_kit() / "home", launches.as_user("")
    else:
        home, user = None, []
    folder = tempfile.mkdtemp(dir=home)
    if os.geteuid() == 0:
        os.chown(folder, launches.UID, launches.UID)
    found = visited("tests.browser.banner_visit", request.param, Path(folder), [*user, *SINGLE])
    if "failed" in found:
        pytest.fail(f"The visit failed:\n{found['failed']}", pytrace=False)
    SCREENSHOTS.mkdir(exist_ok=True)
    for picture in Path(folder).glob("*.png"):
        shutil.copy(picture, SCREENSHOTS)
    shutil.rmtree(folder, ignore_errors=True)
    return {**found, "language": request.param}


def test_the_first_cell_says_what_falls_short(seen):
    """In the learner's language, before what the cell itself shows; the second cell says nothing more."""
    first, second = (cell["text"] for cell in seen["cells"])

    assert SAYS[seen["language"]] in first
    assert first.endswith("2")
    assert "4" == second.strip().rpartition("]:")[2].strip()
    assert [] == seen["mishaps"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives this visit more numbers than its own")
def test_a_whole_lab_says_nothing(tmp_path):
    """Where nothing falls short the first cell shows what it computes."""
    found = visited("tests.browser.banner_visit", "en", tmp_path)

    assert ["2", "4"] == [cell["text"].rpartition("]:")[2].strip() for cell in found["cells"]]
