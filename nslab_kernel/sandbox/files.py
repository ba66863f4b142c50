"""What a lab sees of the machine's files.

    /                      read-only
    the notebook's folder  as it is; and what a teacher opens besides
    /run, /tmp, home       the lab's own, empty, and gone with it
    Python and nslab       read-only, also where they lie in one of those

A folder that Python runs from stays read-only even if it is the notebook's: what is written there would be run outside.
"""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

OWN = (Path("/run"), Path("/tmp"), Path("/var/tmp"))
"""Places that every lab has for itself, beside the home folder."""

_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Files:
    """What a lab sees of the machine's files, beyond what is everybody's to read."""

    folder: Path
    """Where the notebook lies."""
    home: Path
    hidden: tuple[Path, ...]
    """Folders that the lab finds empty."""
    readable: tuple[Path, ...]
    """What has to be seen even where it lies in a hidden folder."""
    writable: tuple[Path, ...]
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
    home = _home()
    python = _python()
    wanted = [folder, *open_too]
    writable = tuple(path for path in wanted if not _is_or_holds(path, [home, *python]))
    needed = tuple(path for path in python if any(place in path.parents for place in (home, *OWN)))
    hidden = [place for place in (*OWN, home) if place.is_dir() and not place.is_symlink()]
    copies = {path: path.read_bytes() for path in (home / ".cache/matplotlib").glob("fontlist-*.json")}
    if connection_file:
        beside = connection_file.parent
        if not _is_or_holds(beside, [*wanted, *python]) and not any(map(beside.is_relative_to, hidden)):
            hidden.append(beside)
        copies[connection_file] = connection_file.read_bytes()
    return Files(folder, home, tuple(dict.fromkeys(hidden)), needed, writable, copies)


def _home() -> Path:
    try:
        home = Path.home().resolve()
    except RuntimeError:  # a user without an entry in passwd(5)
        return Path("/tmp")
    return home if home != Path("/") and home.is_dir() else Path("/tmp")


def _python() -> tuple[Path, ...]:
    """Return the folders that Python runs from; none of them lies in another."""
    places: set[str | Path] = {sys.prefix, sys.base_prefix, _PACKAGE, *filter(os.path.isdir, sys.path)}
    folders = {Path(place).resolve() for place in places}
    return tuple(folder for folder in folders if folders.isdisjoint(folder.parents))


def _is_or_holds(folder: Path, places: Iterable[Path]) -> bool:
    return any(place.is_relative_to(folder) for place in places)
