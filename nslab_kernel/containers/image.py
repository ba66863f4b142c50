"""Makes the busybox image from busybox-static, without a registry."""

import hashlib
import io
import os
import shlex
import subprocess
import tarfile
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

from nslab_kernel.errors import LabError, MissingProgram
from nslab_kernel.language import translate as _
from nslab_kernel.linux.busybox import BUSYBOX, is_static

NAME = "busybox"
_FOLDERS = {
    "bin": 0o755, "dev": 0o755, "etc": 0o755, "home": 0o755, "proc": 0o755, "root": 0o700, "sbin": 0o755, "sys": 0o755,
    "tmp": 0o1777, "usr": 0o755, "usr/bin": 0o755, "usr/sbin": 0o755, "var": 0o755,
}  # fmt: skip
_FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n",
    "etc/group": "root:x:0:\nnogroup:x:65534:\n",
}


def archive() -> Path:
    """Return the image's root file system as a tar archive, which is made once for each busybox and cached.

    Raises:
        MissingProgram: busybox-static is not installed, or what is installed is not static.
        LabError: It cannot be written, for example because the disk is full.
    """
    if not is_static(BUSYBOX):
        raise MissingProgram("busybox", "busybox-static")
    program = BUSYBOX.read_bytes()
    kept = _cache() / f"busybox-{hashlib.sha256(program).hexdigest()[:12]}.tar"
    try:
        if not _is_ours(kept):
            _write_whole(kept, _root_file_system(program, _applets()))
    except OSError as error:
        what = _("The image busybox cannot be kept in {folder}.").format(folder=kept.parent)
        raise LabError(what, error.strerror or str(error), try_=f"!df -h {shlex.quote(str(kept.parent))}") from None
    return kept


def _applets() -> list[str]:
    listed = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout
    return sorted(set(listed.split()) - {"busybox"})


def _root_file_system(program: bytes, applets: list[str]) -> bytes:
    """Return the tar archive; the same program and applets give the same bytes on every machine."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for folder, mode in _FOLDERS.items():
            _add(tar, folder, mode, tarfile.DIRTYPE)
        for name, text in _FILES.items():
            _add(tar, name, 0o644, data=text.encode())
        _add(tar, "bin/busybox", 0o755, data=program)
        for applet in applets:
            _add(tar, f"bin/{applet}", 0o777, tarfile.SYMTYPE, target="busybox")
    return archive.getvalue()


def _add(
    tar: tarfile.TarFile, name: str, mode: int, kind: bytes = tarfile.REGTYPE, data: bytes = b"", target: str = ""
) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.size, entry.linkname = kind, mode, len(data), target
    tar.addfile(entry, io.BytesIO(data))


def _cache() -> Path:
    """Return the user's cache folder; if it cannot be written, the folder for temporary files."""
    folder = user_cache_path("nslab")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.gettempdir())
    return folder if os.access(folder, os.W_OK) else Path(tempfile.gettempdir())


def _is_ours(path: Path) -> bool:
    """Return whether a file exists and is ours; in the folder for temporary files anybody could have made it."""
    return path.exists() and path.stat().st_uid == os.geteuid()


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file and move it into place, so that another notebook never reads a part of it."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(name).rename(path)
    except BaseException:  # the disk is full, or the learner interrupts
        Path(name).unlink()
        raise
