"""Attacks on another lab of the same account."""

import contextlib
import os
import socket
import threading
from pathlib import Path

_FILES = ("/tmp/next-door", "/dev/shm/next-door")
_DOOR = "\0nslab-next-door"


def moves_in(machine):
    """Prepare the other lab: leave secrets in its files, and serve the secret at an abstract socket."""
    for file in _FILES:
        Path(file).write_text(machine.secret)
    door = socket.socket(socket.AF_UNIX)
    door.bind(_DOOR)
    door.listen()
    threading.Thread(target=_answer, args=(door, machine.secret), daemon=True).start()
    return []


def calls_next_door(machine):
    """Look for the other lab's files through every visible process, and connect to its abstract socket."""
    roots = ["", *(f"/proc/{pid}/root" for pid in os.listdir("/proc") if pid.isdigit())]
    achieved = [f"read {root}{file}" for root in roots for file in _FILES if machine.secret in _text(root + file)]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(1)
        caller.connect(_DOOR)
        achieved.append(f"heard {caller.recv(100).decode()}")
    return achieved


def _answer(door, secret):
    while True:
        caller, _ = door.accept()
        with caller:
            caller.sendall(secret.encode())


def _text(path):
    try:
        return Path(path).read_text()
    except OSError:
        return ""
