"""Writes a file that a learner named: completely, or not at all.

An existing file is replaced only if it is of the same kind, so that a mistyped name destroys nobody's work.
"""

import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from nslab_kernel.errors import BadValue, errno_text
from nslab_kernel.interrupts import uninterrupted
from nslab_kernel.language import translate as _
from nslab_kernel.spelling import as_python

_HEAD_BYTES = 64


def save(
    path: Any, data: bytes, kind: str, is_same_kind: Callable[[bytes], bool], overwrite: bool | None = None
) -> Path:
    """Write a file atomically: write a temporary file beside it, and rename that, so that no reader finds half of it.

    Args:
        path: Its path.
        data: Its new content.
        kind: The kind of file, as messages name it, for example `pcap`.
        is_same_kind: Returns whether the first 64 bytes of an existing file are those of that kind.
        overwrite: Whether to replace a file of another kind, too; `None` if the learner's function has no such option.

    Returns:
        its path.

    Raises:
        BadValue: `path` is no path, or that of something else, or cannot be written; nothing is changed.
    """
    what = _("The file {path} cannot be written.").format(path=as_python(str(path) if isinstance(path, Path) else path))
    try:
        file = Path(path)
        _require_replaceable(file, what, kind, is_same_kind, overwrite)
        # A symbolic link stays; its target is written.
        _replace(Path(os.path.realpath(file)), data)
    except OSError as error:  # its own text would name the temporary file
        raise BadValue(what, errno_text(error.errno or 0)) from None
    except (TypeError, ValueError) as error:
        raise BadValue(what, str(error)) from None
    return file


def _require_replaceable(
    file: Path, what: str, kind: str, is_same_kind: Callable[[bytes], bool], overwrite: bool | None
) -> None:
    try:
        mode = file.stat().st_mode
    except FileNotFoundError:
        return
    other = as_python(str(file.with_name(f"new-{file.name}")))
    if not stat.S_ISREG(mode):
        raise BadValue(what, _("There is a folder, a pipe or a device, and no file."), try_=other)
    with file.open("rb") as opened:
        head = opened.read(_HEAD_BYTES)
    if head and not overwrite and not is_same_kind(head):
        why = _("There is a file already, and it is no {kind}: it would be lost.").format(kind=kind)
        if overwrite is None:
            raise BadValue(what, why)
        raise BadValue(what, why + " " + _("overwrite=True replaces it."), try_=other)


def _replace(file: Path, data: bytes) -> None:
    temporary = file.with_name(f".nslab-{secrets.token_hex(8)}")
    with uninterrupted():
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(data)
            temporary.replace(file)
        except BaseException:
            with suppress(FileNotFoundError):
                temporary.unlink()
            raise
