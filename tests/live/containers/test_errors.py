"""Errors of the container functions: each has its class, and leaves nothing behind."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

import nslab_kernel as nslab
from nslab_kernel import (
    AlreadyExists,
    AmbiguousName,
    BadValue,
    EngineTrouble,
    LabError,
    MissingProgram,
    NoContainer,
    NoImage,
    RefusedByEngine,
    container_exec,
    container_list,
    container_run,
    container_stop,
    link_show,
    link_up,
    netns_add,
    netns_exec,
    ping,
    snapshot,
)
from nslab_kernel.containers import engine, recording
from nslab_kernel.linux import engine_api
from nslab_kernel.network.config_equality import comparable
from tests.live.shell import shell

BAD = [
    ("container_run", ("x y",), {}),
    ("container_run", ("a",), {}),
    ("container_run", ("-rm",), {}),
    ("container_run", ("host",), {}),
    ("container_run", (None,), {}),
    ("container_run", ("third", "Busybox"), {}),
    ("container_run", ("third", "--privileged"), {}),
    ("container_run", ("third",), {"command": ""}),
    ("container_run", ("third",), {"command": "echo 'x"}),
    ("container_run", ("third",), {"command": ["ls"]}),
    ("container_run", ("third",), {"publish": "80"}),
    ("container_run", ("third",), {"publish": "0:80"}),
    ("container_run", ("third",), {"publish": 80}),
    ("container_exec", ("third", ""), {}),
    ("container_exec", ("third", "a\0b"), {}),
    ("container_shell", ("third", "ls"), {}),
    ("container_shell", ("third", [1]), {}),
]
WRONG = [
    (AlreadyExists, "container_run", ("busybox_1",), {}, "exists already"),
    (NoImage, "container_run", ("third", "ubuntu"), {}, "There are: busybox."),
    (NoImage, "container_run", ("third", "busybx"), {}, "Did you mean busybox?"),
    (LabError, "container_run", ("third",), {"command": "sh -c 'echo oh; exit 7'"}, "status 7.*It wrote: oh"),
    (LabError, "container_run", ("third",), {"command": "true"}, "ended at once, with status 0"),
    (RefusedByEngine, "container_run", ("third",), {"command": "nosuch"}, "no program nosuch"),
    (RefusedByEngine, "container_run", ("third",), {"publish": "8080:80"}, "already allocated|in use"),
    (RefusedByEngine, "container_exec", ("busybox_1", "nosuch"), {}, "no program nosuch"),
    (NoContainer, "container_exec", ("busybox_2", "ls"), {}, "Did you mean busybox_1?"),
    (NoContainer, "container_shell", ("busybox_2", ["ls"]), {}, "There is no container busybox_2"),
    (NoContainer, "container_stop", ("third",), {}, "There is no container third"),
    (NoContainer, "container_start", ("third",), {}, "There is no container third"),
    (NoContainer, "container_rm", ("third",), {}, "There is no container third"),
    (NoContainer, "container_inspect", ("third",), {}, "There is no container third"),
    (NoContainer, "container_logs", ("third",), {}, "There is no container third"),
]


def hide(*programs):
    """Make programs impossible to find, in the test's sandbox only."""
    for program in programs:
        shell(f"for path in $(which -a {program}); do mount --bind /dev/null $path; done")


def end_engine():
    shell("kill -9 $(cat /run/docker.pid)")


@pytest.mark.parametrize(("function", "args", "kwargs"), BAD)
def test_bad_values(function, args, kwargs):
    """A wrong argument is refused before any engine is started."""
    with pytest.raises(BadValue):
        getattr(nslab, function)(*args, **kwargs)
    assert ["host"] == list(snapshot().namespaces)


def test_without_an_engine_there_is_no_container():
    """A call for a container that cannot exist starts no engine."""
    with pytest.raises(NoContainer):
        container_exec("busybox_1", "ls")
    assert ["lo"] == [link.ifname for link in snapshot().namespaces["host"].links]


def test_what_the_engine_refuses(monkeypatch):
    """Each error has the reason or what there is instead; no container, link or address comes or goes."""
    container_run("busybox_1", publish="8080:80")
    monkeypatch.setattr(recording, "WATCH_S", 60)  # not in how long a busy machine takes to end a process,
    monkeypatch.setattr(recording, "LIMIT_S", 60)  # or the engine takes to notice that
    before, listed = comparable(snapshot()), shell("docker ps -aq")

    for error, function, args, kwargs, said in WRONG:
        with pytest.raises(error, match=said) as caught:
            getattr(nslab, function)(*args, **kwargs)
        assert caught.value.command.startswith("docker ")
        assert (before, listed) == (comparable(snapshot()), shell("docker ps -aq")), function


def test_a_stopped_container():
    """A stopped container exists, but runs no process, and has no network namespace."""
    container_run("busybox_1")
    container_stop("busybox_1")

    with pytest.raises(LabError, match="does not run") as caught:
        container_exec("busybox_1", "ls")
    assert 'container_start("busybox_1")' == caught.value.try_
    with pytest.raises(nslab.NoNamespace):
        link_show(netns="busybox_1")


def test_a_name_of_two():
    """A name that a namespace and a container share is ambiguous without the prefix `netns:` or `container:`."""
    container_run("busybox_1")
    netns_add("busybox_1")

    for call in (lambda name: link_show(netns=name), lambda name: link_up("lo", netns=name)):
        with pytest.raises(AmbiguousName, match="container:busybox_1"):
            call("busybox_1")
    for call in (lambda name: ping("127.0.0.1", netns=name, count=1), lambda name: netns_exec(name, "true")):
        with pytest.raises(AmbiguousName):
            call("busybox_1")
    assert "eth0@if" in link_show(netns="container:busybox_1").text
    assert "eth0" not in link_show(netns="netns:busybox_1").text
    assert ping("127.0.0.1", netns="container:busybox_1", count=1)


@pytest.mark.parametrize("missing", [("docker", "podman"), ("dockerd", "podman")])
def test_neither_docker_nor_podman(missing):
    """One half of Docker is not enough: the error has the line that installs both; other functions work."""
    hide(*missing)

    with pytest.raises(MissingProgram) as caught:
        container_list()
    assert "sudo apt-get install docker.io docker-cli busybox-static" == caught.value.try_
    assert netns_add("test1")


def test_no_busybox():
    """Without a static busybox there is no image, and the error has the line that installs it."""
    hide("busybox")

    with pytest.raises(MissingProgram) as caught:
        container_run("busybox_1")
    assert "sudo apt-get install busybox-static" == caught.value.try_


def test_an_engine_that_does_not_start():
    """The error has the reason from the engine's own log, and no engine process is left."""
    shell("mkdir -p /run/nslab/engine && touch /run/nslab/engine/data")

    with pytest.raises(EngineTrouble, match="points to a file"):
        container_run("busybox_1")
    assert "" == shell("ps -eo args | grep ^dockerd || true")
    assert ["lo"] == [link.ifname for link in snapshot().namespaces["host"].links]


def test_an_interrupt_while_the_engine_starts(monkeypatch):
    """The engine that was starting is ended, with its interfaces; the next call starts another."""

    def interrupted():
        raise KeyboardInterrupt

    with monkeypatch.context() as at_once:
        at_once.setattr(engine_api, "is_running", lambda: interrupted() if shell("pgrep -x dockerd || true") else False)
        with pytest.raises(KeyboardInterrupt):
            container_run("busybox_1")

    assert "" == shell("pgrep -x dockerd || true")
    assert ["lo"] == [link.ifname for link in snapshot().namespaces["host"].links]
    container_run("busybox_1")
    assert ping("172.17.0.1", netns="busybox_1", count=1)


def test_the_engine_is_killed_in_the_middle():
    """The next call starts another engine; the container that ran before is still listed, and can be removed."""
    container_run("busybox_1")
    end_engine()

    assert "busybox_1" in container_list().text
    container_run("busybox_2")
    assert ping("172.17.0.1", netns="busybox_2", count=1)
    nslab.container_rm("busybox_1")
    assert "busybox_1" not in container_list().text


def test_the_engine_is_killed_while_it_makes_a_container():
    """The unfinished container leaves no process and no interface, and its name and address are free again."""
    container_run("busybox_1")

    daemon = int(Path("/run/docker.pid").read_text())

    def kill_when_it_comes():
        while "busybox_2" not in engine.names():
            time.sleep(0.005)
        os.kill(daemon, signal.SIGKILL)

    killer = threading.Thread(target=kill_when_it_comes)
    killer.start()
    with pytest.raises(EngineTrouble, match="ended in the middle of this, and its containers with it"):
        container_run("busybox_2")
    killer.join()

    assert ["host"] == list(snapshot().namespaces)
    assert "" == shell("ps -eo args | grep ^sh$ || true")
    container_run("busybox_2")
    assert snapshot().link("eth0", "busybox_2").addresses[0] == "172.17.0.2/16"
    links = [link.ifname for link in snapshot().namespaces["host"].links]
    assert ["lo", "docker0"] == links[:2]
    assert 3 == len(links)
    assert "Exited" in container_list().text


def test_a_reset_after_the_engine_was_killed():
    """lab_reset() also removes the processes and interfaces that a killed engine has left."""
    container_run("busybox_1")
    end_engine()
    nslab.lab_reset()

    assert "" == shell("ps -eo args | grep -e ^sh$ -e ^.usr.bin.containerd || true")
    assert ["lo"] == [link.ifname for link in snapshot().namespaces["host"].links]


def test_the_place_for_data_is_full():
    """The error says that the disk is full, and no half-made container is left."""
    container_run("busybox_1")
    before = comparable(snapshot())
    shell("fallocate -l $(df --output=avail -B1 /run | tail -1) /run/nslab/full")

    with pytest.raises(RefusedByEngine, match="full"):
        container_run("busybox_2")
    shell("rm /run/nslab/full")
    assert before == comparable(snapshot())
    assert "busybox_2" not in container_list().text
    container_run("busybox_2")


@pytest.mark.parametrize("left", [0, 200_000, 2_000_000])
def test_the_place_is_full_from_the_start(left):
    """The error says that the disk is full, whether the lab, the engine or the image needs space; later all works."""
    shell(f"fallocate -l $(( $(df --output=avail -B1 /run | tail -1) - {left} )) /run/full")

    with pytest.raises(LabError, match=r"(?i)no space left on device"):
        container_list() if left < 1_000_000 else container_run("busybox_1")
    assert left > 1_000_000 or ["lo"] == [link.ifname for link in snapshot().namespaces["host"].links]
    shell("rm /run/full")
    container_run("busybox_1")
    assert ping("172.17.0.1", netns="busybox_1", count=1)


def test_podman_where_docker_is_not():
    """Without Docker, Podman does the same calls, with the same addresses."""
    hide("docker", "dockerd")
    change = container_run("busybox_1")
    container_run("busybox_2")

    assert "podman run -d -it --name busybox_1 busybox" == change.command

    def said(name, command):  # Podman's client loses what a quick program wrote, now and then: podman#25855
        return next(text for _ in range(9) if (text := container_exec(name, command).text))

    assert "172.17.0.2/16" in said("busybox_1", "ip a")
    assert "0% packet loss" in said("busybox_2", "ping -c 1 172.17.0.2")
    assert ping("172.17.0.3", netns="busybox_1", count=1)
    with pytest.raises(RefusedByEngine, match="no program nosuch"):
        container_exec("busybox_1", "nosuch")
    nslab.lab_reset()
    assert ["lo"] == [link.ifname for link in snapshot().namespaces["host"].links]


@pytest.mark.parametrize("missing", ["docker", "dockerd"])
def test_podman_where_half_of_docker_is(missing):
    """Podman is the engine if either half of Docker is missing; Docker's client works with it as well."""
    hide(missing)
    container_run("busybox_1")

    assert "Podman" in str(engine_api.get("/version"))
    assert "Up" in container_list().text


def test_podman_without_crun():
    """Podman needs crun, because Docker's runc does not work for it; the error has the line that installs crun."""
    hide("docker", "dockerd", "crun")

    with pytest.raises(MissingProgram) as caught:
        container_run("busybox_1")
    assert "sudo apt-get install crun" == caught.value.try_


def test_the_machines_engines_are_out_of_sight():
    """`docker`, typed in a shell of the lab, finds the lab's own engine only."""
    assert "unix:///run/docker.sock" == os.environ["DOCKER_HOST"]
    assert "Cannot connect" in shell("docker ps 2>&1 || true")
    container_run("busybox_1")
    assert "busybox_1" in shell("docker ps")


def test_the_name_of_a_container_that_has_stopped():
    """A stopped container has no network namespace: the error says so, and how to start the container again."""
    nslab.container_run("busybox_1")
    nslab.container_stop("busybox_1")

    for name in ("busybox_1", "container:busybox_1"):
        with pytest.raises(nslab.NoNamespace) as raised:
            nslab.addr_show(netns=name)
        assert "The container busybox_1 has stopped" in raised.value.why
        assert raised.value.try_ == 'container_start("busybox_1")'
