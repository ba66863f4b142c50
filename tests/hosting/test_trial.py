"""The trial hub of `make hub`: what it prints, whom it lets in, how it ends; run by an ordinary user."""

import asyncio
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.hosting.accounts import open_to_all
from tests.hosting.hub import REPO, class_folder
from tests.hosting.visitor import Visitor

TRIAL = REPO / "binder/hub/trial.py"
UID = 65534 if os.geteuid() == 0 else os.geteuid()
LIMIT_S = 120
PASSWORD = "correct horse"


def apart(command, folder):
    """Return a command that runs as an ordinary user, in a network and a mount namespace of its own."""
    lines = ["set -e", "ip link set lo up"]
    if os.geteuid() == 0:
        lines += open_to_all(folder / "kept")
        leave = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups"]
    else:
        leave = ["unshare", f"--map-user={UID}", f"--map-group={os.getegid()}"]
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    script = "\n".join([*lines, f"exec {shlex.join([*leave, *map(str, command)])}"])
    return ["unshare", *user, "--net", "--mount", "--propagation", "private", "sh", "-c", script]


def visit(folder, *scenario):
    """Run one of the functions below in that network and mount namespace; return its result."""
    command = [sys.executable, "-m", "tests.hosting.test_trial", folder, *scenario]
    done = subprocess.run(
        apart(command, folder), cwd=REPO, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def folder():
    with class_folder() as place:
        os.chown(place, UID, -1)
        yield place


def test_it_says_first_what_it_is_and_lets_any_name_in(folder):
    """It first says that it is a trial with one account, then the address and the password that lets any name in."""
    seen = visit(folder, "log_in")

    assert "a trial" in seen["said"][0]
    assert "one account, " in seen["said"][0]
    assert f"http://127.0.0.1:8000 in some seconds; any name, the password {PASSWORD}." in seen["said"][1]
    assert {"ada": 302, "../ada": 403, "ada, wrongly": 403} == seen["answers"]


@pytest.mark.parametrize("end", ["TERM", "HUP", "INT", "KILL", "make"])
def test_nothing_of_it_stays(folder, end):
    """Whatever signal ends the hub, or the make that started it, no process remains and no port stays taken."""
    assert {"processes": [], "busy": []} == visit(folder, "ends", end)


def test_it_names_the_ports_that_are_taken(folder):
    """One line names all taken ports: the public one, and the two internal ones."""
    said = visit(folder, "busy")["said"]

    assert 1 == len(said)
    assert "nslab: ports 8000, 8001, 8081 of 127.0.0.1 are taken" in said[0]


@pytest.mark.parametrize(("more", "why"), [({"PASSWORD": "short"}, "5 characters"), ({"PORT": "8081"}, "PORT=8081")])
def test_it_refuses_in_one_line(folder, more, why):
    """It refuses a password that is too short for JupyterHub, and a port that it needs itself."""
    environment = {**os.environ, "NSLAB_HUB": str(folder), **more}
    done = subprocess.run(
        apart([sys.executable, TRIAL], folder), env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip

    assert 1 == done.returncode
    assert 1 == len(done.stderr.splitlines())
    assert why in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused as root")
def test_root_is_no_learner():
    """Root cannot start a trial."""
    done = subprocess.run([sys.executable, TRIAL], capture_output=True, text=True, check=False)

    assert 1 == done.returncode
    assert "this is root" in done.stderr


# The functions below run in their own network and mount namespace; see `visit`.


def start(place, command=(sys.executable, TRIAL)):
    """Start the trial; return its process and its first three lines."""
    environment = {**os.environ, "NSLAB_HUB": str(place), "HOME": str(place), "PASSWORD": PASSWORD}
    started = subprocess.Popen(command, stdout=-1, text=True, env=environment)
    said = [started.stdout.readline() for _ in range(3)]
    return started, said


async def until_up(visitor):
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        try:
            if (await visitor.get("/hub/login"))[0] == 200:
                return
        except OSError:
            pass
        await asyncio.sleep(0.2)
    raise TimeoutError


async def answers(*tries):
    found = {}
    for what, name, password in tries:
        async with Visitor("http://127.0.0.1:8000") as visitor:
            await until_up(visitor)
            found[what] = await visitor.log_in(name, password)
    return found


def log_in(place):
    started, said = start(place)
    tries = [("ada", "ada", PASSWORD), ("../ada", "../ada", PASSWORD), ("ada, wrongly", "ada", "wrong horse")]
    found = asyncio.run(answers(*tries))
    started.terminate()
    started.wait()
    return {"said": said, "answers": found}


def ends(place, end):
    makefile = place / "Makefile"
    makefile.write_text(f"hub:\n\t@{sys.executable} {TRIAL}\n")
    started, _ = start(place, ["make", "-f", makefile]) if end == "make" else start(place)
    asyncio.run(answers(("ada", "ada", PASSWORD)))
    family = [psutil.Process(started.pid), *psutil.Process(started.pid).children(recursive=True)]
    started.send_signal(signal.SIGKILL if end == "make" else signal.Signals[f"SIG{end}"])
    started.wait()
    _, left = psutil.wait_procs(family, 30)
    seen = {"processes": [one.cmdline() for one in left], "busy": [port for port in (8000, 8001, 8081) if taken(port)]}
    for one in left:
        one.kill()
    return seen


def taken(port):
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def busy(place):
    listeners = [socket.create_server(("127.0.0.1", port)) for port in (8000, 8001, 8081)]
    done = subprocess.run(
        [sys.executable, TRIAL], env={**os.environ, "NSLAB_HUB": str(place)}, stderr=-1, text=True, check=False
    )
    for listener in listeners:
        listener.close()
    return {"said": done.stderr.splitlines()}


if __name__ == "__main__":
    place, scenario, *words = sys.argv[1:]
    print(json.dumps(globals()[scenario](Path(place), *words)))
