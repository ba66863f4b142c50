"""Podman in the sandbox, where Docker is not installed.

Its service listens where Docker would, and speaks Docker's language. It is told to do as Docker does: the same bridge
and addresses, the same rights for a container (with NET_RAW, so that ping works).
"""

import json
import shutil
from pathlib import Path

from nslab_kernel.containers import daemon, dockerd
from nslab_kernel.errors import MissingProgram
from nslab_kernel.linux.engine_api import SANDBOX_SOCKET

# It wants shared memory, locks, a cache and a tree of control groups of its own; without some it may still work.
_FURNISH = """
for folder in /dev/shm /run/lock /var/cache; do mount -t tmpfs tmpfs $folder; done
mount -t cgroup2 cgroup2 /sys/fs/cgroup
exec "$@"
"""
_CONFIGURATION = """
[containers]
cgroups = "disabled"
pids_limit = 0
default_capabilities = [
  "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW",
  "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
]
[network]
network_config_dir = "{folder}/networks"
firewall_driver = "{firewall}"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
[engine.runtimes]
crun = ["{runtime}"]
"""
_NETWORK = {
    "name": "podman",
    "id": "2f259bab93aaaaa2542ba43ef33eb990d0999ee1b9924b557b7be53c0b7a1bb9",
    "driver": "bridge",
    "network_interface": "docker0",
    "created": "2013-03-20T00:00:00Z",
    "subnets": [{"subnet": "172.17.0.0/16", "gateway": "172.17.0.1"}],
    "ipv6_enabled": False,
    "internal": False,
    "dns_enabled": False,
    "ipam_options": {"driver": "host-local"},
}
"""Its own default network (the number is its own too) as Docker has it; podman-network-create(1)."""
_STORAGE = """
[storage]
driver = "overlay"
graphroot = "{data}"
runroot = "{folder}/run"
[storage.options.overlay]
ignore_chown_errors = "{ignore}"
"""


def start() -> None:
    """Start Podman's service, and wait until it answers.

    Raises:
        MissingProgram: What it needs is not installed.
        EngineTrouble: It does not start.
    """
    home = daemon.FOLDER / "home"
    home.mkdir(parents=True, exist_ok=True)
    environment = {name: str(home) for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")}
    environment |= {"CONTAINERS_CONF": _write("containers.conf", _configuration())}
    ignore = str(not dockerd.group_5_is_mapped()).lower()
    _write("networks/podman.json", json.dumps(_NETWORK))
    environment |= {"CONTAINERS_STORAGE_CONF": _write("storage.conf", _storage(ignore))}
    # It would map users anew; they are mapped.
    environment |= {"_CONTAINERS_USERNS_CONFIGURED": "1", "_CONTAINERS_ROOTLESS_UID": "0"}
    # With CONTAINER_HOST it would take itself for a client.
    service = ["env", "-u", "CONTAINER_HOST", "podman", "system", "service", "--time=0", f"unix://{SANDBOX_SOCKET}"]
    daemon.start(["unshare", "--mount", "--cgroup", "sh", "-c", _FURNISH, "sh", *service], environment)


def _runtime() -> Path | str:
    """Return the program that runs containers: crun alone does without control groups, and its name tells Podman so.

    Raises:
        MissingProgram: It is not installed.
    """
    crun = shutil.which("crun")
    if not crun:
        raise MissingProgram("crun", "crun")
    return crun if dockerd.group_5_is_mapped() else dockerd.write_runtime("crun", crun)


def _configuration() -> str:
    drivers = {"nftables": "nft", "iptables": "iptables"}
    firewall = next((driver for driver, tool in drivers.items() if shutil.which(tool)), "none")
    return _CONFIGURATION.format(runtime=_runtime(), firewall=firewall, folder=daemon.FOLDER)


def _storage(ignore: str) -> str:
    return _STORAGE.format(data=daemon.DATA, folder=daemon.FOLDER, ignore=ignore)


def _write(name: str, text: str) -> str:
    path = daemon.FOLDER / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return str(path)
