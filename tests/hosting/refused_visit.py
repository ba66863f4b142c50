"""A visit where a filter refuses the lab: open a lesson, read why, follow the link. Leaves what is seen as JSON.

python -m tests.hosting.refused_visit FOLDER
"""

import json
import sys
from pathlib import Path

from tests.browser.lab_page import SCREENSHOTS, LabPage, lab_page

SEEN, LESSON = "seen.json", "en/3-by-hand"


def visit(lab: LabPage) -> dict[str, object]:
    """Return the first cell's first words, and what the recorded run and its neighbour are."""
    lab.open(f"{LESSON}.ipynb")
    lab.page.locator(".jp-CodeCell .jp-cell-content, .jp-CodeCell").first.click()
    lab.command("notebook:run-cell")
    banner = lab.page.locator(".jp-OutputArea-output.jp-RenderedMarkdown").first
    banner.wait_for()
    banner.scroll_into_view_if_needed()
    SCREENSHOTS.mkdir(exist_ok=True)
    lab.page.screenshot(path=SCREENSHOTS / "refused.png")
    with lab.page.expect_popup() as opened:
        banner.locator("a").first.click()
    page = opened.value
    page.wait_for_load_state()
    seen = {"said": banner.inner_text(), "title": page.title(), "pictures": page.locator("main img").count()}
    page.set_viewport_size({"width": 390, "height": 844})
    page.screenshot(path=SCREENSHOTS / "recorded-phone.png")
    page.locator("nav a").first.click()
    page.wait_for_load_state()
    page.fill("#words", "cable")
    return seen | {"found": page.locator("#found a").count()}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with lab_page(folder) as lab:
        (folder / SEEN).write_text(json.dumps(visit(lab)))
