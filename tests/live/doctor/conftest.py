"""What tests of why() share."""

import pytest

from nslab_kernel.doctor import why


@pytest.fixture
def patient(monkeypatch):
    """Let why() ask for longer: a busy machine answers more slowly."""
    monkeypatch.setattr(why, "_LIMIT_S", 30.0)
