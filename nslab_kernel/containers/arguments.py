"""Checks names, images and ports before they reach the engine."""

import re
from typing import Any

from nslab_kernel.language import translate as _
from nslab_kernel.linux.argument_checks import bad_value
from nslab_kernel.model.network import HOST

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_IMAGE = re.compile(r"[a-z0-9]+([._/:@-]+[a-zA-Z0-9_]+)*")
_PUBLISH = re.compile(r"(\d{1,5}):(\d{1,5})(/tcp|/udp)?")
_LONGEST = 128


def check_name(name: Any) -> str:
    """Return a container's name if it is valid for Docker, and is not `host`.

    Raises:
        BadValue: It is invalid; the error states the rule.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > _LONGEST:
        rule = _("A container's name is two or more of a-z, A-Z, 0-9, _ . and -, and starts with a letter or digit.")
        raise bad_value(name, rule, "'busybox_1'")
    if name == HOST:
        rule = _('The lab calls the host itself "host". The host is meant by leaving netns out.')
        raise bad_value(name, rule, "'busybox_1'")
    return name


def check_image(image: Any) -> str:
    """Return an image's name if it is valid for Docker.

    Raises:
        BadValue: It is invalid; the error states the rule.
    """
    if not isinstance(image, str) or not _IMAGE.fullmatch(image) or len(image) > 2 * _LONGEST:
        rule = _("An image's name is in small letters; behind : may stand a version, as in busybox:latest.")
        raise bad_value(image, rule, "'busybox'")
    return image


def check_publish(publish: Any) -> str:
    """Return a published port, the host's port before the container's, if it is valid: `"8080:80"`.

    Raises:
        BadValue: It is invalid; the error states the rule.
    """
    found = _PUBLISH.fullmatch(publish) if isinstance(publish, str) else None
    if not found or not all(0 < int(port) < 65536 for port in found.group(1, 2)):
        rule = _("Two ports from 1 to 65535 with : between them: first the host's, then the container's.")
        raise bad_value(publish, rule, "'8080:80'")
    return str(publish)


def lines(typed: Any) -> list[str]:
    """Return the lines that are to be typed at a terminal, as a list.

    Raises:
        BadValue: It is not a list or tuple of printable strings.
    """
    if not isinstance(typed, list | tuple) or not all(isinstance(line, str) and line.isprintable() for line in typed):
        raise bad_value(typed, _("A list of lines, each a text, as you would type them."), "['ip addr', 'exit']")
    return list(typed)
