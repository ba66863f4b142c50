"""The static busybox that the image for containers is made of."""

from pathlib import Path

BUSYBOX = Path("/bin/busybox")
_HEADERS_BYTES = 4096


def is_static(program: Path) -> bool:
    """Return whether a program is there and needs no shared libraries, as Debian's plain busybox does.

    Any other program names its loader, such as /lib/ld-linux.so.2, near its beginning; elf(5), PT_INTERP.
    """
    if not program.exists():
        return False
    with program.open("rb") as file:
        headers = file.read(_HEADERS_BYTES)
    return bool(headers) and b"/ld-" not in headers
