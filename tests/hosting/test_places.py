"""The files for hosting places, tested without the places: Dockerfile, user data, scripts."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from nslab_kernel.sandbox import doctor_checks

REPO = Path(__file__).parents[2]
BINDER = REPO / "binder"
SCRIPTS = (
    "environment",
    "files",
    "image",
    "machine/install",
    "machine/nslab-token",
    "postBuild",
    "settings/install",
    "rootfs",
    "start",
    "system-packages",
    "vm",
)


def yaml(path):
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def dockerfile():
    """Return the Dockerfile that repo2docker would give to Docker."""
    command = [sys.executable, "-m", "repo2docker", "--config", BINDER / "repo2docker_config.py"]
    done = subprocess.run(
        [*command, "--no-build", "--debug", REPO], capture_output=True, text=True, check=False, cwd=REPO
    )
    assert 0 == done.returncode, done.stderr[-2000:]
    return done.stdout + done.stderr


def test_binder_installs_the_lock_and_nothing_else(dockerfile):
    """Binder installs the one lock file of all places, with a Python version that the lab is tested with."""
    assert re.findall(r"pip install .*-r .*", dockerfile)[-1].endswith('-r "binder/requirements.txt"')
    assert "-r ../requirements.lock" == (BINDER / "requirements.txt").read_text().splitlines()[-1]
    assert (BINDER / "runtime.txt").read_text().strip() in ("python-3.11", "python-3.12", "python-3.13")


def test_binder_brings_the_system_packages(dockerfile):
    """The image has the packages that `make` installs for the lab."""
    text = (BINDER / "system-packages").read_text()
    lab = re.search(r"^lab \| .*?;;", text, re.MULTILINE | re.DOTALL)[0]
    wanted = set(re.findall(r"^ +(?:need|want) (\S+)", lab, re.MULTILINE))

    assert {"iproute2", "nftables"} <= wanted
    # Ubuntu's docker.io contains Docker's client.
    assert [] == [package for package in wanted - {"docker-cli"} if package not in dockerfile]


@pytest.mark.parametrize("place", ["apt.txt", "rootfs", "cloud-init/user-data"])
def test_each_place_brings_what_the_doctor_looks_for(place):
    """Each place installs the package of every program that the doctor looks for."""
    words = set(re.findall(r"[\w.-]+", (BINDER / place).read_text()))

    assert {tool.package for tool in doctor_checks.PROGRAMS} <= words


def test_binder_runs_what_it_is_told(dockerfile):
    """The Dockerfile runs postBuild and start, and its last user is not root."""
    assert "RUN ./binder/postBuild" in dockerfile
    assert 'R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in dockerfile
    assert "USER ${NB_USER}" == re.findall("^USER .*", dockerfile, re.MULTILINE)[-1]


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_parse(script):
    """The shell parses each script, and each is executable."""
    path = BINDER / script
    shell = "bash" if "bash" in path.read_text().splitlines()[0] else "sh"

    assert 0 == subprocess.run([shell, "-n", path], check=False).returncode
    assert os.access(path, os.X_OK)


def test_start_says_what_a_place_forbids(tmp_path):
    """start prints what the doctor finds missing, and runs the given command in any case."""
    (tmp_path / "nslab").write_text("#!/bin/sh\necho 'missing  lab: no'\necho 'ready  ip: yes'\nexit 1\n")
    (tmp_path / "nslab").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}

    done = subprocess.run(
        [BINDER / "start", "sh", "-c", "echo started"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert "started\n" == done.stdout
    assert "missing  lab: no" in done.stderr
    assert "ready" not in done.stderr


def refused(schema, document):
    """Return a schema's objections to a document; an empty list if it is valid."""
    rules = json.loads((Path(__file__).parent / f"schemas/{schema}.json").read_text())
    return [fault.message for fault in jsonschema.Draft7Validator(rules).iter_errors(document)]


def test_user_data_is_what_cloud_init_takes():
    """Cloud-init's schema accepts the user data and refuses a misspelled key; the data opens no port."""
    path = BINDER / "cloud-init/user-data"
    data = yaml(path)

    assert path.read_text().startswith("#cloud-config\n")
    assert [] == refused("cloud-config", data)
    assert {"git", "iproute2", "iputils-ping", "python3-venv"} <= set(data["packages"])
    assert "0.0.0.0" not in path.read_text()
    data["run_cmd"] = data.pop("runcmd")
    assert "run_cmd" in str(refused("cloud-config", data))
