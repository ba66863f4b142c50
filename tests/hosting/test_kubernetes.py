"""What Kubernetes is told: the values for Zero to JupyterHub, and the pod of a learner that becomes of them.

KubeSpawner makes the pod and Kubernetes' schema judges it. NSLAB_CHART names an unpacked chart of the version that the
values name; then Helm renders all of it too.
"""

import base64
import os
import re
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.hosting.test_places import refused, yaml

BINDER = Path(__file__).parents[2] / "binder"
VALUES = BINDER / "kubernetes/values.yaml"
CHART, HUB = re.search(r"chart ([\d.]+), whose hub is JupyterHub ([\d.]+\d)", VALUES.read_text()).groups()


def test_the_hub_and_the_learners_servers_are_of_one_age():
    """The chart's hub has the same major version as the JupyterHub in the image."""
    lock = (BINDER / "hub/requirements.lock").read_text()

    assert HUB.partition(".")[0] == re.search(r"^jupyterhub==(\d+)\.", lock, re.MULTILINE)[1]
    assert f"--version {CHART} " in VALUES.read_text()


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

    values = yaml(VALUES)
    spawner = values["hub"]["config"]["KubeSpawner"]
    made = pod(spawner, values)

    kubernetes_validate.validate(made, "1.36", strict=True)
    made["spec"]["hostUserz"] = False
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(made, "1.36", strict=True)


def test_the_pod_may_what_the_sandbox_needs_and_no_more():
    """Namespaces, mounts and a whole /proc; no privilege, no capability but for newuidmap, no user of the node."""
    values = yaml(VALUES)
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
    text = VALUES.read_text()
    block = text[text.index("extra_pod_config") : text.index("concurrentSpawnLimit")]
    lines = [line for line in block.splitlines()[1:] if line.split("#")[0].strip() and not line.endswith(":")]

    assert [] == [line for line in lines if "#" not in line]


def test_the_chart_takes_the_values():
    """The chart's schema knows every word of the values, and refuses a slip."""
    values = yaml(VALUES)

    assert [] == refused("zero-to-jupyterhub", values)
    values["singleuser"]["startTimeOut"] = values["singleuser"].pop("startTimeout")
    assert "'startTimeOut' was unexpected" in str(refused("zero-to-jupyterhub", values))


@pytest.mark.skipif(not os.environ.get("NSLAB_CHART"), reason="NSLAB_CHART names no unpacked Zero to JupyterHub")
def test_helm_renders_the_values():
    """The chart makes of them what Kubernetes takes, and hands the hub what its pods are to be."""
    import kubernetes_validate

    command = [os.environ.get("NSLAB_HELM", "helm"), "template", "nslab", os.environ["NSLAB_CHART"]]
    command += ["--kube-version", "1.36", "--values", VALUES]
    rendered = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert HUB == yaml(Path(os.environ["NSLAB_CHART"], "Chart.yaml"))["appVersion"]
    made = [one for one in YAML(typ="safe").load_all(rendered) if one]
    for one in made:
        kubernetes_validate.validate(one, "1.36", strict=True)
    # The hub reads its own part of the values from a Secret.
    secrets = [base64.b64decode(word).decode(errors="replace") for word in re.findall(r'"([\w+/]{99,}=*)"', rendered)]
    assert any("hostUsers: false" in secret or '"hostUsers": false' in secret for secret in secrets)
    assert {"Deployment", "DaemonSet", "NetworkPolicy"} <= {one["kind"] for one in made}
