"""Starts a daemon in the sandbox, and waits until it answers."""

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from nslab_kernel.errors import EngineTrouble
from nslab_kernel.linux import command as program
from nslab_kernel.linux import engine_api

FOLDER = Path("/run/nslab/engine")
"""On the sandbox's own tmpfs: it goes with the sandbox."""
BIN, DATA = FOLDER / "bin", FOLDER / "data"
_CLEAN = ("-P FORWARD ACCEPT", "-F", "-X", "-t nat -F", "-t nat -X")
_LOG, _PID = FOLDER / "log", FOLDER / "pid"
_LIMIT_S = 60.0
_MERCY_S = 15.0
_PAUSE_S = 0.02
_MESSAGE = re.compile(r'msg="((?:[^"\\]|\\.)*)"')


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold off whoever else in this sandbox would start an engine: a terminal, a second cell.

    Raises:
        EngineTrouble: There is no place for it.
    """
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        lock = (FOLDER / "lock").open("w")
    except OSError as error:
        raise EngineTrouble(str(error)) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def start(argv: list[str], environment: Mapping[str, str]) -> None:
    """Start an engine, and wait until its socket answers.

    It is not this process's child: a notebook kernel with a living child takes seconds to shut down.

    Args:
        argv: The program and its arguments.
        environment: What it finds beside what is in the environment already.

    Raises:
        EngineTrouble: It ended, or did not answer; its log says why.
    """
    BIN.mkdir(exist_ok=True)
    _PID.unlink(missing_ok=True)
    # The shell writes its own number, which the engine then takes over.
    writing_pid = ["sh", "-c", 'echo $$ > "$0.new" && mv "$0.new" "$0" && exec "$@"', str(_PID)]
    path = f"{BIN}:{os.environ.get('PATH', os.defpath)}"
    with _LOG.open("wb") as log:
        subprocess.run(
            ["setsid", "-f", *writing_pid, *argv],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PATH": path, **environment},
            check=True,
        )
    _wait()


def stop() -> int | None:
    """End the engine, and wait until it has ended; return which process it is or was, `None` where there was none."""
    pid = _pid()
    if pid is None:
        return None
    with contextlib.suppress(ProcessLookupError):  # somebody killed it
        os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + _MERCY_S
    while not _ended():
        if time.monotonic() > until:
            _end()
        time.sleep(_PAUSE_S)
    Path(engine_api.SANDBOX_SOCKET).unlink(missing_ok=True)
    _PID.unlink()
    return pid


def clean_host() -> list[str]:
    """Take away the rules that an engine leaves on the sandbox's host; return the commands."""
    rules = [f"{tool} {words}" for tool in ("iptables", "ip6tables") if shutil.which(tool) for words in _CLEAN]
    for line in rules:
        program.run(line.split())
    return rules


def write_program(name: str, text: str) -> Path:
    """Put a program on the engine's PATH, before all others."""
    BIN.mkdir(parents=True, exist_ok=True)
    program = BIN / name
    program.write_text(text)
    program.chmod(0o755)
    return program


def log_reason() -> str:
    """Return what the engine said last: the reason where it ended."""
    with contextlib.suppress(OSError):
        lines = [line for line in _LOG.read_text(errors="replace").splitlines() if line.strip()]
        plain = [line for line in lines if not line.startswith("time=")]
        errors = [line for line in lines if "level=error" in line or "level=fatal" in line]
        for line in (*plain[-1:], *errors[-1:], *lines[-1:]):
            message = _MESSAGE.search(line)
            return message[1].replace('\\"', '"') if message else line
    return ""


def _wait() -> None:
    deadline = time.monotonic() + _LIMIT_S
    while not engine_api.is_running():
        if _ended():
            raise EngineTrouble(log_reason())
        if time.monotonic() > deadline:
            _end()
            raise EngineTrouble(log_reason())
        time.sleep(_PAUSE_S)


def _ended() -> bool:
    pid = _pid()
    return pid is not None and not Path(f"/proc/{pid}").exists()


def _end() -> None:
    if pid := _pid():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _pid() -> int | None:
    try:
        return int(_PID.read_text())
    except (OSError, ValueError):
        return None
