"""How names are spelled: so that they are seen, so that they run.

Linux takes nearly every byte in a name: control characters, bytes that are not UTF-8 (in Python lone surrogates,
PEP 383), characters that hide or turn others round. A name stays what it is; what is spelled is what is shown of it.
"""

import re

_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Characters that Python calls printable though nothing is seen of them: Default_Ignorable_Code_Point (UAX #44)."""


def visible(words: str) -> str:
    r"""Return one line in which every character is seen, as `ls -b` does.

    Control characters become `\x07`, bytes that are not UTF-8 `\xe9`, other hidden ones `\u202e`.
    """
    if words.isprintable() and _BLANK.isdisjoint(words):
        return words
    return "".join(map(_seen, words))


def distinct(name: str) -> str:
    """Return a name as `visible` does, with each backslash doubled: no other name has that spelling."""
    return visible(name.replace("\\", "\\\\"))


def visible_text(text: str) -> str:
    """Return a text of several lines in which every character is seen; line ends and tabs stay."""
    return "".join(part if part in "\n\t" else visible(part) for part in re.split(r"([\n\t])", text))


def visible_command(command: str) -> str:
    r"""Return a shell command in which every character is seen, and which a shell still takes: `$'a\x07'`.

    Args:
        command: One or several, a line each, their words quoted by `shlex.quote`.
    """
    return visible_text(re.sub(r"""'([^']*)'|"[^"]*["]""", _quoted_anew, command))


def quoted(text: str) -> str:
    """Return a text as Python writes it, in double quotation marks where that needs nothing else."""
    plain = visible(text) == text and not {'"', "\\"} & {*text}
    return f'"{text}"' if plain else visible(repr(text))


def as_python(value: object) -> str:
    """Return a value as Python writes it; of one that Python cannot write, its type.

    An object may fail at it, and a whole number of more than 4300 digits does; sys.set_int_max_str_digits().
    """
    try:
        return repr(value)
    except Exception:
        return f"<{type(value).__name__}>"


def as_word(value: object) -> str:
    """Return a value as a word of a command; of one that is none, its type."""
    try:
        return str(value)
    except Exception:
        return f"<{type(value).__name__}>"


def _seen(sign: str) -> str:
    if sign.isprintable() and sign not in _BLANK:
        return sign
    code = ord(sign)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _quoted_anew(word: re.Match[str]) -> str:
    inside = word[1]
    if inside is None or visible(inside) == inside:
        return word[0]
    return f"$'{distinct(inside)}'"
