"""The container engine's HTTP API, over its socket.

The API is Docker's; Podman has it too. Each snapshot queries it, so it is spoken directly: starting the client would
take longer than the rest of the snapshot.
"""

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from weakref import WeakSet

from nslab_kernel.linux.lab import MACHINE, SANDBOX, lab

SANDBOX_SOCKET = "/run/docker.sock"
"""Where the sandbox's own engine listens: the default of every client, and private to the sandbox."""
_LIMIT_S = 5.0
_streams: WeakSet[socket.socket] = WeakSet()
_is_ending = False
_MACHINE_SOCKETS = ("/var/run/docker.sock", "/run/podman/podman.sock")


class NoAnswer(OSError):
    """No engine answered, or it refused; `status` is HTTP's, 0 without an answer."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


class EngineTimeout(NoAnswer):
    """An engine is there but did not answer in time."""


def address() -> str | None:
    """Return the engine's address as in DOCKER_HOST; in the sandbox its own alone, whatever DOCKER_HOST says.

    `None` if no socket is found, and outside any lab.
    """
    kind = lab().kind
    if kind == SANDBOX:
        return f"unix://{SANDBOX_SOCKET}" if Path(SANDBOX_SOCKET).is_socket() else None
    if kind != MACHINE:
        return None
    if chosen := os.environ.get("DOCKER_HOST"):
        return chosen
    return next((f"unix://{path}" for path in _MACHINE_SOCKETS if Path(path).is_socket()), None)


def get(path: str, timeout_s: float = _LIMIT_S) -> Any:
    """Return the engine's answer to one GET.

    Args:
        path: Such as `/containers/json`.
        timeout_s: Seconds to wait for each part of the answer.

    Raises:
        NoAnswer: There is no engine, it is silent, or it refused.
    """
    head, _, body = _exchange(f"GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n".encode(), timeout_s).partition(b"\r\n\r\n")
    words = head.split(maxsplit=2)
    if len(words) < 2 or not words[1].isdigit():
        raise NoAnswer("it does not speak HTTP")
    if words[1] != b"200":
        raise NoAnswer(body.decode(errors="replace").strip(), int(words[1]))
    return json.loads(body) if body.startswith((b"{", b"[", b"null")) else body.decode(errors="replace")


def inspect(container: str) -> dict[str, Any]:
    """Return all that the engine knows about a container.

    Raises:
        NoAnswer: There is no such container (status 404), or no engine.
    """
    found: dict[str, Any] = get(f"/containers/{quote(container, safe='')}/json")
    return found


def is_running() -> bool:
    """Return whether an engine answers."""
    try:
        return bool(get("/_ping"))
    except NoAnswer:
        return False


def open_event_stream() -> socket.socket | None:
    """Return a stream of the engine's container events (start, end, rename); None without an engine."""
    if _is_ending or address() is None:
        return None
    kinds = quote('{"type":["container"],"event":["start","die","destroy","rename"]}')
    try:
        stream = _send(f"GET /events?filters={kinds} HTTP/1.0\r\nHost: docker\r\n\r\n".encode(), _LIMIT_S)
    except NoAnswer:
        return None
    stream.setblocking(False)
    _streams.add(stream)
    if _is_ending:  # set meanwhile by another thread
        stream.close()
        return None
    return stream


@contextlib.contextmanager
def event_streams_closed() -> Iterator[None]:
    """Close all event streams while an engine is stopped: it would wait seconds for them."""
    global _is_ending
    _is_ending = True
    for stream in tuple(_streams):
        with contextlib.suppress(OSError):  # the engine closed it first
            stream.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads it, with end of file
    try:
        yield
    finally:
        _is_ending = False


def _exchange(request: bytes, timeout_s: float) -> bytes:
    with _send(request, timeout_s) as stream:
        try:
            return b"".join(iter(lambda: stream.recv(65536), b""))
        except OSError as error:
            raise _no_answer(error) from None


def _send(request: bytes, timeout_s: float) -> socket.socket:
    where = urlsplit(address() or "")
    family = socket.AF_UNIX if where.scheme == "unix" else socket.AF_INET
    if where.scheme not in ("unix", "tcp"):
        raise NoAnswer(f"no engine at {address()}")
    stream = socket.socket(family, socket.SOCK_STREAM)
    try:
        stream.settimeout(timeout_s)
        stream.connect(where.path if where.scheme == "unix" else (where.hostname, where.port or 2375))
        stream.sendall(request)
    except OSError as error:
        stream.close()
        raise _no_answer(error) from None
    return stream


def _no_answer(error: OSError) -> NoAnswer:
    return (EngineTimeout if isinstance(error, TimeoutError) else NoAnswer)(error.strerror or str(error))
