"""On the real machine: its own engine, whose containers are not all the lab's."""

import os
import subprocess

import pytest

from nslab_kernel import (
    EngineTrouble,
    NoImage,
    NotOurs,
    addr_show,
    container_exec,
    container_list,
    container_rm,
    container_run,
    container_shell,
    container_start,
    container_stop,
    lab_reset,
    link_down,
    snapshot,
    undo,
)
from nslab_kernel.containers import engine
from nslab_kernel.linux.lab import MACHINE, Lab, announce, host_inode
from tests.live.sandbox.notebook import notebook


def shell(command):
    return subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def machine():
    """A machine with an engine that runs a container of somebody else's: this sandbox, from here on."""
    with_engine_of_its_own()
    announce(Lab(MACHINE, netns=host_inode(), own_pids=True))


@pytest.fixture(params=["docker", "podman"])
def either(request):
    """The same, by Docker or by Podman, whose socket lies elsewhere."""
    if request.param == "podman":
        for program in ("docker", "dockerd"):
            shell(f"for path in $(which -a {program}); do mount --bind /dev/null $path; done")
    with_engine_of_its_own()
    if request.param == "podman":
        shell("mkdir -p /run/podman && mv /run/docker.sock /run/podman/podman.sock")
    announce(Lab(MACHINE, netns=host_inode(), own_pids=True))
    return request.param


def with_engine_of_its_own():
    engine.require_engine()
    engine.require_image("busybox")
    shell(f"{engine.engine_name()} run -d -it --name theirs busybox")
    for name in ("DOCKER_HOST", "CONTAINER_HOST"):
        os.environ.pop(name, None)


def test_only_its_own_are_touched(either):
    """The lab's containers carry its label; all others are shown, and refused."""
    change = container_run("ours")

    assert f"{either} run -d -it --label nslab --name ours busybox" == change.command
    assert "theirs" in container_list().text
    assert "172.17.0.2/16" in addr_show(netns="theirs").text
    for call in (container_stop, container_start, container_rm, container_shell):
        with pytest.raises(NotOurs):
            call("theirs")
    with pytest.raises(NotOurs):
        container_exec("theirs", "true")
    with pytest.raises(NotOurs):
        link_down("eth0", netns="theirs")
    link_down("eth0", netns="ours")
    undo()
    assert snapshot().link("eth0", "ours").up


def test_reset_leaves_the_rest(machine):
    """The engine, its bridge and the others' containers are there as before."""
    before = snapshot()
    container_run("ours")
    lab_reset()

    assert ["docker0", "theirs"] == ["docker0", *shell("docker ps -a --format '{{.Names}}'").split()]
    assert set(before.namespaces) == set(snapshot().namespaces)
    assert "docker0" in [link.ifname for link in snapshot().namespaces["host"].links]
    assert snapshot().link("eth0", "theirs").up


def test_an_image_can_be_downloaded(machine):
    """The lab downloads nothing by itself; it says the line."""
    with pytest.raises(NoImage) as caught:
        container_run("ours", "ubuntu")
    assert "!docker pull ubuntu" == caught.value.try_


def test_in_the_real_kernel():
    """NS Lab (this machine): the machine's engine, seen by the machine; its containers outlive the notebook."""
    with_engine_of_its_own()
    with notebook(name="nslab-machine") as kernel:
        shown = kernel.run("from nslab_kernel import *; container_run('ours')")
        assert "--label nslab --name ours" in shown
        assert "Starting a container engine" not in shown
        assert "NotOurs" in kernel.run("container_rm('theirs')")
        assert "['host', 'ours', 'theirs']\n" == kernel.run("print(sorted(snapshot().namespaces))")
        assert "64 bytes from" in kernel.run("container_exec('ours', 'ping -c 1 172.17.0.2')")

    assert {"ours", "theirs"} == set(shell("docker ps --format '{{.Names}}'").split())


def test_another_engine_is_asked_for(machine):
    """DOCKER_HOST is honoured; where none answers, the error says so."""
    shell("mv /run/docker.sock /run/elsewhere.sock")
    os.environ["DOCKER_HOST"] = "unix:///run/elsewhere.sock"
    container_run("ours")
    assert {"ours", "theirs"} < set(container_list().text.split())

    os.environ["DOCKER_HOST"] = "unix:///run/nowhere.sock"
    with pytest.raises(EngineTrouble, match=r"DOCKER_HOST is unix:///run/nowhere\.sock"):
        container_list()


def test_the_machines_engine_is_not_running(machine):
    """The lab starts none on the machine; it says how to."""
    shell("kill -9 $(cat /run/docker.pid)")

    with pytest.raises(EngineTrouble) as caught:
        container_list()
    assert "sudo systemctl start docker" == caught.value.try_
