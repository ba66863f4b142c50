"""The notebook kernel's five sockets, bound on the machine.

A listening socket stays in the network namespace where it was made, with all connections that it accepts. So these
are bound before the sandbox is made, and handed in: Jupyter reaches the notebook kernel as it reaches any other.
"""

import json
import os
import socket
from dataclasses import dataclass, field
from pathlib import Path

PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
_SHORT = {"f": "connection_file", "shell": "shell_port", "iopub": "iopub_port", "stdin": "stdin_port"}
_SHORT |= {"control": "control_port", "hb": "hb_port", "ip": "ip", "transport": "transport"}
_BACKLOG = 100


@dataclass
class Listeners:
    """Sockets that listen already, and how to say so to ipykernel."""

    descriptors: dict[int, int] = field(default_factory=dict)
    """By port."""
    arguments: list[str] = field(default_factory=list)
    """To be added to the command line: ports that were chosen here."""
    file: Path | None = None
    """The connection file, where there is one already."""
    text: str = ""
    """What stood in it."""

    def close(self) -> None:
        """Stop listening in this process."""
        for descriptor in self.descriptors.values():
            os.close(descriptor)

    def restore_file(self) -> None:
        """Write the connection file again, if the sandbox's mounts hide it; else the kernel would invent another."""
        if self.file and not self.file.exists():
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.file.touch(mode=0o600)
            self.file.write_text(self.text)


def listen(arguments: list[str]) -> Listeners:
    """Bind the five sockets that a notebook kernel with this command line would bind.

    A port is named by an argument (VS Code does that), else in the connection file, else chosen here.
    """
    given = read_arguments(arguments)
    listeners = _read_file(given.get("connection_file"))
    connection = json.loads(listeners.text or "{}") | given
    if connection.get("transport", "tcp") != "tcp":
        return listeners
    if "connection_file" not in given:  # ipykernel would name it after a process number that every sandbox has
        listeners.arguments.append(f"--IPKernelApp.connection_file=kernel-{os.getpid()}.json")
    for name in PORTS:
        wanted = int(connection.get(name) or 0)
        port, descriptor = _bind(connection.get("ip") or "127.0.0.1", wanted)
        listeners.descriptors[port] = descriptor
        if not wanted:
            listeners.arguments.append(f"--IPKernelApp.{name}={port}")
    return listeners


def read_arguments(arguments: list[str]) -> dict[str, str]:
    """Return what a command line says about the connection, in whatever way ipykernel takes it."""
    found = {}
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=False):
        name, equals, value = argument.lstrip("-").partition("=")
        if argument == "-f":
            found["connection_file"] = following
        elif equals and argument.startswith("-"):
            last = name.rpartition(".")[2]
            found[_SHORT.get(last, last)] = value.strip("\"'")
    return {name: value for name, value in found.items() if name in _SHORT.values()}


def _read_file(name: str | None) -> Listeners:
    if not name:
        return Listeners()
    for path in _places(name):
        if path.is_file():
            return Listeners(file=path.absolute(), text=path.read_text())
    return Listeners()


def _places(name: str) -> list[Path]:
    if Path(name).is_absolute():
        return [Path(name)]
    from jupyter_core.paths import jupyter_runtime_dir

    return [Path(name), Path(jupyter_runtime_dir(), name)]


def _bind(ip: str, port: int) -> tuple[int, int]:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a restart takes the same ports again
    listener.bind(("" if ip == "*" else ip, port))
    listener.listen(_BACKLOG)
    number: int = listener.getsockname()[1]
    return number, listener.detach()
