"""The buttons of `predict` in JupyterLab, by which a learner guesses a cell's result before running it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.learner_lab import BACKGROUND_COLOURS

pytestmark = pytest.mark.browser
CELLS = [
    "from nslab_kernel import *",
    'predict("0.2")',
    'veth_add("a", "b")',
    'predict("0.3")',
    'link_del("a")',
    'predict("3.8")',
    'ping("192.168.1.2")',
]
WORDS = {
    "en": {
        "guessed": "You said: one. Now run the next cell.",
        "right": "You said: two.",
        "came": "The cell says: a and b were created",
        "answer": "The answer",
    },
    "zh": {
        "guessed": "你猜的是：一个。现在运行下一个单元格。",
        "right": "你猜的是：两个。",
        "came": "单元格的结果：有了 a 和 b",
        "answer": "答案",
    },
}


@pytest.fixture
def page(lab, language, request):
    """Yield a notebook whose first question is shown."""
    page = lab.notebook(f"{language}/{request.node.originalname}.ipynb", CELLS)
    page.run(0, 1)
    yield page
    page.close()
    (lab.root / language / ".nslab/progress.json").unlink(missing_ok=True)


def buttons(page, cell):
    return page.cell(cell).locator(".nl-question button")


def test_a_guess_may_be_changed_until_the_cell_has_run(page, language):
    """Until the cell has run the guess can be changed; then the buttons go, and the result and the reason appear."""
    words, question = WORDS[language], page.cell(1).locator(".nl-question")
    expect(buttons(page, 1)).to_have_count(3)
    expect(page.cell(1).locator(".nl-fallback")).to_be_hidden()
    buttons(page, 1).nth(0).click()
    expect(question).to_contain_text(words["guessed"])
    buttons(page, 1).nth(1).click()
    expect(question).to_contain_text(words["right"])
    for theme in BACKGROUND_COLOURS:
        page.theme(theme)
        page.screenshot(f"question-{language}-{theme}-guessed")
        assert [] == page.violations(".jp-Notebook .nl-question")
    page.run(2)
    expect(buttons(page, 1)).to_have_count(0)
    expect(question.locator(".nl-ready")).to_have_text("\N{CHECK MARK}")
    expect(question).to_contain_text(words["came"])
    for theme in BACKGROUND_COLOURS:
        page.theme(theme)
        page.screenshot(f"question-{language}-{theme}-told")
        assert [] == page.violations(".jp-Notebook .nl-question")
    page.theme("light")


def test_without_a_guess_the_answer_is_folded_and_a_late_guess_is_answered_at_once(page, language):
    """Cells run without a guess: then the answer is folded, and a later guess is answered immediately."""
    page.run(2, 3, 4)
    fold = page.cell(3).locator(".nl-question details")
    expect(fold.locator("summary")).to_have_text(WORDS[language]["answer"])
    expect(fold).not_to_have_attribute("open", "")
    page.screenshot(f"question-{language}-not-guessed")
    buttons(page, 3).nth(0).click()
    expect(page.cell(3).locator(".nl-question .nl-missing")).to_have_text("\N{MULTIPLICATION X}")
    expect(buttons(page, 3)).to_have_count(0)


def test_it_is_read_without_its_notebook_kernel(page, language):
    """A saved notebook without a kernel still shows the question with its answers."""
    page.run(5, 6)
    page.command("docmanager:save")
    page.shut_down()
    page.open(f"{language}/test_it_is_read_without_its_notebook_kernel.ipynb")
    still = page.cell(5).locator(".nl-fallback")
    expect(still).to_be_visible()
    expect(still).to_contain_text(re.compile(r"\(c\)"))
    assert "Error displaying widget" not in page.page.locator(".jp-Notebook").inner_text()
