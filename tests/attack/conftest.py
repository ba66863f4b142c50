"""A machine a launch, which the attacks share; each attack stands in table.py."""

import os

import pytest

from tests.attack.machine import machine as a_machine
from tests.attack.table import ALL


@pytest.fixture(scope="session", params=ALL)
def machine(request):
    """A machine in which one of the launches has Jupyter running."""
    if os.geteuid() != 0:
        pytest.skip("only root can build a machine out of namespaces in which others are root")
    with a_machine(request.param) as built:
        yield built
