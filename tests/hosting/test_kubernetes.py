"""The values for Zero to JupyterHub, and the learner's pod that KubeSpawner makes from them.

Kubernetes' schema checks the pod. test_chart.py tests what Helm makes of the whole chart.
"""

import json
import re
import tarfile
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from tests.hosting.test_places import yaml

BINDER = Path(__file__).parents[2] / "binder"
VALUES = BINDER / "kubernetes/values.yaml"
VERSION, HUB = re.search(r"chart ([\d.]+), whose hub is JupyterHub ([\d.]+\d)", VALUES.read_text()).groups()
CHART = Path(__file__).parent / f"chart/jupyterhub-{VERSION}.tgz"
KUBERNETES = "1.36"


def of_chart(name):
    """Return the text of a file in the chart's archive."""
    with tarfile.open(CHART) as archive:
        return archive.extractfile(f"jupyterhub/{name}").read().decode()


def with_defaults(defaults, values):
    """Return the chart's default values merged with ours, as Helm merges them."""
    if not (isinstance(defaults, dict) and isinstance(values, dict)):
        return values
    return defaults | {name: with_defaults(defaults.get(name), value) for name, value in values.items()}


def test_the_hub_and_the_learners_servers_are_of_one_age():
    """The chart's hub has the same major version as the JupyterHub in the image."""
    lock = (BINDER / "hub/requirements.lock").read_text()

    assert HUB.partition(".")[0] == re.search(r"^jupyterhub==(\d+)\.", lock, re.MULTILINE)[1]
    assert f"--version {VERSION} " in VALUES.read_text()
    chart = YAML(typ="safe").load(of_chart("Chart.yaml"))
    assert (VERSION, HUB) == (chart["version"], chart["appVersion"])


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
    """The pod is valid by Kubernetes' schema, which refuses a misspelled field."""
    import kubernetes_validate

    values = yaml(VALUES)
    spawner = values["hub"]["config"]["KubeSpawner"]
    made = pod(spawner, values)

    kubernetes_validate.validate(made, KUBERNETES, strict=True)
    made["spec"]["hostUserz"] = False
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(made, KUBERNETES, strict=True)


def test_the_pod_may_what_the_sandbox_needs_and_no_more():
    """The pod has a user namespace, a whole /proc and no filter, but no privilege and only newuidmap's capabilities."""
    values = yaml(VALUES)
    made = pod(values["hub"]["config"]["KubeSpawner"], values)["spec"]
    security = made["containers"][0]["securityContext"]

    assert made["hostUsers"] is False  # the API accepts procMount: Unmasked only with this
    assert "Unmasked" == security["procMount"]
    assert "Unconfined" == security["seccompProfile"]["type"] == security["appArmorProfile"]["type"]
    assert {"drop": ["ALL"], "add": ["SETUID", "SETGID"]} == security["capabilities"]
    assert not security.get("privileged")
    assert 1000 == security["runAsUser"]


def test_each_line_of_security_says_why():
    """Each security setting of the values has a comment with its reason, for those who review them."""
    text = VALUES.read_text()
    block = text[text.index("extra_pod_config") : text.index("concurrentSpawnLimit")]
    lines = [line for line in block.splitlines()[1:] if line.split("#")[0].strip() and not line.endswith(":")]

    assert [] == [line for line in lines if "#" not in line]


def test_the_chart_takes_the_values():
    """The chart's schema accepts our values, and refuses a misspelled one."""
    judge = jsonschema.Draft7Validator(json.loads(of_chart("values.schema.json")))
    values = with_defaults(YAML(typ="safe").load(of_chart("values.yaml")), yaml(VALUES))

    assert [] == [fault.message for fault in judge.iter_errors(values)]
    values["singleuser"]["startTimeOut"] = values["singleuser"].pop("startTimeout")
    assert "'startTimeOut' was unexpected" in str(list(judge.iter_errors(values)))
