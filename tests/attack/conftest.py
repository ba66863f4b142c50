"""A machine a launch, which the attacks share; each attack stands in table.py."""

import os

import pytest

from tests.attack.machine import machine as a_machine
from tests.attack.table import ALL


@pytest.fixture(scope="session")
def builder():
    """Whoever may build machines."""
    if os.geteuid() != 0:
        pytest.skip("only root can build a machine out of namespaces in which others are root")


@pytest.fixture(scope="session", params=ALL)
def machine(request, builder):
    """A machine in which one of the launches has Jupyter running."""
    with a_machine(request.param) as built:
        yield built
