"""How users start: the development container, cloud-init user data, and the targets of make."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from ruamel.yaml import YAML

REPO = Path(__file__).parents[2]
ATTACH = REPO / ".devcontainer/attach"
USER_DATA = REPO / "binder/cloud-init/user-data"


@pytest.fixture
def place(tmp_path):
    """Return a folder with stand-in programs that print their name and arguments."""
    for name in ("make", "git", "systemctl"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\necho "{name} $*"\n')
        program.chmod(0o755)
    return tmp_path


def run(command, place, **more):
    environment = {**os.environ, "PATH": f"{place}/bin:{os.environ['PATH']}", **more}
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)


def make(*words, **environment):
    """Run make without the variables by which a make around the tests would pass its own flags down."""
    around = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    command = ["make", *words]
    return subprocess.run(command, cwd=REPO, env=around | environment, capture_output=True, text=True, check=False)


def test_the_development_container_is_json():
    """Without its comments devcontainer.json is JSON; it asks for a privileged container, which Codespaces honours."""
    text = (REPO / ".devcontainer/devcontainer.json").read_text()

    told = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    assert told["privileged"] is True
    assert told["postAttachCommand"] == str(ATTACH.relative_to(REPO))


def test_who_attaches_first_starts_the_server(place):
    """The first attach starts the server, at the port that is forwarded."""
    (place / ".venv").symlink_to(sys.prefix)
    (place / "runtime").mkdir()

    done = run([ATTACH], place, JUPYTER_RUNTIME_DIR=str(place / "runtime"))

    assert done.stdout.startswith("make lab PORT=8888 BROWSER=no")


def test_who_attaches_later_is_told_its_address(place):
    """A later attach starts no second server, and prints the address of the running one with its token."""
    (place / ".venv").symlink_to(sys.prefix)
    (place / "runtime").mkdir()
    server = {"pid": os.getpid(), "url": "http://localhost:8888/", "token": "abc", "root_dir": "/notebooks"}
    (place / "runtime/jpserver-1.json").write_text(json.dumps(server | {"port": 8888, "hostname": "localhost"}))

    done = run([ATTACH], place, JUPYTER_RUNTIME_DIR=str(place / "runtime"))

    assert 0 == done.returncode
    assert "runs already: http://localhost:8888/?token=abc" in done.stdout
    assert "make" not in done.stdout


def installation(place, repository):
    """Run the last command of the user data, below the test's own folder instead of /root."""
    data = YAML(typ="safe").load(USER_DATA.read_text(encoding="utf-8"))
    settings = next(file["content"] for file in data["write_files"] if file["path"] == "/root/nslab.env")
    assert "REPO=\n" == settings
    (place / "nslab.env").write_text(settings.replace("REPO=", f"REPO={repository}"))
    for script in ("files", "machine/install"):
        (place / "nslab/binder" / script).parent.mkdir(parents=True, exist_ok=True)
        (place / "nslab/binder" / script).write_text(f'echo "{script} $*"\n')
    return run(["sh", "-c", data["runcmd"][-1].replace("/root", str(place))], place)


def test_user_data_without_an_address_stops(place):
    """Without REPO nothing is cloned, and the log says what to write where."""
    done = installation(place, "")

    assert 0 != done.returncode
    assert "" == done.stdout
    assert "nslab is not installed. Write into the user data, in REPO" in done.stderr


def test_user_data_installs_from_its_address(place):
    """The named repository is cloned, and the lab is installed from the same list of files as into an image."""
    done = installation(place, "https://git.invalid/nslab.git")

    assert 0 == done.returncode, done.stderr
    called = [line.split()[0] for line in done.stdout.splitlines()]
    assert ["git", "files", "machine/install", "systemctl", "nslab:"] == called
    assert "https://git.invalid/nslab.git" in done.stdout


@pytest.mark.parametrize(
    ("environment", "typed", "folder"),
    [
        ({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, [], "zh"),
        ({"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, [], "en"),
        ({"LC_ALL": "C.UTF-8"}, ["LANG=zh_CN.UTF-8"], "zh"),
        ({"LC_ALL": "zh_CN.UTF-8"}, ["LANG=en_US.UTF-8"], "en"),
    ],
)
def test_the_language_that_is_typed_comes_first(environment, typed, folder):
    """`make lab LANG=zh_CN.UTF-8` opens the Chinese lessons, also where the environment has LC_ALL."""
    shown = make("--dry-run", "lab", *typed, **environment).stdout

    assert f"/lab/tree/{folder}/0-welcome.ipynb" in shown


@pytest.mark.parametrize("port", ["0", "70000", "lab", "80 81"])
def test_a_port_that_is_none_is_refused(port):
    """A bad PORT is refused before anything is installed; Jupyter would print an address where nothing listens."""
    done = make("lab", f"PORT={port}")

    assert (2, "") == (done.returncode, done.stdout)
    assert f"{port} is no port" in done.stderr


@pytest.mark.parametrize("target", ["image", "vm", "hub"])
def test_what_hosts_the_lab_opens_it_in_the_language_that_is_typed(target):
    """make passes the typed language on as NSLAB_LANG."""
    shown = make("--dry-run", target, "LANG=zh_CN.UTF-8").stdout

    assert "NSLAB_LANG=zh" in shown


@pytest.mark.parametrize(("ignored", "ends"), [(False, True), (True, False)], ids=["as it is", "with nohup"])
def test_what_make_started_ends_with_its_terminal(tmp_path, ignored, ends):
    """The program ends also where make leads the terminal's session, because Linux sends SIGHUP to the leader alone."""
    program = f"{sys.executable} {REPO}/binder/with_terminal.py"
    (tmp_path / "Makefile").write_text(f"lab:\n\t@echo started; exec {program} sleep 1000\n")
    pid, terminal = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
        os.execlp("make", "make", "-C", str(tmp_path))
    made = psutil.Process(pid)
    while not (family := made.children(recursive=True)) or family[0].name() != "sleep":
        time.sleep(0.01)
    os.close(terminal)
    _, left = psutil.wait_procs(family, 2 if not ends else 60)
    for one in left:
        one.kill()
    os.waitpid(pid, 0)

    assert ends == (left == [])


@pytest.mark.parametrize("target", ["lab", "hub", "image", "binder", "vm"])
def test_what_opens_the_lab_ends_with_its_terminal(target):
    """Each target starts its program by with_terminal.py."""
    shown = make("--dry-run", target).stdout

    assert re.search("python3? binder/with_terminal.py", shown)
