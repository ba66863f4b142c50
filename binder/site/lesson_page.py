"""Makes the body of a lesson's page from the notebook that has run."""

import copy
import mimetypes
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag
from nbconvert import HTMLExporter
from traitlets.config import Config

from binder.site.recording import NOTEBOOKS, Lesson
from binder.site.words import WORDS

# Of the forms of a cell's value, the page shows the first one in this list.
_FORMS = ["text/html", "image/svg+xml", "image/png", "image/jpeg", "text/markdown", "text/plain"]
_HEADINGS = ["h2", "h3", "h4"]
_BLOCKS = ["p", "li", "tr", "td", "th", "pre", "summary", "div", "br", "span.nl-line", *_HEADINGS]
_SCROLLS = ".highlight pre, .output_text pre, table, .nl-picture:not(:has(img))"
"""Elements that may be wider than the page; they get a tabindex, so that they can be scrolled by keyboard."""


@dataclass(frozen=True)
class Step:
    """A heading of a lesson, and its anchor on the page."""

    anchor: str
    title: str


@dataclass(frozen=True)
class SearchEntry:
    """A part of a lesson that the search can find: its anchor, the heading above it, and its text."""

    anchor: str
    step: str
    text: str


class LessonPage:
    """The body of a lesson's page."""

    def __init__(self, lesson: Lesson) -> None:
        self.lesson, self.words = lesson, WORDS[lesson.language]
        html, _resources = HTMLExporter(config=_config()).from_notebook_node(lesson.notebook)
        self._soup = BeautifulSoup(html, "html.parser")
        self._name_places()
        self.steps = [Step(str(one["id"]), one.get_text()) for one in self._soup.find_all("h2")]
        self.places = list(self._search_entries())
        self._link_headings()
        self._say_where_it_stopped()
        self._fold_repeated_lines()
        self._embed_pictures()
        self._make_pictures_enlargeable()
        self._link_to_html()
        for wide in self._soup.select(_SCROLLS):
            wide["tabindex"] = "0"

    def html(self) -> str:
        """Return the HTML of the body."""
        return str(self._soup)

    def _name_places(self) -> None:
        """Give each cell and each heading the same id in both languages, so that a link works in both."""
        for cell in self._soup.select(".cell"):
            cell["id"] = str(cell["id"]).removeprefix("cell-id=")
        for place, heading in enumerate(self._soup.find_all(_HEADINGS), start=1):
            number = re.match(r"\d+(\.\d+)+", heading.get_text())
            heading["id"] = number[0] if number else f"part-{place}"

    def _search_entries(self) -> Iterator[SearchEntry]:
        """Yield what can be searched: prose, code and outputs, but no folded answers."""
        step = ""
        for cell in self._soup.select(".cell"):
            anchor, text = str(cell["id"]), ""
            for piece in _pieces(cell):
                if piece.name in _HEADINGS:
                    yield from _search_entry(anchor, step, text)
                    anchor, step, text = str(piece["id"]), piece.get_text(), piece.get_text() + "\n"
                else:
                    text += _text(piece) + "\n"
            yield from _search_entry(anchor, step, text)

    def _link_headings(self) -> None:
        for heading in self._soup.find_all(_HEADINGS):
            name = self.words["heading"].format(heading=heading.get_text())
            link = self._soup.new_tag("a", href=f"#{heading['id']}", attrs={"class": "anchor", "aria-label": name})
            link.string = "#"
            heading.extend([" ", link])

    def _say_where_it_stopped(self) -> None:
        if self.lesson.stopped_at:
            note = self._soup.new_tag("p", attrs={"class": "note"})
            note.string = self.words["not_run"]
            self._soup.find(id=self.lesson.stopped_at).insert_after(note)

    def _fold_repeated_lines(self) -> None:
        """Keep the lines below a command open where the command appears first; fold them where it appears again."""
        seen: set[str] = set()
        for fold in self._soup.select(".nl details[open]:has(.nl-added, .nl-removed)"):
            heads = fold.select(".nl-head")
            repeated = [head for head in heads if head.code.get_text() in seen or seen.add(head.code.get_text())]
            if len(repeated) == len(heads):
                del fold["open"]
            else:
                for head in repeated:
                    self._fold(head)

    def _fold(self, head: Tag) -> None:
        """Fold the lines below a heading, which becomes the summary that opens them."""
        lines = head.find_next_sibling("pre")
        head.name = "summary"
        head.wrap(self._soup.new_tag("details")).append(lines)

    def _embed_pictures(self) -> None:
        """Embed each image file as a data URL; nbconvert's own embedding closes each `details` before its text."""
        for image in self._soup.select('img:not([src^="data:"])'):
            path = NOTEBOOKS / self.lesson.language / str(image["src"])
            image["src"] = f"data:{mimetypes.guess_type(path)[0]};base64,{b64encode(path.read_bytes()).decode()}"

    def _make_pictures_enlargeable(self) -> None:
        """Let each picture shrink to a phone's width, and make it a button that opens it large."""
        for image in self._soup.find_all("img"):
            del image["style"]  # a minimum width, beside a scroll bar
            image.wrap(self._soup.new_tag("button", type="button", attrs={"class": "picture"}))
        for frame in self._soup.select(".nl-picture:has(img)"):
            frame.select_one(".nl-overflow").string = self.words["larger"]

    def _link_to_html(self) -> None:
        for link in self._soup.select('a[href*=".ipynb"]'):
            link["href"] = re.sub(r"^([^:]*)\.ipynb", r"\1.html", str(link["href"]))


def _pieces(cell: Tag) -> list[Tag]:
    """Return a cell's parts: the blocks of its prose, or its code and its outputs."""
    prose = cell.select_one(".text_cell_render")
    return prose.find_all(True, recursive=False) if prose else [cell]


def _search_entry(anchor: str, step: str, text: str) -> Iterator[SearchEntry]:
    words = " ".join(text.split())
    if words:
        yield SearchEntry(anchor, step, words)


def _text(piece: Tag) -> str:
    """Return the text of a part, each block on lines of its own, with folded output but without folded answers."""
    if piece.name == "details":
        return ""
    piece = copy.copy(piece)
    for hidden in piece.select("style, script, .nl-answer"):
        hidden.decompose()
    for block in piece.select(", ".join(_BLOCKS)):
        block.append("\n")
    return piece.get_text()


def _config() -> Config:
    settings = Config()
    settings.HTMLExporter.template_name = "basic"
    settings.HTMLExporter.exclude_anchor_links = True
    settings.HTMLExporter.exclude_input_prompt = True
    settings.HTMLExporter.exclude_output_prompt = True
    settings.NbConvertBase.display_data_priority = _FORMS
    return settings
