"""One learner's visit: every lesson, run and handed on, and the live parts. Leaves what was seen as JSON.

python -m tests.browser.visit LANGUAGE FOLDER
"""

import json
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.browser.alone import SEEN
from tests.browser.lab_page import NOTEBOOKS, LabPage, lab_page
from tests.browser.live_visit import visit_live

LESSONS = tuple(sorted(path.stem for path in (NOTEBOOKS / "source").glob("*.md")))
SIZES = {"en": {1280: "light", 800: "dark"}, "zh": {1280: "dark", 800: "light"}}
"""Which widths are looked at in which theme: in the two languages together, each in each."""


def visit(language: str, folder: Path) -> dict[str, Any]:
    """Return what was seen, by part; of a part that failed there is only `failed`, with where and why."""
    with lab_page(folder) as lab:
        return attempt("live", lambda: visit_live(lab, language)) | visit_lessons(lab, language)


def attempt(part: str, look: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what one part of the visit has seen."""
    begin = time.monotonic()
    try:
        return {part: look()}
    except Exception:
        return {part: {"failed": traceback.format_exc()}}
    finally:
        print(f"{part}: {time.monotonic() - begin:.0f} s", flush=True)


def visit_lessons(lab: LabPage, language: str) -> dict[str, Any]:
    """Have all lessons run at once, each in a page of its own; look at one after the other."""
    pages = {lesson: lab.another() for lesson in LESSONS}
    for lesson, page in pages.items():
        page.open(f"{language}/{lesson}.ipynb")
        page.start_all()
    seen = {}
    for lesson, page in pages.items():
        seen |= attempt(lesson, lambda page=page, lesson=lesson: visit_lesson(page, lesson, language))  # type: ignore[misc]
        page.page.close()
    return seen


def visit_lesson(lab: LabPage, lesson: str, language: str) -> dict[str, Any]:
    """Return what a learner sees after Run All, and what somebody sees who opens the saved notebook untrusted."""
    lab.wait_for_all()
    for width, theme in SIZES[language].items():
        lab.page.set_viewport_size({"width": width, "height": 3000})
        lab.theme(theme)
        lab.photograph(f"{lesson}-{language}-{width}-{theme}")
    seen = {"cells": lab.cells(), "errors": lab.errors(), "live": lab.page.locator(".nl-live:visible").count()}
    lab.command("docmanager:save")
    hand_on(lab.root / language, f"{lesson}.ipynb", f"handed-on-{lesson}.ipynb")
    lab.show(f"{language}/handed-on-{lesson}.ipynb")
    lab.photograph(f"{lesson}-{language}-untrusted")
    handed_on = {"cells": lab.cells(), "text": lab.page.locator(".jp-Notebook").inner_text()}
    return {**seen, "handed_on": handed_on, "mishaps": lab.mishaps}


def hand_on(folder: Path, name: str, copy: str) -> None:
    """Change a saved notebook a little, so that Jupyter trusts it no more."""
    notebook = json.loads((folder / name).read_text())
    notebook["metadata"]["handed on"] = True
    (folder / copy).write_text(json.dumps(notebook))


if __name__ == "__main__":
    found = visit(sys.argv[1], Path(sys.argv[2]))
    Path(sys.argv[2], SEEN).write_text(json.dumps(found, indent=1, ensure_ascii=False))
