"""Prints, as JSON, the pod that the chart's hub makes for a learner: its own configuration, read where it reads it.

Run where /usr/local/etc/jupyterhub has what the hub's pod finds mounted there.
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
    """Return what KubeSpawner would hand to Kubernetes."""
    hub = JupyterHub()
    hub.load_config_file(str(MOUNTED / "jupyterhub_config.py"))
    spawner = KubeSpawner(config=hub.config, _mock=True)
    made = await spawner.get_pod_manifest()
    return ApiClient.sanitize_for_serialization(ApiClient.__new__(ApiClient), made)


sys.path.insert(0, str(MOUNTED))
# Kubernetes names a release's services to the hub's pod.
for service in ("HUB", "PROXY_API", "PROXY_PUBLIC"):
    os.environ |= {f"{service}_SERVICE_HOST": "192.0.2.1", f"{service}_SERVICE_PORT": "8081"}
print("pod:", json.dumps(asyncio.run(pod())))
