"""On the machine itself: its own engine, with containers that are not the lab's."""

import contextlib
import os
import shutil
import socket
import ssl
import subprocess
import threading

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
from nslab_kernel.linux import engine_api
from nslab_kernel.linux.lab import MACHINE, Lab, announce, host_inode
from tests.live.sandbox.notebook import notebook
from tests.live.shell import shell


@pytest.fixture
def machine():
    """Make this sandbox count as a machine, with an engine that runs somebody else's container."""
    with_engine_of_its_own()
    announce(Lab(MACHINE, netns=host_inode(), own_pids=True))


@pytest.fixture(params=["docker", "podman"])
def either(request):
    """Do as `machine` does, with Docker or with Podman at its own socket, and return the engine's name."""
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
    """The lab labels its containers; it shows all others, but refuses to change them."""
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
    """lab_reset() leaves the engine, its bridge and other people's containers as they are."""
    before = snapshot()
    container_run("ours")
    lab_reset()

    assert ["docker0", "theirs"] == ["docker0", *shell("docker ps -a --format '{{.Names}}'").split()]
    assert set(before.namespaces) == set(snapshot().namespaces)
    assert "docker0" in [link.ifname for link in snapshot().namespaces["host"].links]
    assert snapshot().link("eth0", "theirs").up


def test_an_image_can_be_downloaded(machine):
    """The lab downloads no image by itself; the error has the line that does."""
    with pytest.raises(NoImage) as caught:
        container_run("ours", "ubuntu")
    assert "!docker pull ubuntu" == caught.value.try_


def test_in_the_real_kernel():
    """The kernel "NS Lab (this machine)" uses the machine's engine, and its containers outlive the notebook."""
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
    """DOCKER_HOST is respected; if no engine answers there, the error says so."""
    shell("mv /run/docker.sock /run/elsewhere.sock")
    os.environ["DOCKER_HOST"] = "unix:///run/elsewhere.sock"
    container_run("ours")
    assert {"ours", "theirs"} < set(container_list().text.split())

    os.environ["DOCKER_HOST"] = "unix:///run/nowhere.sock"
    with pytest.raises(EngineTrouble, match=r"DOCKER_HOST is unix:///run/nowhere\.sock"):
        container_list()


def carry(client, target):
    """Carry bytes both ways in threads, until one side closes."""

    def one_way(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    for pair in ((client, target), (target, client)):
        threading.Thread(target=one_way, args=pair, daemon=True).start()


@pytest.fixture
def by_tls(machine, tmp_path, monkeypatch):
    """Serve the machine's engine over TLS, for clients with the certificate in `tmp_path`, and return its address."""
    names = ["-subj", "/CN=engine", "-addext", "subjectAltName=IP:127.0.0.1"]
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *names]
    subprocess.run([*new, "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"], check=True)
    shutil.copy(tmp_path / "cert.pem", tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    context.load_verify_locations(tmp_path / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            client, _address = listener.accept()
            with contextlib.suppress(OSError):  # a client without a certificate
                target = socket.socket(socket.AF_UNIX)
                target.connect("/run/docker.sock")
                carry(context.wrap_socket(client, server_side=True), target)

    threading.Thread(target=serve, daemon=True).start()
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
    return f"tcp://127.0.0.1:{listener.getsockname()[1]}"


def test_an_engine_behind_tls(by_tls, tmp_path, monkeypatch):
    """The lab uses the certificates that Docker's client uses; with another certificate or no CA there is no answer."""
    monkeypatch.setenv("DOCKER_HOST", by_tls)
    container_run("ours")
    assert {"host", "ours", "theirs"} == set(snapshot().namespaces)
    assert engine_api.open_event_stream() is not None

    names = ["-subj", "/CN=other", "-addext", "subjectAltName=IP:127.0.0.1"]
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *names]
    subprocess.run([*new, "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"], check=True)
    with pytest.raises(EngineTrouble, match="where none answers"):
        container_list()
    (tmp_path / "ca.pem").unlink()
    with pytest.raises(EngineTrouble, match="where none answers"):
        container_list()


def test_an_engine_by_ssh(machine, tmp_path, monkeypatch):
    """The lab reaches an engine by ssh as Docker's client does; here a script in place of `ssh` runs the command."""
    said = tmp_path / "said"
    program = tmp_path / "ssh"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {said}\nwhile [ "$1" != -- ]; do shift; done; shift 2\n'
        'DOCKER_HOST=unix:///run/docker.sock exec "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_HOST", "ssh://ada@engine.test:2222")

    container_run("ours")

    assert {"host", "ours", "theirs"} == set(snapshot().namespaces)
    assert "-o BatchMode=yes -T -l ada -p 2222 -- engine.test docker system dial-stdio" in said.read_text()
    monkeypatch.setattr(engine_api, "inspect", lambda container: {"State": {"Pid": os.getpid()}})
    assert 0 == engine_api.first_process("f" * 64)  # the pid is another machine's


def test_the_machines_engine_is_not_running(machine):
    """The lab never starts the machine's engine; the error has the line that does."""
    shell("kill -9 $(cat /run/docker.pid)")

    with pytest.raises(EngineTrouble) as caught:
        container_list()
    assert "sudo systemctl start docker" == caught.value.try_
