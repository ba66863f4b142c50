"""The Chinese lessons and messages use the terms of TERMS.md."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
CATALOGUE = ROOT / "nslab_kernel/locale/zh_CN/LC_MESSAGES/nslab.po"
HAN = re.compile("[\u4e00-\u9fff]")


class Term(NamedTuple):
    """A row of TERMS.md."""

    english: str
    chinese: tuple[str, ...]
    avoided: tuple[str, ...]
    is_always_translated: bool


def terms():
    """Yield the terms of the tables, without the notes in brackets."""
    rows = (line.strip("|").split("|") for line in (NOTEBOOKS / "TERMS.md").read_text().splitlines() if line[:1] == "|")
    for english, chinese, _word, avoided in rows:
        if HAN.search(chinese) and english.strip() != "English":
            name = re.sub(r"\(.*?\)", "", english).strip()
            yield Term(name.lstrip("*"), split(chinese), split(avoided), name.startswith("*"))


def split(cell):
    return tuple(word.strip() for word in re.split("[、/]", cell) if word.strip())


TERMS = tuple(terms())
AVOIDED = sorted({word for term in TERMS for word in term.avoided})


def avoided_words(text):
    """Return the words of the column "not" in a text, except where they are part of a longer term that is right."""
    for longer in (ours for term in TERMS for ours in term.chinese if any(word in ours for word in AVOIDED)):
        text = text.replace(longer, " ")
    return [word for word in AVOIDED if word in text]


def lesson_prose(source):
    return re.findall(r'<!-- #region lang="zh" -->\n(.*?)<!-- #endregion -->', source.read_text(), re.S)


def messages():
    """Yield each English message of the catalogue with its Chinese; of a plural message the last form."""
    with CATALOGUE.open("rb") as file:
        for message in read_po(file, locale="zh_CN", domain="nslab"):
            if message.id:
                english, chinese = (one if isinstance(one, str) else one[-1] for one in (message.id, message.string))
                yield re.sub(r"\{\w*\}", "", english), chinese


def untranslated(english, chinese):
    """Return the terms of the English that the Chinese lacks; `MAC address` does not count as `address` too."""
    english = re.sub(r"\w+([._]\w+)+", " ", english)  # names of sysctls and functions
    missing = []
    for term in sorted(TERMS, key=lambda term: len(term.english), reverse=True):
        english, count = re.subn(rf"\b{re.escape(term.english)}(s|es)?\b", " ", english, flags=re.I)
        if count and term.is_always_translated and not any(word in chinese for word in term.chinese):
            missing.append(term.english)
    return missing


def test_the_tables_are_read():
    """The tables are not empty; if they were, the other tests here would pass."""
    assert len(TERMS) > 70
    assert "宿主机" in {word for term in TERMS for word in term.chinese}
    assert "沙箱" in AVOIDED


def test_an_avoided_word_is_found():
    """An avoided word is found beside a longer right term that contains it, and not inside such a term."""
    assert avoided_words("宿主机不是这台主机") == ["主机"]
    assert avoided_words("宿主机的主机名") == []
    assert avoided_words("这是活的图") == ["活的图"]


def test_a_missing_term_is_found():
    """A missing term is found; a longer term counts as one term, not as its parts."""
    assert untranslated("The bridge has no address.", "网桥没有地址。") == []
    assert untranslated("The bridges have no address.", "桥没有地址。") == ["bridge"]
    assert untranslated("The MAC address of the host.", "宿主机的 MAC") == ["MAC address"]


@pytest.mark.parametrize("source", sorted((NOTEBOOKS / "source").glob("*.md")), ids=lambda path: path.stem)
def test_lessons_keep_to_the_terms(source):
    """The Chinese prose has no word of the column "not"."""
    found = {words: text[:60] for text in lesson_prose(source) if (words := ", ".join(avoided_words(text)))}

    assert lesson_prose(source)
    assert found == {}


def test_messages_avoid_what_terms_avoids():
    """The catalogue's Chinese has no word of the column "not"."""
    found = {chinese: words for _english, chinese in messages() if (words := avoided_words(chinese))}

    assert found == {}


def test_messages_say_the_terms():
    """Where an English message uses a term, the Chinese message uses its translation."""
    found = {chinese: words for english, chinese in messages() if (words := untranslated(english, chinese))}

    assert found == {}
