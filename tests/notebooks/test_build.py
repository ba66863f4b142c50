"""The notebooks are built from their sources, and follow the rules of STYLE.md."""

import importlib.util
import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.stem for path in (NOTEBOOKS / "source").glob("*.md"))
BOTH = [(lesson, language) for lesson in LESSONS for language in ("en", "zh")]

specification = importlib.util.spec_from_file_location("build", NOTEBOOKS / "build.py")
build = importlib.util.module_from_spec(specification)
specification.loader.exec_module(build)


def read(lesson, language):
    return nbformat.read(NOTEBOOKS / language / f"{lesson}.ipynb", as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_committed_notebooks_are_up_to_date():
    """No committed notebook differs from what its source builds."""
    assert [] == build.stale()


def test_check_names_a_notebook_that_was_edited_by_hand(tmp_path, monkeypatch, capsys):
    """`build.py --check` fails and names the edited file; building again corrects the file."""
    monkeypatch.setattr(build, "HERE", tmp_path)
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "1-x.md").write_text((NOTEBOOKS / "source" / "0-welcome.md").read_text())
    build.main([])
    assert 0 == build.main(["--check"])

    edited = tmp_path / "zh" / "1-x.ipynb"
    edited.write_text(edited.read_text() + " ")

    assert 1 == build.main(["--check"])
    assert "zh/1-x.ipynb" in capsys.readouterr().out
    build.main([])
    assert 0 == build.main(["--check"])


@pytest.mark.parametrize("prose", ["en", "en en zh", "zh en", "en zh zh", "fr"])
def test_prose_without_its_partner_is_refused(tmp_path, prose):
    """Each paragraph has to be there in both languages, English first."""
    source = tmp_path / "1-x.md"
    region = '<!-- #region lang="{}" -->\nWords\n<!-- #endregion -->'
    source.write_text("\n\n".join(region.format(language) for language in prose.split()))

    with pytest.raises(ValueError, match="pairs"):
        build.read(source)


@pytest.mark.parametrize("lesson", LESSONS)
def test_both_languages_have_the_same_code_and_the_same_ids(lesson):
    """Both notebooks of a lesson have the same cells with the same ids, so that a step has the same id in both."""
    english, chinese = read(lesson, "en"), read(lesson, "zh")

    assert [(cell.id, cell.source) for cell in code_cells(english)] == [
        (cell.id, cell.source) for cell in code_cells(chinese)
    ]
    assert [(cell.id, cell.cell_type) for cell in english.cells] == [
        (cell.id, cell.cell_type) for cell in chinese.cells
    ]


@pytest.mark.parametrize(("lesson", "language"), BOTH)
def test_no_notebook_has_outputs(lesson, language):
    """A committed output could be wrong without anybody noticing."""
    cells = code_cells(read(lesson, language))

    assert [([], None)] * len(cells) == [(cell.outputs, cell.execution_count) for cell in cells]


@pytest.mark.parametrize(("lesson", "language"), BOTH)
def test_notebooks_open_in_the_lab(lesson, language):
    """The kernel is NS Lab; the first cell imports the names, the second opens the lesson, the last resets the lab."""
    notebook = read(lesson, language)

    assert "nslab" == notebook.metadata.kernelspec.name
    assert ["from nslab_kernel import *", f"lesson({lesson[0]})"] == [cell.source for cell in code_cells(notebook)[:2]]
    assert "lab_reset()" == code_cells(notebook)[-1].source


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_is_one_sitting(lesson):
    """A lesson has fewer than 50 code cells, including questions; lesson 3, which many open first, fewer than 45."""
    assert len(code_cells(read(lesson, "en"))) < (45 if lesson == "3-by-hand" else 50)


@pytest.mark.parametrize("lesson", LESSONS)
def test_it_ends_with_what_was_done(lesson):
    """The last two cells check the steps and reset the lab."""
    assert ["check()", "lab_reset()"] == [cell.source for cell in code_cells(read(lesson, "en"))[-2:]]


@pytest.mark.parametrize("lesson", LESSONS)
def test_code_cells_are_short_and_without_comments(lesson):
    """A code cell has at most 8 lines, no print() and no comment, which would need a translation."""
    sources = [cell.source for cell in code_cells(read(lesson, "en"))]

    assert [] == [source for source in sources if len(source.splitlines()) > 8 or "#" in source or "print(" in source]


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_language_keeps_to_itself(lesson):
    """The English prose has no Chinese characters, and every cell of the Chinese prose has some."""
    han = re.compile("[\u4e00-\u9fff]")

    def prose(language):
        return [cell.source for cell in read(lesson, language).cells if cell.cell_type == "markdown"]

    assert [] == [text for text in prose("en") if han.search(text)]
    assert [] == [text for text in prose("zh") if not han.search(text)]


@pytest.mark.parametrize("lesson", LESSONS)
def test_chinese_emphasis_is_closed(lesson):
    """No bold text ends between punctuation and a Chinese character, where Markdown does not close it."""
    chinese = "\n".join(cell.source for cell in read(lesson, "zh").cells if cell.cell_type == "markdown")

    assert [] == re.findall(r"\*\*[^*\n]+[。，：；？）”`]\*\*(?=[\u4e00-\u9fff])", chinese)


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_index_names_every_lesson(lesson):
    """notebooks/README.md links to both notebooks of every lesson."""
    index = (NOTEBOOKS / "README.md").read_text()

    for language in ("en", "zh"):
        title = read(lesson, language).cells[0].source.splitlines()[0].removeprefix("# ").partition(". ")[2]
        assert f"[{title}]({language}/{lesson}.ipynb)" in index
