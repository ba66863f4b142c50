"""Checks that a Network's values have the types of their fields."""

import os
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any

from nslab_kernel.language import translate as _
from nslab_kernel.linux.argument_checks import bad_value

_LEAST, _MOST = -(1 << 31), (1 << 32) - 1
"""The range of numbers: Linux has 32 bits for each number in a Network, and some are signed."""
_LONGEST = 65531
"""Most bytes in a netlink attribute: its length has 16 bits and includes a header of 4 bytes; netlink(7)."""
_Fits = Callable[[Any], bool]


def check_types(value: Any, kind: type) -> None:
    """Check that a value and everything in it has the declared type and fits into Linux's fields.

    Raises:
        BadValue: A value does not; the error names its field.
    """
    if not _fits(kind)(value):
        raise bad_value(value, _("It is no {type}.").format(type=kind.__name__))


@cache
def _fits(kind: Any) -> _Fits:
    """Return a predicate that checks a type; for a dataclass it raises BadValue if a field is wrong."""
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if is_dataclass(kind):
        return _fits_dataclass(kind)
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (UnionType, typing.Union):
        of_others = [_fits(one) for one in arguments if one is not NoneType]
        return lambda value: value is None or any(fits(value) for fits in of_others)
    if origin is Mapping:
        key, of_value = map(_fits, arguments)
        return lambda value: isinstance(value, Mapping) and all(key(k) and of_value(v) for k, v in value.items())
    if arguments[1:] == (...,):
        of_each = _fits(arguments[0])
        return lambda value: isinstance(value, tuple) and all(map(of_each, value))
    in_order = [_fits(one) for one in arguments or typing.get_type_hints(kind).values()]
    return lambda value: (
        isinstance(value, tuple)
        and len(value) == len(in_order)
        and all(fits(one) for fits, one in zip(in_order, value, strict=True))
    )


def _fits_dataclass(kind: Any) -> _Fits:
    hints = typing.get_type_hints(kind)
    of_fields = [(one.name, _fits(hints[one.name])) for one in fields(kind)]

    def fits(value: Any) -> bool:
        if not isinstance(value, kind):
            return False
        for name, field_fits in of_fields:
            if not field_fits(getattr(value, name)):
                rule = _("{field} is of the type {type}; a whole number has at most 32 bits, a text no zero byte.")
                told = rule.format(field=f"{kind.__name__}.{name}", type=_called(hints[name]))
                raise bad_value(getattr(value, name), told)
        return True

    return fits


def _called(kind: Any) -> str:
    is_plain = isinstance(kind, type) and not typing.get_args(kind)
    return kind.__name__ if is_plain else re.sub(r"nslab_kernel\.model\.\w+\.", "", str(kind))


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and _LEAST <= value <= _MOST


def _is_text(value: Any) -> bool:
    if not isinstance(value, str) or "\0" in value:
        return False
    try:
        return value.isascii() or bool(os.fsencode(value))
    except UnicodeEncodeError:
        return False


_SIMPLE: dict[Any, _Fits] = {
    int: _is_number,
    str: _is_text,
    bool: lambda value: isinstance(value, bool),
    bytes: lambda value: isinstance(value, bytes) and len(value) <= _LONGEST,
}
