"""What a lab sees of the machine's files.

    /                      read-only
    the notebook's folder  as it is; and what a teacher opens besides
    /run, /tmp, home       the lab's own, empty, and gone with it
    Python and nslab       read-only, also where they lie in one of those

A folder that Python runs from stays read-only even if it is the notebook's: what is written there would be run outside.
So does a folder that the lab has for itself: in the machine's /tmp and /run are the sockets of other programs.
"""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

OWN = (Path("/run"), Path("/tmp"), Path("/var/tmp"))
"""Places that every lab has for itself, beside the home folder."""
_OF_LINUX = (Path("/dev"), Path("/proc"), Path("/sys"))

_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Files:
    """What a lab sees of the machine's files, beyond what is everybody's to read."""

    folder: Path
    """Where the notebook lies."""
    home: Path
    hidden: tuple[Path, ...]
    """Folders that the lab finds empty."""
    python: tuple[Path, ...]
    """Folders that Python runs from."""
    readable: tuple[Path, ...]
    """What has to be seen even where it lies in a hidden folder."""
    writable: tuple[Path, ...]
    opened: tuple[Path, ...]
    """The folders that the kernel spec opens, whether they can be written or not."""
    copies: dict[Path, bytes]
    """Files that the lab gets a copy of."""

    @property
    def in_order(self) -> list[tuple[Path, bool]]:
        """The places to be seen, and whether they may be written; what lies in another one follows it."""
        places = [(path, False) for path in self.readable] + [(path, True) for path in self.writable]
        return sorted(places, key=lambda place: (len(place[0].parts), not place[1]))


def files_of(folder: Path, open_too: Iterable[Path] = (), connection_file: Path | None = None) -> Files:
    """Return what a lab sees.

    Args:
        folder: The notebook's folder.
        open_too: More folders where the lab may write.
        connection_file: The notebook kernel's own; others that lie beside it stay hidden.
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
        if not _is_or_holds(beside, [*wanted, *python]) and not any(map(beside.is_relative_to, hidden)):
            hidden.append(beside)
        copies[connection_file] = connection_file.read_bytes()
    return Files(folder, home, tuple(dict.fromkeys(hidden)), tuple(outermost), needed, writable, opened, copies)


def can_be_opened(folder: Path) -> bool:
    """Return whether a lab may be let write in a folder of the machine, if its owner allows that."""
    return not any(map(folder.is_relative_to, _closed())) and not _is_or_holds(folder, [_home(), *OWN, *_python()])


def closed_folder(path: Path) -> Path | None:
    """Return the outermost folder on the way to a place that others may not pass."""
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


def _closed() -> set[Path]:
    """Return folders in which no folder can be opened; others that Python runs from may hold notebooks as well."""
    of_python = (Path(sys.base_prefix), _PACKAGE, *(Path(sys.prefix, name) for name in ("bin", "lib", "share", "etc")))
    return {*_OF_LINUX, *(place.resolve() for place in of_python)}


def _is_or_holds(folder: Path, places: Iterable[Path]) -> bool:
    return any(place.is_relative_to(folder) for place in places)
