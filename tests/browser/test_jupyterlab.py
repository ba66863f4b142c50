"""A learner opens a lesson in JupyterLab and runs it: what the page shows, in both languages and both themes.

Screenshots are kept in tests/browser/screenshots for whoever wants to look; nothing compares them.
"""

import json
import re
from pathlib import Path

import pytest

from tests.browser.lab_page import lab_page

pytestmark = [pytest.mark.live, pytest.mark.browser, pytest.mark.limit(300)]

HAN = re.compile("[\u4e00-\u9fff]")
PICTURED = re.compile(
    r"(netns|link|veth|addr|bridge|route)_(add|del|up|down|set_\w+|rename)\(|topology\(|ping\(|undo\("
)
"""The functions whose output has a picture."""


def code_cells(path: Path) -> list[str]:
    cells = json.loads(path.read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("lesson", ["0-welcome", "3-by-hand"])
def test_run_all_shows_every_picture_and_no_error(lesson, language, tmp_path):
    """Run All goes through to the end; each changing cell, topology and ping has its picture, described in words."""
    with lab_page(tmp_path) as lab:
        lab.open(f"{language}/{lesson}.ipynb")
        lab.run_all()
        photograph_all(lab, f"{lesson}-{language}")
        pictures = lab.pictures()
        codes = code_cells(lab.root / language / f"{lesson}.ipynb")

        assert [] == lab.errors()
        assert [] == lab.mishaps
        assert [code for code in codes if PICTURED.match(code)] == [
            picture["code"] for picture in pictures if PICTURED.match(picture["code"])
        ]
        assert [] == [picture for picture in pictures if not picture["loaded"]]
        assert {language == "zh"} == {bool(HAN.search(picture["alt"])) for picture in pictures}


def photograph_all(lab, name):
    """Keep the lesson in both themes and two widths."""
    for width in (1280, 800):
        lab.page.set_viewport_size({"width": width, "height": 1000})
        for theme in ("light", "dark"):
            lab.theme(theme)
            lab.photograph(f"{name}-{width}-{theme}")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_notebook_from_elsewhere_still_shows_its_pictures(language, tmp_path):
    """Saved, handed on and opened untrusted: the pictures are there, and the texts are whole."""
    with lab_page(tmp_path) as lab:
        lab.open(f"{language}/0-welcome.ipynb")
        lab.run_all()
        seen = [picture["alt"] for picture in lab.pictures()]
        lab.command("docmanager:save")
        handed_on = lab.root / language / "handed-on.ipynb"
        handed_on.write_text((lab.root / language / "0-welcome.ipynb").read_text().replace("(a)", "( a )"))
        lab.open(f"{language}/handed-on.ipynb")
        lab.photograph(f"untrusted-{language}")
        pictures = lab.pictures()

        assert "1" == lab.page.locator(".jp-NotebookTrustedStatus, .jp-StatusItem-trust").count().__str__()
        assert seen == [picture["alt"] for picture in pictures]
        assert all(picture["loaded"] for picture in pictures)
        assert "$ ip link add dev a type veth peer name b" in lab.page.locator(".jp-Notebook").inner_text()
