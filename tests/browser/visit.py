"""One visit to a lesson: open it, run all, look at it, hand it on. Leaves what was seen as JSON.

python -m tests.browser.visit LESSON LANGUAGE FOLDER
"""

import json
import sys
from pathlib import Path
from typing import Any

from tests.browser.lab_page import LabPage, lab_page

SEEN = "seen.json"


def visit(lesson: str, language: str, folder: Path) -> dict[str, Any]:
    """Return what a learner sees after Run All, and what somebody sees who opens the saved notebook untrusted."""
    with lab_page(folder) as lab:
        lab.open(f"{language}/{lesson}.ipynb")
        lab.run_all()
        photograph_all(lab, f"{lesson}-{language}")
        seen = {"cells": lab.cells(), "errors": lab.errors()}
        lab.command("docmanager:save")
        hand_on(lab.root / language, f"{lesson}.ipynb", "handed-on.ipynb")
        lab.open(f"{language}/handed-on.ipynb")
        lab.photograph(f"{lesson}-{language}-untrusted")
        return {**seen, "handed_on": lab.cells(), "mishaps": lab.mishaps}


def photograph_all(lab: LabPage, name: str) -> None:
    """Keep the lesson in both themes and two widths."""
    for width in (1280, 800):
        lab.page.set_viewport_size({"width": width, "height": 3000})
        for theme in ("light", "dark"):
            lab.theme(theme)
            lab.photograph(f"{name}-{width}-{theme}")


def hand_on(folder: Path, name: str, copy: str) -> None:
    """Change a saved notebook a little, so that Jupyter trusts it no more."""
    notebook = json.loads((folder / name).read_text())
    notebook["metadata"]["handed on"] = True
    (folder / copy).write_text(json.dumps(notebook))


if __name__ == "__main__":
    seen = visit(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    Path(sys.argv[3], SEEN).write_text(json.dumps(seen))
