"""A lab that is less than a whole one says so before the first output, and only there; screenshots are kept."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.browser.learner_lab import ALONE, learner_lab
from tests.live.sandbox import launches

pytestmark = pytest.mark.browser
SINGLE = ["unshare", "-Ur", *ALONE[ALONE.index("-nmpf") :]]
"""One number alone, as an ordinary user of a machine gets it: root in the lab is root outside of it."""
SAYS = {"en": "Root in this lab is root of this container too", "zh": "实验环境里的 root"}


@pytest.fixture(scope="module", params=["en", "zh"])
def language(request):
    return request.param


@pytest.fixture(scope="module")
def lab(playwright):
    """JupyterLab of an ordinary user with one number."""
    home, alone = None, SINGLE
    if os.geteuid() == 0:
        home, alone = launches.user_kit() / "home", [*launches.as_user(""), *SINGLE]
    folder = Path(tempfile.mkdtemp(dir=home))
    own = f'chown -R {launches.UID}:{launches.UID} {folder}; exec "$@"' if home else 'exec "$@"'
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        yield stack.enter_context(learner_lab(playwright, folder, alone=["sh", "-ec", own, "sh", *alone]))


def cells_of(lab, language, name="banner"):
    """Run two cells, keep screenshots in both themes, and return the texts of both outputs."""
    page = lab.notebook(f"{language}/banner.ipynb", ["1 + 1", "2 + 2"])
    page.page.set_viewport_size({"width": 900, "height": 600})
    page.start_all()
    page.wait_for_all()
    for theme in ("light", "dark"):
        page.theme(theme)
        page.screenshot(f"{name}-{language}-{theme}")
    assert [] == page.script_errors
    return [cell["text"] for cell in page.cells()]


def test_the_first_cell_says_what_falls_short(lab, language):
    """In the learner's language, before what the cell itself shows; the second cell says nothing more."""
    first, second = cells_of(lab, language)

    assert SAYS[language] in first
    assert first.endswith("2")
    assert "4" == second.strip().rpartition("]:")[2].strip()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives this visit more numbers than its own")
def test_a_whole_lab_says_nothing(playwright, tmp_path):
    """Where nothing falls short the first cell shows what it computes."""
    with learner_lab(playwright, tmp_path) as whole:
        texts = cells_of(whole, "en", "no-banner")

    assert ["2", "4"] == [text.rpartition("]:")[2].strip() for text in texts]
