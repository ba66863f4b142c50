"""Every test here uses English, unless it sets another language."""

import pytest


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("NSLAB_LANG", "en")
