"""Builds one notebook per language from each lesson in source/.

A prose cell in the source names its language; a code cell names none and is in both notebooks. The front matter of the
source (minutes, picture, afterwards) goes into the notebook's metadata, as `nslab`.

    python notebooks/build.py            writes en/ and zh/
    python notebooks/build.py --check    writes nothing; says what is out of date, and exits with 1
"""

import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

LANGUAGES = ("en", "zh")
HERE = Path(__file__).parent
KERNEL = {"display_name": "NS Lab", "language": "python", "name": "nslab"}


def read(source: Path) -> list[NotebookNode]:
    """Return the cells of a lesson's source.

    Raises:
        ValueError: The prose between two code cells is not pairs of cells, English then Chinese.
    """
    cells = jupytext.read(source).cells
    for is_code, run in groupby(cells, lambda cell: cell.cell_type == "code"):
        languages = [cell.metadata.get("lang") for cell in run]
        if not is_code and languages != list(LANGUAGES) * (len(languages) // 2):
            raise ValueError(f"{source.name}: prose must come in pairs, en then zh; here it is {languages}")
    return cells


def tags_of(cell: NotebookNode) -> dict[str, list[str]]:
    """Return the metadata that a cell keeps, its tags: `raises-exception` lets Run All continue after an error."""
    return {"tags": cell.metadata["tags"]} if "tags" in cell.metadata else {}


def facts(source: Path) -> dict[str, Any]:
    """Return a lesson's entry for the catalogue of lessons: `minutes`, `picture` (a code cell), `afterwards`.

    Raises:
        ValueError: One of them is missing, there is another one, or `afterwards` lacks a language.
    """
    said = jupytext.read(source).metadata.get("nslab", {})
    if set(said) != {"minutes", "picture", "afterwards"} or tuple(said["afterwards"]) != LANGUAGES:
        raise ValueError(f"{source.name}: its front matter must say minutes, picture, afterwards (en, zh): STYLE.md")
    return said


def weave(cells: list[NotebookNode], language: str, said: dict[str, Any]) -> str:
    """Return the notebook of one language as text: its prose and all code, no outputs, cell ids by position."""
    kept = [cell for cell in cells if cell.cell_type == "code" or cell.metadata["lang"] == language]
    makers = {"code": new_code_cell, "markdown": new_markdown_cell}
    made = [
        makers[cell.cell_type](cell.source, id=f"cell-{place:02}", metadata=tags_of(cell))
        for place, cell in enumerate(kept, start=1)
    ]
    metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    metadata["nslab"] = said | {"afterwards": said["afterwards"][language]}
    notebook = new_notebook(cells=made, metadata=metadata)
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def built() -> dict[Path, str]:
    """Return the text of every notebook that the sources make, by its path."""
    sources = [(source, read(source), facts(source)) for source in sorted((HERE / "source").glob("*.md"))]
    return {
        HERE / language / f"{source.stem}.ipynb": weave(cells, language, said)
        for source, cells, said in sources
        for language in LANGUAGES
    }


def stale() -> list[Path]:
    """Return the notebooks that are not what the sources make: changed, missing, or without a source."""
    target = built()
    there = {path for language in LANGUAGES for path in (HERE / language).glob("*.ipynb")}
    wrong = {path for path, text in target.items() if path not in there or path.read_text(encoding="utf-8") != text}
    return sorted(wrong | (there - set(target)))


def main(arguments: list[str]) -> int:
    """Build the notebooks, or with `--check` only compare them; return the exit status."""
    if arguments == ["--check"]:
        outdated = stale()
        for path in outdated:
            print(f"out of date: {path.relative_to(HERE.parent)} (run: python notebooks/build.py)")
        return 1 if outdated else 0
    for path, text in built().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
