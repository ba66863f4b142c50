"""Writes the site: lessons, front pages, and a chooser of the language."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from binder.site.lesson_page import LessonPage
from binder.site.recording import lesson_names, run
from binder.site.words import WORDS, other

HERE = Path(__file__).parent
FRONT = ("3-by-hand", ('link_up("veth-test2", netns="test2")', 'ping("192.168.1.1", netns="test2")'))
"""The lesson and its cells whose pictures are on the front page: two namespaces, and a ping between them."""


def write(folder: Path) -> list[Path]:
    """Run every lesson in both languages, and write the site; return its pages."""
    names, texts = lesson_names(), {folder / "index.html": _render("chooser.html", languages=WORDS)}
    for language in WORDS:
        lessons = []
        for name in names:
            print(f"nslab: running {language}/{name}", flush=True)
            lessons.append(LessonPage(run(name, language)))
            texts[folder / language / f"{name}.html"] = lesson_page(lessons[-1], names)
        texts[folder / language / "index.html"] = front_page(lessons)
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)


def lesson_page(page: LessonPage, names: list[str]) -> str:
    """Return a lesson's page: the notebook, its steps, and links to the previous and the next lesson."""
    lesson = page.lesson
    if lesson.lacking:
        print(f"nslab: {lesson.language}/{lesson.name} is not whole: {lesson.lacking}", flush=True)
    place = names.index(lesson.name)
    neighbours = {"previous": names[place - 1] if place else None, "next": next(iter(names[place + 1 :]), None)}
    return _render("lesson.html", _language(lesson.language), page=page, lesson=lesson, **neighbours)


def front_page(lessons: list[LessonPage]) -> str:
    """Return a language's front page: what nslab is, a link to every lesson, and a search in them."""
    language = lessons[0].lesson.language
    lesson = next(page.lesson for page in lessons if page.lesson.name == FRONT[0])
    places = [
        {"page": page.lesson.name, "title": page.lesson.title, "places": [vars(place) for place in page.places]}
        for page in lessons
    ]
    pictures = [picture for picture in map(lesson.picture, FRONT[1]) if picture]
    cards = [(page.lesson, page.lesson.picture(page.lesson.facts.picture)) for page in lessons]
    return _render("front.html", _language(language), pictures=pictures, cards=cards, places=places)


def _language(language: str) -> dict[str, object]:
    return {"language": language, "words": WORDS[language], "other": other(language), "languages": WORDS}


def _render(template: str, *facts: dict[str, object], **more: object) -> str:
    return _templates().get_template(template).render(*facts, **more)


@cache
def _templates() -> Environment:
    loader = FileSystemLoader(HERE)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    return environment
