"""A Docker daemon for tests alone, in its own namespaces."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REPO = Path(__file__).parents[2]


class Docker:
    """A client of that daemon: call the object with the words of a docker command.

    Attributes:
        environment: Variables with which other programs reach the same daemon.
        pid: The PID of the daemon.
    """

    def __init__(self, socket: str, pid: int) -> None:
        self.environment, self.pid = {**os.environ, "DOCKER_HOST": socket}, pid

    def __call__(self, *words: str, check: bool = True, **more: object) -> subprocess.CompletedProcess[str]:
        """Run `docker WORDS`."""
        return subprocess.run(
            ["docker", *words], env=self.environment, check=check, capture_output=True, text=True, timeout=900, **more
        )


@contextmanager
def daemon(folder: Path, own_network: bool = True) -> Iterator[Docker]:
    """Run a Docker daemon that keeps its data in a folder, and yield its client.

    Args:
        folder: A folder on a disk: an image's layers do not fit on an overlay of a tmpfs.
        own_network: True: containers have ports. False: the daemon reaches the registries, and can only build images.
    """
    socket = f"unix://{folder}/docker.sock"
    lines = "ip link set lo up; " if own_network else ""
    lines += f"mount -t tmpfs none /run; exec dockerd --data-root {folder}/data --exec-root /run/docker "
    lines += f"--pidfile {folder}/pid -H {socket} "
    lines += "" if own_network else "--bridge none --iptables=false --ip6tables=false --ip-forward=false"
    private = ["unshare", *(["--net"] if own_network else []), "--mount", "--propagation", "private", "sh", "-c", lines]
    with (folder / "log").open("w") as log:
        started = subprocess.Popen(private, stdout=log, stderr=log)
    try:
        docker, deadline = Docker(socket, started.pid), time.monotonic() + 300
        while docker("version", check=False).returncode:
            assert started.poll() is None, (folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield docker
    finally:
        started.terminate()
        started.wait(300)


def forget(folder: Path) -> None:
    """Remove a daemon's data, which is some hundred MB."""
    shutil.rmtree(folder / "data", ignore_errors=True)


class Opened:
    """An image that `binder/image run` has started at a port, as a user at a terminal does.

    Attributes:
        said: The first two lines of output.
        page: The page at the printed address.
        name: The id of the container.
    """

    def __init__(self, docker: Docker, image: str, port: int) -> None:
        # A shell that starts with SIGINT ignored, as in the background, can never trap it.
        words = ["env", "--default-signal=INT", REPO / "binder/image", "run", image]
        environment = docker.environment | {"PORT": str(port)}
        self._run = subprocess.Popen(words, env=environment, stdout=-1, stderr=subprocess.STDOUT, text=True)
        self.said = [self._run.stdout.readline() for _ in range(2)]
        address = re.search(rf"http://127\.0\.0\.1:{port}/lab/tree/en/0-welcome\.ipynb\?token=\w+", self.said[1])[0]
        look = f"import urllib.request as u; print(u.urlopen('{address}').read())"
        inside = ["nsenter", f"--net=/proc/{docker.pid}/ns/net", sys.executable, "-c", look]
        deadline = time.monotonic() + 300
        while (answer := subprocess.run(inside, capture_output=True, text=True, check=False)).returncode:
            assert time.monotonic() < deadline and self._run.poll() is None, answer.stderr
            time.sleep(0.5)
        self.page = answer.stdout
        self.name = docker("ps", "--quiet").stdout.strip()

    def end(self) -> str:
        """Send SIGINT, as Ctrl-C does; return the rest of the output."""
        self._run.send_signal(signal.SIGINT)
        rest = self._run.stdout.read()
        self._run.wait()
        return rest
