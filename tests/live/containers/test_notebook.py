"""Containers in real notebook kernels: each way to start one, interrupts and ends."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.live.sandbox import launches
from tests.live.sandbox.conftest import LAUNCHES, launch
from tests.live.sandbox.notebook import left_of, machine, notebook

pytestmark = pytest.mark.outside
TWO = """
from nslab_kernel import *
container_run("busybox_1"), container_run("busybox_2")
"""
FACTS = """
def said(name, command):  # Podman's client loses what a quick program wrote, now and then: podman#25855
    return next(text for _ in range(9) if (text := container_exec(name, command).text))

for facts in (
    said("busybox_1", "ip a").count("inet 172.17.0.2/16"),
    bool(ping("172.17.0.3", netns="busybox_1", count=1)),
    "0% packet loss" in said("busybox_2", "ping -c 1 172.17.0.2"),
    sorted(snapshot().namespaces),
):
    print(facts)
"""
THERE = "1\nTrue\nTrue\n['busybox_1', 'busybox_2', 'host']\n"


@pytest.fixture(scope="module")
def programs():
    """Yield the PATH with Docker, and one with Podman alone, in the notebook's folder, which the lab sees."""
    folder = launches.user_kit() / "home/notebooks/programs"
    folder.mkdir()
    for place in os.environ["PATH"].split(":"):
        for program in Path(place).glob("*"):
            if program.name not in ("docker", "dockerd") and not (folder / program.name).is_symlink():
                (folder / program.name).symlink_to(program)
    yield {"docker": os.environ["PATH"], "podman": str(folder)}
    shutil.rmtree(folder)


@pytest.mark.parametrize("engine", ["docker", "podman"])
@pytest.mark.parametrize("name", LAUNCHES)
def test_each_way_of_launching(name, engine, programs):
    """Root and ordinary users, with and without subordinate ids, can run containers; the machine does not change."""
    before = machine()
    with notebook(**launch(name), cwd=launches.user_kit() / "home/notebooks", PATH=programs[engine]) as kernel:
        assert "Starting a container engine" in kernel.run(TWO)
        assert THERE == kernel.run(FACTS)
        assert f"{engine} ps -a" in kernel.run("print(container_list().command)")
        assert before == machine()
        tree = kernel.tree()
        kernel.end()

        assert any(process.pid for process in tree)
        assert [] == left_of(tree)
    assert before == machine()


def test_two_at_once():
    """Two notebooks use the same addresses and names without disturbing each other."""
    with notebook(launches.no_prefix) as one, notebook(launches.no_prefix) as other:
        one.run(TWO)
        other.run(TWO + 'container_rm("busybox_2")')

        assert THERE == one.run(FACTS)
        assert "['busybox_1', 'host']\n" == other.run("print(sorted(snapshot().namespaces))")


@pytest.mark.parametrize("which", [0, 2], ids=["outer", "kernel"])
def test_kill_leaves_nothing(which):
    """kill -9 while containers run leaves no process, mount, interface or file behind."""
    before, there = machine(), files()
    with notebook(launches.no_prefix) as kernel:
        kernel.run(TWO)
        tree = kernel.tree()
        assert {"dockerd", "containerd", "sh"} < {process.name() for process in tree}
        os.kill(tree[which].pid, signal.SIGKILL)

        assert [] == left_of(tree)
    assert before == machine()
    assert set() == files() - there


def files():
    return {path for folder in ("/run", "/run/lock") for path in Path(folder).iterdir()}


def test_the_stop_button():
    """An interrupt ends an endless ping in the container, both by container_exec() and by container_shell()."""
    with notebook(launches.no_prefix) as kernel:
        kernel.run(TWO)
        count = 'print(container_exec("busybox_1", "ps").text.count("ping"))'

        asked = kernel.client.execute('container_exec("busybox_1", "ping 172.17.0.3")')
        kernel.wait_for_program("ping")
        kernel.manager.interrupt_kernel()
        assert "KeyboardInterrupt" == kernel.reply(asked)["ename"]
        assert "0\n" == kernel.run(count)

        assert "KeyboardInterrupt" == kernel.interrupt_when(
            'print("go", flush=True); container_shell("busybox_1", ["ping 172.17.0.3"])', "go"
        )
        assert "0\n" == kernel.run(count)


def test_somebody_types_in_the_notebook():
    """Prompts of the container's shell appear in the notebook; a program that reads without a prompt gets input too."""
    with notebook(launches.no_prefix) as kernel:
        kernel.run(TWO)
        answers = ["ping -c 1 172.17.0.3", "read x", "three", "echo [$x]", "exit"]
        seen = kernel.run('container_shell("busybox_1")', answers=answers)

        assert "64 bytes from 172.17.0.3" in seen
        assert "[three]\n" in seen
        assert "ping -c 1" not in seen
        assert "None" not in seen


def test_the_kernel_ends_as_quickly_as_without():
    """The engine is no child of the notebook kernel, because a shutdown would wait for its children."""
    with notebook(launches.no_prefix) as kernel:
        kernel.run(TWO)
        children = kernel.run("import psutil; print([p.name() for p in psutil.Process().children()])")

        assert "[]\n" == children
