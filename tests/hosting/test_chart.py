"""The chart of Zero to JupyterHub with our values, rendered by Helm, and the pod that its hub makes for a learner.

Helm is a library of 255 MB, which `make test-chart` installs.
"""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.hosting.test_kubernetes import CHART, KUBERNETES, VALUES
from tests.hosting.test_places import yaml

helm = pytest.importorskip("helm_python", reason="Helm is not here (make test-chart)")
import kubernetes_validate  # noqa: E402  # it takes a second, and the tests above do without

HERE = Path(__file__).parent / "chart"
NOWHERE = """{"current-context": "a", "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
"clusters": [{"name": "a", "cluster": {"server": "https://192.0.2.1"}}], "users": [{"name": "a", "user": {}}]}"""
"""The configuration of a cluster that does not exist: KubeSpawner needs one before it makes a pod."""


@pytest.fixture(scope="module")
def rendered():
    """Return the objects that Helm would send to Kubernetes, by the name of their template."""
    made = helm.Chart.load(CHART).render(yaml(VALUES), name="nslab", namespace="class")
    texts = {name.removeprefix("jupyterhub/templates/"): text for name, text in made.items() if name.endswith(".yaml")}
    return {name: [one for one in YAML(typ="safe").load_all(text) if one] for name, text in texts.items()}


def test_kubernetes_takes_all_of_it(rendered):
    """Each rendered object is valid by Kubernetes' schema, without unknown fields."""
    made = [one for several in rendered.values() for one in several]
    for one in made:
        kubernetes_validate.validate(one, KUBERNETES, strict=True)

    assert {"Deployment", "DaemonSet", "NetworkPolicy", "StatefulSet"} <= {one["kind"] for one in made}


def test_helm_refuses_a_slip():
    """Helm refuses a misspelled value instead of ignoring it."""
    values = yaml(VALUES)
    values["singleuser"]["startTimeOut"] = values["singleuser"].pop("startTimeout")

    with pytest.raises(helm.HelmError, match="'startTimeOut' not allowed"):
        helm.Chart.load(CHART).render(values)


@pytest.fixture(scope="module")
def pod(rendered, tmp_path_factory):
    """Return a learner's pod, made with the hub's configuration that the chart renders."""
    mounted = tmp_path_factory.mktemp("etc") / "jupyterhub"
    secret = rendered["hub/secret.yaml"][0]["data"]
    parts = {
        "config": rendered["hub/configmap.yaml"][0]["data"],
        "secret": {name: base64.b64decode(word).decode() for name, word in secret.items()},
    }
    for part, files in parts.items():
        (mounted / part).mkdir(parents=True)
        for name, text in files.items():
            (mounted / part / name).write_text(text)
    (mounted.parent / "kube.json").write_text(NOWHERE)
    lines = f"export KUBECONFIG={mounted.parent}/kube.json && mount --bind {mounted.parent} /usr/local/etc && "
    lines += f"exec {sys.executable} {HERE / 'learners_pod.py'}"
    apart = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", lines]
    done = subprocess.run(apart, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr[-3000:]
    return json.loads(done.stdout.rpartition("pod: ")[2])


def test_the_learners_pod_is_what_the_lab_needs(pod):
    """The values take effect in the pod: the chart's own settings override none of them."""
    kubernetes_validate.validate(pod, KUBERNETES, strict=True)
    (container,) = pod["spec"]["containers"]
    security = container["securityContext"]

    assert pod["spec"]["hostUsers"] is False
    assert not pod["spec"].get("initContainers")
    assert yaml(VALUES)["hub"]["config"]["KubeSpawner"]["container_security_context"] == security
    assert ["nslab-start", "jupyterhub-singleuser"] == container["args"][:2]
    assert "/lab/tree/en/0-welcome.ipynb" in {one["value"] for one in container["env"] if "value" in one}
