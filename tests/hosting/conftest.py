"""Makes the site of recorded runs from one lesson in both languages, or takes the whole site that NSLAB_SITE names."""

import os
from pathlib import Path

import pytest

from binder.site import pages
from tests.notebooks.executed import require_sandbox

LESSON = "3-by-hand"


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Return the folder of the site."""
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
