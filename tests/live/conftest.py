"""A fixture that all live tests share."""

import pytest

from nslab_kernel.doctor import traced, why
from nslab_kernel.packets import queries
from nslab_kernel.probe import journey


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """Give why() and journey() longer time limits, because a busy machine answers more slowly."""
    for module, name in (
        (why, "_LIMIT_S"),
        (journey, "_LIMIT_S"),
        (queries, "_PATIENCE_S"),
        (traced, "_PATIENCE_S"),
    ):
        monkeypatch.setattr(module, name, 30.0)
