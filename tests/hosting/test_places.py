"""What the places are told, without the places: Dockerfile, pod, user data, scripts."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

REPO = Path(__file__).parents[2]
BINDER = REPO / "binder"
SCRIPTS = ("hub/try", "image", "machine/install", "machine/nslab-token", "postBuild", "rootfs", "start", "system-packages", "vm")


def yaml(path):
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def dockerfile():
    """What repo2docker would hand to Docker."""
    command = [sys.executable, "-m", "repo2docker", "--config", BINDER / "repo2docker_config.py"]
    done = subprocess.run(
        [*command, "--no-build", "--debug", REPO], capture_output=True, text=True, check=False, cwd=REPO
    )
    assert 0 == done.returncode, done.stderr[-2000:]
    return done.stdout + done.stderr


def test_binder_installs_the_lock_and_nothing_else(dockerfile):
    """One lock file with hashes for every place; the Python is one that the lab is tested with."""
    assert re.findall(r"pip install .*-r .*", dockerfile)[-1].endswith('-r "binder/requirements.txt"')
    assert "-r ../requirements.lock" == (BINDER / "requirements.txt").read_text().splitlines()[-1]
    assert (BINDER / "runtime.txt").read_text().strip() in ("python-3.11", "python-3.12", "python-3.13")


def test_binder_brings_the_system_packages(dockerfile):
    """What `make` installs for the lab, the image has."""
    wanted = re.findall(r"^ +(?:need|want) (\S+)", (BINDER / "system-packages").read_text(), re.MULTILINE)
    lab = set(wanted) - {
        "python3-venv",
        "chromium",
        "fonts-noto-cjk",
        "docker-cli",
    }  # Ubuntu's docker.io has the client

    assert lab
    assert [] == [package for package in lab if package not in dockerfile]


def test_binder_runs_what_it_is_told(dockerfile):
    """postBuild and start are found, and the learner is no root."""
    assert "RUN ./binder/postBuild" in dockerfile
    assert 'R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in dockerfile
    assert "USER ${NB_USER}" == re.findall("^USER .*", dockerfile, re.MULTILINE)[-1]


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_parse(script):
    """Each is whole, and may be run."""
    path = BINDER / script
    shell = "bash" if "bash" in path.read_text().splitlines()[0] else "sh"

    assert 0 == subprocess.run([shell, "-n", path], check=False).returncode
    assert os.access(path, os.X_OK)


def test_start_says_what_a_place_forbids(tmp_path):
    """Whatever the doctor finds, what was asked for starts; a refusal is told, and where the recorded runs are."""
    (tmp_path / "nslab").write_text("#!/bin/sh\necho 'missing  lab: no'\necho 'ready  ip: yes'\nexit 1\n")
    (tmp_path / "nslab").chmod(0o755)
    (tmp_path / "site").mkdir()
    (tmp_path / "site/index.html").touch()
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}

    done = subprocess.run(
        [BINDER / "start", "sh", "-c", "echo started, $NSLAB_RECORDED"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert "started, site/index.html\n" == done.stdout
    assert "missing  lab: no" in done.stderr
    assert "ready" not in done.stderr


def pod(spawner, values):
    from kubernetes_asyncio.client import ApiClient
    from kubespawner.objects import make_pod

    made = make_pod(
        name="jupyter-learner",
        cmd=values["singleuser"]["cmd"],
        port=8888,
        image=f"{values['singleuser']['image']['name']}:{values['singleuser']['image']['tag']}",
        image_pull_policy="IfNotPresent",
        container_security_context=spawner["container_security_context"],
        extra_pod_config=spawner["extra_pod_config"],
        mem_limit=values["singleuser"]["memory"]["limit"],
    )
    return ApiClient.sanitize_for_serialization(ApiClient.__new__(ApiClient), made)


def test_the_learners_pod_is_valid():
    """KubeSpawner makes of the values what Kubernetes takes, strictly; a slip is refused."""
    import kubernetes_validate

    values = yaml(BINDER / "kubernetes/values.yaml")
    spawner = values["hub"]["config"]["KubeSpawner"]
    made = pod(spawner, values)

    kubernetes_validate.validate(made, "1.36", strict=True)
    made["spec"]["hostUserz"] = False
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(made, "1.36", strict=True)


def test_the_pod_may_what_the_sandbox_needs_and_no_more():
    """Namespaces, mounts and a whole /proc; no privilege, no capability but for newuidmap, no user of the node."""
    values = yaml(BINDER / "kubernetes/values.yaml")
    made = pod(values["hub"]["config"]["KubeSpawner"], values)["spec"]
    security = made["containers"][0]["securityContext"]

    assert made["hostUsers"] is False  # without, the API refuses the next
    assert "Unmasked" == security["procMount"]
    assert "Unconfined" == security["seccompProfile"]["type"] == security["appArmorProfile"]["type"]
    assert {"drop": ["ALL"], "add": ["SETUID", "SETGID"]} == security["capabilities"]
    assert not security.get("privileged")
    assert 1000 == security["runAsUser"]


def test_each_line_of_security_says_why():
    """Who reviews the values finds the reason beside each line."""
    text = (BINDER / "kubernetes/values.yaml").read_text()
    block = text[text.index("extra_pod_config") : text.index("concurrentSpawnLimit")]
    lines = [line for line in block.splitlines()[1:] if line.split("#")[0].strip() and not line.endswith(":")]

    assert [] == [line for line in lines if "#" not in line]


def test_the_chart_takes_the_values():
    """`helm template` renders them, and the schema knows every word. NSLAB_CHART is an unpacked chart."""
    chart, helm = os.environ.get("NSLAB_CHART"), shutil.which(os.environ.get("NSLAB_HELM", "helm"))
    if not (chart and helm):
        pytest.skip("no helm, or NSLAB_CHART names no chart of Zero to JupyterHub")

    command = [helm, "template", "nslab", chart, "--values", BINDER / "kubernetes/values.yaml"]
    rendered = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    # The hub reads its own part of the values from a Secret.
    secrets = [base64.b64decode(word).decode(errors="replace") for word in re.findall(r'"([\w+/]{99,}=*)"', rendered)]
    assert any("hostUsers: false" in secret or '"hostUsers": false' in secret for secret in secrets)


def test_user_data_is_yaml_and_listens_on_loopback():
    """Cloud-init gets a mapping that begins with its mark; nothing in it opens a port."""
    path = BINDER / "cloud-init/user-data"

    assert path.read_text().startswith("#cloud-config\n")
    assert {"git", "iproute2", "iputils-ping", "python3-venv"} <= set(yaml(path)["packages"])
    assert "0.0.0.0" not in path.read_text()


def test_the_development_container_is_json():
    """Comments aside, and privileged: what Codespaces honours."""
    text = (REPO / ".devcontainer/devcontainer.json").read_text()

    assert json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))["privileged"] is True
