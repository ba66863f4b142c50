"""The real Docker Engine, in the sandbox.

Docker's rootless mode is meant for just this: root of a user namespace, with a network of its own. Nobody starts it
for us (RootlessKit usually does), so it finds what it expects of its starter: a state folder, and a program of that
name for published ports (up to Docker 27).
"""

import shutil
from pathlib import Path

from nslab_kernel.containers import daemon
from nslab_kernel.linux import netns_processes
from nslab_kernel.linux.engine_api import SANDBOX_SOCKET

_PORTS = '#!/bin/sh\nexec docker-proxy "$@"\n'
# Containers ask for terminals of group 5 (tty). Where only one number is mapped there is no group 5, and Linux
# refuses the mount; it does not matter who owns a terminal where everybody is root.
_RUNTIME = """#!/bin/sh
for word in "$@"; do
  case $last in --bundle | -b) bundle=$word ;; esac
  last=$word
done
[ -f "$bundle/config.json" ] && sed -i 's/,"gid=5"//; s/"gid=5",//' "$bundle/config.json"
exec {runtime} "$@"
"""


def start() -> None:
    """Start dockerd, and wait until it answers.

    Raises:
        EngineTrouble: It does not start.
    """
    end_orphans()
    daemon.write_program("rootlesskit-docker-proxy", _PORTS)
    home = daemon.FOLDER / "home"
    home.mkdir(parents=True, exist_ok=True)
    environment = {name: str(home) for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "ROOTLESSKIT_STATE_DIR")}
    daemon.start([*_command(), *_own_runtime()], environment)


def end_orphans() -> None:
    """End the containers of a dockerd that was killed: the next one believes them ended, and reuses their addresses."""
    for shim in netns_processes.pids_running("containerd-shim-runc-v2"):
        netns_processes.kill((*netns_processes.child_pids(shim), shim))


def write_runtime(name: str, runtime: str) -> Path:
    """Write an OCI runtime that does without group 5."""
    return daemon.write_program(name, _RUNTIME.format(runtime=runtime))


def group_5_is_mapped() -> bool:
    """Return whether group 5 exists in this user namespace."""
    extents = (map(int, line.split()) for line in Path("/proc/self/gid_map").read_text().splitlines())
    return any(first <= 5 < first + count for first, _outside, count in extents)


def _command() -> list[str]:
    return [
        "dockerd",
        "--rootless",
        # Else it asks systemd, wherever that runs, for groups that an ordinary user may not have made.
        "--exec-opt=native.cgroupdriver=cgroupfs",
        "--group=root",  # the group docker may have no number in here
        f"--data-root={daemon.DATA}",
        "--exec-root=/run/docker",
        "--pidfile=/run/docker.pid",
        f"--host=unix://{SANDBOX_SOCKET}",
    ]


def _own_runtime() -> list[str]:
    if group_5_is_mapped():
        return []
    program = write_runtime("nslab-runc", shutil.which("runc") or "runc")
    return [f"--add-runtime=nslab={program}", "--default-runtime=nslab"]
