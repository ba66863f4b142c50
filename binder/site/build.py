"""Runs every lesson for real, and writes each as one page that needs nothing else.

    python binder/site/build.py [FOLDER]     into FOLDER, or site/

Each page carries its pictures, its style and its script. An index in both languages searches all of them. What a
live part showed last stands still. Where Linux refuses a lab nothing is written, and the reason is told.
"""

import json
import mimetypes
import re
import sys
from base64 import b64encode
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path
from string import Template

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from traitlets.config import Config

from nslab_kernel.sandbox.enter import Refused
from nslab_kernel.sandbox.inside import sandbox_run
from nslab_kernel.sandbox.refusals import reason_and_remedy

HERE = Path(__file__).parent
REPO = HERE.parents[1]
NOTEBOOKS = REPO / "notebooks"
LANGUAGES = {"en": "en", "zh": "zh-CN"}
_CELL_LIMIT_S = 120
_LIVE = "application/vnd.jupyter.widget-view+json"
# The first form that a cell's value has is shown.
_FORMS = ["text/html", "image/svg+xml", "image/png", "image/jpeg", "text/markdown", "text/plain"]
WORDS = {
    "en": {
        "site": "nslab: lessons about Linux network namespaces",
        "skip": "Skip to the lesson", "index": "All lessons", "other": "中文", "previous": "Back", "next": "Next",
        "recorded": "This page is a recorded run: every output is what Linux really said. To do it yourself:",
    },
    "zh": {
        "site": "nslab：动手学 Linux 网络命名空间",
        "skip": "跳到正文", "index": "全部课程", "other": "English", "previous": "上一课", "next": "下一课",
        "recorded": "本页是一次真实运行的记录：所有输出都来自 Linux 本身。想亲手做一遍，请运行：",
    },
}  # fmt: skip
_SCROLLS = re.compile(r'<pre(?=>)|<table(?=>)|<div class="nl-picture[^>]*')
"""What may be wider than a page; who has no mouse scrolls it as well."""


@dataclass(frozen=True)
class Lesson:
    """A notebook that has run."""

    name: str
    language: str
    notebook: NotebookNode

    @property
    def title(self) -> str:
        """Its first heading."""
        return next(line for line in self.notebook.cells[0].source.splitlines() if line.startswith("# "))[2:]

    def texts(self) -> list[str]:
        """Return what can be searched: its prose and its code, a cell each."""
        return [re.sub(r"<[^>]+>|[*`#\[\]]", " ", cell.source) for cell in self.notebook.cells]


def lesson_names() -> list[str]:
    """Return the lessons' names, in their order."""
    return sorted((path.stem for path in (NOTEBOOKS / "en").glob("*.ipynb")), key=_number)


def run(name: str, language: str) -> Lesson:
    """Run a lesson's notebook in a lab of its own.

    Raises:
        CellExecutionError: A cell failed that is not meant to.
    """
    path = NOTEBOOKS / language / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    manager = AsyncKernelManager(kernel_name="nslab", transport_encryption="auto")  # else each kernel warns of it
    place = {"metadata": {"path": str(path.parent)}}
    # A client leaves the kernel of a manager that it was given alone, unless told to end it.
    NotebookClient(notebook, manager, timeout=_CELL_LIMIT_S, resources=place).execute(cleanup_kc=True)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        # A live part wants a kernel; the still picture of its last state is an output of its own, below it.
        cell.outputs = [output for output in cell.get("outputs", []) if _LIVE not in output.get("data", {})]
    return Lesson(name, language, notebook)


def lesson_page(lesson: Lesson, names: list[str]) -> str:
    """Return a lesson's page: the notebook, and the ways to its neighbours."""
    words, other = WORDS[lesson.language], next(code for code in LANGUAGES if code != lesson.language)
    place = names.index(lesson.name)
    before, after = names[place - 1 : place], names[place + 1 : place + 2]
    links = [
        ("../index.html", words["index"], ""),
        (f"../{other}/{lesson.name}.html", words["other"], LANGUAGES[other]),
    ]
    links += [(f"{name}.html", words["previous"], "") for name in before]
    links += [(f"{name}.html", words["next"], "") for name in after]
    recorded = f'<p class="recorded">{words["recorded"]} <code>make lab</code></p>'
    return _page(lesson.language, lesson.title, _navigation(links), recorded + _body(lesson))


def index_page(lessons: list[Lesson]) -> str:
    """Return the page that leads to every lesson, and searches them."""
    entries = [
        {"href": f"{lesson.language}/{lesson.name}.html", "title": lesson.title, "texts": lesson.texts()}
        for lesson in lessons
    ]
    lists = "".join(_list(language, lessons) for language in LANGUAGES)
    # "</" would end the script that carries it.
    data = json.dumps(entries, ensure_ascii=False).replace("</", "<\\/")
    main = Template((HERE / "index.html").read_text(encoding="utf-8")).substitute(
        lists=lists, data=data, script=(HERE / "search.js").read_text(encoding="utf-8")
    )
    return _page("en", WORDS["en"]["site"], "", main)


def write(folder: Path) -> list[Path]:
    """Run every lesson in both languages, and write the site; return its pages."""
    names, lessons, pages = lesson_names(), [], {}
    for language in LANGUAGES:
        for name in names:
            print(f"nslab: running {language}/{name}", flush=True)
            lessons.append(run(name, language))
            pages[folder / language / f"{name}.html"] = lesson_page(lessons[-1], names)
    pages[folder / "index.html"] = index_page(lessons)
    for path, text in pages.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(pages)


def _number(name: str) -> int:
    return int(name.partition("-")[0])


def _body(lesson: Lesson) -> str:
    exporter = HTMLExporter(config=_config())
    html, _resources = exporter.from_notebook_node(lesson.notebook)
    html = re.sub(r'(<img[^>]* src=")([^":]+)"', partial(_embedded, NOTEBOOKS / lesson.language), html)
    html = re.sub(r'(href="[^":]*)\.ipynb', r"\1.html", html)
    return _SCROLLS.sub(r'\g<0> tabindex="0"', html)


def _embedded(folder: Path, found: re.Match[str]) -> str:
    """Return the start of an image with its file's bytes in place of the file's name."""
    kind = mimetypes.guess_type(found[2])[0]
    return f'{found[1]}data:{kind};base64,{b64encode((folder / found[2]).read_bytes()).decode()}"'


def _config() -> Config:
    settings = Config()
    settings.HTMLExporter.template_name = "basic"
    # Not embed_images: it takes every piece of HTML for a whole, and so closes each fold before its text.
    settings.HTMLExporter.exclude_anchor_links = True
    settings.HTMLExporter.exclude_input_prompt = True
    settings.HTMLExporter.exclude_output_prompt = True
    settings.NbConvertBase.display_data_priority = _FORMS
    return settings


def _page(language: str, title: str, navigation: str, main: str) -> str:
    parts = {"title": escape(title), "style": (HERE / "style.css").read_text(encoding="utf-8")}
    parts |= {"language": LANGUAGES[language], "skip": WORDS[language]["skip"]}
    shell = Template((HERE / "page.html").read_text(encoding="utf-8"))
    return shell.substitute(parts, navigation=navigation, main=main)


def _navigation(links: list[tuple[str, str, str]]) -> str:
    def anchor(href: str, text: str, language: str) -> str:
        spoken = f' lang="{language}" hreflang="{language}"' if language else ""
        return f'<a href="{href}"{spoken}>{text}</a>'

    return f"<nav>{' '.join(anchor(*link) for link in links)}</nav>"


def _list(language: str, lessons: list[Lesson]) -> str:
    items = "".join(
        f'<li><a href="{language}/{lesson.name}.html">{escape(lesson.title)}</a></li>'
        for lesson in lessons
        if lesson.language == language
    )
    return f'<section lang="{LANGUAGES[language]}"><h2>{WORDS[language]["index"]}</h2><ul>{items}</ul></section>'


def main(arguments: list[str]) -> int:
    """Write the site; return the exit status."""
    folder = Path(arguments[0]) if arguments else REPO / "site"
    try:
        sandbox_run(lambda: None)
    except Refused as refused:
        print("nslab: the lessons cannot run here.", *reason_and_remedy(refused), sep="\n    ", file=sys.stderr)
        return 1
    pages = write(folder)
    size = sum(page.stat().st_size for page in pages)
    print(f"nslab: {len(pages)} pages, {size / 1e6:.1f} MB. Open {folder / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
