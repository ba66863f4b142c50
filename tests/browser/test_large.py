"""A learner with a hundred namespaces in the live picture: stacks that open, packets through them, a page that answers.

Server and browser live in a network namespace of their own. Screenshots are kept in tests/browser/screenshots.
"""

from typing import Any

import pytest

from tests.browser.alone import visited

pytestmark = pytest.mark.browser
STACKS = {f"namespace /br-{letter}" for letter in "cdef"}


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> dict[str, Any]:
    found = visited("tests.browser.large_visit", "en", tmp_path_factory.mktemp("large"))
    if "failed" in found:
        pytest.fail(f"The visit failed:\n{found['failed']}", pytrace=False)
    return found


def test_keys_open_and_close_a_stack(seen):
    """Enter opens it, the focus is on the first of its rooms then; Escape closes it and leads back to it."""
    assert seen["stack"].startswith("c01 … c25: 25 namespaces alike")
    assert ("namespace /br-c", "false") == (seen["at_stack"]["focus"], seen["at_stack"]["expanded"])
    assert ("namespace c01", "Each by itself now.") == (seen["opened"]["focus"], seen["opened"]["said"])
    assert STACKS - {"namespace /br-c"} == set(seen["opened"]["stacks"])
    assert "namespace c02" == seen["inside"]["focus"]
    assert ("namespace /br-c", "As one stack again.") == (seen["closed"]["focus"], seen["closed"]["said"])


def test_opening_one_closes_the_other(seen):
    """By mouse: a stack, then another by its ports on the host, then the button that closes it."""
    assert STACKS - {"namespace /br-c"} == set(seen["other"]["stacks"])
    assert "Close c01 … c25" in seen["other"]["button"]
    assert "namespace /br-c" == seen["shut"]["focus"]


def test_each_stack_comes_back_to_its_place(seen):
    """The rows are what they were before one was opened."""
    order, after, last = (seen[when]["stacks"] for when in ("at_stack", "closed", "shut"))

    assert STACKS == set(order)
    assert order == after == last


def test_packets_travel_through_a_stack(seen):
    """With motion as dots; where the learner wants none, nothing moves, and they are named where they pass."""
    assert seen["flew"]
    assert seen["named"]
    assert 0 == seen["moving"]


def test_the_picture_keeps_its_colours_in_high_contrast(seen):
    """Words on it are readable, for its ground stays the one that they were chosen for."""
    assert "rgb(255, 255, 255)" == seen["forced"]


def test_the_page_shows_every_change(seen):
    """All that the kernel tells of ten a second, with stacks and with one of them open; at rest it draws nothing.

    How many changes the kernel tells as one is a matter of the machine: `make bench` has figures.
    """
    page = seen["page"]

    assert 0 == page["resting"]["drawn"]
    for state in ("stacks", "opened"):
        assert page[state]["told"] == page[state]["drawn"] > 1
        assert page[state]["latency_ms"]


def test_axe_finds_nothing(seen):
    """The accessibility checker has nothing to say of an open stack, in both themes."""
    assert {"light": [], "dark": []} == seen["axe"]


def test_nothing_goes_wrong_on_the_page(seen):
    """No script fails."""
    assert [] == seen["mishaps"]
