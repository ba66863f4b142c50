"""lab_reset() while somebody listens to the engine."""

import socket
import threading
from pathlib import Path

import pytest

from nslab_kernel import LabError, container_run, lab_reset, netns_add, netns_del, netns_exec, snapshot
from nslab_kernel.display.text import error_text
from nslab_kernel.errors import RefusedByLinux
from nslab_kernel.linux import engine_api
from nslab_kernel.probe.network_watch import NetworkWatch
from nslab_kernel.steps import whole_lab
from tests.live.shell import sleeper_in


@pytest.fixture
def engine():
    """What listens where the sandbox's engine would; each line that is opened to it."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(engine_api.SANDBOX_SOCKET)
        listening.listen()
        listening.settimeout(5)
        yield lambda: listening.accept()[0]
    Path(engine_api.SANDBOX_SOCKET).unlink()


def test_nobody_listens_to_an_engine_that_ends(engine):
    """Every line is hung up, in whatever thread it is read, and none is opened until the engine has ended."""
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
    """It sees the containers go, and the engine as well."""
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
    """What was ended is gone: it does not say that nothing was changed."""

    def refuse():
        raise RefusedByLinux(16)

    netns_add("test1")
    process = sleeper_in("test1")
    monkeypatch.setattr(whole_lab, "sweep", refuse)

    with pytest.raises(LabError) as raised:
        lab_reset()

    process.communicate()
    assert raised.value.partly
    assert not any("Nothing was changed" in line for line in error_text(raised.value))


def test_programs_left_in_the_background():
    """Whoever lives on in a namespace that has lost its name is ended with it, and the next round is like the first."""
    for _round in range(3):
        netns_add("test1")
        netns_exec("test1", "sh -c 'sleep 300 &'")
        netns_exec("test1", "ip link add v type veth peer name w; ip link set w netns 1; sleep 300 &")
        netns_del("test1")
        lab_reset()
        assert {"host"} == set(snapshot().namespaces)
