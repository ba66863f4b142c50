"""Starts, stops and cleans up after Docker or Podman in the sandbox.

Docker's rootless mode is made for this: root of a user namespace, with a network namespace of its own. RootlessKit
usually starts it. Without RootlessKit the engine still needs two things from it: a state folder, and up to Docker 27
the program rootlesskit-docker-proxy for published ports.

If Docker is not installed, Podman's service listens on Docker's socket and offers Docker's API. It is configured to be
like Docker: the same bridge and addresses, the same capabilities for a container (with NET_RAW, so that ping works).
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from nslab_kernel.errors import EngineTrouble, MissingProgram
from nslab_kernel.linux import command as program
from nslab_kernel.linux import engine_api, netns_processes
from nslab_kernel.linux.engine_api import SANDBOX_SOCKET
from nslab_kernel.linux.process_status import id_map

FOLDER = Path("/run/nslab/engine")
"""The engine's folder, on the sandbox's own tmpfs: it disappears with the sandbox."""
_DATA, _HOME = FOLDER / "data", FOLDER / "home"
_CLEAN = ("-P FORWARD ACCEPT", "-F", "-X", "-t nat -F", "-t nat -X")
_LOG, _PID = FOLDER / "log", FOLDER / "pid"
_SHIM = "containerd-shim-runc-v2"
_LIMIT_S = 60.0
_GRACE_S = 15.0
_PAUSE_S = 0.02
_MESSAGE = re.compile(r'msg="((?:[^"\\]|\\.)*)"')
_PORT_PROXY_SCRIPT = '#!/bin/sh\nexec docker-proxy "$@"\n'
# Containers mount devpts with gid=5 (tty). Linux refuses that mount if group 5 is not mapped, so this wrapper removes
# the option; the group of a terminal does not matter, because every process is root.
_RUNTIME = """#!/bin/sh
for word in "$@"; do
  case $last in --bundle | -b) bundle=$word ;; esac
  last=$word
done
[ -f "$bundle/config.json" ] && sed -i 's/,"gid=5"//; s/"gid=5",//' "$bundle/config.json"
exec {runtime} "$@"
"""
# Podman needs its own shared memory, locks, cache and control group tree; a mount that fails need not stop it.
_MOUNT_SCRIPT = """
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
"""Podman's default network, with its fixed id, but Docker's bridge and subnet; podman-network-create(1)."""
_STORAGE = """
[storage]
driver = "overlay"
graphroot = "{data}"
runroot = "{folder}/run"
[storage.options.overlay]
ignore_chown_errors = "{ignore}"
"""


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold a lock, so that no other process of this sandbox, such as a terminal's, starts an engine meanwhile.

    Raises:
        EngineTrouble: The lock file cannot be made.
    """
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        lock = (FOLDER / "lock").open("w")
    except OSError as error:
        raise EngineTrouble(str(error)) from None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _ended_on_failure() -> Iterator[None]:
    """End an engine whose start fails or is interrupted; if it was the first start, remove all that it made."""
    is_first = not _DATA.exists()
    try:
        yield
    except BaseException as error:
        stop()
        if is_first:
            clean_host()
            program.run(["ip", "link", "del", "dev", "docker0"])
            shutil.rmtree(_DATA, ignore_errors=True)
        if isinstance(error, OSError):
            raise EngineTrouble(error.strerror or str(error)) from None
        raise


@_ended_on_failure()
def start_docker() -> None:
    """Start Docker, and wait until it answers.

    Raises:
        EngineTrouble: It ended, did not answer in time, or its files could not be written; with the reason.
    """
    end_orphans()
    _write_program("rootlesskit-docker-proxy", _PORT_PROXY_SCRIPT)
    _run_in_background(list(_docker_command()), _home_variables("ROOTLESSKIT_STATE_DIR"))


@_ended_on_failure()
def start_podman() -> None:
    """Start Podman's service, and wait until it answers.

    Raises:
        MissingProgram: crun is not installed.
        EngineTrouble: It ended, did not answer in time, or its files could not be written; with the reason.
    """
    ignore = str(not _group_5_is_mapped()).lower()
    environment = {
        **_home_variables(),
        "CONTAINERS_CONF": _write("containers.conf", _configuration()),
        "CONTAINERS_STORAGE_CONF": _write("storage.conf", _STORAGE.format(data=_DATA, folder=FOLDER, ignore=ignore)),
        # The sandbox has mapped the user ids already, so Podman must not do it again.
        "_CONTAINERS_USERNS_CONFIGURED": "1",
        "_CONTAINERS_ROOTLESS_UID": "0",
    }
    _write("networks/podman.json", json.dumps(_NETWORK))
    # With CONTAINER_HOST, Podman would act as a client of that service.
    service = ["env", "-u", "CONTAINER_HOST", "podman", "system", "service", "--time=0", f"unix://{SANDBOX_SOCKET}"]
    _run_in_background(["unshare", "--mount", "--cgroup", "sh", "-c", _MOUNT_SCRIPT, "sh", *service], environment)


def stop() -> int | None:
    """End the engine, and wait until it has ended; return its process id, `None` if no engine was started."""
    number = pid()
    if number is None:
        return None
    with contextlib.suppress(ProcessLookupError):  # it has ended already
        os.kill(number, signal.SIGTERM)
    if not netns_processes.ends_within(number, _GRACE_S):
        netns_processes.kill((number,))
    Path(SANDBOX_SOCKET).unlink(missing_ok=True)
    _PID.unlink()
    return number


def forget_addresses() -> None:
    """Let Podman begin with the first address again; unlike Docker, it continues after the last one it assigned."""
    (FOLDER / "run/networks/ipam.db").unlink(missing_ok=True)


def clean_host() -> list[str]:
    """Flush the filter and nat tables of the sandbox's host, where an engine leaves rules; return the commands."""
    rules = [f"{tool} {words}" for tool in ("iptables", "ip6tables") if shutil.which(tool) for words in _CLEAN]
    for line in rules:
        program.run(line.split())
    return rules


def processes() -> set[int]:
    """Return the process ids of the engine and of the programs that watch its containers, with all descendants."""
    watching = (*netns_processes.pids_running(_SHIM), *netns_processes.pids_named("conmon"))
    number = pid()
    return set().union(*map(netns_processes.family, (number, *watching) if number else watching))


def end_orphans() -> None:
    """Kill the containers of an ended dockerd, because the next one takes them for ended and reuses their addresses."""
    for shim in netns_processes.pids_running(_SHIM):
        netns_processes.kill((*netns_processes.child_pids(shim), shim))


def _docker_command() -> Iterator[str]:
    yield from ("dockerd", "--rootless", f"--data-root={_DATA}", f"--host=unix://{SANDBOX_SOCKET}")
    yield from ("--exec-root=/run/docker", "--pidfile=/run/docker.pid")
    # Otherwise, where systemd runs, it asks systemd for control groups that an ordinary user may not create.
    yield "--exec-opt=native.cgroupdriver=cgroupfs"
    yield "--group=root"  # the id of the group docker may not be mapped here
    if not _group_5_is_mapped():
        runtime = _write_runtime("nslab-runc", shutil.which("runc") or "runc")
        yield from (f"--add-runtime=nslab={runtime}", "--default-runtime=nslab")


def _podman_runtime() -> str:
    """Return the path of crun: only it runs without control groups, and Podman recognizes it by its name.

    Raises:
        MissingProgram: crun is not installed.
    """
    crun = shutil.which("crun")
    if not crun:
        raise MissingProgram("crun", "crun")
    return crun if _group_5_is_mapped() else _write_runtime("crun", crun)


def _configuration() -> str:
    drivers = {"nftables": "nft", "iptables": "iptables"}
    firewall = next((driver for driver, tool in drivers.items() if shutil.which(tool)), "none")
    return _CONFIGURATION.format(runtime=_podman_runtime(), firewall=firewall, folder=FOLDER)


def _write(name: str, text: str) -> str:
    path = FOLDER / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return str(path)


def _home_variables(*more: str) -> dict[str, str]:
    """Return the environment variables that make an engine use one folder of the sandbox as home."""
    _HOME.mkdir(parents=True, exist_ok=True)
    return dict.fromkeys(("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", *more), str(_HOME))


def _group_5_is_mapped() -> bool:
    return any(first <= 5 < first + count for first, _outside, count in id_map("gid"))


def _write_runtime(name: str, runtime: str) -> str:
    """Write an OCI runtime that does not need group 5, and return its path."""
    return _write_program(name, _RUNTIME.format(runtime=runtime))


def _write_program(name: str, text: str) -> str:
    """Write a program into the first folder of the engine's PATH, and return its path."""
    path = _write(f"bin/{name}", text)
    Path(path).chmod(0o755)
    return path


def _run_in_background(argv: list[str], environment: Mapping[str, str]) -> None:
    """Start an engine, and wait until its socket answers.

    It is no child of this process, because a notebook kernel with a living child takes seconds to shut down.
    """
    _PID.unlink(missing_ok=True)
    # The shell writes its process id, which becomes the engine's by exec.
    writing_pid = ["sh", "-c", 'echo $$ > "$0.new" && mv "$0.new" "$0" && exec "$@"', str(_PID)]
    path = f"{FOLDER / 'bin'}:{os.environ.get('PATH', os.defpath)}"
    with _LOG.open("wb") as log:
        subprocess.run(
            ["setsid", "-f", *writing_pid, *argv],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PATH": path, **environment},
            check=True,
        )
    _wait()


def _log_reason() -> str:
    """Return why the engine ended: its last line outside the log format, else its last error, else its last line."""
    with contextlib.suppress(OSError):
        lines = [line for line in _LOG.read_text(errors="replace").splitlines() if line.strip()]
        plain = [line for line in lines if not line.startswith("time=")]
        errors = [line for line in lines if "level=error" in line or "level=fatal" in line]
        for line in (*plain[-1:], *errors[-1:], *lines[-1:]):
            message = _MESSAGE.search(line)
            return message[1].replace('\\"', '"') if message else line
    return ""


def _wait() -> None:
    deadline = time.monotonic() + _LIMIT_S
    while not engine_api.is_running():
        number = pid()
        if number and not Path(f"/proc/{number}").exists():
            raise EngineTrouble(_log_reason())
        if time.monotonic() > deadline:
            netns_processes.kill((number,) if number else ())
            raise EngineTrouble(_log_reason())
        time.sleep(_PAUSE_S)


def pid() -> int | None:
    """Return the engine's process id, even if it has ended by itself; `None` if none was started, or it was stopped."""
    try:
        return int(_PID.read_text())
    except (OSError, ValueError):
        return None
