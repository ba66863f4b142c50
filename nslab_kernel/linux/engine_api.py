"""Asks the container engine's API.

The API is Docker's, and Podman speaks it as well. A look at the lab must not cost more than the lab: these few
questions are asked without starting the engine's program. Where no engine answers, or it refuses, that is a `NoAnswer`.
"""

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from weakref import WeakSet

from nslab_kernel.linux.lab import MACHINE, SANDBOX, lab

if TYPE_CHECKING:
    from http.client import HTTPConnection

SANDBOX_SOCKET = "/run/docker.sock"
"""Where the sandbox's own engine listens: the place where every engine's program looks, and private to the sandbox."""
_LIMIT_S = 5.0
_lines: WeakSet[socket.socket] = WeakSet()
_is_hung_up = False
_MACHINES = ("/var/run/docker.sock", "/run/podman/podman.sock")


class NoAnswer(OSError):
    """No engine answered, or it refused: `status` is HTTP's, 0 without an answer."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


class EngineTimeout(NoAnswer):
    """An engine is there, and has not answered in time."""


def address() -> str | None:
    """Return the engine's address as in DOCKER_HOST; in the sandbox its own alone, whatever DOCKER_HOST says.

    `None` where no socket is in sight, and outside any lab.
    """
    kind = lab().kind
    if kind == SANDBOX:
        return f"unix://{SANDBOX_SOCKET}" if Path(SANDBOX_SOCKET).is_socket() else None
    if kind != MACHINE:
        return None
    if chosen := os.environ.get("DOCKER_HOST"):
        return chosen
    return next((f"unix://{path}" for path in _MACHINES if Path(path).is_socket()), None)


def get(path: str, timeout_s: float = _LIMIT_S) -> Any:
    """Return the engine's answer to one GET.

    Args:
        path: Such as `/containers/json`.
        timeout_s: Seconds to wait for each part of the answer.
    """
    with _asked(path, timeout_s) as connection:
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    if answer.status != 200:
        raise NoAnswer(text.strip(), answer.status)
    return json.loads(text) if answer.headers.get_content_type() == "application/json" else text


def inspect(container: str) -> dict[str, Any]:
    """Return all that the engine knows about a container; one that does not exist is a NoAnswer of status 404."""
    found: dict[str, Any] = get(f"/containers/{quote(container, safe='')}/json")
    return found


def first_process(container: str) -> int:
    """Return a container's first process, as this machine numbers it; 0 where it has none, or runs elsewhere.

    An engine that is reached by ssh or TCP may be another machine's, whose numbers mean other processes here.

    Args:
        container: Its whole id.
    """
    pid: int = inspect(container)["State"]["Pid"]
    if (address() or "").startswith("unix:"):
        return pid
    with contextlib.suppress(OSError):  # a container's resolv.conf is mounted from a folder that has its id
        if container in Path(f"/proc/{pid}/mountinfo").read_text():
            return pid
    return 0


def is_running() -> bool:
    """Return whether an engine is at work."""
    try:
        return bool(get("/_ping"))
    except NoAnswer:
        return False


def open_event_stream() -> socket.socket | None:
    """Return a line on which the engine tells of each container that starts or ends; None where no engine is."""
    if _is_hung_up or address() is None:
        return None
    kinds = quote('{"type":["container"],"event":["start","die","destroy","rename"]}')
    try:
        with _asked(f"/events?filters={kinds}", _LIMIT_S) as connection:
            line: socket.socket = connection.sock  # the answer is never parsed: that something comes is all
            connection.sock = None
    except NoAnswer:
        return None
    line.setblocking(False)
    _lines.add(line)
    if _is_hung_up:  # at this moment, by another thread
        line.close()
        return None
    return line


@contextlib.contextmanager
def event_streams_closed() -> Iterator[None]:
    """Have nobody listen to the engine, which is to end: it would wait for who does, for seconds."""
    global _is_hung_up
    _is_hung_up = True
    for line in tuple(_lines):
        with contextlib.suppress(OSError):  # the engine was faster
            line.shutdown(socket.SHUT_RDWR)  # in whatever thread it is read, there it is at its end
    try:
        yield
    finally:
        _is_hung_up = False


@contextlib.contextmanager
def _asked(path: str, timeout_s: float) -> "Iterator[HTTPConnection]":
    """Send a GET; within, what goes wrong is no answer."""
    from http.client import HTTPException

    from nslab_kernel.linux.engine_connection import connection

    try:
        with contextlib.closing(connection(address() or "", timeout_s)) as opened:
            opened.request("GET", path)
            yield opened
    except TimeoutError as error:
        raise EngineTimeout(str(error)) from None
    except (OSError, ValueError, HTTPException) as error:
        raise NoAnswer(getattr(error, "strerror", None) or str(error) or "it does not speak HTTP") from None
