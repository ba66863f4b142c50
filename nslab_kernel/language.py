"""The learner's language, and translation into it.

The language is that of NSLAB_LANG (`en` or `zh`), else the name of the notebook's folder, else that of the locale.
Jupyter Server names the notebook in JPY_SESSION_NAME; runners that set no path start in the notebook's folder.
It is determined anew at every call, so that a test or a learner may change it in a running notebook.
"""

import gettext
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path, PurePosixPath

LANGUAGES = ("en", "zh")
_DOMAIN = "nslab"
_CATALOGUES = {"zh": "zh_CN"}
_CHINESE = "\u3000-\u303f\u4e00-\u9fff\uff00-\uffef"
_SPACE_IN_CHINESE = re.compile(
    f"(?<=[{_CHINESE}]) (?=[{_CHINESE}])|(?<=[、，。：；？）]) |(?<=。\\*\\*) | (?=[、，。：；（])"
)


_chosen_language: ContextVar[str] = ContextVar("_chosen_language", default="")


@contextmanager
def speaking(chosen: str) -> Iterator[None]:
    """Use this language within the block, whatever the learner's language is."""
    token = _chosen_language.set(chosen)
    try:
        yield
    finally:
        _chosen_language.reset(token)


def language() -> str:
    """Return the learner's language, `"en"` or `"zh"`."""
    chosen = _chosen_language.get() or os.environ.get("NSLAB_LANG", "")[:2].lower()
    return chosen if chosen in LANGUAGES else _of_notebook() or _of_locale()


def language_tag() -> str:
    """Return the learner's language as HTML names it, `"en"` or `"zh-CN"`; BCP 47."""
    return "zh-CN" if language() == "zh" else "en"


def translate(text: str) -> str:
    """Return an English sentence in the learner's language; unchanged if the catalogue has no translation."""
    return _catalogue(language()).gettext(text)


def deferred(text: str) -> str:
    """Return an English sentence unchanged: mark a text in data, which is translated only when it is shown."""
    return text


def translate_plural(one: str, many: str, count: int) -> str:
    """Return the singular or the plural sentence, as the count requires, in the learner's language."""
    return _catalogue(language()).ngettext(one, many, count)


def tidy(words: str) -> str:
    """Return a text without the spaces between Chinese characters and beside Chinese punctuation."""
    return _SPACE_IN_CHINESE.sub("", words)


def _of_notebook() -> str | None:
    try:
        here = str(Path.cwd())
    except FileNotFoundError:  # somebody deleted the folder
        here = ""
    return _of_folders(os.environ.get("JPY_SESSION_NAME", ""), here)


@cache
def _of_folders(session: str, here: str) -> str | None:
    for folder in (PurePosixPath(session).parent.name, PurePosixPath(here).name):
        if folder in LANGUAGES:
            return folder
    return None


def _of_locale() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


@cache
def _catalogue(chosen: str) -> gettext.NullTranslations:
    """Return the message catalogue of a language; for English an empty one, which leaves each sentence unchanged."""
    folder = Path(__file__).parent / "locale"
    return gettext.translation(_DOMAIN, folder, languages=[_CATALOGUES.get(chosen, chosen)], fallback=True)
