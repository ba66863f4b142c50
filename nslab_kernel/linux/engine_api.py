"""Queries the container engine's API.

The API is Docker's, and Podman offers it as well. To keep a snapshot of the lab cheap, these few queries go to the
engine by HTTP, without starting its program. They raise `NoAnswer` if no engine answers, or if it refuses.
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
"""The socket of the sandbox's own engine: engines' programs look there, and the sandbox's /run is private to it."""
_LIMIT_S = 5.0
_lines: WeakSet[socket.socket] = WeakSet()
_streams_closed = False
_MACHINES = ("/var/run/docker.sock", "/run/podman/podman.sock")


class NoAnswer(OSError):
    """No engine answered, or it refused: `status` is HTTP's, 0 without an answer."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


class EngineTimeout(NoAnswer):
    """There is an engine, but it has not answered in time."""


def address() -> str | None:
    """Return the engine's address as in DOCKER_HOST; in a sandbox its own engine's, whatever DOCKER_HOST says.

    `None` if there is no socket, or outside any lab.
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
    """Return the engine's answer to one HTTP GET.

    Args:
        path: The path of the URL, such as `/containers/json`.
        timeout_s: Seconds to wait for each part of the answer.
    """
    with _asked(path, timeout_s) as connection:
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
    if answer.status != 200:
        raise NoAnswer(text.strip(), answer.status)
    return json.loads(text) if answer.headers.get_content_type() == "application/json" else text


def inspect(container: str) -> dict[str, Any]:
    """Return all that the engine knows about a container; NoAnswer with status 404 if there is no such container."""
    found: dict[str, Any] = get(f"/containers/{quote(container, safe='')}/json")
    return found


def first_process(container: str) -> int:
    """Return the PID of a container's first process on this machine; 0 if it has none, or runs on another machine.

    An engine that is reached by ssh or TCP may run on another machine, whose PIDs mean other processes here.

    Args:
        container: Its full id.
    """
    pid: int = inspect(container)["State"]["Pid"]
    if (address() or "").startswith("unix:"):
        return pid
    with contextlib.suppress(OSError):  # its resolv.conf is mounted from a folder that is named by its id
        if container in Path(f"/proc/{pid}/mountinfo").read_text():
            return pid
    return 0


def is_running() -> bool:
    """Return whether an engine is running."""
    try:
        return bool(get("/_ping"))
    except NoAnswer:
        return False


def open_event_stream() -> socket.socket | None:
    """Return a socket on which the engine reports containers that start, end or are renamed; None without an engine."""
    if _streams_closed or address() is None:
        return None
    kinds = quote('{"type":["container"],"event":["start","die","destroy","rename"]}')
    try:
        with _asked(f"/events?filters={kinds}", _LIMIT_S) as connection:
            line: socket.socket = connection.sock  # only the arrival of an event counts; it is never parsed
            connection.sock = None
    except NoAnswer:
        return None
    line.setblocking(False)
    _lines.add(line)
    if _streams_closed:  # another thread has closed the streams meanwhile
        line.close()
        return None
    return line


@contextlib.contextmanager
def event_streams_closed() -> Iterator[None]:
    """Close all event streams while the engine is being stopped: it would wait seconds for open ones to end."""
    global _streams_closed
    _streams_closed = True
    for line in tuple(_lines):
        with contextlib.suppress(OSError):  # the engine has closed it already
            line.shutdown(socket.SHUT_RDWR)  # a thread that reads from it gets end of file
    try:
        yield
    finally:
        _streams_closed = False


@contextlib.contextmanager
def _asked(path: str, timeout_s: float) -> "Iterator[HTTPConnection]":
    """Send a GET and yield the connection; an error within the block becomes `NoAnswer`."""
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
