"""From inside, try ...: each attack of table.py, in each launch; and without a sandbox, to see that it can succeed."""

import pytest

from tests.attack.machine import LAB, PLAIN
from tests.attack.table import ATTACKS

NOT_HERE = "NotImplementedError"
"""What an attack raises where this Linux lacks what it would use."""


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_from_inside_try(machine, attack):
    """The sandbox holds."""
    if machine.name not in attack.promised:
        pytest.skip("nothing is promised about it here; see Attack.promised")
    outcome = machine.attack(LAB, attack.function, *attack.arguments)

    assert not outcome.harms, f"{attack.harm} (launch {machine.name}):\n  " + "\n  ".join(outcome.harms)
    ended_well = not outcome.error or NOT_HERE in outcome.error  # after what the first cell says
    assert ended_well, f"The cell did not end well (launch {machine.name}): {outcome.error}"


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_without_a_sandbox(machine, attack):
    """The attack does its harm where no sandbox holds it."""
    if machine.name not in attack.control:
        pytest.skip("whoever started this has no such right")
    outcome = machine.attack(PLAIN, attack.function, *attack.arguments)
    if NOT_HERE in outcome.error:
        pytest.skip(outcome.error)

    assert outcome.harms, f"It proves nothing: without a sandbox it failed as well. {outcome.error}{outcome.said}"
