"""Checks of arguments: names, addresses, sizes, tables, options.

Each check raises a BadValue that states the rule; most return the argument in the form that Linux takes.
"""

import ipaddress
import os
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

from nslab_kernel.errors import BadValue
from nslab_kernel.language import translate as _
from nslab_kernel.linux.rtnetlink_reader import TABLES
from nslab_kernel.model.network import HOST
from nslab_kernel.spelling import as_python

IFNAME_BYTES = 15
"""The longest interface name, in bytes: IFNAMSIZ is 16, with the final zero byte; ip-link(8)."""
NETNS_BYTES = 255
"""The longest name of a namespace, in bytes: it is a file's name, so NAME_MAX."""
MTU_MIN, MTU_MAX = 68, 65536
"""In bytes. RFC 791 asks for 68; a veth takes 65535, `lo` starts with 65536."""

MOST = 2**32 - 1
"""The largest metric, table or priority: they have 32 bits; ip-route(8)."""
Option = str | int | bool | tuple[str | int, ...] | None
"""The value of a command's option, or several; `True` for a word without a value, `None` to leave the option out."""

_SHOWN = 60
_MAC = re.compile(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")


def check_ifname(name: Any) -> str:
    """Return the name if Linux accepts it for an interface: dev_valid_name() in net/core/dev.c."""
    _check_name(name, IFNAME_BYTES, "veth0")
    for sign in ":%":
        if sign in name:
            raise _bad(name, _("An interface's name has no {sign} in it.").format(sign=sign), name.replace(sign, ""))
    # The kernel looks at single bytes, and takes A0 for a space; the UTF-8 of some Chinese characters contains A0.
    if b"\xa0" in name.encode():
        raise _bad(name, _("One of its characters holds the byte A0, which Linux takes for a space."), "veth0")
    return str(name)


def check_text(name: Any) -> str:
    """Return a name that something may have: non-empty text that can be encoded, without zero bytes; else BadValue."""
    check_nonempty_text(name, "test1")
    with suppress(UnicodeEncodeError):
        if b"\0" not in os.fsencode(name):
            return str(name)
    return check_netns_name(name)


def check_known_netns(name: Any) -> str:
    """Return a name that a namespace may have; BadValue for a path, or for no text."""
    check_nonempty_text(name, "test1")
    return check_netns_name(name) if "/" in name else check_text(name)


def check_netns_name(name: Any) -> str:
    """Return the name if Linux and the lab accept it for a network namespace; ip-netns(8)."""
    _check_name(name, NETNS_BYTES, "test1")
    if name == HOST:
        rule = _('The lab calls the host itself "host". The host is meant by leaving netns out.')
        raise _bad(name, rule, "host1")
    return str(name)


def check_new_netns_name(name: Any) -> str:
    """Return the name if a new network namespace may have it."""
    check_netns_name(name)
    for prefix in ("netns:", "container:"):
        if name.startswith(prefix):
            rule = _("By {prefix}NAME the lab tells a namespace and a container of one name apart.")
            raise _bad(name, rule.format(prefix=prefix), name.removeprefix(prefix) or "test1")
    return str(name)


def check_addr(addr: Any) -> str:
    """Return an address with its prefix length, normalised: `"192.168.1.1/24"`; the default is /32 (/128 for IPv6)."""
    good = "192.168.1.1/24"
    parsed = _parsed(addr, ipaddress.ip_interface, good)
    if parsed is None:
        rule = _("An IPv4 address is four numbers from 0 to 255, then / and a length from 0 to 32; IPv6 goes to /128.")
        raise _bad(addr, rule, good)
    return str(parsed)


def check_dst(dst: Any) -> str:
    """Return a route's destination, normalised: `"default"`, a net `"10.0.0.0/24"`, or one address `"10.0.0.5"`."""
    if dst == "default":
        return "default"
    good = "10.0.0.0/24"
    given = _parsed(dst, ipaddress.ip_interface, good)
    if given is None:
        raise _bad(dst, _("A destination is a net such as 10.0.0.0/24, one address, or default."), good)
    if given.ip != given.network.network_address:
        rule = _("Behind the first {bits} bits of a net's address all others are 0.")
        raise _bad(dst, rule.format(bits=given.network.prefixlen), str(given.network))
    if given.network.prefixlen == given.max_prefixlen:
        return str(given.ip)
    return str(given.network) if given.network.prefixlen else "default"


def check_gateway(gateway: Any) -> str:
    """Return a gateway's address, normalised, without a length; else BadValue, with the rule."""
    return _one_address(gateway, _("A gateway is one address, without a length."), "192.168.1.254")


def check_one_addr(addr: Any) -> str:
    """Return the address of one host, normalised, without a length."""
    return _one_address(addr, _("It is one address, without a length."), "192.168.1.2")


def check_mac(mac: Any) -> str:
    """Return a MAC address in lower case, if an interface may have it."""
    check_any_mac(mac)
    if int(mac[:2], 16) & 1 or not int(mac.replace(":", ""), 16):
        rule = _("An interface's own MAC address is not all zeros, and its first byte is even: odd ones mean a group.")
        raise _bad(mac, rule, f"02{mac[2:]}".lower())
    return str(mac).lower()


def check_any_mac(mac: Any) -> str:
    """Return any MAC address in lower case, also a group's or all zeros; else BadValue, with the rule."""
    check_nonempty_text(mac, "02:00:00:00:00:01")
    if not _MAC.fullmatch(mac):
        rule = _("A MAC address is six bytes of two hexadecimal digits, with : between them.")
        raise _bad(mac, rule, "02:00:00:00:00:01")
    return str(mac).lower()


def check_mtu(mtu: Any) -> int:
    """Return an MTU, in bytes; BadValue, with the rule, where no interface takes it."""
    if isinstance(mtu, bool) or not isinstance(mtu, int):
        raise bad_value(mtu, _("An MTU is a whole number of bytes."), "1500")
    if not MTU_MIN <= mtu <= MTU_MAX:
        rule = _("An MTU is from {least} to {most} bytes.").format(least=MTU_MIN, most=MTU_MAX)
        raise bad_value(mtu, rule, "1500")
    return mtu


def check_family(family: Any) -> int:
    """Return the number of an address family, 4 or 6."""
    if isinstance(family, bool) or not isinstance(family, int) or family not in (4, 6):
        raise bad_value(family, _("A family is 4 or 6: IPv4 or IPv6."), "4")
    return family


def check_table(table: Any) -> str:
    """Return a routing table as `ip route` shows it: `main`, `default`, `local`, or a number as text."""
    if isinstance(table, str) and table in TABLES.values():
        return table
    number = int(table) if isinstance(table, str) and re.fullmatch(r"[0-9]{1,10}", table) else table
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST:
        raise bad_value(table, _("A table is a number from 1 on, or main, default, local."), "100")
    return TABLES.get(number, str(number))


def check_number(number: Any) -> int:
    """Return the number if it is a whole number from 0 to 2**32 - 1."""
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= MOST:
        raise bad_value(number, _("It is a whole number from {least} to {most}.").format(least=0, most=MOST), "100")
    return number


def check_ping_dst(dst: object) -> None:
    """Check that something is an IP address."""
    try:
        ipaddress.ip_address(dst if isinstance(dst, str) else "")
    except ValueError:
        raise BadValue(
            _("{dst} is not an address to ping.").format(dst=as_python(dst)),
            _("An address is four numbers with dots, or IPv6 with colons; names are not looked up, no length follows."),
            try_='ping("192.168.1.2")',
        ) from None


def check_range(name: str, value: object, kind: type | tuple[type, ...], low: float, high: float, try_: str) -> None:
    """Check that an argument is a number from `low` to `high`, both included."""
    if not isinstance(value, kind) or isinstance(value, bool) or not low <= value <= high:  # type: ignore[operator]
        raise BadValue(
            _("{name} cannot be {value}.").format(name=name, value=as_python(value)),
            _("It is a number from {low} to {high}.").format(low=low, high=high),
            try_=try_,
        )


def check_bool(name: str, value: object, try_: str) -> None:
    """Check that an argument is `True` or `False`."""
    if not isinstance(value, bool):
        what = _("{name} cannot be {value}.").format(name=name, value=as_python(value))
        raise BadValue(what, _("It is True or False."), try_=try_)


def check_options(options: Mapping[str, object]) -> None:
    """Check options that are to become words of a command: texts, numbers, or several of them.

    `id=42` becomes `id 42`, `nolearning=True` the word alone; `None` leaves the option out.
    """
    for name, value in options.items():
        if value is False:
            rule = _("No command has a word for False: write {name}=0, or the opposite word, as in nolearning=True.")
            raise bad_value(value, rule.format(name=name), f"{name}=0")
        for word in value if isinstance(value, tuple) else (value,):
            if not isinstance(word, str | int | None) or word == "":
                raise bad_value(word, _("An option of a command is a text or a number; one without a value is True."))


def check_word(word: Any, good: str) -> str:
    """Return a word of a command if it is non-empty text and does not start with `-`, as an option does."""
    check_nonempty_text(word, good)
    if word.startswith("-"):
        raise _bad(word, _("A word that starts with - is an option to every command."), word.lstrip("-") or good)
    return str(word)


def check_nonempty_text(value: Any, good: str) -> None:
    """Check that a value is non-empty text; else BadValue, which suggests `good`."""
    if not isinstance(value, str):
        rule = _("It is of the type {type}; a text in quotation marks is wanted.").format(type=type(value).__name__)
        raise _bad(value, rule, good)
    if not value:
        raise _bad(value, _("It is empty."), good)


def _check_name(name: Any, most: int, good: str) -> None:
    check_nonempty_text(name, good)
    if name in (".", ".."):
        raise _bad(name, _("A name is not . or .. : those mean folders."), good)
    check_word(name, good)
    if "/" in name:
        raise _bad(name, _("A name has no / in it."), name.replace("/", "") or good)
    if any(sign.isspace() for sign in name):
        raise _bad(name, _("A name has no white space in it."), "".join(name.split()) or good)
    if not name.isprintable():
        raise _bad(name, _("A name has no control characters in it."), good)
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        raise unspelled(name) from None
    size = len(name.encode())
    if size > most:
        rule = _("At most {most} bytes; this name has {size}, which is {surplus} too many.")
        why = rule.format(most=most, size=size, surplus=size - most)
        if size > len(name):
            why += " " + _("Letters other than a-z take more than one byte each, a Chinese character three.")
        raise _bad(name, why, name.encode()[:most].decode(errors="ignore"))


def _one_address(addr: Any, rule: str, good: str) -> str:
    parsed = _parsed(addr, ipaddress.ip_address, good)
    if parsed is None:
        raise _bad(addr, rule, good)
    return str(parsed)


def _parsed(value: Any, parse: Any, good: str) -> Any:
    """Return the parsed address, or `None` if the text is not one."""
    check_nonempty_text(value, good)
    # `parse` also accepts a netmask after the slash, and a zone such as %eth0, for which there is `dev`.
    if re.search(r"/.*[^0-9]|%", value, re.ASCII | re.DOTALL):
        return None
    return _read(value, parse)


@lru_cache(4096)
def _read(value: str, parse: Any) -> Any:
    try:
        return parse(value)
    except ValueError:
        return None


def bad_value(value: object, rule: str, try_: str = "") -> BadValue:
    """Return the error that says which rule a value breaks, and what to try instead."""
    told = as_python(value)
    told = told if len(told) <= _SHOWN else f"{told[:_SHOWN]}..."
    return BadValue(_("{value} is not valid.").format(value=told), rule, try_=try_)


def unspelled(value: object) -> BadValue:
    """Return the error for text that the locale cannot encode."""
    rule = _("This Python was started in a locale whose letters are {encoding}: it cannot hand others to Linux.")
    try_ = "LC_ALL=C.UTF-8 jupyter lab"
    return bad_value(value, rule.format(encoding=sys.getfilesystemencoding()), try_)


def _bad(value: object, rule: str, good: str) -> BadValue:
    return bad_value(value, rule, repr(good) if len(good) <= _SHOWN else "")
