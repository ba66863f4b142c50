"""A learner opens each lesson in JupyterLab and runs it: what the page shows, in both languages."""

import json
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.learner_lab import NOTEBOOKS, LearnerLab, NotebookPage

pytestmark = pytest.mark.browser

LESSONS = tuple(sorted(path.stem for path in (NOTEBOOKS / "source").glob("*.md")))
SIZES = {"en": (1280, "light"), "zh": (800, "dark")}
HAN = re.compile("[\u4e00-\u9fff]")
CHANGES = re.compile(
    r"(netns|link|veth|addr|bridge|route)_(add|attach|del|up|down|set_\w+|rename)\(|(undo|lab_reset|goto)\("
    r"|neigh_flush\(|container_(run|start|stop|rm)\(|compare\("
)
DRAWN = ("topology", "journey(", "ping_matrix(", "pinging", "lesson(")
"""Beginnings of lines whose value is a picture."""


@pytest.fixture(scope="module")
def page(lab: LearnerLab, language: str) -> Iterator[NotebookPage]:
    """Yield a page in which the lessons are opened one after the other."""
    page = lab.page()
    yield page
    page.close()


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request, page: NotebookPage, language: str) -> dict[str, Any]:
    """Return what the page shows after Run All, and what it shows of the saved notebook without Jupyter's trust."""
    name = request.param
    page.page.set_viewport_size({"width": 1280, "height": 900})
    page.open(f"{language}/{name}.ipynb")
    page.start_all()
    page.wait_for_all()
    width, theme = SIZES[language]
    page.page.set_viewport_size({"width": width, "height": 3000})
    if width < 1000:  # the lesson panel was docked when the page was wide enough
        page.command("application:toggle-right-area")
    page.theme(theme)
    page.screenshot_all(f"{name}-{language}-{width}-{theme}")
    seen = {"name": name, "cells": page.cells(), "errors": page.errors()}
    seen["live"] = page.page.locator(".jp-Notebook .nl-live:not(.nl-why):visible").count()
    page.command("docmanager:save")
    page.shut_down()
    untrusted = untrusted_copy(page, f"{language}/{name}.ipynb")
    page.show(untrusted)
    page.screenshot(f"{name}-{language}-untrusted")
    seen |= {"handed_on": page.cells(), "handed_on_text": page.page.locator(".jp-Notebook").inner_text()}
    page.shut_down()
    return seen


def untrusted_copy(page: NotebookPage, path: str) -> str:
    """Copy a saved notebook with a small change, so that Jupyter does not trust the copy."""
    saved = page.root / path
    notebook = json.loads(saved.read_text())
    notebook["metadata"]["handed on"] = True
    copy = saved.with_name(f"handed-on-{saved.name}")
    copy.write_text(json.dumps(notebook))
    return str(copy.relative_to(page.root))


def code_cells(lesson: str, language: str) -> list[str]:
    cells = json.loads((NOTEBOOKS / language / f"{lesson}.ipynb").read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def has_picture(cell: dict[str, Any]) -> bool:
    """Return whether a cell should have a picture: it changed or drew the network, or pinged along a route."""
    code = cell["code"].splitlines()[-1]  # a cell shows the value of its last line
    pinged = code.startswith("ping(") and "Network is unreachable" not in cell["text"]
    return bool(CHANGES.match(code)) or code.startswith(DRAWN) or pinged


def test_run_all_goes_through_to_the_end(lesson, language):
    """Run All runs every cell of the notebook, and none shows an error."""
    assert code_cells(lesson["name"], language) == [cell["code"] for cell in lesson["cells"]]
    assert [] == lesson["errors"]


def test_each_change_each_topology_and_each_ping_has_its_picture(lesson, language):
    """Each such picture is loaded, and has a text alternative in the folder's language."""
    pictures = [picture for cell in lesson["cells"] for picture in cell["pictures"]]

    assert [] == [cell["code"] for cell in lesson["cells"] if has_picture(cell) != bool(cell["pictures"])]
    assert [] == [picture for picture in pictures if not picture["loaded"]]
    assert {language == "zh"} == {bool(HAN.search(picture["alt"])) for picture in pictures}


def test_the_live_picture_is_alive_and_its_static_one_is_not_seen(lesson):
    """The notebook shows the lesson's live widget, and one more for each live ping."""
    pings = [cell for cell in lesson["cells"] if "ping_live(" in cell["code"]]

    assert 1 + len(pings) == lesson["live"]


def test_a_notebook_from_elsewhere_shows_the_same(lesson):
    """A saved notebook that Jupyter does not trust has the same pictures and commands, and no broken widget."""
    there_all = lesson["handed_on"]
    assert [cell["pictures"] for cell in lesson["cells"]] == [cell["pictures"] for cell in there_all]
    for here, there in zip(lesson["cells"], there_all, strict=True):
        assert set(re.findall(r"\$ ip [\w -]+", here["text"])) == set(re.findall(r"\$ ip [\w -]+", there["text"]))
    assert "Error displaying widget" not in lesson["handed_on_text"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives this visit more numbers than its own")
def test_a_whole_lab_says_nothing(lab, language):
    """In an unrestricted lab the first cell shows only its own output; see test_banner.py for other labs."""
    page = lab.notebook(f"{language}/whole.ipynb", ["1 + 1", "2 + 2"])
    page.start_all()
    page.wait_for_all()
    page.screenshot(f"no-banner-{language}")

    assert ["2", "4"] == [cell["text"].rpartition("]:")[2].strip() for cell in page.cells()]
    page.close()
