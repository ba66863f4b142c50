"""Options that become words of an iproute2 command."""

import pytest

from nslab_kernel.errors import BadValue
from nslab_kernel.linux.argument_checks import check_options


def test_options_that_can_be_words():
    """Accepted are a value, several values, True for a word without a value, and None for no option."""
    check_options({"id": 42, "mode": "bridge", "srcport": (5000, 6000), "nolearning": True, "local": None})


@pytest.mark.parametrize("value", [False, "", 1.5, ["a"], {}, b"x", ("a", []), ("",)])
def test_options_that_cannot(value):
    """Empty text and other types are refused, and so is False: an option is turned off by 0, or by an opposite word."""
    with pytest.raises(BadValue) as caught:
        check_options({"learning": value})

    assert caught.value.why
