"""Docker in a lab must not use systemd, which runs on most machines."""

import os
import subprocess
import sys

import pytest

from tests.live.sandbox import launches

pytestmark = [pytest.mark.outside, pytest.mark.skipif(os.geteuid() != 0, reason="only root can look like systemd")]
PROGRAM = """
from nslab_kernel import container_exec, container_run
from nslab_kernel.sandbox.run_in_sandbox import sandbox_run

def work():
    container_run("busybox_1")
    return container_exec("busybox_1", "ip a").text

print(sandbox_run(work, 240))
"""


def test_docker_runs_beside_systemd():
    """With systemd and cgroup v2 on the machine, dockerd in the lab uses neither."""
    command = [*launches.systemd, sys.executable, "-c", PROGRAM]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)

    assert "inet 172.17.0.2/16" in done.stdout, done.stderr[-2000:]
