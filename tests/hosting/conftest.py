"""The recorded runs: one lesson, really run, in both languages. NSLAB_SITE names a whole site made before."""

import os
import shutil
from pathlib import Path

import pytest

from binder.site import pages
from tests.browser.learner_lab import QUIET
from tests.notebooks.executed import give_up, require_sandbox

LESSON = "3-by-hand"


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder of a site."""
    if made := os.environ.get("NSLAB_SITE"):
        return Path(made)
    require_sandbox()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NSLAB_LANG", "JPY_SESSION_NAME"):
            patch.delenv(name, raising=False)
        patch.setattr(pages, "lesson_names", lambda: [LESSON])
        made = tmp_path_factory.mktemp("site")
        pages.write(made)
    return made


@pytest.fixture(scope="module")
def chromium(playwright):
    """Debian's browser."""
    program = shutil.which("chromium") or give_up("Chromium is not installed")
    started = playwright.chromium.launch(executable_path=program, args=QUIET)
    yield started
    started.close()
