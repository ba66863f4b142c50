"""Options on their way into a command of iproute2."""

import pytest

from nslab_kernel.errors import BadValue
from nslab_kernel.linux.argument_checks import check_options


def test_options_that_can_be_words():
    """A value, several, a word by itself, and none."""
    check_options({"id": 42, "mode": "bridge", "srcport": (5000, 6000), "nolearning": True, "local": None})


@pytest.mark.parametrize("value", [False, "", 1.5, ["a"], {}, b"x", ("a", []), ("",)])
def test_options_that_cannot(value):
    """False has no word: what it would turn off has a word of its own, or takes 0."""
    with pytest.raises(BadValue) as caught:
        check_options({"learning": value})

    assert caught.value.why
