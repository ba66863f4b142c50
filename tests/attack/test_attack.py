"""Each attack of table.py in each launch, and without a sandbox as the control: proof that the attack can succeed."""

import pytest

from tests.attack.machine import LAB, PLAIN
from tests.attack.table import ATTACKS

NOT_HERE = "NotImplementedError"
"""The exception of an attack that needs something which this Linux does not have."""


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_from_inside_try(machine, attack):
    """In the sandbox the attack achieves nothing, and its cell ends without an error."""
    if machine.name not in attack.promised:
        pytest.skip("nothing is promised about it here; see Attack.promised")
    outcome = machine.attack(LAB, attack.function, *attack.arguments)

    assert not outcome.harms, f"{attack.harm} (launch {machine.name}):\n  " + "\n  ".join(outcome.harms)
    ended_well = not outcome.error or NOT_HERE in outcome.error  # the first cell's banner may come before it
    assert ended_well, f"The cell did not end well (launch {machine.name}): {outcome.error}"


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_without_a_sandbox(machine, attack):
    """Control: without a sandbox the attack does its harm."""
    if machine.name not in attack.control:
        pytest.skip("whoever started this has no such right")
    outcome = machine.attack(PLAIN, attack.function, *attack.arguments)
    if NOT_HERE in outcome.error:
        pytest.skip(outcome.error)

    assert outcome.harms, f"It proves nothing: without a sandbox it failed as well. {outcome.error}{outcome.said}"
