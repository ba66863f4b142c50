"""Checks of address families, routing tables and numbers."""

import pytest

from nslab_kernel.errors import BadValue
from nslab_kernel.linux import argument_checks


@pytest.mark.parametrize(
    ("given", "normal"),
    [("main", "main"), (254, "main"), ("255", "local"), (100, "100"), ("100", "100"), (2**32 - 1, "4294967295")],
)
def test_a_table_is_told_as_ip_shows_it(given, normal):
    """A routing table is returned by its name if it has one, otherwise as its number in text."""
    assert normal == argument_checks.check_table(given)


@pytest.mark.parametrize("table", [None, 0, -1, 2**32, True, 1.5, "", "0", "nosuch", "1e3", "٣", ["main"]])
def test_what_is_no_table(table):
    """Values that are no table are refused; 0 too, because it means to Linux that no table is given."""
    with pytest.raises(BadValue):
        argument_checks.check_table(table)


@pytest.mark.parametrize("family", [None, 5, "4", True, 4.0, [4]])
def test_what_is_no_family(family):
    with pytest.raises(BadValue):
        argument_checks.check_family(family)


@pytest.mark.parametrize("number", [None, -1, 2**32, "7", True, 1.0])
def test_what_is_no_number(number):
    """A metric or a priority must be a whole number from 0 to 2**32 - 1."""
    with pytest.raises(BadValue):
        argument_checks.check_number(number)


def test_numbers_come_back():
    assert (6, 0, 2**32 - 1) == (
        argument_checks.check_family(6),
        argument_checks.check_number(0),
        argument_checks.check_number(2**32 - 1),
    )
