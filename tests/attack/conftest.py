"""Fixtures: the machine that is attacked, one for each launch; table.py has the attacks."""

import os

import pytest

from tests.attack.machine import machine as a_machine
from tests.attack.table import ALL


@pytest.fixture(scope="session")
def builder():
    """Skip the test unless root runs it, because only root can build a machine."""
    if os.geteuid() != 0:
        pytest.skip("only root can build a machine out of namespaces in which others are root")


@pytest.fixture(scope="session", params=ALL)
def machine(request, builder):
    """Yield a machine in which Jupyter runs as one of the launches says."""
    with a_machine(request.param) as built:
        yield built
