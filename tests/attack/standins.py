"""Stand-ins for a machine's services and secrets."""

import contextlib
import ctypes
import os
import platform
import shutil
import socket
import stat
import struct
import subprocess
import threading
from pathlib import Path

from tests.attack.world import (
    ABSTRACT,
    ADDRESSES,
    COVERED,
    DEVICES,
    KEPT,
    LEARNER,
    MARK,
    OF_ROOTS_GROUP,
    OTHERS,
    PORT,
    SECRET,
    SHM_KEY,
    UID,
    Launch,
)

_PATIENCE_S = 0.5
_KEYCTL, _ADD_KEY = {"x86_64": (250, 248), "aarch64": (219, 217)}[platform.machine()]
_JOIN_SESSION_KEYRING, _SESSION_KEYRING, _SETPERM = 1, -3, 5


class Witness:
    """Collects which stand-ins were reached and which files were written since the last report."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._said: list[str] = []
        self._before = {path: _text(path) for path in launch.precious}

    def saw(self, sentence: str) -> None:
        """Record what a stand-in saw."""
        self._said.append(sentence)

    def report(self) -> list[str]:
        """Return what was seen since the last report, and restore files that were changed."""
        said, self._said = self._said, []
        for path, before in self._before.items():
            if (now := _text(path)) != before:
                said.append(f"{path} was {'marked' if MARK in (now or '') else 'changed'} on the machine")
                _put_back(Path(path), before)
        planted = Path(self._launch.notebooks, "planted-suid")
        with contextlib.suppress(OSError):
            if (found := planted.stat()).st_uid == 0 and found.st_mode & stat.S_ISUID:
                said.append("a program in the notebook's folder runs as root for whoever starts it")
            planted.unlink()
        for link in Path("/sys/class/net").glob("nslab-*"):
            said.append(f"the interface {link.name} came into the machine's network")
            subprocess.run(["ip", "link", "del", "dev", link.name], check=False, stderr=subprocess.DEVNULL)
        return sorted(set(said))


def furnish(launch: Launch) -> None:
    """Create accounts, secrets and folders; called in the machine, as its root."""
    with Path("/etc/passwd").open("a") as users:
        users.write(f"{LEARNER}:x:{UID}:{UID}::/home/{LEARNER}:/bin/bash\n")
    for name in ("subuid", "subgid"):
        Path("/etc", name).write_text(f"{LEARNER}:200000:65536\n" if launch.subids else "")
    for path in ("/etc/shadow", "/root/secret"):
        _secret_file(Path(path), 0o600)
    _secret_file(Path(OF_ROOTS_GROUP), 0o640)
    for path, owner in OTHERS.items():
        _secret_file(Path(path), 0o600)
        with contextlib.suppress(OSError):  # a container may not have this uid
            os.chown(path, owner, owner)
    for name, mode in DEVICES.items():
        _secret_file(Path("/dev", name), mode)
    _secret_file(Path("/dev/shm/stand-in"), 0o666)
    _share_memory()
    _make_home(launch)
    _mount_over()
    subprocess.run(["mount", "-t", "sysfs", "sysfs", "/sys"], check=False)  # of this network namespace, if allowed
    subprocess.run(["ip", "link", "set", "dev", "lo", "up"], check=True)
    for address in ADDRESSES[1:]:
        subprocess.run(["ip", "addr", "add", f"{address}/32", "dev", "lo"], check=True)


def hold_a_key() -> None:
    """Give this process and its children a session keyring with a secret."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall(_KEYCTL, _JOIN_SESSION_KEYRING, None)
    key = libc.syscall(_ADD_KEY, b"user", b"nslab-stand-in", SECRET.encode(), len(SECRET), _SESSION_KEYRING)
    libc.syscall(_KEYCTL, _SETPERM, key, 0x3F3F3F3F)


def serve(launch: Launch, witness: Witness) -> None:
    """Start every stand-in service in a thread of its own."""
    for address in ADDRESSES:
        listener = socket.create_server((address, PORT))
        _start(listener, f"the server {address}:{PORT}", witness)
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind(ABSTRACT)
    _start(abstract, "the machine's abstract socket", witness)
    for path in launch.sockets:
        _start(_bind(path), path, witness)
    # A cell may reach a service in the notebook's own folder, but not as root.
    path = f"{launch.notebooks}/service.sock"
    _start(_bind(path), path, witness, reachable=True)
    for folder, *_ in os.walk(f"/run/user/{UID}"):
        os.chown(folder, *_owner(launch))


def _start(listener: socket.socket, name: str, witness: Witness, reachable: bool = False) -> None:
    listener.listen()
    threading.Thread(target=_answer_all, args=(listener, name, witness, reachable), daemon=True).start()


def _answer_all(listener: socket.socket, name: str, witness: Witness, reachable: bool) -> None:
    while True:
        peer, _ = listener.accept()
        who = ""
        if listener.family == socket.AF_UNIX:
            uid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]
            who = f", by uid {uid}"
        peer.settimeout(_PATIENCE_S)
        with contextlib.suppress(OSError):
            said = peer.recv(200)
            if MARK.encode() in said and (not reachable or who == ", by uid 0"):
                witness.saw(f"{name} was reached{who}: {said!r}")
            peer.sendall(SECRET.encode())
        peer.close()


def _bind(path: str) -> socket.socket:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    Path(path).chmod(0o666)
    return listener


def _make_home(launch: Launch) -> None:
    for folder in (launch.notebooks, launch.runtime, f"{launch.home}/.ssh"):
        Path(folder).mkdir(parents=True, exist_ok=True)
    _secret_file(Path(launch.home, ".ssh/id_ed25519"), 0o600)
    _secret_file(Path(launch.home, ".Xauthority"), 0o600)
    _secret_file(Path(launch.runtime, "jpserver-77.json"), 0o600)
    _secret_file(Path(launch.runtime, "kernel-of-another-notebook.json"), 0o600)
    Path(launch.home, ".bashrc").touch()
    for folder, _, files in os.walk(launch.home):
        if "/.pyenv" not in folder:
            for path in (folder, *(f"{folder}/{name}" for name in files)):
                os.chown(path, *_owner(launch), follow_symlinks=False)


def _mount_over() -> None:
    """Cover one folder by a mount, and make another one read-only by a mount."""
    for path in (COVERED, *KEPT):
        Path(path).parent.mkdir()
        _secret_file(Path(path), 0o666)
    folder = str(Path(KEPT[0]).parent)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", Path(COVERED).parent], check=True)
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)


def _owner(launch: Launch) -> tuple[int, int]:
    return (0, 0) if launch.root else (UID, UID)


def _secret_file(path: Path, mode: int) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(f"{SECRET}\n")
    path.chmod(mode)


def _share_memory() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.shmat.restype = ctypes.c_void_p
    place = libc.shmat(libc.shmget(SHM_KEY, 4096, 0o1000 | 0o666), None, 0)
    ctypes.memmove(place, SECRET.encode(), len(SECRET))


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return None


def _put_back(path: Path, before: str | None) -> None:
    if before is not None:
        path.write_text(before)
    elif path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
