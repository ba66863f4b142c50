"""Titles, minutes and the order of the lessons agree everywhere with each lesson's front matter."""

import re

import pytest

from tests.notebooks.test_build import LESSONS, NOTEBOOKS, build, code_cells, read

SPELLED = {
    15: {"en": "Fifteen minutes", "zh": "十五分钟"},
    40: {"en": "Forty minutes", "zh": "四十分钟"},
    45: {"en": "Forty-five minutes", "zh": "四十五分钟"},
}
HEADER = "---\njupyter:\n  nslab:\n"


def minutes_listed(text, folder=""):
    """Return the rows of a README's table: number, title and name of each language's notebook, minutes."""
    en, zh = (rf"\[([^]]+)\]\({folder}{language}/([^)]+)\.ipynb\)" for language in ("en", "zh"))
    row = rf"\| (\d+) \| {en} \| {zh} \| (\d+) \|"
    return re.findall(row, text)


def catalogue():
    """Return the same rows, made from the lessons themselves."""
    rows = []
    for lesson in LESSONS:
        titles = [
            read(lesson, language).cells[0].source.splitlines()[0].removeprefix("# ").partition(". ")[2]
            for language in ("en", "zh")
        ]
        minutes = build.facts(NOTEBOOKS / "source" / f"{lesson}.md")["minutes"]
        rows.append((lesson.partition("-")[0], titles[0], lesson, titles[1], lesson, str(minutes)))
    return sorted(rows, key=lambda row: int(row[0]))


@pytest.mark.parametrize(("readme", "folder"), [("README.md", "notebooks/"), ("notebooks/README.md", "")])
def test_the_way_through_the_lessons_is_the_catalogue(readme, folder):
    """The README's table lists every lesson in order with its minutes, and no others."""
    assert catalogue() == minutes_listed((NOTEBOOKS.parent / readme).read_text(), folder)


@pytest.mark.parametrize("lesson", LESSONS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_notebook_carries_its_facts(lesson, language):
    """A notebook's metadata are in its language, name a cell that draws its picture, and give the prose's minutes."""
    notebook = read(lesson, language)
    said = notebook.metadata.nslab

    assert notebook.cells[0].source.splitlines()[2].startswith(SPELLED[said["minutes"]][language])
    assert said["picture"] in [cell.source for cell in code_cells(notebook)]
    assert (language == "zh") == bool(re.search("[\u4e00-\u9fff]", said["afterwards"]))


@pytest.mark.parametrize(
    "said",
    [
        "    minutes: 5\n    picture: topology()\n",
        "    minutes: 5\n    picture: topology()\n    afterwards: {en: Go}\n",
        "    minutes: 5\n    picture: topology()\n    afterwards: {en: Go, zh: 去}\n    minuets: 6\n",
    ],
)
def test_a_lesson_that_leaves_a_fact_out_is_refused(tmp_path, said):
    """The build refuses front matter that lacks a fact or one of its languages, or has a misspelled key."""
    source = tmp_path / "9-x.md"
    source.write_text(HEADER + said + "---\n")

    with pytest.raises(ValueError, match=r"9-x\.md: its front matter"):
        build.facts(source)
