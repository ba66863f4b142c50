"""why() against break_it() in a few random networks; tests/bench/diagnosis.py does the same in hundreds."""

import pytest

from tests.bench.diagnosis import one

ONE, TWO = 2, 3
"""Levels of break_it(): one fault of any kind, and two at once."""
SEEDS = (2, 7, 14, 18, 19, 57, 68, 85, 98)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_fault(seed):
    """The first finding has the fault's kind and place, and its lines mend the fault."""
    row = one(seed, ONE)
    assert row.is_right, row


@pytest.mark.parametrize("seed", (5, 27))
def test_two_faults(seed):
    """why() finds both faults, one after the other."""
    row = one(seed, TWO)
    assert row.is_right, row
