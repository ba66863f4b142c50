"""From inside, try ...: each attack of table.py, in each launch; and without a sandbox, to see that it can succeed."""

import pytest

from tests.attack.machine import LAB, PLAIN
from tests.attack.table import ATTACKS


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_from_inside_try(machine, attack):
    """The sandbox holds."""
    if machine.name not in attack.promised:
        pytest.skip("nothing is promised about it here; see Attack.promised")
    outcome = machine.attack(LAB, attack.function, *attack.arguments)
    skip_where_linux_cannot(outcome)

    assert not outcome.harms, f"{attack.harm} (launch {machine.name}):\n  " + "\n  ".join(outcome.harms)
    assert not outcome.error, f"The cell did not end well (launch {machine.name}): {outcome.error}"


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if attack.control], ids=str)
def test_without_a_sandbox(machine, attack):
    """The attack does its harm where no sandbox holds it."""
    if machine.name not in attack.control:
        pytest.skip("whoever started this has no such right")
    outcome = machine.attack(PLAIN, attack.function, *attack.arguments)
    skip_where_linux_cannot(outcome)

    assert outcome.harms, f"It proves nothing: without a sandbox it failed as well. {outcome.error}{outcome.said}"


def skip_where_linux_cannot(outcome):
    if outcome.error.startswith("NotImplementedError"):
        pytest.skip(outcome.error)
