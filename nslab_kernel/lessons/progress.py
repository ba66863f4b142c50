"""What a learner has done: which steps were reached, with which help.

The records are kept in a file beside the notebook, so that they outlive the lab; if it cannot be written, in memory.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from nslab_kernel.errors import BadValue
from nslab_kernel.saving import save

FILE = Path(".nslab", "progress.json")
_FORMAT = "nslab progress"


@dataclass
class Record:
    """What a learner has done in one step."""

    reached: str = ""
    """When its goal was met for the first time, ISO 8601 with the offset from UTC; empty where it never was."""
    hints: int = 0
    """How many hints were asked for."""
    solved: bool = False
    """Whether `solve()` ran a line of it."""
    guess: str = ""
    """The letter of the first answer that was guessed."""


_records: dict[str, Record] | None = None
_lock = threading.RLock()
_watchers: list[Callable[[], None]] = []


def record(step: str) -> Record:
    """Return the record of a step."""
    with _lock:
        return _all().get(step) or Record()


def reached() -> tuple[str, ...]:
    """Return the numbers of the steps that were reached, the last one last."""
    with _lock:
        done = [(one.reached, step) for step, one in _all().items() if one.reached]
        return tuple(step for _when, step in sorted(done))


@contextmanager
def changing(step: str) -> Iterator[Record]:
    """Yield the record of a step, to be changed; then write the file, and call the watchers."""
    with _lock:
        yield _all().setdefault(step, Record())
        _write()
    for watcher in _watchers:
        watcher()


def watch(watcher: Callable[[], None]) -> None:
    """Call `watcher` after each change of a record."""
    _watchers.append(watcher)


def tick(step: str) -> None:
    """Note that a step's goal is met, if it was not noted before."""
    if not record(step).reached:
        with changing(step) as known:
            known.reached = datetime.now().astimezone().isoformat(timespec="seconds")


def when(step: str) -> str:
    """Return when a step was reached: the time, with the date if that is not today; empty if it was not reached."""
    if not (iso := record(step).reached):
        return ""
    moment = datetime.fromisoformat(iso)
    return f"{moment:%H:%M:%S}" if moment.date() == datetime.now().date() else f"{moment:%Y-%m-%d %H:%M}"


def _all() -> dict[str, Record]:
    global _records
    if _records is None:
        _records = _read()
    return _records


def _read() -> dict[str, Record]:
    try:
        steps = json.loads(FILE.read_text())["steps"]
        return {str(step): Record(**_known(values)) for step, values in steps.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _known(values: Any) -> dict[str, Any]:
    """Return the fields of a record that have the right type."""
    return {one.name: values[one.name] for one in fields(Record) if type(values.get(one.name)) is one.type}


def _write() -> None:
    """Write the records, and those that another notebook in this folder has written meanwhile."""
    together = {**_read(), **_all()}
    text = json.dumps({"format": _FORMAT, "steps": {step: asdict(one) for step, one in together.items()}}, indent=1)
    try:
        FILE.parent.mkdir(exist_ok=True)
        save(FILE, text.encode(), _FORMAT, lambda head: _FORMAT.encode() in head)
    except (OSError, BadValue):
        return  # the records stay in memory
