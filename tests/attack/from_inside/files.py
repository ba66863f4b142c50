"""Attacks that reach for the machine's files and secrets."""

import contextlib
import ctypes
import os
import platform
from pathlib import Path

_KEYCTL = {"x86_64": 250, "aarch64": 219}[platform.machine()]
_SEARCH, _READ, _SESSION, _USER, _USER_SESSION = 10, 11, -3, -4, -5
_HARMLESS = {"null", "zero", "full", "random", "urandom", "tty", "fd", "stdin", "stdout", "stderr", "ptmx", "pts"}
_HARMLESS |= {"shm", "mqueue", "core", "net", "net/tun", "fuse"}
_libc = ctypes.CDLL(None, use_errno=True)


def reads_files(machine, *paths):
    """Read files that hold the secret; `~` is the home folder of the user who started Jupyter."""
    return [f"read {path}" for path in paths if machine.secret in _text(_place(machine, path))]


def reads_the_runtime_folder(machine):
    """Read the server's token and the keys of other notebooks."""
    with contextlib.suppress(OSError):
        names = os.listdir(machine.runtime)
        return [f"read {name}" for name in names if machine.secret in _text(f"{machine.runtime}/{name}")]
    return []


def writes_files(machine, *paths):
    """Append a mark to files that must not change; the machine itself checks whether they changed."""
    for path in paths:
        with contextlib.suppress(OSError):
            place = Path(_place(machine, path))
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("a") as file:
                file.write(f"\n# {machine.mark}\n")
    return []


def replaces_files(machine, *paths):
    """Replace files by a rename, which a ban on writing to the file itself does not prevent."""
    for path in paths:
        with contextlib.suppress(OSError):
            place = Path(_place(machine, path))
            aside = place.with_name("planted-by-nslab")
            aside.write_text(f"{_text(place)}\n# {machine.mark}\n")
            aside.rename(place)
    return []


def reads_the_environment(machine):
    """Look for tokens in the environment and on the command line of every process in sight."""
    found = [name for name, value in os.environ.items() if machine.secret in value]
    found += [name for name in ("SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY") if name in os.environ]
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for kind in ("environ", "cmdline"):
            if machine.secret in _text(f"/proc/{pid}/{kind}"):
                found.append("a token in another process" if int(pid) != os.getpid() else "a token in its own process")
    return sorted(set(found))


def reads_the_keyring(machine):
    """Read the key in the session keyring of the user who started Jupyter."""
    text = ctypes.create_string_buffer(100)
    for ring in (_SESSION, _USER, _USER_SESSION):
        key = _libc.syscall(_KEYCTL, _SEARCH, ring, b"user", b"nslab-stand-in", 0)
        if key > 0 and _libc.syscall(_KEYCTL, _READ, key, text, 100) > 0 and machine.secret.encode() in text.raw:
            return ["read the key"]
    return []


def reads_shared_memory(machine):
    """Read the machine's shared memory, both POSIX and System V."""
    achieved = ["read /dev/shm/stand-in"] if machine.secret in _text("/dev/shm/stand-in") else []
    _libc.shmat.restype = ctypes.c_void_p
    segment = _libc.shmget(machine.shm_key, 0, 0)
    place = _libc.shmat(segment, None, 0) if segment >= 0 else None
    if place and ctypes.string_at(place, len(machine.secret)) == machine.secret.encode():
        achieved.append("read a System V segment")
    return achieved


def opens_devices(machine):
    """Open the machine's device nodes, apart from a few harmless ones."""
    named = [name for name in machine.devices if _opens(f"/dev/{name}")]
    return [f"opened /dev/{name}" for name in named]


def finds_devices(machine):
    """Return the names in /dev that are not among the harmless nodes."""
    names = {str(path.relative_to("/dev")) for path in Path("/dev").rglob("*")}
    return sorted(name for name in names if name not in _HARMLESS and not name.startswith(("pts/", "shm/", "mqueue/")))


def leaves_a_program_of_roots(machine):
    """Leave a setuid-root program in the notebook's folder; the machine itself checks its owner and mode."""
    place = Path(machine.notebooks, "planted-suid")
    with contextlib.suppress(OSError):
        place.write_text("#!/bin/sh\nid\n")
        os.chown(place, 0, 0)
        place.chmod(0o6755)
    return []


def _place(machine, path):
    return str(path).replace("~", machine.home)


def _text(path):
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), errors="replace") as file:
            return file.read(1 << 20)
    except OSError:
        return ""


def _opens(path):
    for flags in (os.O_RDONLY, os.O_WRONLY):
        with contextlib.suppress(OSError):
            os.close(os.open(path, flags | os.O_NONBLOCK))
            return True
    return False
