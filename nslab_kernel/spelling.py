"""Spells names so that they can be seen, and run by a shell or Python.

Linux allows nearly every byte in a name: control characters, bytes that are not UTF-8 (in Python lone surrogates,
PEP 383), invisible characters, and those that reverse others. Names stay unchanged; only how they are shown changes.
"""

import re

_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Characters that Python calls printable although they are invisible: Default_Ignorable_Code_Point (UAX #44)."""


def visible(words: str) -> str:
    r"""Return a text as one line in which every character is visible, as `ls -b` does.

    Control characters become `\x07`, bytes that are not UTF-8 `\xe9`, other invisible characters `\u202e`.
    """
    if words.isprintable() and _INVISIBLE.isdisjoint(words):
        return words
    return "".join(map(_visible_character, words))


def distinct(name: str) -> str:
    """Return a name as `visible` does, with each backslash doubled: no other name has that spelling."""
    return visible(name.replace("\\", "\\\\"))


def visible_text(text: str) -> str:
    """Return a text of several lines in which every character is visible; line ends and tabs stay."""
    return "".join(part if part in "\n\t" else visible(part) for part in re.split(r"([\n\t])", text))


def visible_command(command: str) -> str:
    r"""Return a shell command in which every character is visible, and which a shell still accepts: `$'a\x07'`.

    Args:
        command: One command or several, one a line, with words quoted by `shlex.quote`.
    """
    return visible_text(re.sub(r"""'([^']*)'|"[^"]*["]""", _requoted, command))


def quoted(text: str) -> str:
    """Return a text as a Python string literal, in double quotation marks unless something must be escaped."""
    plain = visible(text) == text and not {'"', "\\"} & {*text}
    return f'"{text}"' if plain else visible(repr(text))


def as_python(value: object) -> str:
    """Return the `repr` of a value; if that fails, the name of its type.

    An object's own `__repr__` may fail, and an int of more than 4300 digits does; sys.set_int_max_str_digits().
    """
    try:
        return repr(value)
    except Exception:
        return f"<{type(value).__name__}>"


def as_word(value: object) -> str:
    """Return the `str` of a value, to be a word of a command; if that fails, the name of its type."""
    try:
        return str(value)
    except Exception:
        return f"<{type(value).__name__}>"


def _visible_character(sign: str) -> str:
    if sign.isprintable() and sign not in _INVISIBLE:
        return sign
    code = ord(sign)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _requoted(word: re.Match[str]) -> str:
    inside = word[1]
    if inside is None or visible(inside) == inside:
        return word[0]
    return f"$'{distinct(inside)}'"
