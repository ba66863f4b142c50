"""Our own image, run by a real Docker with the options that it needs, and with fewer.

The image is built again only if one of its files has changed; that takes a minute, and the network. The Docker daemon
is the test's own, with its own network and mount namespace.
"""

import hashlib
import json
import os
import shutil
import subprocess
import time

import pytest

from tests.hosting.docker import REPO, Opened, daemon, forget
from tests.notebooks.executed import give_up

TAR = REPO / "build/image.tar"
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts a Docker daemon here")
SECCOMP = ("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined")
GOES_IN = ("binder", "nslab_kernel", "notebooks", "requirements.lock", "pyproject.toml")
FULL = (*SECCOMP, "--security-opt", "systempaths=unconfined")
CONTAINERS = "from nslab_kernel import *\ncontainer_run('busybox_1')\nprint(container_exec('busybox_1', 'ip a').text)"


@pytest.fixture(scope="module")
def image():
    """Return the archive of the image, built from the current files."""
    for program in ("mmdebstrap", "dockerd", "docker"):
        if not shutil.which(program):
            give_up(f"{program} is not installed (binder/system-packages test)")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *GOES_IN]
    names = subprocess.run(listed, cwd=REPO, capture_output=True, text=True, check=True).stdout.split("\0")
    files = [REPO / name for name in names if name and (REPO / name).exists()]
    digest = hashlib.sha256(b"".join(str(path).encode() + path.read_bytes() for path in files)).hexdigest()
    mark = TAR.with_suffix(".digest")
    if not (TAR.exists() and mark.exists() and mark.read_text() == digest):
        mark.unlink(missing_ok=True)
        subprocess.run([REPO / "binder/image", "build", TAR], check=True)
        mark.write_text(digest)
    return TAR


@pytest.fixture(scope="module")
def docker(image, tmp_path_factory):
    """Yield a client of a daemon that has the image."""
    folder = tmp_path_factory.mktemp("docker")
    try:
        with daemon(folder) as client:
            subprocess.run([REPO / "binder/image", "load", image], check=True, env=client.environment, stdout=-1)
            yield client
    finally:
        forget(folder)


def run(docker, *words, options=FULL, **more):
    return docker("run", "--rm", "--cap-drop", "ALL", *options, "nslab", *words, check=False, **more)


def states(done):
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def test_the_lab_is_whole(docker):
    """With three options and no capability, an ordinary user has everything that the machine's Linux offers."""
    done = run(docker, "nslab", "doctor", "--json")

    found = states(done)
    assert 0 == done.returncode, done.stderr
    assert {"ready"} == {found[name]["state"] for name in ("lab", "seccomp", "ip", "ping", "nft", "container engine")}
    assert "processes" not in found
    assert "ip_forward" in found["Linux can"]["what"]


def test_docker_alone_refuses_by_its_filter(docker):
    """Without these options the doctor says that the seccomp filter refuses the lab, and which option to use."""
    done = run(docker, "nslab", "doctor", "--json", options=())

    found = states(done)
    assert 1 == done.returncode
    assert "missing" == found["lab"]["state"] == found["seccomp"]["state"]
    assert "seccomp=unconfined" in found["lab"]["fix"]
    assert "nslab: this place refuses the lab" in done.stderr


def test_without_open_proc_the_lab_does_without(docker):
    """Where parts of /proc stay covered the lab works; the doctor says what is not available."""
    done = run(docker, "nslab", "doctor", "--json", options=SECCOMP)

    found = states(done)
    assert 0 == done.returncode
    assert "note" == found["processes"]["state"] == found["ip_forward"]["state"]


@pytest.mark.parametrize(
    ("options", "lesson"), [(FULL, "zh/3-by-hand.ipynb"), (SECCOMP, "en/3-by-hand.ipynb")], ids=["full", "covered"]
)
def test_lessons_run(docker, lesson, options):
    """The notebooks run through in the kernel "NS Lab"."""
    done = run(docker, "jupyter", "execute", "--kernel_name=nslab", lesson, options=options)

    assert 0 == done.returncode, done.stderr[-2000:]


def test_docker_works_inside(docker, tmp_path):
    """In a notebook inside the container, the lab's own engine runs the real busybox."""
    cell = {"cell_type": "code", "source": CONTAINERS, "metadata": {}, "outputs": [], "execution_count": None}
    notebook = {"cells": [cell | {"id": "a"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    words = "cat > /tmp/a.ipynb; jupyter execute --kernel_name=nslab --output=b /tmp/a.ipynb; cat /tmp/b.ipynb"

    options = ("run", "--rm", "-i", "--cap-drop", "ALL", *FULL, "nslab", "sh", "-c", words)
    done = docker(*options, check=False, input=json.dumps(notebook))

    assert "inet 172.17.0.2/16" in done.stdout, done.stderr[-3000:]


def test_jupyterlab_opens_where_the_lab_is_refused(docker):
    """Under Docker's default filter the server answers, and the first output says that seccomp refuses the lab."""
    name = docker("run", "--detach", "--cap-drop", "ALL", "nslab").stdout.strip()
    try:
        look = "import urllib.request as u; print(u.urlopen('http://127.0.0.1:8888/login').status)"
        deadline = time.monotonic() + 300
        while "200" not in (said := docker("exec", name, "python", "-c", look, check=False)).stdout:
            assert time.monotonic() < deadline, said.stderr
            time.sleep(0.5)
        words = (
            "jupyter execute --kernel_name=nslab --output=/tmp/b --allow-errors en/3-by-hand.ipynb; cat /tmp/b.ipynb"
        )
        shown = docker("exec", name, "sh", "-c", words, check=False).stdout
    finally:
        docker("rm", "--force", name)

    assert "its filter of system calls (seccomp) refuses them" in shown


def test_its_address_works_and_what_is_saved_is_kept(docker):
    """The printed address answers, the doctor finds the server, Ctrl-C ends it, and a saved file is kept."""
    opened = Opened(docker, "nslab", 9000)
    port = states(docker("exec", opened.name, "nslab", "doctor", "--json"))["port 8888"]
    docker("exec", opened.name, "touch", "kept.txt")
    rest = opened.end()

    kept = docker("run", "--rm", "--volume", "nslab-notebooks:/home/learner/notebooks", "nslab", "ls", check=False)
    assert "<title>JupyterLab</title>" in opened.page
    assert ("ready", "JupyterLab runs there, in /home/learner/notebooks") == (port["state"], port["what"])
    assert "volume nslab-notebooks" in opened.said[0]
    assert "volume nslab-notebooks" in rest.splitlines()[-1]
    assert ["en", "kept.txt", "zh"] == kept.stdout.split()
    assert "" == docker("ps", "--quiet").stdout
