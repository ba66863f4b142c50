"""The live widgets' JavaScript: what is kept is what its modules give."""

import pytest

from tests.javascript import BUNDLE, TOOLS, build


def test_the_kept_bundle_is_built_from_the_modules(tmp_path):
    """A learner's page runs `live.js`; who edits a module has to build it anew."""
    if not TOOLS.exists():
        pytest.fail("The tools for JavaScript are missing: make widgets", pytrace=False)
    build(tmp_path / "live.js")

    assert (tmp_path / "live.js").read_text() == BUNDLE.read_text(), "Run `make widgets`, and commit live.js."
