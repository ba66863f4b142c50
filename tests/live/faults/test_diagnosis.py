"""why() against break_it() in some of the random networks of the proof; tests/bench/diagnosis.py asks for hundreds."""

import pytest

from tests.bench.diagnosis import one

ONE, TWO = 2, 3
"""Levels: one fault of any kind, two at once."""
SEEDS = (2, 7, 14, 18, 19, 57, 68, 85, 98)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_fault(seed):
    """It is named first, by kind and place; the lines mend it; nothing is blamed before."""
    row = one(seed, ONE)
    assert row.is_right, row


@pytest.mark.parametrize("seed", (5, 27))
def test_two_faults(seed):
    """Both are named, one after the other."""
    row = one(seed, TWO)
    assert row.is_right, row
