"""The live widgets' JavaScript bundle is up to date."""

import pytest

from tests.javascript import BUNDLE, TOOLS, build


def test_the_kept_bundle_is_built_from_the_modules(tmp_path):
    """The committed `live.js`, which a learner's page runs, is what the current modules build."""
    if not TOOLS.exists():
        pytest.fail("The tools for JavaScript are missing: make widgets", pytrace=False)
    build(tmp_path / "live.js")

    assert (tmp_path / "live.js").read_text() == BUNDLE.read_text(), "Run `make widgets`, and commit live.js."
