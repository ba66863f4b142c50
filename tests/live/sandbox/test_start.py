"""Ways to start the kernel NS Lab besides Jupyter's usual one."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest
from jupyter_client.blocking.client import BlockingKernelClient

from tests.live.sandbox import launches
from tests.live.sandbox.notebook import GONE_S, READY_S, left_of, notebook

pytestmark = pytest.mark.outside
KEY = "1234-abcd"
INDEPENDENT = """
from tests.live.sandbox.notebook import Notebook
kernel = Notebook(independent=True).wait()
print(*(process.pid for process in kernel.tree()), flush=True)
"""


@pytest.fixture
def launch():
    """Yield a function that starts the launcher itself; the launchers are terminated at the end."""
    started = []

    def launch(*arguments):
        command = [sys.executable, "-P", "-m", "nslab_kernel.sandbox.launcher", *arguments]
        started.append(subprocess.Popen(command))
        return started[-1]

    yield launch
    for process in started:
        process.terminate()
        process.wait(timeout=GONE_S)


def value_of(code, **connection):
    """Connect to a kernel, and return the value of an expression in it, as text."""
    client = BlockingKernelClient()
    client.load_connection_info(connection)
    client.start_channels()
    try:
        client.execute("", user_expressions={"value": code})
        reply = client.get_shell_msg(timeout=READY_S)
        return reply["content"]["user_expressions"]["value"]["data"]["text/plain"]
    finally:
        client.stop_channels()


def test_without_ports_it_chooses_some_and_writes_them_down(launch, tmp_path):
    """If the connection file does not exist yet, the launcher chooses ports and writes it."""
    file = tmp_path / "k.json"
    process = launch("-f", str(file))
    while not (file.exists() and file.read_text()):
        time.sleep(0.01)

    assert value_of("6 * 7", **json.loads(file.read_text())) == "42"
    process.terminate()
    process.wait(timeout=GONE_S)


def test_ports_and_key_as_arguments(launch, tmp_path):
    """All ports and the key may stand on the command line, without a file, as VS Code does it."""
    names = ("shell", "iopub", "stdin", "control", "hb")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    words = [f"--{name}={port}" for name, port in ports.items()]
    launch("--ip=127.0.0.1", *words, f'--Session.key=b"{KEY}"', f"--f={tmp_path}/none.json")

    connection = {f"{name}_port": port for name, port in ports.items()}
    assert value_of("1 + 1", ip="127.0.0.1", transport="tcp", key=KEY.encode(), **connection) == "2"


def test_the_notebooks_folder_hides_nothing(tmp_path):
    """A notebook's folder with a file named like a module does not shadow that module."""
    for name in ("socket", "json", "nslab_kernel", "select"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong one')")

    with notebook(cwd=str(tmp_path)) as kernel:
        assert kernel.run("import os; print(os.getcwd())").strip() == str(tmp_path)


def test_an_independent_kernel_outlives_who_started_it():
    """A kernel that Jupyter asks to be independent outlives its manager, and ends on SIGTERM."""
    command = [sys.executable, "-c", INDEPENDENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=launches.REPO) as manager:
        tree = [psutil.Process(int(pid)) for pid in manager.stdout.readline().split()]
    try:
        time.sleep(1)
        assert all(process.is_running() for process in tree)
    finally:
        os.kill(tree[0].pid, signal.SIGTERM)
    assert left_of(tree) == []


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
