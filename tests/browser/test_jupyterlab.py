"""A learner opens a lesson in JupyterLab and runs it: what the page shows, in both languages.

Server and browser live in a network namespace of their own, so that nothing leaves the machine.
Screenshots, in both themes and two widths, are kept in tests/browser/screenshots for whoever wants to look.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser.lab_page import CHROMIUM
from tests.browser.visit import SEEN
from tests.notebooks.executed import give_up, require_sandbox

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
ALONE = ["unshare", "-Urnmpf", "--mount-proc", "--kill-child", "sh", "-c", 'ip link set dev lo up && exec "$@"', "sh"]
LESSONS = ("0-welcome", "1-namespaces", "2-containers", "3-by-hand")
LIMIT_S = 300
HAN = re.compile("[\u4e00-\u9fff]")
CHANGES = re.compile(
    r"(netns|link|veth|addr|bridge|route)_(add|attach|del|up|down|set_\w+|rename)\(|(undo|lab_reset)\("
    r"|container_(run|start|stop|rm)\(|compare\("
)


@pytest.fixture(
    scope="module",
    params=[(lesson, language) for lesson in LESSONS for language in ("en", "zh")],
    ids="-".join,
)
def visited(request, tmp_path_factory) -> dict[str, Any]:
    require_sandbox()
    if not Path(CHROMIUM).exists():
        give_up(f"There is no {CHROMIUM}: install the package chromium.")
    lesson, language = request.param
    folder = tmp_path_factory.mktemp(lesson)
    command = [*ALONE, sys.executable, "-m", "tests.browser.visit", lesson, language, str(folder)]
    done = subprocess.run(command, cwd=ROOT, timeout=LIMIT_S, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"The visit failed:\n{done.stdout}{done.stderr}", pytrace=False)
    return {**json.loads((folder / SEEN).read_text()), "lesson": lesson, "language": language}


def code_cells(lesson: str, language: str) -> list[str]:
    cells = json.loads((ROOT / "notebooks" / language / f"{lesson}.ipynb").read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def has_picture(cell: dict[str, Any]) -> bool:
    """Say whether a cell should have a picture: it changed the network, drew it, or sent a ping that could leave."""
    code = cell["code"]
    pinged = code.startswith("ping(") and "Network is unreachable" not in cell["text"]
    return bool(CHANGES.match(code)) or code == "topology()" or pinged


def test_run_all_goes_through_to_the_end(visited):
    """Every cell is there, none shows an error, nothing went wrong on the page."""
    assert code_cells(visited["lesson"], visited["language"]) == [cell["code"] for cell in visited["cells"]]
    assert [] == visited["errors"]
    assert [] == visited["mishaps"]


def test_each_change_each_topology_and_each_ping_has_its_picture(visited):
    """It is loaded, and it is described in the language of the folder."""
    pictures = [picture for cell in visited["cells"] for picture in cell["pictures"]]

    assert [] == [cell["code"] for cell in visited["cells"] if has_picture(cell) != bool(cell["pictures"])]
    assert [] == [picture for picture in pictures if not picture["loaded"]]
    assert {visited["language"] == "zh"} == {bool(HAN.search(picture["alt"])) for picture in pictures}


def test_a_notebook_from_elsewhere_shows_the_same(visited):
    """Saved, handed on and opened untrusted: the pictures are there, and so are the commands."""
    assert [cell["pictures"] for cell in visited["cells"]] == [cell["pictures"] for cell in visited["handed_on"]]
    for here, there in zip(visited["cells"], visited["handed_on"], strict=True):
        assert re.findall(r"\$ ip [\w -]+", here["text"]) == re.findall(r"\$ ip [\w -]+", there["text"])
