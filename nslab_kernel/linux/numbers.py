"""What Linux takes as a family, a routing table, a priority."""

import re
from typing import Any

from nslab_kernel.language import translate as _
from nslab_kernel.linux.names import bad_value
from nslab_kernel.linux.reader import TABLES

MOST = 2**32 - 1
"""Metrics, tables and priorities have 32 bits; ip-route(8)."""


def check_family(family: Any) -> int:
    """Return the number of a family of addresses.

    Raises:
        BadValue: It is neither 4 nor 6.
    """
    if isinstance(family, bool) or not isinstance(family, int) or family not in (4, 6):
        raise bad_value(family, _("A family is 4 or 6: IPv4 or IPv6."), "4")
    return family


def check_table(table: Any) -> str:
    """Return a routing table as `ip route` shows it: `main`, `default`, `local`, or a number as text.

    Raises:
        BadValue: It is none of them; with the rule.
    """
    if isinstance(table, str) and table in TABLES.values():
        return table
    number = int(table) if isinstance(table, str) and re.fullmatch(r"[0-9]{1,10}", table) else table
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST:
        raise bad_value(table, _("A table is a number from 1 on, or main, default, local."), "100")
    return TABLES.get(number, str(number))


def check_number(number: Any, most: int = MOST) -> int:
    """Return a whole number.

    Raises:
        BadValue: It is none, or negative, or larger than `most`.
    """
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= most:
        raise bad_value(number, _("It is a whole number from {least} to {most}.").format(least=0, most=most), "100")
    return number
