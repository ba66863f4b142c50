"""A learner opens a lesson in JupyterLab and runs it: what the page shows, in both languages."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.visit import LESSONS

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
HAN = re.compile("[\u4e00-\u9fff]")
CHANGES = re.compile(
    r"(netns|link|veth|addr|bridge|route)_(add|attach|del|up|down|set_\w+|rename)\(|(undo|lab_reset)\("
    r"|neigh_flush\(|container_(run|start|stop|rm)\(|compare\("
)
DRAWN = ("topology", "journey(", "ping_matrix(", "pinging")
"""With these begins what is a picture by itself."""


@pytest.fixture(
    scope="module",
    params=[(lesson, language) for lesson in LESSONS for language in ("en", "zh")],
    ids="-".join,
)
def visited(request, part) -> dict[str, Any]:
    lesson, language = request.param
    return {**part(lesson, language), "lesson": lesson, "language": language}


def code_cells(lesson: str, language: str) -> list[str]:
    cells = json.loads((ROOT / "notebooks" / language / f"{lesson}.ipynb").read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def has_picture(cell: dict[str, Any]) -> bool:
    """Say whether a cell should have a picture: it changed the network, drew it, or sent a ping that could leave."""
    code = cell["code"].splitlines()[-1]  # the value that a cell shows is its last line's
    pinged = code.startswith("ping(") and "Network is unreachable" not in cell["text"]
    return bool(CHANGES.match(code)) or code.startswith(DRAWN) or pinged


def test_run_all_goes_through_to_the_end(visited):
    """Every cell is there, none shows an error, no script failed.

    anywidget gives a part two seconds to begin: a matrix on its way may be gone by then. Those that stay are counted
    below.
    """
    slow = "[anywidget] Failed to initialize model."
    assert code_cells(visited["lesson"], visited["language"]) == [cell["code"] for cell in visited["cells"]]
    assert [] == visited["errors"]
    assert [] == [mishap for mishap in visited["mishaps"] if mishap != slow]


def test_each_change_each_topology_and_each_ping_has_its_picture(visited):
    """It is loaded, and it is described in the language of the folder."""
    pictures = [picture for cell in visited["cells"] for picture in cell["pictures"]]

    assert [] == [cell["code"] for cell in visited["cells"] if has_picture(cell) != bool(cell["pictures"])]
    assert [] == [picture for picture in pictures if not picture["loaded"]]
    assert {visited["language"] == "zh"} == {bool(HAN.search(picture["alt"])) for picture in pictures}


def test_the_live_picture_is_alive_and_its_still_is_not_seen(visited):
    """One at the top of each lesson; where a ping ran there is one more live part."""
    pings = [cell for cell in visited["cells"] if "ping_live(" in cell["code"]]

    assert 1 + len(pings) == visited["live"]


def test_a_notebook_from_elsewhere_shows_the_same(visited):
    """Saved, handed on and opened untrusted: the pictures are there, and so are the commands; no part is broken."""
    there_all = visited["handed_on"]["cells"]
    assert [cell["pictures"] for cell in visited["cells"]] == [cell["pictures"] for cell in there_all]
    for here, there in zip(visited["cells"], there_all, strict=True):
        assert set(re.findall(r"\$ ip [\w -]+", here["text"])) == set(re.findall(r"\$ ip [\w -]+", there["text"]))
    assert "Error displaying widget" not in visited["handed_on"]["text"]
