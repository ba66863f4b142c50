"""Every message for learners is in the catalogue, with a Chinese translation."""

import ast
import io
import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).parents[2] / "nslab_kernel"
FOLDER = PACKAGE / "locale/zh_CN/LC_MESSAGES"
KEYWORDS = {"_": None, "translate_plural": (1, 2)}


def in_the_code():
    found = extract_from_dir(PACKAGE, keywords=KEYWORDS)
    return {message if isinstance(message, str) else tuple(message[:2]) for _, _, message, _, _ in found}


def catalogue():
    with (FOLDER / "nslab.po").open("rb") as file:
        return read_po(file, locale="zh_CN", domain="nslab")


def messages():
    return [message for message in catalogue() if message.id]


def test_the_catalogue_has_what_the_code_says():
    """The catalogue has exactly the messages of the code. (`make messages` updates it.)"""
    assert in_the_code() == {message.id for message in messages()}


def test_no_sentence_hides_in_an_f_string():
    """No message is inside an f-string, where Babel would not find it."""
    found = [f"{path.relative_to(PACKAGE)}:{line}" for path in sorted(PACKAGE.rglob("*.py")) for line in hidden(path)]

    assert found == []


def hidden(path):
    """Return the lines on which a file calls a translation inside an f-string."""
    strings = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.JoinedStr))
    calls = (call for string in strings for call in ast.walk(string) if isinstance(call, ast.Call))
    return [call.lineno for call in calls if getattr(call.func, "id", "") in ("_", "translate", *KEYWORDS)]


def test_every_sentence_is_translated():
    """Each message has a Chinese translation with the same placeholders."""
    found = {str(message.id): wrong for message in messages() if (wrong := wrong_with(message))}

    assert len(messages()) > 1000
    assert found == {}


def wrong_with(message):
    """Return what is wrong with a message's translation, or an empty list."""
    chinese = [message.string] if isinstance(message.string, str) else list(message.string)
    english = message.id if isinstance(message.id, str) else message.id[-1]
    if message.fuzzy:
        return "fuzzy"
    if not all(chinese):
        return "no Chinese"
    return [text for text in chinese if places(english) != places(text)]


def test_the_compiled_catalogue_is_up_to_date():
    """The compiled catalogue is built from the current source catalogue. (`make messages` updates it.)"""
    compiled = io.BytesIO()
    write_mo(compiled, catalogue())

    assert compiled.getvalue() == (FOLDER / "nslab.mo").read_bytes()


def places(text):
    return sorted(set(re.findall(r"\{(\w+)[^}]*\}", text)))
