"""A restricted lab says what it lacks before the first output, and only there; the tests keep screenshots.

test_jupyterlab.py tests that an unrestricted lab says nothing.
"""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.browser.learner_lab import IN_OWN_NETWORK, learner_lab
from tests.live.sandbox import launches

pytestmark = pytest.mark.browser
SINGLE = ["unshare", "-Ur", *IN_OWN_NETWORK[IN_OWN_NETWORK.index("-nmpf") :]]
"""A user namespace with one uid alone, as an ordinary user can make it: root in the lab is root outside of it."""
SAYS = {"en": "Root in this lab is root of this container too", "zh": "实验环境里的 root"}


@pytest.fixture(scope="module")
def lab(playwright):
    """Yield the JupyterLab of an ordinary user who has one uid alone."""
    home, alone = None, SINGLE
    if os.geteuid() == 0:
        home, alone = launches.user_kit() / "home", [*launches.as_user(""), *SINGLE]
    folder = Path(tempfile.mkdtemp(dir=home))
    own = f'chown -R {launches.UID}:{launches.UID} {folder}; exec "$@"' if home else 'exec "$@"'
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        yield stack.enter_context(learner_lab(playwright, folder, alone=["sh", "-ec", own, "sh", *alone]))


def cells_of(lab, language):
    """Run two cells, keep screenshots in both themes, and return the texts of both cells."""
    page = lab.notebook(f"{language}/banner.ipynb", ["1 + 1", "2 + 2"])
    page.page.set_viewport_size({"width": 900, "height": 600})
    page.start_all()
    page.wait_for_all()
    for theme in ("light", "dark"):
        page.theme(theme)
        page.screenshot(f"banner-{language}-{theme}")
    assert [] == page.script_errors
    return [cell["text"] for cell in page.cells()]


def test_the_first_cell_says_what_falls_short(lab):
    """The first cell shows the banner in the learner's language before its own output; the second cell shows none."""
    for language, words in SAYS.items():
        first, second = cells_of(lab, language)

        assert words in first, language
        assert first.endswith("2"), language
        assert "4" == second.strip().rpartition("]:")[2].strip(), language
