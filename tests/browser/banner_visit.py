"""A visit by somebody whose lab is less than a whole one: what stands before the first output. Leaves it as JSON.

python -m tests.browser.banner_visit LANGUAGE FOLDER
"""

import json
import sys
from pathlib import Path
from typing import Any

import nbformat

from tests.browser.alone import SEEN
from tests.browser.lab_page import LabPage, lab_page


def visit(language: str, folder: Path) -> dict[str, Any]:
    """Return what two cells show, and keep screenshots in both themes."""
    with lab_page(folder) as lab:
        path = lab.root / language / "banner.ipynb"
        cells = [nbformat.v4.new_code_cell(code) for code in ("1 + 1", "2 + 2")]
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {"name": "nslab", "display_name": "NS Lab", "language": "python"}
        nbformat.write(notebook, path)
        return look(lab, language, folder)


def look(lab: LabPage, language: str, folder: Path) -> dict[str, Any]:
    """Run the notebook, and return its cells."""
    lab.open(f"{language}/banner.ipynb")
    lab.page.set_viewport_size({"width": 900, "height": 600})
    lab.start_all()
    lab.wait_for_all()
    for theme in ("light", "dark"):
        lab.theme(theme)
        lab.page.screenshot(path=folder / f"banner-{language}-{theme}.png")
    return {"cells": lab.cells(), "mishaps": lab.mishaps}


if __name__ == "__main__":
    found = visit(sys.argv[1], Path(sys.argv[2]))
    Path(sys.argv[2], SEEN).write_text(json.dumps(found, indent=1, ensure_ascii=False))
