"""What is said of a lesson is said once, in its front matter: titles, minutes and the way through agree everywhere."""

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
    """The rows of a README's table: number, names of both notebooks, their titles, minutes."""
    en, zh = (rf"\[([^]]+)\]\({folder}{language}/([^)]+)\.ipynb\)" for language in ("en", "zh"))
    row = rf"\| (\d+) \| {en} \| {zh} \| (\d+) \|"
    return re.findall(row, text)


def catalogue():
    """The same rows, from the lessons themselves."""
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
    """Every lesson that is there, in its order, with its minutes, and none that is not."""
    assert catalogue() == minutes_listed((NOTEBOOKS.parent / readme).read_text(), folder)


@pytest.mark.parametrize("lesson", LESSONS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_notebook_carries_its_facts(lesson, language):
    """In its own language, with a picture that one of its cells draws; its first words say the same minutes."""
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
    """Also one that says it in one language alone, or misspells it."""
    source = tmp_path / "9-x.md"
    source.write_text(HEADER + said + "---\n")

    with pytest.raises(ValueError, match=r"9-x\.md: its front matter"):
        build.facts(source)
