"""How Jupyter reaches the notebook kernel.

A connection file names five sockets on the machine. They stay in the outer process, which relays their connections
into the lab (`relay.py`). It also writes the file if Jupyter has not, since the lab may not write to its folder.
"""

import ast
import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
_SHORT = {"f": "connection_file", "shell": "shell_port", "iopub": "iopub_port", "stdin": "stdin_port"}
_SHORT |= {"control": "control_port", "hb": "hb_port", "ip": "ip", "transport": "transport", "key": "key"}
_BACKLOG = 100


@dataclass(frozen=True)
class Connection:
    """A notebook kernel's connection file, and the sockets that listen for it."""

    file: Path
    is_ours: bool
    """Whether this process wrote the file, and so removes it when the kernel ends."""
    listeners: dict[int, socket.socket]
    """The listening sockets, by port."""
    arguments: tuple[str, ...]
    """The command line for ipykernel."""

    def close(self) -> None:
        """Close this process's copies of the listening sockets."""
        for listener in self.listeners.values():
            listener.close()

    def remove_file(self) -> None:
        """Remove the connection file, if this process wrote it."""
        if self.is_ours:
            self.file.unlink(missing_ok=True)


def connect(arguments: list[str]) -> Connection:
    """Bind the five sockets that a notebook kernel with this command line would bind; complete the connection file.

    A port is taken from an argument (VS Code passes them), else from the connection file, else it is any free one.
    """
    given = read_arguments(arguments)
    file = _find(given.pop("connection_file", "")).absolute()
    known: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    facts = known | given
    listeners = {}
    for name in PORTS:
        bind = _bind_unix if facts.get("transport") == "ipc" else _bind_tcp
        facts[name], listener = bind(facts.get("ip") or "127.0.0.1", int(facts.get(name) or 0))
        listeners[facts[name]] = listener
    complete = all(known.get(name) for name in PORTS)
    if not complete:
        _write(file, facts)
    return Connection(file, not complete, listeners, (*_without_file(arguments), "-f", str(file)))


def read_arguments(arguments: list[str]) -> dict[str, str]:
    """Return the connection's settings in a command line, by trait name, in the forms that ipykernel accepts.

    traitlets' loader would need ipykernel's table of flags, whose import takes longer than this process's start.
    """
    found = {}
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=False):
        name, equals, value = argument.lstrip("-").partition("=")
        if argument == "-f":
            found["connection_file"] = following
        elif equals and argument.startswith("-"):
            last = name.rpartition(".")[2]
            found[_SHORT.get(last, last)] = _unquoted(value)
    return {name: value for name, value in found.items() if name in _SHORT.values()}


def _without_file(arguments: list[str]) -> list[str]:
    others = zip(["", *arguments], arguments, strict=False)
    return [
        argument
        for before, argument in others
        if before != "-f" and argument != "-f" and "connection_file" not in read_arguments([argument])
    ]


def _find(name: str) -> Path:
    """Return the path of a connection file that exists or is to be written; an empty name stands for a new one."""
    if Path(name).is_absolute() or (name and Path(name).is_file()):
        return Path(name)
    from jupyter_core.paths import jupyter_runtime_dir

    return Path(jupyter_runtime_dir(), name or f"kernel-{os.getpid()}.json")


def _write(file: Path, facts: dict[str, Any]) -> None:
    from jupyter_client.connect import write_connection_file  # imported late: rarely needed, and slow to import

    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts["key"] = (facts.get("key") or os.urandom(32).hex()).encode()
    write_connection_file(str(file), **facts)


def _unquoted(value: str) -> str:
    """Return the text of a Python literal, such as VS Code's key b"..."; return any other value unchanged."""
    if value[-1:] not in ("'", '"'):
        return value
    literal = ast.literal_eval(value)
    return literal.decode() if isinstance(literal, bytes) else str(literal)


def _bind_tcp(ip: str, port: int) -> tuple[int, socket.socket]:
    # create_server sets SO_REUSEADDR, which lets a restarted kernel bind the same ports again.
    listener = socket.create_server(("" if ip == "*" else ip, port), backlog=_BACKLOG)
    number: int = listener.getsockname()[1]
    return number, listener


def _bind_unix(path: str, number: int) -> tuple[int, socket.socket]:
    """Bind a Unix socket at PATH-NUMBER, as ipykernel names its sockets with the transport ipc."""
    listener = socket.socket(socket.AF_UNIX)
    Path(f"{path}-{number}").unlink(missing_ok=True)
    listener.bind(f"{path}-{number}")
    listener.listen(_BACKLOG)
    return number, listener
