"""What a lab sees of the machine's files.

    /                      read-only
    the notebook's folder  writable, as are the folders that a teacher opens
    /run, /tmp, home       the lab's own, empty at first, and deleted with the lab
    Python and nslab       read-only, even inside one of the folders above

A folder that Python runs from stays read-only even if it is the notebook's: code written there would run outside. The
machine's own /run, /tmp and home are never opened to the lab, because they contain the sockets of other programs.
"""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

OWN = (Path("/run"), Path("/tmp"), Path("/var/tmp"))
"""Folders that every lab has for itself, besides the home folder."""
_OF_LINUX = (Path("/dev"), Path("/proc"), Path("/sys"))

_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Files:
    """The exceptions to a lab's read-only view of the machine's files."""

    folder: Path
    """The notebook's folder."""
    home: Path
    hidden: tuple[Path, ...]
    """Folders in whose place the lab has its own, which are empty at first."""
    python: tuple[Path, ...]
    """The outermost folders that Python runs from."""
    readable: tuple[Path, ...]
    """Those of `python` that need a read-only mount, because they lie in a hidden or a closed folder."""
    writable: tuple[Path, ...]
    opened: tuple[Path, ...]
    """The folders that the kernel spec opens, whether they can be written or not."""
    copies: dict[Path, bytes]
    """The contents of files that the lab gets a copy of, by path."""

    @property
    def in_order(self) -> list[tuple[Path, bool]]:
        """Each readable or writable folder, with whether it is writable; a folder comes before those inside it."""
        places = [(path, False) for path in self.readable] + [(path, True) for path in self.writable]
        return sorted(places, key=lambda place: (len(place[0].parts), not place[1]))


def files_of(folder: Path, open_too: Iterable[Path] = (), connection_file: Path | None = None) -> Files:
    """Return which of the machine's files a lab sees and which it may write.

    Args:
        folder: The notebook's folder.
        open_too: More folders where the lab may write.
        connection_file: The notebook kernel's own; its folder is hidden, unless the lab needs other files there.
    """
    home, python, opened = _home(), _python(), tuple(path.resolve() for path in open_too)
    wanted = [folder, *opened]
    writable = tuple(path for path in wanted if path.is_dir() and can_be_opened(path))
    outermost = [path for path in python if python.isdisjoint(path.parents)]
    needed = tuple(path for path in outermost if closed_folder(path) or any(map(path.is_relative_to, (home, *OWN))))
    hidden = [place for place in (*OWN, home) if place.is_dir() and not place.is_symlink()]
    copies = {path: path.read_bytes() for path in (home / ".cache/matplotlib").glob("fontlist-*.json")}
    if connection_file:
        beside = connection_file.parent
        if not _contains(beside, [*wanted, *python]) and not any(map(beside.is_relative_to, hidden)):
            hidden.append(beside)
        copies[connection_file] = connection_file.read_bytes()
    return Files(folder, home, tuple(dict.fromkeys(hidden)), tuple(outermost), needed, writable, opened, copies)


def can_be_opened(folder: Path) -> bool:
    """Return whether a folder of the machine may be made writable in a lab, if its permissions allow it."""
    return not any(map(folder.is_relative_to, _never_opened())) and not _contains(folder, [_home(), *OWN, *_python()])


def closed_folder(path: Path) -> Path | None:
    """Return the outermost parent of a path that lacks the search permission for others; `None` if none does."""
    return next((parent for parent in reversed(path.parents) if not parent.stat().st_mode & 0o001), None)


def _home() -> Path:
    try:
        home = Path.home().resolve()
    except RuntimeError:  # a user without an entry in passwd(5)
        return Path("/tmp")
    return home if home != Path("/") and home.is_dir() else Path("/tmp")


def _python() -> set[Path]:
    """Return the folders that Python runs from."""
    places: list[str | Path] = [sys.prefix, sys.base_prefix, _PACKAGE, *filter(os.path.isdir, sys.path)]
    return {Path(place).resolve() for place in places}


def _never_opened() -> set[Path]:
    """Return folders below which nothing can be opened; other folders of Python may contain notebooks as well."""
    of_python = (Path(sys.base_prefix), _PACKAGE, *(Path(sys.prefix, name) for name in ("bin", "lib", "share", "etc")))
    return {*_OF_LINUX, *(place.resolve() for place in of_python)}


def _contains(folder: Path, places: Iterable[Path]) -> bool:
    return any(place.is_relative_to(folder) for place in places)
