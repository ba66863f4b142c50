"""Prints, as JSON, the pod that the chart's hub makes for a learner, by the hub's own configuration.

It runs where /usr/local/etc/jupyterhub contains what is mounted there in the hub's pod.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from jupyterhub.app import JupyterHub
from kubernetes_asyncio.client import ApiClient
from kubespawner import KubeSpawner

MOUNTED = Path("/usr/local/etc/jupyterhub/config")


async def pod() -> dict:
    """Return the pod manifest that KubeSpawner would send to Kubernetes."""
    hub = JupyterHub()
    hub.load_config_file(str(MOUNTED / "jupyterhub_config.py"))
    spawner = KubeSpawner(config=hub.config, _mock=True)
    made = await spawner.get_pod_manifest()
    return ApiClient.sanitize_for_serialization(ApiClient.__new__(ApiClient), made)


sys.path.insert(0, str(MOUNTED))
# Kubernetes gives the hub's pod the addresses of the release's services in these variables.
for service in ("HUB", "PROXY_API", "PROXY_PUBLIC"):
    os.environ |= {f"{service}_SERVICE_HOST": "192.0.2.1", f"{service}_SERVICE_PORT": "8081"}
print("pod:", json.dumps(asyncio.run(pod())))
