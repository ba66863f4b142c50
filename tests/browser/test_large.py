"""A learner with a hundred namespaces in the live picture: stacks that open, packets through them, a page that answers.

Server and browser live in a network namespace of their own. Screenshots are kept in tests/browser/screenshots.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser.lab_page import CHROMIUM
from tests.browser.large_visit import CHANGES, SEEN
from tests.browser.test_jupyterlab import ALONE, LIMIT_S, ROOT
from tests.notebooks.executed import give_up, require_sandbox

pytestmark = pytest.mark.browser
STACKS = {f"room /br-{letter}" for letter in "cdef"}


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> dict[str, Any]:
    require_sandbox()
    if not Path(CHROMIUM).exists():
        give_up(f"There is no {CHROMIUM}: install the package chromium.")
    folder = tmp_path_factory.mktemp("large")
    command = [*ALONE, sys.executable, "-m", "tests.browser.large_visit", "en", str(folder)]
    done = subprocess.run(command, cwd=ROOT, timeout=LIMIT_S, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"The visit failed:\n{done.stdout}{done.stderr}", pytrace=False)
    return json.loads((folder / SEEN).read_text())


def test_keys_open_and_close_a_stack(seen):
    """Enter opens it, the focus is on the first of its rooms then; Escape closes it and leads back to it."""
    assert seen["stack"].startswith("c01 … c25: 25 namespaces alike")
    assert ("room /br-c", "false") == (seen["at_stack"]["focus"], seen["at_stack"]["expanded"])
    assert ("room c01", "Each by itself now.") == (seen["opened"]["focus"], seen["opened"]["said"])
    assert STACKS - {"room /br-c"} == set(seen["opened"]["stacks"])
    assert "room c02" == seen["inside"]["focus"]
    assert ("room /br-c", "As one stack again.") == (seen["closed"]["focus"], seen["closed"]["said"])


def test_opening_one_closes_the_other(seen):
    """By mouse: a stack, then another by its ports on the host, then the button that closes it."""
    assert STACKS - {"room /br-c"} == set(seen["other"]["stacks"])
    assert "Close c01 … c25" in seen["other"]["button"]
    assert "room /br-c" == seen["shut"]["focus"]


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
    """At ten changes a second, with stacks and with one of them open; at rest it draws nothing."""
    page = seen["page"]

    assert 0 == page["resting"]["drawn"]
    assert page["stacks"]["drawn"] > CHANGES / 2
    assert page["opened"]["drawn"] > CHANGES / 4
    assert all(page[state]["latency_ms"] for state in ("stacks", "opened"))


def test_axe_finds_nothing(seen):
    """The accessibility checker has nothing to say of an open stack, in both themes."""
    assert {"light": [], "dark": []} == seen["axe"]


def test_nothing_goes_wrong_on_the_page(seen):
    """No script fails."""
    assert [] == seen["mishaps"]
