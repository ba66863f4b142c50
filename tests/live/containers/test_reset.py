"""lab_reset() and goto() with a container engine at work."""

import socket
import subprocess
import threading
from pathlib import Path

import pytest

from nslab_kernel import (
    LabError,
    check,
    container_list,
    container_run,
    goto,
    lab_reset,
    netns_add,
    netns_del,
    netns_exec,
    snapshot,
)
from nslab_kernel.containers import sandbox_engine
from nslab_kernel.display.shown_error import error_text
from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux import engine_api
from nslab_kernel.probe.network_watch import NetworkWatch
from nslab_kernel.steps import whole_lab
from tests.live import foreign
from tests.live.shell import sleeper_in


def shell(command, check=True):
    subprocess.run(command, shell=True, check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def engine():
    """Listen at the socket of the sandbox's engine; yield a function that accepts a connection."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(engine_api.SANDBOX_SOCKET)
        listening.listen()
        listening.settimeout(5)
        yield lambda: listening.accept()[0]
    Path(engine_api.SANDBOX_SOCKET).unlink()


def test_nobody_listens_to_an_engine_that_ends(engine):
    """All event streams are closed, also those that another thread reads, and none opens until the engine has ended."""
    lines = [engine_api.open_event_stream(), engine_api.open_event_stream()]
    theirs = [engine(), engine()]
    for line in theirs:
        line.settimeout(5)
        line.recv(65536)

    with engine_api.event_streams_closed():
        assert [line.recv(1) for line in theirs] == [b"", b""]
        assert engine_api.open_event_stream() is None

    assert [line.recv(1) for line in lines] == [b"", b""]
    assert engine_api.open_event_stream() is not None


def test_a_live_picture_does_not_hold_the_engine():
    """A live picture shows that the containers and the engine go, and does not delay the engine's end."""
    seen, empty = [], threading.Event()

    def note(network):
        seen.append(set(network.namespaces))
        if len(seen) > 1 and seen[-1] == {"host"}:
            empty.set()

    container_run("busybox_1")
    watch = NetworkWatch(note)
    lab_reset()

    assert empty.wait(10)
    watch.stop()
    assert engine_api.address() is None
    assert {"host"} == set(snapshot().namespaces)


def test_a_reset_that_fails_says_that_processes_have_ended(monkeypatch):
    """The error must not say that nothing was changed, because processes were ended before."""

    def refuse(_now, _target):
        raise RefusedByLinux(16)

    netns_add("test1")
    process = sleeper_in("test1")
    monkeypatch.setattr(whole_lab, "sweep", refuse)

    with pytest.raises(LabError) as raised:
        lab_reset()

    process.communicate()
    assert raised.value.partly
    assert "Nothing was changed" not in error_text(raised.value)


def test_programs_left_in_the_background():
    """Programs in a namespace that has lost its name are ended with it, three times in a row."""
    for _round in range(3):
        netns_add("test1")
        netns_exec("test1", "sh -c 'sleep 300 &'")
        netns_exec("test1", "ip link add v type veth peer name w; ip link set w netns 1; sleep 300 &")
        netns_del("test1")
        lab_reset()
        assert {"host"} == set(snapshot().namespaces)


@pytest.fixture(params=["docker", "podman"])
def either(request):
    """Leave one engine installed, and return its name."""
    if request.param == "podman":
        shell("for path in $(which -a docker dockerd); do mount --bind /dev/null $path; done")
    return request.param


BROKEN = (
    "ip link set docker0 down",
    "ip addr flush dev docker0",
    "ip link del docker0",
    "iptables -F; iptables -t nat -F; iptables -P FORWARD DROP; nft delete table inet netavark",
    "sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.all.rp_filter=1",
    "ip netns add odd; ip link add v type veth peer name w netns odd; ip route add blackhole 10.0.0.0/8; sleep 300 &",
    "$ENGINE network create mine; $ENGINE run -d --network mine busybox sleep 300; $ENGINE stop -t 0 busybox_2",
    "$ENGINE run -d -p 8080:80 busybox sleep 300",
)


def test_a_lesson_begins_anew_with_the_engine_that_is_there(either, capfd):
    """goto() gives the same containers from any state, with the same engine, even if its own settings were broken."""
    goto("2.4")
    first = sandbox_engine.pid()
    for line in BROKEN:
        shell(f"ENGINE={either}; {line}", check=False)
        goto("2.4")
        assert first == sandbox_engine.pid(), line
        assert ["busybox_1", "busybox_2", "host"] == sorted(snapshot().namespaces), line
        reached = check("2.4")
        assert reached, (line, reached.failing)

    assert 1 == capfd.readouterr().out.count("Starting a container engine")


def test_what_the_engine_made_is_all_that_is_left(either):
    """After goto() plain programs see only what the engine made at its start; lab_reset() ends the engine too."""
    born = foreign.look()
    container_list()
    bare = foreign.look()
    for line in BROKEN:
        goto("2.4")
        shell(f"ENGINE={either}; {line}", check=False)
        goto("2.1")
        assert bare == foreign.look(), line

    lab_reset()
    assert sandbox_engine.pid() is None
    assert born == foreign.look()


def test_an_engine_that_has_ended_is_replaced():
    """An engine that has been killed is replaced by another one."""
    goto("2.4")
    first = sandbox_engine.pid()
    shell(f"kill -9 {first}")
    goto("2.4")

    assert first != sandbox_engine.pid()
    assert check("2.4")
