"""Every test here speaks English, unless it says otherwise."""

import pytest


@pytest.fixture(autouse=True)
def english(monkeypatch):
    monkeypatch.setenv("NSLAB_LANG", "en")
